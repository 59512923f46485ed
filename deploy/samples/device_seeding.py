"""Enrols the simulated devices, as a technician would: an invitation, then each one's proof."""

from typing import Final

from connectors.sandbox.devices import described, enrolment_proof, key_of
from idp.channels.devices import Devices, NewDevice
from idp.foundation.clock import Clock

_OPERATOR: Final = "samples"


def enrol_simulated(devices: Devices, *, audience: str, clock: Clock) -> None:
    """Idempotent: a device that is enrolled, or was revoked, is left alone."""
    for device in described():
        if devices.find(key_of(device["id"])) is not None:
            continue
        new = NewDevice(kind=device["kind"], place=device["place"], label=device["id"])
        code = devices.invite(new, operator=_OPERATOR).code
        proof = enrolment_proof(device["id"], code=code, audience=audience, now=clock.now())
        devices.enrol(proof)
