"""The citizen's own space around the small city, composed as deploy does."""

from functools import partial

from django.urls import URLPattern

from idp.account.connected import Connected
from idp.account.door import CLIENT, DOOR, AccountDoor
from idp.account.export import Exports
from idp.account.join import Joining
from idp.account.join import urlpatterns as join_patterns
from idp.account.space import Space
from idp.account.views import urlpatterns
from idp.foundation.database import Database
from idp.foundation.storage import RevocationFeed
from idp.journey.login.assembly import build_risk
from idp.protocols.oidc.discovery.metadata import BASIC_METHODS
from idp.protocols.oidc.logout.back_channel import BackChannelAnnouncer
from idp.subjects.merging import Merging
from idp.subjects.papers import PapersReader
from idp.subjects.purpose_consents import PurposeConsents
from idp.tokens.known_by import Acquaintances
from idp.tokens.ledger import GrantLedger
from idp.tokens.revocation import Revocation
from idp.tokens.session_end import GrantRevoker
from tests.city import ISSUER, City


class WithSpace:
    """A urlconf: the city's addresses, and those of the space."""

    def __init__(self, city: City, space: Space) -> None:
        joining = Joining(space=space, merging=merging_of(city), store=city.store)
        self.urlpatterns: list[URLPattern] = [
            *city.urlpatterns,
            *urlpatterns(space),
            *join_patterns(joining),
        ]


def merging_of(city: City) -> Merging:
    rooms = city.rooms
    return Merging(
        chain=rooms.chain,
        papers=PapersReader(chain=rooms.chain, fields=rooms.fields),
        notices=rooms.authenticators.notices,
        known_to=Acquaintances(clients=city.clients),
        clock=city.clock,
    )


def grants_of(city: City, database: Database) -> GrantRevoker:
    revocation = Revocation(
        ledger=GrantLedger(database),
        store=city.store,
        news=RevocationFeed(city.store, clock=city.clock),
        clock=city.clock,
    )
    return GrantRevoker(revocation=revocation, clock=city.clock)


def open_space(city: City, database: Database) -> Space:
    """The space, with the door that leads back into it."""
    city.clients.by_id[CLIENT.client_id] = CLIENT
    city.hall.doors[DOOR] = AccountDoor()  # type: ignore[index]  # a dict, as composed
    rooms, grants = city.rooms, grants_of(city, database)
    rooms.statuses.announce_to(grants)
    rooms.erasures.announce_to(grants)
    connected = Connected(
        clients=city.clients,
        consents=rooms.consents,
        records=rooms.records,
        sessions=rooms.sessions,
        grants=grants,
        leaving=BackChannelAnnouncer(clients=city.clients, clock=city.clock),
    )
    return Space(
        desk=city.desk,
        hall=city.hall,
        sessions=rooms.sessions,
        people=rooms.people,
        authenticators=rooms.authenticators,
        phone_changes=rooms.phone_changes,
        email_changes=rooms.email_changes,
        contacts=rooms.contacts,
        takes_email=lambda: city.login.desk.contacts.takes_email,
        may_add_face=city.hall.faces.may_add,
        clients=city.clients,
        issuer=ISSUER,
        guardianships=rooms.guardianships,
        explain=partial(rooms.chain.explain, methods=BASIC_METHODS),
        records=rooms.records,
        connected=connected,
        statuses=rooms.statuses,
        erasures=rooms.erasures,
        purposes=PurposeConsents(clock=city.clock),
        exports=Exports(
            issuer=ISSUER,
            people=rooms.people,
            profiles=rooms.profiles,
            records=rooms.records,
            authenticators=rooms.authenticators,
            contacts=rooms.contacts,
            sessions=rooms.sessions,
            devices=rooms.devices,
            connected=connected,
            store=city.store,
            clock=city.clock,
        ),
        devices=rooms.devices,
        risk=build_risk(city.given, rooms),
        remembered=city.login.devices,
    )
