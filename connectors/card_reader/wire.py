"""A reading on the wire: a compact JWS whose header names the device's key and what it is.

Owns the names of the claims and their forms. The signature is checked by `connectors.devices`; what
the 256 bytes mean is `layout`'s.
"""

import binascii
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from connectors.card_reader.layout import PHOTO_BYTES, TEXT_BYTES
from connectors.devices import Statement, StatementRefused

MEDIA_TYPE: Final = "card-reading+jws"
_LARGEST_COUNTER: Final = 2**53
_LARGEST_NONCE: Final = 128
_DIGEST: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading as the device tells it."""

    nonce: str
    counter: int
    read_at: datetime
    module: str
    text: bytes = field(repr=False)
    photo: bytes = field(repr=False)
    photo_sha256: str = ""


def reading_of(statement: Statement) -> Reading:
    """The reading in a statement.

    Raises:
        StatementRefused: a claim is missing or not in its form.
    """
    claims = statement.claims
    counter = claims.get("counter")
    if not isinstance(counter, int) or isinstance(counter, bool):
        raise StatementRefused("malformed")
    if not 0 < counter < _LARGEST_COUNTER:
        raise StatementRefused("malformed")
    nonce = _text(claims, "nonce")
    if len(nonce) > _LARGEST_NONCE:
        raise StatementRefused("malformed")
    return Reading(
        nonce=nonce,
        counter=counter,
        read_at=_instant(claims.get("iat")),
        module=_text(claims, "sam"),
        text=_octets(claims, "text", TEXT_BYTES),
        photo=_octets(claims, "photo", PHOTO_BYTES),
        photo_sha256=_digest(claims),
    )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value or not value.isascii():
        raise StatementRefused("malformed")
    return value


def _digest(claims: Mapping[str, Any]) -> str:
    """What the photograph that is sent beside the statement hashes to, where one is."""
    if "chip_photo_sha256" not in claims:
        return ""
    digest = _text(claims, "chip_photo_sha256")
    if _DIGEST.fullmatch(digest) is None:
        raise StatementRefused("malformed")
    return digest


def _octets(claims: Mapping[str, Any], name: str, length: int) -> bytes:
    text = _text(claims, name)
    try:
        octets = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise StatementRefused("malformed") from error
    if len(octets) != length:
        raise StatementRefused("wrong_layout")
    return octets


def _instant(value: object) -> datetime:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**33:
        raise StatementRefused("malformed")
    return datetime.fromtimestamp(value, UTC)
