"""grant_type=authorization_code (RFC 6749 §4.1.3), with PKCE S256 alone (RFC 7636)."""

import hmac
from typing import Any

from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7636 import CodeChallenge, create_s256_code_challenge

from idp.protocols.oidc.token.engine import RegisteredClient
from idp.protocols.oidc.token.grants.answer import token_response
from idp.tokens.codes import AuthorizationCode


def is_answer_to(verifier: str, challenge: str) -> bool:
    """RFC 7636 §4.6, compared in constant time."""
    return hmac.compare_digest(create_s256_code_challenge(verifier), challenge)


class S256CodeChallenge(CodeChallenge):  # type: ignore[misc] # authlib is untyped
    """PKCE without `plain`. A verifier without a challenge is refused (RFC 9700 §2.1.1)."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)
    CODE_CHALLENGE_METHODS = {"S256": is_answer_to}


class TakenCode:
    """A code that was taken from the store, asked in Authlib's words."""

    __slots__ = ("code", "code_challenge", "code_challenge_method", "presented", "redirect_uri")

    def __init__(self, code: AuthorizationCode, presented: str, redirect_uri: str | None) -> None:
        self.code = code
        self.code_challenge = code.code_challenge
        self.code_challenge_method = "S256"
        self.presented = presented
        must_match = code.redirect_uri_given or redirect_uri is not None
        self.redirect_uri = code.redirect_uri if must_match else ""

    def get_redirect_uri(self) -> str:
        """RFC 6749 §4.1.3: required and identical if the authorization request included it."""
        return self.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.code.scope)


class AuthorizationCodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc] # untyped
    """Authlib's grant over our codes.

    RFC 6749 §4.1.2: "The client MUST NOT use the authorization code more than once."
    """

    def query_authorization_code(self, code: str, client: RegisteredClient) -> TakenCode | None:
        """The code, taken: whatever fails after this, it will not be good a second time."""
        redemptions = self.server.issuance.redemptions
        taken = redemptions.take(code)
        if taken is None or taken.client_id != client.client.client_id:
            return None
        return TakenCode(taken, code, self.request.payload.redirect_uri)

    def authenticate_user(self, authorization_code: TakenCode) -> TakenCode:
        """The code stands for its person."""
        return authorization_code

    def generate_token(self, user: TakenCode, **_: object) -> dict[str, Any]:
        client = self.request.client.client
        resources = self.request.resources
        issuance = self.server.issuance
        issued = issuance.redeem(client, user.code, presented=user.presented, resources=resources)
        return token_response(issued)

    def delete_authorization_code(self, authorization_code: TakenCode) -> None:
        """Taken already; its tombstone stays to tell a replay."""
