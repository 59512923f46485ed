"""The OpenID Connect door, wired: its endpoints as hot paths, its place in the logout fan-out."""

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.bridge import endpoint
from deploy.composition.clients import ClientsRoom
from deploy.composition.faces import Faces
from deploy.composition.ground import Ground
from deploy.composition.people import HallRooms
from deploy.composition.registration import PATH as REGISTER
from deploy.composition.registration import registration_endpoint
from deploy.composition.tasks import Deliver, post_form
from deploy.composition.tokens import TokensRoom
from deploy.house import Endpoint
from idp.clients.limits import ClientLimits
from idp.journey.cookies import Cookies
from idp.protocols.oidc.authorization.door import OidcDoor
from idp.protocols.oidc.authorization.endpoint import AuthorizationEndpoint
from idp.protocols.oidc.authorization.parts import Checking, Pages
from idp.protocols.oidc.authorization.request_objects import RequestObjects
from idp.protocols.oidc.discovery.endpoints import jwks_handler, metadata_handler
from idp.protocols.oidc.discovery.metadata import server_metadata
from idp.protocols.oidc.hints import IdTokenHints
from idp.protocols.oidc.logout import back_channel
from idp.protocols.oidc.logout.back_channel import BackChannelAnnouncer, BackChannelDelivery
from idp.protocols.oidc.logout.endpoint import LogoutEndpoint, LogoutPages
from idp.protocols.oidc.token.endpoint import TokenEndpoint, TokenEndpointParts
from idp.protocols.oidc.token.engine import Engine
from idp.protocols.oidc.token.registered import GRANTS

AUTHORIZE = "/oauth2/authorize"
LOGOUT = "/oauth2/logout"


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcEndpoints:
    """Handlers by path and by prefix, and the outbox's deliveries by kind."""

    paths: Mapping[str, Endpoint]
    prefixes: Mapping[str, Endpoint]
    deliveries: Mapping[str, Deliver]


def open_oidc(
    ground: Ground, clients: ClientsRoom, hall: HallRooms, tokens: TokensRoom
) -> OidcEndpoints:
    settings = ground.settings
    cookies = Cookies.of(settings.issuer)
    faces = Faces(settings=settings, cookies=cookies)
    hints = IdTokenHints(issuer=settings.issuer, keys=ground.keys)
    door = OidcDoor(
        issuer=settings.issuer,
        clients=clients.directory,
        codes=tokens.codes,
        subjects=hall.subjects.subjects,
        client_sid=hall.subjects.sessions.client_sid,
    )
    hall.doors["oidc"] = door
    hall.subjects.sessions.announce_to(tokens.session_end)
    hall.subjects.sessions.announce_to(
        BackChannelAnnouncer(clients=clients.directory, clock=ground.clock)
    )
    registration = endpoint(registration_endpoint(ground, clients))
    metadata = endpoint(metadata_handler(server_metadata(settings)))
    limits = ClientLimits(clock=ground.clock, rate=settings.limits.client_requests_per_second)
    paths: dict[str, Endpoint] = {
        "/.well-known/openid-configuration": metadata,
        "/.well-known/oauth-authorization-server": metadata,
        "/oauth2/jwks": endpoint(jwks_handler(ground.keys.jwks_bytes)),
        REGISTER: registration,
        AUTHORIZE: endpoint(_authorization(ground, clients, hall, door, faces, hints, cookies)),
        "/oauth2/token": endpoint(
            TokenEndpoint(
                TokenEndpointParts(
                    engine=Engine(tokens.issuance, GRANTS),
                    authenticator=clients.authenticator,
                    limits=limits,
                    clock=ground.clock,
                )
            )
        ),
        LOGOUT: endpoint(_logout(ground, clients, hall, faces, hints, cookies)),
    }
    delivery = BackChannelDelivery(
        issuer=settings.issuer,
        clients=clients.directory,
        keys=ground.keys,
        post=post_form(ground),
        clock=ground.clock,
    )
    return OidcEndpoints(
        paths=paths,
        prefixes={f"{REGISTER}/": registration},
        deliveries={back_channel.KIND: delivery},
    )


def _authorization(  # noqa: PLR0913 - the parts of one endpoint
    ground: Ground,
    clients: ClientsRoom,
    hall: HallRooms,
    door: OidcDoor,
    faces: Faces,
    hints: IdTokenHints,
    cookies: Cookies,
) -> AuthorizationEndpoint:
    issuer = ground.settings.issuer
    return AuthorizationEndpoint(
        path=AUTHORIZE,
        checking=Checking(
            issuer=issuer,
            clients=clients.directory,
            request_objects=RequestObjects(
                issuer=issuer,
                keys=clients.keys,
                open_secret=clients.open_secret,
                clock=ground.clock,
            ),
            hints=hints,
        ),
        hall=hall.hall,
        door=door,
        pages=Pages(error=faces.error, form_post=faces.form_post),
        store=ground.store,
        clock=ground.clock,
        cookies=cookies,
    )


def _logout(  # noqa: PLR0913 - the parts of one endpoint
    ground: Ground,
    clients: ClientsRoom,
    hall: HallRooms,
    faces: Faces,
    hints: IdTokenHints,
    cookies: Cookies,
) -> LogoutEndpoint:
    return LogoutEndpoint(
        path=LOGOUT,
        issuer=ground.settings.issuer,
        session_cookie=cookies.session,
        clear_session_cookie=cookies.clear(cookies.session),
        clients=clients.directory,
        hints=hints,
        sessions=hall.subjects.sessions,
        client_sid=hall.subjects.sessions.client_sid,
        pages=LogoutPages(
            confirm=faces.confirm_logout, done=faces.logged_out, error=faces.error
        ),
        store=ground.store,
        clock=ground.clock,
    )
