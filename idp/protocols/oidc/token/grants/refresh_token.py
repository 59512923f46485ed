"""grant_type=refresh_token (RFC 6749 §6), with rotation (RFC 9700 §4.14.2)."""

from typing import Any

from authlib.oauth2.rfc6749 import grants

from idp.protocols.oidc.token.grants.answer import token_response


class PresentedRefreshToken:
    """A value the client showed: whether it is good is judged by the statement that uses it up."""

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value

    def check_client(self, _client: object) -> bool:
        """RFC 6749 §6's client binding stands in the judge's WHERE clause."""
        return True


class RefreshTokenGrant(grants.RefreshTokenGrant):  # type: ignore[misc] # authlib is untyped
    """Authlib's grant over our rotation; scope is narrowed by the tokens room, before use."""

    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> PresentedRefreshToken:
        return PresentedRefreshToken(refresh_token)

    def _validate_token_scope(self, token: PresentedRefreshToken) -> None:
        """Only the grant's row knows the scope."""

    def authenticate_user(self, refresh_token: PresentedRefreshToken) -> PresentedRefreshToken:
        """The token stands for its person."""
        return refresh_token

    def issue_token(
        self, user: PresentedRefreshToken, refresh_token: PresentedRefreshToken
    ) -> dict[str, Any]:
        del refresh_token
        request, issuance = self.request, self.server.issuance
        issued = issuance.refresh(
            request.client.client,
            user.value,
            scope=request.payload.scope or "",
            resources=request.resources,
        )
        return token_response(issued)

    def revoke_old_credential(self, refresh_token: PresentedRefreshToken) -> None:
        """Used up by the very statement that made its successor."""
