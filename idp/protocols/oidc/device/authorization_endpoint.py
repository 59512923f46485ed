"""The device authorization endpoint (RFC 8628 §3.1): a machine asks for its two codes."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from idp.clients.authentication.authenticator import ClientAuthenticator
from idp.clients.client import Client
from idp.foundation.clock import Clock
from idp.foundation.storage import StoreUnavailable
from idp.protocols.oauth.errors import (
    InvalidScope,
    InvalidTarget,
    TemporarilyUnavailable,
    UnauthorizedClient,
)
from idp.protocols.oauth.wire import Form, WireRequest, WireResponse
from idp.protocols.oidc.client_authentication import authenticated_client
from idp.protocols.oidc.endpoint import answered, read_form
from idp.tokens.device_codes import DeviceCodes
from idp.tokens.refusals import TargetUnknown
from idp.tokens.targets import chosen_audience

DEVICE_CODE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAuthorizationEndpoint:
    """The Handler of `/oauth2/device_authorization`.

    Authlib's endpoint of this name is not used: all it does itself is to draw the codes, with a
    `random` walk that costs more than the rest of the request (see docs/decisions).
    """

    issuer: str
    verification_uri: str
    authenticator: ClientAuthenticator
    codes: DeviceCodes
    clock: Clock

    def __call__(self, request: WireRequest) -> WireResponse:
        return answered(self._answer, request)

    def _answer(self, request: WireRequest) -> dict[str, Any]:
        form = read_form(request)
        now = self.clock.timestamp()
        client = authenticated_client(self.authenticator, request, form.single, now=now)
        if DEVICE_CODE_GRANT not in client.grant_types:
            raise UnauthorizedClient("The client is not registered for the device grant.")
        try:
            device_code, user_code = self.codes.issue(
                client_id=client.client_id,
                scope=_allowed_scope(client, form),
                resources=self._allowed_resources(client, form),
                now=now,
            )
        except StoreUnavailable as problem:
            raise TemporarilyUnavailable("Try again in a moment.") from problem
        return {
            "device_code": device_code,
            "user_code": user_code,
            "verification_uri": self.verification_uri,
            "verification_uri_complete": f"{self.verification_uri}?"
            + urlencode({"user_code": user_code}),
            "expires_in": self.codes.ttl,
            "interval": self.codes.interval,
        }

    def _allowed_resources(self, client: Client, form: Form) -> tuple[str, ...]:
        try:
            chosen_audience(self.issuer, client, (), form.resources)
        except TargetUnknown as problem:
            raise InvalidTarget(str(problem)) from problem
        return form.resources


def _allowed_scope(client: Client, form: Form) -> tuple[str, ...]:
    """RFC 6749 §3.3: what is not registered is refused; without a scope, the sign-in alone."""
    asked = tuple(dict.fromkeys(form.get("scope").split()))
    if not client.scope.issuperset(asked):
        raise InvalidScope("The scope exceeds what the client is registered for.")
    return asked or tuple({"openid"} & client.scope)
