"""Clients in the real directory, and the table's surroundings."""

from collections.abc import Callable
from typing import Any

import pytest

from idp.clients.authentication.client_keys import ClientKeys, KeysUnreachable
from idp.clients.client import Client
from idp.clients.directory import SnapshotDirectory
from idp.clients.metadata import MetadataRules
from idp.clients.registrar import ClientRegistrar
from idp.conf import Profile, ProviderSettings, Secret
from idp.foundation.clock import SystemClock
from idp.foundation.keys import KeyPlan, KeyRing, rotate
from idp.foundation.sealing import RootKeys, Sealer
from idp.protocols.oauth.errors import OAuthError
from idp.protocols.oidc.authorization.checks import CHECKS
from idp.protocols.oidc.authorization.parts import Checking
from idp.protocols.oidc.authorization.request import Draft
from idp.protocols.oidc.authorization.request_objects import ObjectUnreachable, RequestObjects
from idp.protocols.oidc.discovery.metadata import server_metadata
from idp.protocols.oidc.hints import IdTokenHints

ISSUER = "https://id.example"
CALLBACK = "https://portal.example/cb"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
METADATA: dict[str, Any] = {
    "redirect_uris": [CALLBACK],
    "client_name": "门户",
    "grant_types": ["authorization_code", "refresh_token"],
    "resources": ["https://api.example"],
}
GOOD = {
    "client_id": "portal",
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "openid profile",
}

Judge = Callable[..., Draft]


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(RootKeys(active="k1", keys={"k1": b"root key of the test run 0123456789"}))


@pytest.fixture
def registrar(sealer: Sealer) -> ClientRegistrar:
    provider = ProviderSettings(
        profile=Profile.DEVELOPMENT,
        issuer=ISSUER,
        root_key=Secret(b"r" * 32),
        blind_index_key=Secret(b"b" * 32),
        pairwise_salt=Secret(b"p" * 32),
    )
    rules = MetadataRules(server_metadata=server_metadata(provider), http_allowed=False)
    return ClientRegistrar(rules=rules, sealer=sealer, clock=SystemClock())


@pytest.fixture
def ring(sealer: Sealer) -> KeyRing:
    rotate(SystemClock().now(), sealer=sealer, plan=KeyPlan(algorithms=("ES256",)))
    return KeyRing(sealer)


@pytest.fixture
def directory() -> SnapshotDirectory:
    return SnapshotDirectory()


@pytest.fixture
def checking(sealer: Sealer, ring: KeyRing, directory: SnapshotDirectory) -> Checking:
    def open_secret(client: Client) -> bytes:
        return sealer.unseal(client.sealed_secret, purpose=f"client-secret:{client.client_id}")

    def fetch(address: str) -> dict[str, Any]:
        raise KeysUnreachable(address)

    def fetch_object(address: str) -> str:
        raise ObjectUnreachable(address)

    return Checking(
        issuer=ISSUER,
        clients=directory,
        request_objects=RequestObjects(
            issuer=ISSUER,
            keys=ClientKeys(fetch),
            open_secret=open_secret,
            fetch=fetch_object,
            clock=SystemClock(),
        ),
        hints=IdTokenHints(issuer=ISSUER, keys=ring),
    )


@pytest.fixture
def judge(registrar: ClientRegistrar, checking: Checking, directory: SnapshotDirectory) -> Judge:
    """Run the whole table over GOOD with changes; None leaves a parameter out.

    `client` changes the client's metadata. The draft of a refused request is on the error.
    """

    def run(
        *,
        client: dict[str, Any] | None = None,
        status: str = "active",
        resources: tuple[str, ...] = (),
        **changes: str | None,
    ) -> Draft:
        registrar.declare("portal", {**METADATA, **(client or {})}, {}, secret="s" * 43)
        if status != "active":
            registrar.set_status("portal", status)
        directory.reload()
        given = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
        draft = Draft(parameters=given, resources=resources)
        try:
            for check in CHECKS:
                check(draft, checking)
        except OAuthError as problem:
            problem.add_note(draft.redirect_uri)
            raise
        return draft

    return run
