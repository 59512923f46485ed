"""grant_type=client_credentials (RFC 6749 §4.4): a client acting for itself."""

from typing import Any

from authlib.oauth2.rfc6749 import grants

from idp.protocols.oauth.errors import UnauthorizedClient
from idp.protocols.oidc.token.grants.answer import token_response


class ClientCredentialsGrant(grants.ClientCredentialsGrant):  # type: ignore[misc] # untyped
    def validate_token_request(self) -> None:
        """RFC 6749 §4.4: "MUST only be used by confidential clients"."""
        if self.request.client.client.is_public:
            raise UnauthorizedClient("A public client cannot act for itself.")
        super().validate_token_request()

    def generate_token(self, **_: object) -> dict[str, Any]:
        request, issuance = self.request, self.server.issuance
        issued = issuance.for_client(
            request.client.client,
            scope=request.payload.scope or "",
            resources=request.resources,
        )
        return token_response(issued)
