"""The clients room, wired: the snapshot, its writer, and how a client proves itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.errors import OutboundError
from deploy.composition.authorities import methods_of
from deploy.composition.ground import Ground
from idp.account.door import CLIENT as ACCOUNT
from idp.clients.authentication.authenticator import ClientAuthenticator
from idp.clients.authentication.client_keys import ClientKeys, KeysUnreachable
from idp.clients.authentication.failures import AuthenticationFailures
from idp.clients.authentication.parts import Parts
from idp.clients.client import Client
from idp.clients.directory import SnapshotDirectory
from idp.clients.metadata import MetadataRules
from idp.clients.registrar import ClientRegistrar
from idp.conf import Profile
from idp.protocols.oidc.discovery.metadata import server_metadata

KEYS_TIMEOUT = 5.0
KEYS_MAX_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientsRoom:
    directory: SnapshotDirectory
    registrar: ClientRegistrar
    rules: MetadataRules
    keys: ClientKeys
    authenticator: ClientAuthenticator
    ground: Ground

    def open_secret(self, client: Client) -> bytes:
        """The client's own secret, for what needs HMAC; empty where it has none."""
        if not client.sealed_secret:
            return b""
        return self.ground.sealer.unseal(
            client.sealed_secret, purpose=f"client-secret:{client.client_id}"
        )


def open_clients(ground: Ground) -> ClientsRoom:
    settings = ground.settings
    directory = SnapshotDirectory(built_in=(ACCOUNT,))
    ground.watch.register(directory.reload)
    rules = MetadataRules(
        server_metadata=server_metadata(settings, methods=methods_of(ground)()),
        http_allowed=settings.profile == Profile.DEVELOPMENT,
    )

    def open_secret(client: Client) -> bytes:
        return room.open_secret(client)

    keys = ClientKeys(lambda address: _fetch_keys(ground, address))
    parts = Parts(
        audiences=frozenset({settings.issuer, settings.address("/oauth2/token")}),
        replays=ground.replays,
        open_secret=open_secret,
        keys=keys,
        leeway=settings.lifetimes.clock_skew,
        max_lifetime=settings.lifetimes.client_assertion_ttl,
    )
    room = ClientsRoom(
        directory=directory,
        registrar=ClientRegistrar(rules=rules, sealer=ground.sealer, clock=ground.clock),
        rules=rules,
        keys=keys,
        authenticator=ClientAuthenticator(
            directory=directory,
            parts=parts,
            failures=AuthenticationFailures(counted=ground.failures),
        ),
        ground=ground,
    )
    return room


def _fetch_keys(ground: Ground, address: str) -> Mapping[str, Any]:
    try:
        document = ground.outbound.get_json(address, max_bytes=KEYS_MAX_BYTES, timeout=KEYS_TIMEOUT)
    except OutboundError as problem:
        raise KeysUnreachable(str(problem)) from problem
    if not isinstance(document, dict):
        raise KeysUnreachable("the answer is not a JWK Set")
    return document
