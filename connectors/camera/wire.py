"""A capture on the wire: a compact JWS that names the picture by its digest, not the picture.

Owns the names of the claims and their forms. The signature is checked by `connectors.devices`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from connectors.devices import Statement, StatementRefused

MEDIA_TYPE: Final = "face-capture+jws"
_LARGEST_COUNTER: Final = 2**53
_LARGEST_NONCE: Final = 128
_DIGEST: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One capture as the device tells it. `is_live`: its liveness detection says so."""

    nonce: str
    counter: int
    taken_at: datetime
    is_live: bool
    portrait_sha256: str
    chip_sha256: str = ""


def capture_of(statement: Statement) -> Capture:
    """The capture in a statement.

    Raises:
        StatementRefused: a claim is missing or not in its form.
    """
    claims = statement.claims
    nonce, digest, is_live = claims.get("nonce"), claims.get("portrait_sha256"), claims.get("live")
    if not isinstance(nonce, str) or not nonce.isascii() or not 0 < len(nonce) <= _LARGEST_NONCE:
        raise StatementRefused("malformed")
    chip = claims.get("chip_photo_sha256", "")
    if not _is_digest(digest) or (chip and not _is_digest(chip)) or not isinstance(is_live, bool):
        raise StatementRefused("malformed")
    return Capture(
        nonce=nonce,
        counter=_whole(claims.get("counter"), below=_LARGEST_COUNTER),
        taken_at=datetime.fromtimestamp(_whole(claims.get("iat"), below=2**33), UTC),
        is_live=is_live,
        portrait_sha256=str(digest),
        chip_sha256=str(chip),
    )


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _whole(value: object, *, below: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < below:
        raise StatementRefused("malformed")
    return value
