"""The room of devices, wired: a proof names our issuer, so that it serves nowhere else."""

from django.urls import URLPattern

from connectors.registry import DEVICE_READING, FACE_CAPTURING
from deploy.composition.ground import Ground
from deploy.composition.rooms import Rooms
from idp.channels.agents import Agents
from idp.channels.devices import Devices
from idp.channels.views import urlpatterns as agent_patterns
from idp.journey.login.addresses import counted_address
from idp.journey.readings.views import urlpatterns as seat_patterns
from idp.journey.views import Desk


def devices(ground: Ground) -> Devices:
    """The devices of this deployment."""
    return Devices(clock=ground.clock, audience=ground.settings.issuer)


def device_patterns(rooms: Rooms, desk: Desk) -> list[URLPattern]:
    """The addresses of agents beside devices, and of the browser before them."""
    ground, hall = rooms.ground, rooms.hall
    known, readings = devices(ground), hall.hall.readings
    sittings = readings.sittings
    reader, camera = DEVICE_READING["card_reader"], FACE_CAPTURING["camera"]
    agents = Agents(
        devices=known,
        sittings=sittings,
        cards=reader.factory(reader.settings(), devices=known, challenges=sittings.nonces),
        cameras=camera.factory(camera.settings(), devices=known, challenges=sittings.nonces),
        faces=readings,
        store=ground.store,
        clock=ground.clock,
        audience=ground.settings.issuer,
    )
    return [
        *agent_patterns(agents, address_of=counted_address),
        *seat_patterns(desk, readings, hall.subjects.sessions),
    ]
