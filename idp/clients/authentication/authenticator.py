"""The one place where a request's client is established, for every endpoint that needs one.

It enforces the registered method exactly, and makes an unknown client cost what a known one does.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from idp.clients.authentication import (
    client_secret_basic,
    client_secret_jwt,
    client_secret_post,
    none,
    private_key_jwt,
)
from idp.clients.authentication.failures import AuthenticationFailures
from idp.clients.authentication.parts import Parts
from idp.clients.authentication.presented import (
    MAX_CLIENT_ID,
    ClientNotAuthenticated,
    Presented,
    read_presented,
)
from idp.clients.client import Client, ClientDirectory

Prove = Callable[..., None]
METHODS: Final[Mapping[str, tuple[str, Prove]]] = {
    "client_secret_basic": (client_secret_basic.WAY, client_secret_basic.prove),
    "client_secret_post": (client_secret_post.WAY, client_secret_post.prove),
    "client_secret_jwt": (client_secret_jwt.WAY, client_secret_jwt.prove),
    "private_key_jwt": (private_key_jwt.WAY, private_key_jwt.prove),
    "none": (none.WAY, none.prove),
}
_STAND_IN_METHOD: Final = {
    "basic": "client_secret_basic",
    "post": "client_secret_post",
    "assertion": "private_key_jwt",
    "none": "client_secret_basic",
}
_STAND_IN_KEYS: Final = {
    "keys": [
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        }
    ]
}
"""RFC 7515 A.3's published key: it stands in for an unknown client's and never lets anyone in."""


class ClientAuthenticator:
    def __init__(
        self,
        *,
        directory: ClientDirectory,
        parts: Parts,
        failures: AuthenticationFailures,
    ) -> None:
        self.failures = failures
        self._directory = directory
        self._parts = parts
        self._stand_in = Client(
            client_id="",
            secret_sha256=hashlib.sha256(secrets.token_bytes(32)).digest(),
            jwks=_STAND_IN_KEYS,
        )

    def authenticate(
        self, authorization: str, parameters: Mapping[str, str], *, now: int
    ) -> Client:
        """The client a request proved to come from. `now` in seconds since the epoch.

        Raises:
            AmbiguousAuthentication: RFC 6749 §2.3, more than one method.
            ClientNotAuthenticated: unknown, suspended, another method than registered, or no proof.
        """
        presented = read_presented(authorization, parameters)
        client = self._directory.get(presented.client_id) if _is_plausible(presented) else None
        if client is None or _way(client) != presented.way:
            with suppress(ClientNotAuthenticated):
                self._take_as_long(presented, now=now)
            raise ClientNotAuthenticated("unknown client, or not its registered method")
        try:
            self._prove(presented, client, now=now)
        except ClientNotAuthenticated as problem:
            problem.client_id = client.client_id
            raise
        return client

    def _prove(self, presented: Presented, client: Client, *, now: int) -> None:
        _, prove = METHODS[client.token_endpoint_auth_method]
        prove(presented, client, self._parts, now=now)
        if client.status != "active":
            raise ClientNotAuthenticated("the client is suspended")

    def _take_as_long(self, presented: Presented, *, now: int) -> None:
        """Do a known client's work: the time taken must not tell who is registered."""
        _, prove = METHODS[_STAND_IN_METHOD[presented.way]]
        prove(presented, self._stand_in, self._parts, now=now)


def _way(client: Client) -> str:
    return METHODS.get(client.token_endpoint_auth_method, ("", None))[0]


def _is_plausible(presented: Presented) -> bool:
    return len(presented.client_id) <= MAX_CLIENT_ID and "\x00" not in presented.client_id
