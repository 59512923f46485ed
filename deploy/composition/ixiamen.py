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
from idp.protocols.ixiamen.token import TokenEndpoint
from idp.protocols.ixiamen.userinfo import UserInfoEndpoint
from idp.protocols.ixiamen.vocabulary import DOOR
from idp.protocols.oauth.errors import TemporarilyUnavailable
from idp.protocols.oauth.wire import WireRequest, WireResponse, error_response


def open_ixiamen(rooms: Rooms) -> Mapping[str, Endpoint]:
    """Open the door; clients that are not registered for it find it closed."""
    ground, clients, tokens, subjects = (
        rooms.ground,
        rooms.clients,
        rooms.tokens,
        rooms.hall.subjects,
    )
    cookies = Cookies.of(ground.settings.issuer)
    faces = Faces(settings=ground.settings, cookies=cookies)
    door = IxiamenDoor(
        clients=clients.directory,
        codes=tokens.codes,
        subjects=subjects.subjects,
        client_sid=subjects.sessions.client_sid,
    )
    rooms.hall.doors[DOOR] = door

    def open_id(client: Client, person_id: UUID, sub: str) -> str:
        """The old id, where the client succeeds a source that knew the person; else the `sub`."""
        old = client.legacy_source and subjects.aliases.of(person_id, client.legacy_source)
        return old or sub

    authorization = AuthorizationEndpoint(
        clients=clients.directory,
        hall=rooms.hall.hall,
        door=door,
        error_page=faces.error,
        clock=ground.clock,
        cookies=cookies,
    )
    token = TokenEndpoint(
        authenticator=clients.authenticator,
        issuance=tokens.issuance,
        limits=ClientLimits(
            clock=ground.clock, rate=ground.settings.limits.client_requests_per_second
        ),
        open_id=open_id,
        clock=ground.clock,
    )
    userinfo = UserInfoEndpoint(
        issuer=ground.settings.issuer,
        clients=clients.directory,
        verifier=tokens.verifier,
        ledger=tokens.ledger,
        released=tokens.released,
        open_id=open_id,
        clock=ground.clock,
    )
    entrance = patient(leased(authorization, ground.watch, faces.error), faces.show)
    return {
        "/oauth/authorize": endpoint(entrance),
        "/oauth/token": endpoint(leased(token, ground.watch, _busy)),
        "/oauth/userinfo": endpoint(userinfo),
    }


def _busy(_request: WireRequest, problem: TemporarilyUnavailable) -> WireResponse:
    return error_response(problem)
