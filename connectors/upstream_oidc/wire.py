"""The partner's documents: discovery, keys, and the ID token that is believed.

Owns what must hold for each (OpenID Connect Discovery 1.0 §4.3, Core 1.0 §3.1.3.7). Calling out and
the order of a login are the adapter's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from connectors.errors import OutboundAnswerRejected
from connectors.upstream_oidc.settings import UpstreamOidcSettings

LONGEST_SUBJECT: Final = 255
_LARGEST_TOKEN: Final = 16 * 1024


class UnknownKey(OutboundAnswerRejected):
    """The token names a key that the partner did not publish when its keys were last read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the partner publishes of itself. `names_itself` is RFC 9207's promise of `iss`."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    names_itself: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the ID token must answer to."""

    nonce: str = field(repr=False)
    access_token: str = field(repr=False)
    now: datetime


def metadata_of(document: object, settings: UpstreamOidcSettings) -> Metadata:
    """The partner's metadata.

    Raises:
        OutboundAnswerRejected: it is another issuer's, or lacks an endpoint.
    """
    if not isinstance(document, dict):
        raise OutboundAnswerRejected("the metadata is no JSON object")
    # Discovery 1.0 §4.3: "MUST be identical to the Issuer URL".
    if document.get("issuer") != settings.issuer:
        raise OutboundAnswerRejected("the metadata is another issuer's")
    return Metadata(
        authorization_endpoint=_endpoint(document, "authorization_endpoint", settings),
        token_endpoint=_endpoint(document, "token_endpoint", settings),
        jwks_uri=_endpoint(document, "jwks_uri", settings),
        userinfo_endpoint=(
            _endpoint(document, "userinfo_endpoint", settings)
            if "userinfo_endpoint" in document
            else ""
        ),
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


def keys_of(document: object) -> KeySet:
    """The partner's signing keys; symmetric and encryption keys are left out.

    Raises:
        OutboundAnswerRejected: it is no key set, or holds no key of use.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise OutboundAnswerRejected("no key set")
    usable = [
        {name: value for name, value in key.items() if name != "key_ops"}
        for key in listed
        if isinstance(key, dict)
        and key.get("kty") in {"RSA", "EC", "OKP"}
        and key.get("use", "sig") == "sig"
        and "d" not in key
    ]
    try:
        keys = KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise OutboundAnswerRejected("a key set that cannot be read") from error
    if not keys.keys:
        raise OutboundAnswerRejected("a key set without a signing key")
    return keys


def read_id_token(
    token: object, keys: KeySet, settings: UpstreamOidcSettings, expected: Expected
) -> Mapping[str, Any]:
    """The claims of an ID token that the partner signed, for us, for this very login, now.

    Raises:
        UnknownKey: it names a key that is not among `keys`.
        OutboundAnswerRejected: anything else does not hold.
    """
    if not isinstance(token, str) or len(token) > _LARGEST_TOKEN or not token.isascii():
        raise OutboundAnswerRejected("no ID token")
    _require_known_key(token, keys)
    try:
        decoded = jwt.decode(token, keys, algorithms=settings.algorithms.split())
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={
                "iss": {"essential": True, "value": settings.issuer},
                "aud": {"essential": True, "value": settings.client_id},
            },
            params={
                "nonce": expected.nonce,
                "client_id": settings.client_id,
                "access_token": expected.access_token,
            },
        )
        claims.validate(now=int(expected.now.timestamp()), leeway=int(settings.clock_skew))
    except (JoseError, ValueError, KeyError, TypeError) as error:
        # The library's words name the claim, never its value.
        raise OutboundAnswerRejected(f"the ID token: {type(error).__name__}") from error
    # Core §3.1.3.7 (3): a token that is also for somebody we do not know is refused.
    subject, audience = claims.get("sub"), claims["aud"]
    if audience not in (settings.client_id, [settings.client_id]):
        raise OutboundAnswerRejected("the ID token is for others too")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise OutboundAnswerRejected("the ID token names nobody")
    return dict(claims)


def _require_known_key(token: str, keys: KeySet) -> None:
    try:
        key_id = jws.extract_compact(token.encode("ascii")).headers().get("kid")
    except (JoseError, ValueError) as error:
        raise OutboundAnswerRejected("the ID token is no JWS") from error
    if key_id is not None and key_id not in {key.kid for key in keys.keys}:
        raise UnknownKey("the ID token names an unknown key")
    if key_id is None and len(keys.keys) != 1:
        raise OutboundAnswerRejected("the ID token does not say which key")


def _endpoint(document: Mapping[str, Any], name: str, settings: UpstreamOidcSettings) -> str:
    url = document.get(name)
    if not isinstance(url, str) or not urlsplit(url).hostname:
        raise OutboundAnswerRejected(f"metadata without {name}")
    # Whoever publishes over https must not lead away from it.
    if urlsplit(url).scheme != urlsplit(settings.issuer).scheme:
        raise OutboundAnswerRejected(f"{name} is of another scheme than the issuer")
    return url
