"""The kinds of authenticators, what each proves by declaration, and the shape of their services.

NIST SP 800-63B-4 §2 and §3 are the source of the factors; RFC 8176 §2 of the `amr` values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol
from uuid import UUID

PASSWORD: Final = "pwd"  # noqa: S105 - RFC 8176 §2's name of a method
SMS: Final = "sms"
MULTIPLE_CHANNEL: Final = "mca"
OTP: Final = "otp"
HARDWARE_KEY: Final = "hwk"
SOFTWARE_KEY: Final = "swk"
PRESENCE: Final = "user"
SMART_CARD: Final = "sc"
FACE: Final = "face"
MULTIPLE: Final = "mfa"
"""`amr` values of RFC 8176 §2."""


class Kind(StrEnum):
    """A kind of authenticator, as it is kept and as a form's `method` names it."""

    PASSWORD = "password"  # noqa: S105 - the name of a kind
    SMS = "sms"
    EMAIL = "email"
    PASSKEY = "passkey"
    TOTP = "totp"
    FACE = "face"
    RECOVERY_CODE = "recovery_code"
    CERTIFICATE = "certificate"
    """Of staff alone."""


ALL_KINDS: Final = tuple(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a kind is. `amr` is what one use proves; `most` how many of it a person may have.

    `is_restricted` is NIST SP 800-63B-4 §3.2.9's word: where a level rests on it, one that resists
    phishing is offered. `is_spare` counts for no account's level: it is for the day others fail.
    `is_voluntary` exists under a consent that is taken back at any time (PIPL 15), so that no level
    may hang on it, and it is never the only way.
    """

    amr: frozenset[str]
    most: int = 1
    resists_phishing: bool = False
    is_restricted: bool = False
    is_spare: bool = False
    is_voluntary: bool = False

    @property
    def counts(self) -> bool:
        """Whether an account's level rests on it."""
        return not (self.is_spare or self.is_voluntary)


DECLARED: Final[Mapping[Kind, Declared]] = MappingProxyType(
    {
        Kind.PASSKEY: Declared(
            amr=frozenset({SOFTWARE_KEY, PRESENCE, MULTIPLE}), most=10, resists_phishing=True
        ),
        Kind.TOTP: Declared(amr=frozenset({OTP})),
        Kind.PASSWORD: Declared(amr=frozenset({PASSWORD})),
        Kind.SMS: Declared(amr=frozenset({SMS}), is_restricted=True),
        # A code by another channel than the browser's (RFC 8176 §2, "mca"). NIST SP 800-63B-4
        # §3.1.3.1 takes no mailbox for something held: it opens to whoever knows its password.
        Kind.EMAIL: Declared(amr=frozenset({MULTIPLE_CHANNEL}), is_restricted=True),
        # Compared anew at an authority each time. NIST SP 800-63B-4 §3.2.3: a biometric is no
        # authenticator by itself, so it comes after all that is one, and reaches nothing alone.
        Kind.FACE: Declared(amr=frozenset({FACE}), is_voluntary=True),
        Kind.RECOVERY_CODE: Declared(amr=frozenset({OTP}), is_spare=True),
    }
)
"""In the order in which they are offered: the strongest and easiest first."""
HARDWARE_BOUND: Final = frozenset({HARDWARE_KEY, PRESENCE, MULTIPLE})
"""What a passkey proves whose key is attested never to leave its hardware."""
CARD_AND_FACE: Final = frozenset({SMART_CARD, FACE, MULTIPLE})
"""What an identity card on an enrolled reader proves beside its holder's face."""

CARD_AT_WINDOW: Final = frozenset({SMART_CARD, MULTIPLE})
"""The same card at an attended reader: a member of staff, who is named, compared its holder."""


class Refusal(StrEnum):
    """Why a proof is none, or an offer is not taken."""

    WRONG = "wrong"
    UNKNOWN = "unknown"
    REPLAYED = "replayed"
    CLONED = "cloned"
    DORMANT = "dormant"
    EXPIRED = "expired"
    MALFORMED = "malformed"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    TOO_COMMON = "too_common"
    TOO_MANY = "too_many"
    ALREADY_HELD = "already_held"
    REVOKED = "revoked"
    UNCHECKED = "unchecked"


class NotProven(Exception):
    """What was shown proves nothing; `person_id` where it is known whose it was."""

    def __init__(self, reason: Refusal, *, person_id: UUID | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.person_id = person_id


class NotTaken(Exception):
    """What was offered cannot become an authenticator."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What somebody shows as a proof.

    `person_id` is None where the answer itself says who (a passkey); `bound_to` names what a
    challenge was made for.
    """

    now: datetime
    answer: str = field(repr=False)
    person_id: UUID | None = None
    bound_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Somebody proved that they hold one of a person's authenticators."""

    person_id: UUID
    kind: Kind
    amr: frozenset[str]
    authenticator_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What somebody offers as a new authenticator; `secret` is what we proposed before."""

    person_id: UUID
    now: datetime
    answer: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    label: str = field(default="", repr=False)
    bound_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A new authenticator; `amr` is proven by having added it, `shown_once` is never kept."""

    authenticator_id: UUID
    amr: frozenset[str]
    shown_once: tuple[str, ...] = field(default=(), repr=False)


class AuthenticatorKind(Protocol):
    """The service of one kind."""

    def check(self, shown: Shown) -> Proof:
        """Judge a proof, and use it up where it works once.

        Raises:
            NotProven: it proves nothing.
        """
        ...

    def add(self, offer: Offer) -> Added:
        """Keep a new authenticator of a person, inside the caller's transaction.

        Raises:
            NotTaken: it cannot be one.
        """
        ...
