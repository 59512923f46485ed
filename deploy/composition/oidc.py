"""The OpenID Connect door, wired: its endpoints as hot paths, its place in the logout fan-out."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from deploy.bridge import document, endpoint
from deploy.composition.authorities import methods_of
from deploy.composition.clients import ClientsRoom
from deploy.composition.faces import Faces
from deploy.composition.ground import Ground
from deploy.composition.lease import leased
from deploy.composition.patience import patient
from deploy.composition.people import HallRooms
from deploy.composition.registration import PATH as REGISTER
from deploy.composition.registration import registration_endpoint
from deploy.composition.request_objects import request_objects
from deploy.composition.tasks import Deliver, post_form
from deploy.composition.tokens import TokensRoom
from deploy.house import Endpoint
from idp.clients.limits import ClientLimits
from idp.journey.cookies import Cookies
from idp.protocols.oauth.errors import TemporarilyUnavailable
from idp.protocols.oauth.wire import Handler, WireRequest, WireResponse, error_response
from idp.protocols.oidc.authorization.door import OidcDoor
from idp.protocols.oidc.authorization.endpoint import AuthorizationEndpoint
from idp.protocols.oidc.authorization.parts import Checking, Pages
from idp.protocols.oidc.device.authorization_endpoint import DeviceAuthorizationEndpoint
from idp.protocols.oidc.device.door import ALLOWED, REFUSED, DeviceDoor
from idp.protocols.oidc.device.door import DOOR as DEVICE_DOOR
from idp.protocols.oidc.device.verification import PATH as DEVICE
from idp.protocols.oidc.device.verification import DeviceVerification
from idp.protocols.oidc.discovery.endpoints import jwks_handler, metadata_handler
from idp.protocols.oidc.discovery.metadata import server_metadata
from idp.protocols.oidc.hints import IdTokenHints
from idp.protocols.oidc.introspection.endpoint import IntrospectionEndpoint
from idp.protocols.oidc.logout import back_channel
from idp.protocols.oidc.logout.back_channel import BackChannelAnnouncer, BackChannelDelivery
from idp.protocols.oidc.logout.endpoint import LogoutEndpoint, LogoutPages
from idp.protocols.oidc.revocation.endpoint import RevocationEndpoint
from idp.protocols.oidc.session_management.endpoints import (
    CHECK_SESSION,
    CHECK_SESSION_ORIGIN,
    CHECK_SESSION_SCRIPT,
    CheckSessionFrame,
    CheckSessionOrigin,
    check_session_script,
)
from idp.protocols.oidc.token.endpoint import TokenEndpoint, TokenEndpointParts
from idp.protocols.oidc.token.engine import Engine
from idp.protocols.oidc.token.registered import GRANTS
from idp.protocols.oidc.userinfo.endpoint import UserInfoEndpoint
from idp.sessions.session import SIGNED_OUT

AUTHORIZE = "/oauth2/authorize"
LOGOUT = "/oauth2/logout"


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcEndpoints:
    """Handlers by path and by prefix, and the outbox's deliveries by kind."""

    paths: Mapping[str, Endpoint]
    prefixes: Mapping[str, Endpoint]
    deliveries: Mapping[str, Deliver]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the endpoints of this door are built from."""

    ground: Ground
    clients: ClientsRoom
    hall: HallRooms
    tokens: TokensRoom
    faces: Faces
    hints: IdTokenHints
    cookies: Cookies


def open_oidc(
    ground: Ground, clients: ClientsRoom, hall: HallRooms, tokens: TokensRoom
) -> OidcEndpoints:
    settings = ground.settings
    cookies = Cookies.of(settings.issuer)
    parts = Surroundings(
        ground=ground,
        clients=clients,
        hall=hall,
        tokens=tokens,
        faces=Faces(settings=settings, cookies=cookies),
        hints=IdTokenHints(issuer=settings.issuer, keys=ground.keys),
        cookies=cookies,
    )
    _hear_of_sessions(parts)
    registration = endpoint(registration_endpoint(ground, clients))
    paths: dict[str, Endpoint] = {
        **_published(parts),
        REGISTER: registration,
        AUTHORIZE: _for_people(
            parts, leased(_authorization(parts), ground.watch, parts.faces.error)
        ),
        "/oauth2/token": endpoint(leased(_token(parts), ground.watch, _busy)),
        **_token_services(parts),
        **_device(parts),
        LOGOUT: _for_people(parts, _logout(parts)),
        **_session_management(parts),
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


def _for_people(parts: Surroundings, handler: Handler) -> Endpoint:
    return endpoint(patient(handler, parts.faces.show))


def _hear_of_sessions(parts: Surroundings) -> None:
    """What ends with a session, and with an account that is frozen or closed."""
    sessions, ends = parts.hall.subjects.sessions, parts.tokens.session_end
    sessions.announce_to(ends)
    sessions.announce_to(told_to_leave(parts.ground, parts.clients))
    parts.hall.subjects.statuses.announce_to(ends)
    parts.hall.merging.announce_to(ends)
    parts.hall.subjects.guardianships.announce_to(ends)
    parts.hall.subjects.erasures.announce_to(ends)


def told_to_leave(ground: Ground, clients: ClientsRoom) -> BackChannelAnnouncer:
    """What tells clients that somebody is signed out."""
    return BackChannelAnnouncer(clients=clients.directory, clock=ground.clock)


def _published(parts: Surroundings) -> Mapping[str, Endpoint]:
    settings, methods = parts.ground.settings, methods_of(parts.ground)
    made = lru_cache(maxsize=8)(lambda known: server_metadata(settings, methods=known))
    metadata = document(metadata_handler(lambda: made(methods())))
    return {
        "/.well-known/openid-configuration": metadata,
        "/.well-known/oauth-authorization-server": metadata,
        "/oauth2/jwks": document(jwks_handler(parts.ground.keys.jwks_bytes)),
    }


def _authorization(parts: Surroundings) -> AuthorizationEndpoint:
    ground, clients, sessions = parts.ground, parts.clients, parts.hall.subjects.sessions
    issuer = ground.settings.issuer
    door = OidcDoor(
        issuer=issuer,
        clients=clients.directory,
        codes=parts.tokens.codes,
        subjects=parts.hall.subjects.subjects,
        client_sid=sessions.client_sid,
        browser_state=sessions.browser_state,
    )
    parts.hall.doors["oidc"] = door
    return AuthorizationEndpoint(
        path=AUTHORIZE,
        checking=Checking(
            issuer=issuer,
            clients=clients.directory,
            request_objects=request_objects(ground, clients),
            hints=parts.hints,
        ),
        hall=parts.hall.hall,
        door=door,
        pages=Pages(error=parts.faces.error, form_post=parts.faces.form_post),
        store=ground.store,
        clock=ground.clock,
        cookies=parts.cookies,
        browser_state=sessions.browser_state,
    )


def _busy(_request: WireRequest, problem: TemporarilyUnavailable) -> WireResponse:
    return error_response(problem)


def _token(parts: Surroundings) -> TokenEndpoint:
    ground, tokens = parts.ground, parts.tokens
    rate = ground.settings.limits.client_requests_per_second
    return TokenEndpoint(
        TokenEndpointParts(
            engine=Engine(
                issuance=tokens.issuance, device_codes=tokens.device_codes, grants=GRANTS
            ),
            authenticator=parts.clients.authenticator,
            limits=ClientLimits(clock=ground.clock, rate=rate),
            clock=ground.clock,
        )
    )


def _token_services(parts: Surroundings) -> Mapping[str, Endpoint]:
    """What is asked about tokens that were issued: UserInfo, introspection, revocation."""
    ground, clients, tokens = parts.ground, parts.clients, parts.tokens
    userinfo = UserInfoEndpoint(
        issuer=ground.settings.issuer,
        verifier=tokens.verifier,
        clients=clients.directory,
        ledger=tokens.ledger,
        released=tokens.released,
        store=ground.store,
        sealer=ground.sealer,
        keys=ground.keys,
        clock=ground.clock,
    )
    introspection = IntrospectionEndpoint(
        issuer=ground.settings.issuer,
        authenticator=clients.authenticator,
        verifier=tokens.verifier,
        ledger=tokens.ledger,
        clock=ground.clock,
    )
    revocation = RevocationEndpoint(
        authenticator=clients.authenticator,
        verifier=tokens.verifier,
        keys=ground.keys,
        ledger=tokens.ledger,
        revocation=tokens.revocation,
        clock=ground.clock,
    )
    return {
        "/oauth2/userinfo": endpoint(userinfo),
        "/oauth2/introspect": endpoint(introspection),
        "/oauth2/revoke": endpoint(revocation),
    }


def _device(parts: Surroundings) -> Mapping[str, Endpoint]:
    """The device grant (RFC 8628): the machine's endpoint, and the person's pages."""
    ground, clients, codes = parts.ground, parts.clients, parts.tokens.device_codes
    settings = ground.settings
    door = DeviceDoor(
        codes=codes,
        clients=clients.directory,
        subjects=parts.hall.subjects.subjects,
        client_sid=parts.hall.subjects.sessions.client_sid,
    )
    parts.hall.doors[DEVICE_DOOR] = door
    machine = DeviceAuthorizationEndpoint(
        issuer=settings.issuer,
        verification_uri=settings.address(DEVICE),
        authenticator=clients.authenticator,
        codes=codes,
        clock=ground.clock,
    )
    person = _for_people(
        parts,
        DeviceVerification(
            codes=codes,
            clients=clients.directory,
            store=ground.store,
            hall=parts.hall.hall,
            door=door,
            clock=ground.clock,
            cookies=parts.cookies,
            show=parts.faces.show,
            language=parts.faces.language,
        ),
    )
    return {
        "/oauth2/device_authorization": endpoint(machine),
        DEVICE: person,
        ALLOWED: person,
        REFUSED: person,
    }


def _session_management(parts: Surroundings) -> Mapping[str, Endpoint]:
    iframe = CheckSessionFrame(
        cookie=parts.cookies.check,
        embedding="https:" if parts.cookies.is_secure else "http: https:",
    )
    origins = CheckSessionOrigin(clients=parts.clients.directory)
    return {
        CHECK_SESSION: endpoint(iframe),
        CHECK_SESSION_SCRIPT: endpoint(check_session_script()),
        CHECK_SESSION_ORIGIN: endpoint(origins),
    }


def _logout(parts: Surroundings) -> LogoutEndpoint:
    ground, sessions = parts.ground, parts.hall.subjects.sessions
    return LogoutEndpoint(
        path=LOGOUT,
        issuer=ground.settings.issuer,
        session_cookie=parts.cookies.session,
        farewell=(
            parts.cookies.clear(parts.cookies.session),
            parts.cookies.set(parts.cookies.check, SIGNED_OUT),
        ),
        clients=parts.clients.directory,
        hints=parts.hints,
        sessions=sessions,
        client_sid=sessions.client_sid,
        pages=LogoutPages(
            confirm=parts.faces.confirm_logout,
            done=parts.faces.logged_out,
            error=parts.faces.error,
        ),
        store=ground.store,
        clock=ground.clock,
    )
