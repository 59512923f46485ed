"""grant_type=urn:ietf:params:oauth:grant-type:device_code (RFC 8628 §3.4)."""

from typing import Any

from authlib.oauth2.rfc8628 import DeviceCodeGrant as AuthlibDeviceCodeGrant

from idp.protocols.oauth.errors import InvalidGrant
from idp.protocols.oidc.token.grants.answer import token_response
from idp.tokens.codes import AuthorizationCode
from idp.tokens.device_codes import DeviceRequest


class PolledRequest:
    """A device's request, asked in Authlib's words."""

    __slots__ = ("asked", "device_code", "now")

    def __init__(self, asked: DeviceRequest, device_code: str, now: int) -> None:
        self.asked = asked
        self.device_code = device_code
        self.now = now

    def is_expired(self) -> bool:
        return self.asked.expires_at <= self.now

    def get_client_id(self) -> str:
        return self.asked.client_id

    def get_user_code(self) -> "PolledRequest":
        """The request itself: what its person said stands in it."""
        return self

    def get_scope(self) -> str:
        return " ".join(self.asked.scope)


class DeviceCodeGrant(AuthlibDeviceCodeGrant):  # type: ignore[misc] # authlib is untyped
    """Authlib's grant over our device codes; the judge of the first success is the ledger's."""

    def query_device_credential(self, device_code: str) -> PolledRequest:
        asked = self.server.device_codes.of_device_code(device_code)
        if asked is None or asked.client_id != self.request.client.client.client_id:
            # RFC 6749 §5.2: unknown and another client's are the same to the one who asks.
            raise InvalidGrant("The device code is invalid, expired, or another client's.")
        return PolledRequest(asked, device_code, self.server.issuance.clock.timestamp())

    def query_user_grant(
        self, user_code: PolledRequest
    ) -> tuple[AuthorizationCode | None, bool] | None:
        asked = user_code.asked
        return None if asked.is_pending else (asked.approved, not asked.refused)

    def should_slow_down(self, credential: PolledRequest) -> bool:
        polled_at = credential.now
        return bool(self.server.device_codes.is_polled_too_fast(credential.asked, now=polled_at))

    def generate_token(self, user: AuthorizationCode, **_: object) -> dict[str, Any]:
        credential = self.request.credential
        issued = self.server.issuance.redeem(
            self.request.client.client,
            user,
            presented=credential.device_code,
            resources=self.request.resources,
        )
        return token_response(issued)
