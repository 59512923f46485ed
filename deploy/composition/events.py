"""Security events, wired: the sender hears of changed levels, and pushes through the outbox."""

from collections.abc import Mapping

from deploy.composition.clients import ClientsRoom
from deploy.composition.ground import Ground
from deploy.composition.people import HallRooms
from deploy.composition.tasks import Deliver, post_event
from idp.protocols.events import announcing
from idp.protocols.events.announcing import LevelAnnouncer
from idp.protocols.events.delivery import EventDelivery
from idp.tokens.known_by import clients_that_know


def open_events(ground: Ground, clients: ClientsRoom, hall: HallRooms) -> Mapping[str, Deliver]:
    hall.subjects.chain.announce_to(
        LevelAnnouncer(
            clients=clients.directory,
            known_by=clients_that_know,
            withdrawn=hall.subjects.consents.withdrawn,
            clock=ground.clock,
        )
    )
    delivery = EventDelivery(
        issuer=ground.settings.issuer,
        clients=clients.directory,
        keys=ground.keys,
        post=post_event(ground),
    )
    return {announcing.KIND: delivery}
