"""The room of devices, wired: a proof names our issuer, so that it serves nowhere else."""

from deploy.composition.ground import Ground
from idp.channels.devices import Devices


def devices(ground: Ground) -> Devices:
    """The devices of this deployment."""
    return Devices(clock=ground.clock, audience=ground.settings.issuer)
