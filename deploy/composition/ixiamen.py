"""The door of the i厦门 shape, wired: three endpoints beside OpenID Connect's."""

from collections.abc import Mapping
from uuid import UUID

from deploy.bridge import endpoint
from deploy.composition.faces import Faces
from deploy.composition.lease import leased
from deploy.composition.patience import patient
from deploy.composition.rooms import Rooms
from deploy.house import Endpoint
from idp.clients.client import Client
from idp.clients.limits import ClientLimits
from idp.journey.cookies import Cookies
from idp.protocols.ixiamen.authorization import AuthorizationEndpoint
from idp.protocols.ixiamen.door import IxiamenDoor
from idp.protocols.ixiamen.token import OpenId, TokenEndpoint
from idp.protocols.ixiamen.userinfo import UserInfoEndpoint
from idp.protocols.ixiamen.vocabulary import DOOR
from idp.protocols.oauth.errors import TemporarilyUnavailable
from idp.protocols.oauth.wire import WireRequest, WireResponse, error_response


def open_ixiamen(rooms: Rooms) -> Mapping[str, Endpoint]:
    """Open the door; clients that are not registered for it find it closed."""
    ground, subjects = rooms.ground, rooms.hall.subjects

    def open_id(client: Client, person_id: UUID, sub: str) -> str:
        """The old id, where the client succeeds a source that knew the person; else the `sub`."""
        old = client.legacy_source and subjects.aliases.of(person_id, client.legacy_source)
        return old or sub

    def told(client: Client, person_id: UUID, sub: str) -> str:
        """The same, on record before the answer leaves where it is the old id."""
        known = open_id(client, person_id, sub)
        if known != sub:
            rooms.tokens.released.note_old_id(client, person_id)
        return known

    return {
        "/oauth/authorize": _authorization(rooms),
        "/oauth/token": endpoint(leased(_token(rooms, told), ground.watch, _busy)),
        "/oauth/userinfo": endpoint(_userinfo(rooms, open_id)),
    }


def _authorization(rooms: Rooms) -> Endpoint:
    ground, clients, subjects = rooms.ground, rooms.clients, rooms.hall.subjects
    cookies = Cookies.of(ground.settings.issuer)
    faces = Faces(settings=ground.settings, cookies=cookies)
    door = IxiamenDoor(
        clients=clients.directory,
        codes=rooms.tokens.codes,
        subjects=subjects.subjects,
        client_sid=subjects.sessions.client_sid,
    )
    rooms.hall.doors[DOOR] = door
    authorization = AuthorizationEndpoint(
        clients=clients.directory,
        hall=rooms.hall.hall,
        door=door,
        error_page=faces.error,
        clock=ground.clock,
        cookies=cookies,
    )
    return endpoint(patient(leased(authorization, ground.watch, faces.error), faces.show))


def _token(rooms: Rooms, open_id: OpenId) -> TokenEndpoint:
    rate = rooms.ground.settings.limits.client_requests_per_second
    return TokenEndpoint(
        authenticator=rooms.clients.authenticator,
        issuance=rooms.tokens.issuance,
        limits=ClientLimits(clock=rooms.ground.clock, rate=rate),
        open_id=open_id,
        clock=rooms.ground.clock,
    )


def _userinfo(rooms: Rooms, open_id: OpenId) -> UserInfoEndpoint:
    return UserInfoEndpoint(
        issuer=rooms.ground.settings.issuer,
        clients=rooms.clients.directory,
        verifier=rooms.tokens.verifier,
        ledger=rooms.tokens.ledger,
        released=rooms.tokens.released,
        open_id=open_id,
        clock=rooms.ground.clock,
    )


def _busy(_request: WireRequest, problem: TemporarilyUnavailable) -> WireResponse:
    return error_response(problem)
