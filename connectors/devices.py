"""What a connector knows of an enrolled device, and what devices sign: compact JWS (RFC 7515).

Owns the two algorithms, the size and the form of a signed statement. Enrolling, revoking and
counting are the channels room's, handed in as `EnrolledDevices` and `ReadingChallenges`.
"""

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OKPKey

# RFC 9864 renames the algorithm of devices that are enrolled under its older name: both are meant,
# and an operator's log is no place to be told of it at each reading.
warnings.filterwarnings("ignore", "EdDSA is deprecated", SecurityWarning)

ALGORITHMS: Final = ("EdDSA", "Ed25519", "ES256")
LARGEST_STATEMENT: Final = 8 * 1024
Key = ECKey | OKPKey


class StatementRefused(ValueError):
    """A signed statement that is not believed; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Challenge(StrEnum):
    """What a nonce is when a reading brings it back."""

    FRESH = "fresh"
    REPLAYED = "replayed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledDevice:
    """A device that proved it holds its key. `key_id` is the key's thumbprint (RFC 7638)."""

    device_id: str
    key_id: str
    kind: str
    place: str
    public_jwk: Mapping[str, Any] = field(repr=False)
    is_attended: bool = False
    is_revoked: bool = False
    is_suspended: bool = False

    @property
    def refusal(self) -> str:
        """Why nothing it says is believed now; empty where it is."""
        if self.is_revoked:
            return "revoked_device"
        return "suspended_device" if self.is_suspended else ""


class EnrolledDevices(Protocol):
    """Who is enrolled, and how far each device has counted."""

    def find(self, key_id: str) -> EnrolledDevice | None:
        """The device of that key, revoked ones too."""
        ...

    def advance(self, device_id: str, *, counter: int, now: datetime) -> bool:
        """Note a counter, durably; False when it counted as far before, or is not believed."""
        ...


class ReadingChallenges(Protocol):
    """Nonces of ours, each good for one reading in one place (a journey, a desk)."""

    def take(self, nonce: str, *, place: str) -> Challenge:
        """Use a nonce up, and say what it was."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a device says, once its signature is checked."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any] = field(repr=False)


def public_key(jwk: Mapping[str, Any]) -> Key:
    """The device key in `jwk`: Ed25519 or P-256, public.

    Raises:
        StatementRefused: it is another, or shows its private part.
    """
    if "d" in jwk:
        raise StatementRefused("private_key_shown")
    try:
        if jwk.get("kty") == "OKP" and jwk.get("crv") == "Ed25519":
            return OKPKey.import_key({name: jwk[name] for name in ("kty", "crv", "x")})
        if jwk.get("kty") == "EC" and jwk.get("crv") == "P-256":
            return ECKey.import_key({name: jwk[name] for name in ("kty", "crv", "x", "y")})
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise StatementRefused("wrong_key") from error
    raise StatementRefused("wrong_key")


def header_of(statement: str, *, media_type: str) -> Mapping[str, Any]:
    """The header of a statement, not yet to be believed.

    Raises:
        StatementRefused: it is too large, no compact JWS, or of another kind.
    """
    if len(statement) > LARGEST_STATEMENT or not statement.isascii():
        raise StatementRefused("malformed")
    try:
        header = jws.extract_compact(statement.encode("ascii")).headers()
    except (JoseError, ValueError) as error:
        raise StatementRefused("malformed") from error
    if "crit" in header:
        # RFC 7515 §4.1.11: extensions that are not understood MUST be refused; we know none.
        raise StatementRefused("malformed")
    # RFC 8725 §3.11: one kind of statement must never pass for another.
    if header.get("typ") != media_type:
        raise StatementRefused("wrong_type")
    return header


def read_statement(statement: str, key: Key, *, media_type: str) -> Statement:
    """The statement, once `key` signed it.

    Raises:
        StatementRefused: it did not, or what it signed is no JSON object.
    """
    header = header_of(statement, media_type=media_type)
    try:
        opened = jws.deserialize_compact(statement.encode("ascii"), key, algorithms=[*ALGORITHMS])
    except (JoseError, ValueError) as error:
        raise StatementRefused("wrong_signature") from error
    try:
        claims = json.loads(opened.payload)
    except (ValueError, RecursionError) as error:
        raise StatementRefused("malformed") from error
    if not isinstance(claims, dict):
        raise StatementRefused("malformed")
    return Statement(header=header, claims=claims)
