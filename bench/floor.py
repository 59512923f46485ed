"""The floor under the product: what one Python worker and one signature cost, and nothing else.

`/token` checks a client secret and signs one ES256 JWT, `/token-rs256` the same with RS256, and
anything else answers `{}`: no store, no framework, no refusals.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

Start = Callable[[str, list[tuple[str, str]]], object]

_EC = ec.generate_private_key(ec.SECP256R1())
_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_SECRETS = {"bench-cc": hashlib.sha256(b"bench-cc-secret-0123456789abcdef").digest()}
_HEADERS = [
    ("content-type", "application/json"),
    ("cache-control", "no-store"),
    ("pragma", "no-cache"),
]


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _sign_es256(payload: bytes) -> bytes:
    r, s = decode_dss_signature(_EC.sign(payload, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _sign_rs256(payload: bytes) -> bytes:
    return _RSA.sign(payload, padding.PKCS1v15(), hashes.SHA256())


def _header(algorithm: str) -> bytes:
    return _encode(orjson.dumps({"alg": algorithm, "typ": "at+jwt", "kid": "1"})) + b"."


_SIGNERS = {
    "/token": (_header("ES256"), _sign_es256),
    "/token-rs256": (_header("RS256"), _sign_rs256),
}


def wsgi(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    """The WSGI application."""
    signer = _SIGNERS.get(environ["PATH_INFO"])
    answer = _issue(environ, *signer) if signer else b"{}"
    start("200 OK", [*_HEADERS, ("content-length", str(len(answer)))])
    return [answer]


def _issue(environ: dict[str, Any], header: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    form = dict(parse_qsl(body.decode(), strict_parsing=True, keep_blank_values=True))
    credentials = base64.b64decode(environ["HTTP_AUTHORIZATION"][6:]).decode()
    client_id, _, secret = credentials.partition(":")
    if not hmac.compare_digest(_SECRETS[client_id], hashlib.sha256(secret.encode()).digest()):
        raise ValueError("wrong secret")
    now = int(time.time())  # noqa: TID251 - the floor has no house and so no clock
    claims = {
        "iss": "https://id.example",
        "sub": client_id,
        "client_id": client_id,
        "aud": "urn:bench:api",
        "scope": form["scope"],
        "iat": now,
        "exp": now + 600,
        "jti": secrets.token_urlsafe(16),
    }
    payload = header + _encode(orjson.dumps(claims))
    token = payload + b"." + _encode(sign(payload))
    answer = {"access_token": token.decode(), "token_type": "Bearer", "expires_in": 600}
    return orjson.dumps(answer)
