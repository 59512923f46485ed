"""Handlers for the well-known documents and the JWK Set: bytes made beforehand, and an ETag."""

import hashlib
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import orjson

from idp.protocols.oauth.wire import Handler, WireRequest, WireResponse
from idp.protocols.oidc.endpoint import ALLOW_ANY_ORIGIN, method_not_allowed, preflight

METADATA_MAX_AGE = 300
JWKS_MAX_AGE = 300
"""Seconds; far below the keys' overlap, so a new key is seen before it signs."""


def metadata_handler(metadata: Callable[[], Mapping[str, Any]]) -> Handler:
    """RFC 8414 §3.2: 200 with application/json.

    `metadata` returns the same object until it changes: what can be proven here follows the
    switches of connectors, which are turned while this runs.
    """
    made: list[tuple[Mapping[str, Any], bytes]] = []

    def body() -> bytes:
        current = metadata()
        if not made or made[0][0] is not current:
            made[:] = [(current, orjson.dumps(current))]
        return made[0][1]

    return public_document_handler(body, content_type="application/json", max_age=METADATA_MAX_AGE)


def jwks_handler(jwks: Callable[[], bytes]) -> Handler:
    """RFC 7517 §8.5.2."""
    return public_document_handler(
        jwks, content_type="application/jwk-set+json", max_age=JWKS_MAX_AGE
    )


def public_document_handler(
    document: Callable[[], bytes], *, content_type: str, max_age: int
) -> Handler:
    made: dict[bytes, WireResponse] = {}

    def handle(request: WireRequest) -> WireResponse:
        if request.method == "OPTIONS":
            return preflight("GET, HEAD")
        if request.method not in {"GET", "HEAD"}:
            return method_not_allowed("GET, HEAD")
        body = document()
        answer = made.get(body)
        if answer is None:
            made.clear()
            answer = made[body] = WireResponse(
                status=HTTPStatus.OK,
                headers=(
                    ("Content-Type", content_type),
                    ("Cache-Control", f"public, max-age={max_age}"),
                    ("ETag", f'"{hashlib.sha256(body).hexdigest()[:16]}"'),
                    *ALLOW_ANY_ORIGIN,
                ),
                body=body,
            )
        return answer

    return handle
