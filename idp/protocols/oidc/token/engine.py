"""Authlib's authorization server over a WireRequest: a thin adapter, without its integrations.

It sees the body's parameters alone (Authlib's Django request merges the query into them).
"""

from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Payload, OAuth2Request

from idp.clients.client import Client
from idp.protocols.oauth.wire import Form
from idp.tokens.device_codes import DeviceCodes
from idp.tokens.issuance import Issuance


class Payload(OAuth2Payload):  # type: ignore[misc] # authlib is untyped
    """The parsed body, as Authlib reads it."""

    __slots__ = ("_form",)

    def __init__(self, form: Form) -> None:
        self._form = form

    @property
    def data(self) -> Mapping[str, str]:
        return self._form.single


class RegisteredClient:
    """A Client, asked in Authlib's words."""

    __slots__ = ("client",)

    def __init__(self, client: Client) -> None:
        self.client = client

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.client.grant_types

    def get_client_id(self) -> str:
        return self.client.client_id


class EngineRequest(OAuth2Request):  # type: ignore[misc] # authlib is untyped
    """One token request. Authlib's constructor would judge the URI's scheme on every request.

    Transport security is decided once, at start: production refuses an http issuer.
    """

    def __init__(self, form: Form, client: RegisteredClient) -> None:
        self.method = "POST"
        self.payload = Payload(form)
        self.client = client
        self.auth_method = client.client.token_endpoint_auth_method
        self.authorization_code = None
        self.refresh_token = None
        self.credential = None
        self.user = None
        self.resources = form.resources
        self._scope = None

    @property
    def form(self) -> Mapping[str, str]:
        return self.payload.data


class Engine(AuthorizationServer):  # type: ignore[misc] # authlib is untyped
    """Holds the registered grants; a grant reaches the tokens room through it."""

    def __init__(
        self,
        *,
        issuance: Issuance,
        device_codes: DeviceCodes,
        grants: tuple[tuple[Any, tuple[Any, ...]], ...],
    ) -> None:
        super().__init__()
        self.issuance = issuance
        self.device_codes = device_codes
        for grant, extensions in grants:
            self.register_grant(grant, extensions)

    def authenticate_client(
        self, request: EngineRequest, methods: object, endpoint: str = "token"
    ) -> RegisteredClient:
        """The pipeline's earlier phase established it, by the one method registered."""
        del methods, endpoint
        return request.client

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """No signals for control flow (architecture, rule 11)."""

    def save_token(self, token: object, request: EngineRequest) -> None:
        """Nothing is left to save: the judge's transaction came before the signature."""

    def validate_requested_scope(self, scope: str) -> None:
        """Scope is judged against the client and the grant, by the tokens room."""
