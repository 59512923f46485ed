"""The rooms a token passes through, put together as deploy does, around a clock that is set."""

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID, uuid4

from idp.clients.authentication.authenticator import ClientAuthenticator
from idp.clients.authentication.client_keys import ClientKeys, KeysUnreachable
from idp.clients.authentication.failures import AuthenticationFailures
from idp.clients.authentication.parts import Parts
from idp.clients.client import Client
from idp.clients.limits import ClientLimits
from idp.conf import Lifetimes, Secret
from idp.foundation.audit import CountedAudit
from idp.foundation.database import Database
from idp.foundation.keys import KeyRing, rotate
from idp.foundation.keys.models import SigningKeyRow
from idp.foundation.sealing import RootKeys, Sealer
from idp.foundation.storage import ReplayCache, RevocationFeed, ValkeyStore
from idp.protocols.oauth.wire import WireRequest, WireResponse
from idp.protocols.oidc.device.authorization_endpoint import DeviceAuthorizationEndpoint
from idp.protocols.oidc.introspection.endpoint import IntrospectionEndpoint
from idp.protocols.oidc.revocation.endpoint import RevocationEndpoint
from idp.protocols.oidc.token.endpoint import TokenEndpoint, TokenEndpointParts
from idp.protocols.oidc.token.engine import Engine
from idp.protocols.oidc.token.registered import GRANTS
from idp.protocols.oidc.userinfo.endpoint import UserInfoEndpoint
from idp.sessions.models import SessionRow
from idp.subjects.disclosures import Disclosures
from idp.subjects.models import Person
from idp.subjects.subject_identifiers import SubjectIdentifiers
from idp.tokens.access_tokens import AccessTokens
from idp.tokens.codes import AuthorizationCode, AuthorizationCodes
from idp.tokens.device_codes import DeviceCodes
from idp.tokens.id_tokens import IdTokens
from idp.tokens.issuance import Issuance
from idp.tokens.ledger import GrantLedger
from idp.tokens.redemption import Redemptions
from idp.tokens.released_claims import ReleasedClaims
from idp.tokens.revocation import Revocation
from idp.tokens.rotation import Rotations
from idp.tokens.verification import AccessTokenVerifier
from tests.clocks import SetClock

ISSUER = "https://id.example.gov.cn"
SECRET = "a-made-up-secret-of-the-tests"
API = "https://api.example.gov.cn/"
VERIFIER = "v" * 43
CHALLENGE = "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM"


class NobodyImported:
    """Where nobody came from elsewhere, nobody has an old id."""

    def of(self, person_id: UUID, source: str) -> str:
        del person_id, source
        return ""


class Directory:
    """Clients registered for one test."""

    def __init__(self) -> None:
        self.clients: dict[str, Client] = {}

    def get(self, client_id: str) -> Client | None:
        return self.clients.get(client_id)

    def add(self, client: Client) -> Client:
        self.clients[client.client_id] = client
        return client


class KnownPeople:
    """What is known of the person, in place of the evidence chain."""

    def __init__(self) -> None:
        self.claims: dict[str, object] = {"name": "张三", "birthdate": "1990-01-01"}
        self.is_erased = False

    def read(
        self,
        person_id: UUID,
        names: tuple[str, ...],
        *,
        now: datetime,
        is_statutory: bool = False,
    ) -> dict[str, object]:
        del person_id, now, is_statutory
        if self.is_erased:
            raise Person.DoesNotExist
        return {name: self.claims[name] for name in names if name in self.claims}


def no_keys(address: str) -> dict[str, object]:
    raise KeysUnreachable(address)


class House:
    """Real tables and a real store, real keys, and a clock that is set."""

    def __init__(self, store: ValkeyStore, database: Database) -> None:
        self.clock = SetClock()
        self.clients = Directory()
        self.people = KnownPeople()
        self.store = store
        self.database = database
        self.lifetimes = Lifetimes()
        roots = RootKeys(active="k1", keys={"k1": b"root key of the test run 01234567"})
        self.sealer = Sealer(roots)
        restore_keys(self.clock, self.sealer)
        self.keys = KeyRing(self.sealer)
        self.feed = RevocationFeed(store, clock=self.clock)
        self.counted = CountedAudit(database, clock=self.clock)
        self.ledger = GrantLedger(database)
        self.revocation = Revocation(
            ledger=self.ledger, store=store, news=self.feed, clock=self.clock
        )
        self.codes = AuthorizationCodes(store, self.lifetimes.code_ttl)
        self.device_codes = DeviceCodes(
            store=store,
            ttl=self.lifetimes.device_code_ttl,
            interval=self.lifetimes.device_poll_interval,
        )
        self.disclosures = Disclosures(database, clock=self.clock)
        self.released = released_of(self)
        self.verifier = AccessTokenVerifier(
            issuer=ISSUER, keys=self.keys, store=store, revocations=self.feed
        )
        self.authenticator = authenticator_of(self)
        self.issuance = issuance_of(self)
        self.token = TokenEndpoint(
            TokenEndpointParts(
                engine=Engine(
                    issuance=self.issuance, device_codes=self.device_codes, grants=GRANTS
                ),
                authenticator=self.authenticator,
                limits=ClientLimits(clock=self.clock, rate=0),
                clock=self.clock,
            )
        )
        self.introspection = IntrospectionEndpoint(
            issuer=ISSUER,
            authenticator=self.authenticator,
            verifier=self.verifier,
            ledger=self.ledger,
            clock=self.clock,
        )
        self.revoke = revocation_of(self)
        self.userinfo = userinfo_of(self)
        self.device_authorization = DeviceAuthorizationEndpoint(
            issuer=ISSUER,
            verification_uri=f"{ISSUER}/oauth2/device",
            authenticator=self.authenticator,
            codes=self.device_codes,
            clock=self.clock,
        )

    def client(self, **changes: object) -> Client:
        """A registered confidential client, changed as the test needs."""
        client = Client(
            client_id=f"client-{secrets.token_hex(4)}",
            secret_sha256=hashlib.sha256(SECRET.encode()).digest(),
            token_endpoint_auth_method="client_secret_post",
            grant_types=frozenset({"authorization_code", "refresh_token", "client_credentials"}),
            scope=frozenset({"openid", "profile", "offline_access", "api:read", "api:write"}),
            resources=frozenset({API}),
        )
        return self.clients.add(replace(client, **changes))  # type: ignore[arg-type] # named by the test

    def session(self) -> SessionRow:
        """A live session of a new person."""
        now = self.clock.now()
        person = Person.objects.create(created_at=now, updated_at=now)
        return SessionRow.objects.create(
            id=uuid4(),
            secret_hash=secrets.token_hex(32),
            person=person,
            started_at=now,
            authenticated_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(days=400),
            identity_level=2,
            authentication_level=1,
        )

    def code(self, client: Client, **changes: object) -> tuple[AuthorizationCode, str]:
        """An authorization code of a person in a live session: the record and its value."""
        session = self.session()
        now = self.clock.timestamp()
        code = AuthorizationCode(
            grant_id=uuid4(),
            client_id=client.client_id,
            redirect_uri="https://rp.example.cn/cb",
            redirect_uri_given=True,
            code_challenge=CHALLENGE,
            nonce="n-0S6_WzA2Mj",
            scope=("openid", "profile"),
            resources=(),
            person_id=session.person_id,
            session_id=session.id,
            sub="the-subject",
            sid="the-sid",
            authenticated_at=now - 30,
            acr="urn:tongxing:acr:ial2:aal1",
            amr=("pwd",),
            userinfo_claims=("name",),
            id_token_claims=(),
            consent_id=None,
            issued_at=now,
        )
        code = replace(code, **changes)  # type: ignore[arg-type] # named by the test
        return code, self.codes.issue(code)

    def post(self, body: dict[str, str] | str, **changes: object) -> WireResponse:
        """POST a form to the token endpoint."""
        return self.token(form_request("/oauth2/token", body, **changes))

    def redeem(self, client: Client, value: str, **changes: str) -> WireResponse:
        body = {
            "grant_type": "authorization_code",
            "code": value,
            "redirect_uri": "https://rp.example.cn/cb",
            "code_verifier": VERIFIER,
            "client_id": client.client_id,
            "client_secret": SECRET,
        }
        return self.post(body | changes)

    def refresh(self, client: Client, value: str, **changes: str) -> WireResponse:
        body = {
            "grant_type": "refresh_token",
            "refresh_token": value,
            "client_id": client.client_id,
            "client_secret": SECRET,
        }
        return self.post(body | changes)


def form_request(path: str, body: dict[str, str] | str, **changes: object) -> WireRequest:
    text = body if isinstance(body, str) else urlencode(body)
    request = WireRequest(
        method="POST",
        path=path,
        content_type="application/x-www-form-urlencoded",
        body=text.encode(),
    )
    return request._replace(**changes)  # type: ignore[arg-type] # named by the test


_MADE_ONCE: list[SigningKeyRow] = []


def released_of(house: House) -> ReleasedClaims:
    return ReleasedClaims(
        source=house.people,
        references=SubjectIdentifiers(b"p" * 32),
        legacy_ids=NobodyImported(),
        disclosures=house.disclosures,
        clock=house.clock,
    )


def restore_keys(clock: SetClock, sealer: Sealer) -> None:
    """The signing keys of the test run: RSA keys are slow to make, and tables are emptied."""
    if _MADE_ONCE:
        SigningKeyRow.objects.bulk_create(_MADE_ONCE)
        return
    rotate(clock.now(), sealer=sealer)
    _MADE_ONCE.extend(SigningKeyRow.objects.all())


def authenticator_of(house: House) -> ClientAuthenticator:
    replays = ReplayCache(house.store, clock=house.clock)
    replays.begin()
    parts = Parts(
        audiences=frozenset({ISSUER, f"{ISSUER}/oauth2/token"}),
        replays=replays,
        open_secret=lambda client: client.sealed_secret,
        keys=ClientKeys(no_keys),
    )
    failures = AuthenticationFailures(counted=house.counted)
    return ClientAuthenticator(directory=house.clients, parts=parts, failures=failures)


def issuance_of(house: House) -> Issuance:
    redemptions = Redemptions(
        codes=house.codes,
        ledger=house.ledger,
        revocation=house.revocation,
        lifetimes=house.lifetimes,
        clock=house.clock,
    )
    rotations = Rotations(
        key=Secret(b"rotation key of the test run 0123"),
        ledger=house.ledger,
        revocation=house.revocation,
        lifetimes=house.lifetimes,
        clock=house.clock,
    )
    access_tokens = AccessTokens(
        issuer=ISSUER, keys=house.keys, store=house.store, lifetimes=house.lifetimes
    )
    return Issuance(
        issuer=ISSUER,
        clock=house.clock,
        access_tokens=access_tokens,
        id_tokens=IdTokens(
            issuer=ISSUER, keys=house.keys, lifetimes=house.lifetimes, released=house.released
        ),
        redemptions=redemptions,
        rotations=rotations,
        subject_for_audience=lambda grant, _client, audience: f"{grant.sub}@{audience}",
        keys=house.keys,
        counted=house.counted,
    )


def revocation_of(house: House) -> RevocationEndpoint:
    return RevocationEndpoint(
        authenticator=house.authenticator,
        verifier=house.verifier,
        keys=house.keys,
        ledger=house.ledger,
        revocation=house.revocation,
        clock=house.clock,
    )


def userinfo_of(house: House) -> UserInfoEndpoint:
    return UserInfoEndpoint(
        issuer=ISSUER,
        verifier=house.verifier,
        clients=house.clients,
        ledger=house.ledger,
        released=house.released,
        store=house.store,
        sealer=house.sealer,
        keys=house.keys,
        clock=house.clock,
    )


def grants_alive(house: House, grant_id: UUID) -> bool:
    grant = house.ledger.grant(grant_id)
    return grant is not None and grant.revoked_at is None
