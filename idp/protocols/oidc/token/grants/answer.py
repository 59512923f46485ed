"""A token response's members (RFC 6749 §5.1)."""

from typing import Any

from idp.tokens.issuance import Issued


def token_response(issued: Issued) -> dict[str, Any]:
    document: dict[str, Any] = {
        "access_token": issued.access_token.value,
        "token_type": "Bearer",
        "expires_in": issued.access_token.expires_in,
        "scope": issued.scope,
    }
    if issued.refresh_token:
        document["refresh_token"] = issued.refresh_token
    if issued.id_token:
        document["id_token"] = issued.id_token
    return document
