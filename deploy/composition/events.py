"""Security events, wired: the senders hear of what changed, and push through the outbox."""

from collections.abc import Mapping
from uuid import UUID

from deploy.composition.clients import ClientsRoom
from deploy.composition.ground import Ground
from deploy.composition.people import HallRooms
from deploy.composition.tasks import Deliver, post_event
from idp.clients.client import Client
from idp.protocols.events import accounts, announcing
from idp.protocols.events.accounts import AccountAnnouncer
from idp.protocols.events.announcing import LevelAnnouncer
from idp.protocols.events.delivery import EventDelivery
from idp.subjects.families import subject_aliases
from idp.subjects.subject_identifiers import known_as
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
    of_accounts = AccountAnnouncer(
        clients=clients.directory,
        known_by=clients_that_know,
        withdrawn=hall.subjects.consents.withdrawn,
        sub_for=lambda person_id, client: _sub_for(hall, person_id, client),
        clock=ground.clock,
    )
    hall.subjects.statuses.announce_to(of_accounts)
    hall.merging.announce_to(of_accounts)
    hall.subjects.erasures.announce_first_to(of_accounts)
    delivery = EventDelivery(
        issuer=ground.settings.issuer,
        clients=clients.directory,
        keys=ground.keys,
        post=post_event(ground),
    )
    return {announcing.KIND: delivery, accounts.KIND: delivery}


def _sub_for(hall: HallRooms, person_id: UUID, client: Client) -> str:
    return hall.subjects.subjects.sub(
        known_as(person_id, subject_aliases(person_id), client.subject_place),
        subject_type=client.subject_type,
        sector=client.subject_sector,
    )
