"""Django's pages, wired: the journey's addresses and the citizen's own space."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.urls import URLPattern

from deploy.composition.authorities import methods_of, takes_email
from deploy.composition.channels import device_patterns
from deploy.composition.logos import logos_of_clients
from deploy.composition.oidc import told_to_leave
from deploy.composition.rooms import Rooms
from idp.account.connected import Connected
from idp.account.door import DOOR, AccountDoor
from idp.account.export import Exports
from idp.account.join import Joining
from idp.account.join import urlpatterns as join_patterns
from idp.account.space import Space
from idp.account.views import urlpatterns as account_patterns
from idp.journey.cookies import Cookies
from idp.journey.login.assembly import build_risk
from idp.journey.login.devices import KnownDevices
from idp.journey.logos import urlpatterns as logo_patterns
from idp.journey.turns import Turns
from idp.journey.views import Desk
from idp.journey.views import urlpatterns as journey_patterns
from idp.subjects import levels
from idp.subjects.level_rules import conditions_met
from idp.subjects.levels import Explanation
from idp.subjects.purpose_consents import PurposeConsents


def open_desk(rooms: Rooms) -> Desk:
    settings = rooms.ground.settings
    sessions, clock = rooms.hall.subjects.sessions, rooms.ground.clock
    return Desk(
        turns=Turns(dispatcher=rooms.hall.hall),
        browser_state=lambda secret: sessions.state_behind(secret, now=clock.now()),
        cookies=Cookies.of(settings.issuer),
        branding=settings.branding,
        clock=clock,
    )


def page_patterns(rooms: Rooms, desk: Desk) -> tuple[URLPattern, ...]:
    rooms.hall.doors[DOOR] = AccountDoor()
    space = _space(rooms, desk)
    joining = Joining(space=space, merging=rooms.hall.merging, store=rooms.ground.store)
    logos = logos_of_clients(rooms.ground, rooms.clients)
    return (
        *account_patterns(space),
        *join_patterns(joining),
        *logo_patterns(logos),
        *device_patterns(rooms, desk),
        *journey_patterns(desk),
    )


def _space(rooms: Rooms, desk: Desk) -> Space:
    subjects, clients = rooms.hall.subjects, rooms.clients.directory
    connected = Connected(
        clients=clients,
        consents=subjects.consents,
        records=subjects.records,
        sessions=subjects.sessions,
        grants=rooms.tokens.session_end,
        leaving=told_to_leave(rooms.ground, rooms.clients),
    )
    return Space(
        desk=desk,
        hall=rooms.hall.hall,
        sessions=subjects.sessions,
        people=subjects.people,
        authenticators=subjects.authenticators,
        phone_changes=subjects.phone_changes,
        email_changes=subjects.email_changes,
        contacts=subjects.contacts,
        takes_email=takes_email(rooms.ground),
        may_add_face=rooms.hall.hall.faces.may_add,
        clients=clients,
        issuer=rooms.ground.settings.issuer,
        guardianships=subjects.guardianships,
        explain=_explaining(rooms),
        records=subjects.records,
        connected=connected,
        statuses=subjects.statuses,
        erasures=subjects.erasures,
        purposes=PurposeConsents(clock=rooms.ground.clock),
        exports=_exports(rooms, connected),
        devices=subjects.devices,
        risk=build_risk(rooms.hall.foundations, subjects),
        remembered=KnownDevices(store=rooms.ground.store, sealer=rooms.ground.sealer),
    )


def _exports(rooms: Rooms, connected: Connected) -> Exports:
    subjects, ground = rooms.hall.subjects, rooms.ground
    return Exports(
        issuer=ground.settings.issuer,
        people=subjects.people,
        profiles=subjects.profiles,
        records=subjects.records,
        authenticators=subjects.authenticators,
        contacts=subjects.contacts,
        sessions=subjects.sessions,
        devices=subjects.devices,
        connected=connected,
        store=ground.store,
        clock=ground.clock,
    )


def _explaining(rooms: Rooms) -> Callable[..., Explanation]:
    """Why somebody stands where they do, by the methods that are on at that moment."""
    methods, chain = methods_of(rooms.ground), rooms.hall.subjects.chain
    met = conditions_met(attended=rooms.ground.settings.authentication.attended_windows)

    def explain(person_id: UUID, *, now: datetime) -> Explanation:
        proofs = chain.proofs(person_id, now=now)
        return levels.explain(proofs, methods=methods(), now=now, collected=met)

    return explain
