"""What is asked of an authority and what came back: frozen values, personal data masked in repr.

Owns the shape of claims, results, messages and receipts. Storing and chaining them as evidence is
the subjects room's; what an outcome means is `connectors.outcomes`'.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from connectors.outcomes import Outcome


class Particular(StrEnum):
    """What a method may need beside document type, number and name."""

    PHONE = "phone"
    BANK_CARD = "bank_card"
    BIRTH_DATE = "birth_date"
    VALIDITY = "validity"
    PORTRAIT = "portrait"
    LIVE_PORTRAIT = "live_portrait"
    CHIP_PORTRAIT = "chip_portrait"
    CHIP = "chip"
    ATTENDED_CHIP = "attended_chip"
    NETWORK_CREDENTIAL = "network_credential"


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """From when to when a document is valid; without an end it is 长期."""

    begins_on: date = field(repr=False)
    ends_on: date | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """A face photographed now, never stored; `is_live` when the capture proved a living person."""

    image: bytes = field(repr=False)
    is_live: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipReading:
    """What a chip gave, never stored; `is_attended` when an operator compared card and holder."""

    data: bytes = field(repr=False)
    is_attended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityClaim:
    """What a person says of themselves; `document_type` is an id of `connectors.documents`.

    `document_number` and `name` are in canonical form (`connectors.documents` makes it). The rest
    is there where a method needs it: `phone` is E.164, `nationality` an ICAO 9303 code.
    """

    document_type: str
    document_number: str = field(repr=False)
    name: str = field(repr=False)
    phone: str | None = field(default=None, repr=False)
    bank_card: str | None = field(default=None, repr=False)
    birth_date: date | None = field(default=None, repr=False)
    nationality: str | None = field(default=None, repr=False)
    validity: Validity | None = field(default=None, repr=False)
    portrait: Portrait | None = field(default=None, repr=False)
    chip: ChipReading | None = field(default=None, repr=False)
    chip_portrait: Portrait | None = field(default=None, repr=False)
    network_credential: str | None = field(default=None, repr=False)

    @property
    def particulars(self) -> frozenset[Particular]:
        """What is there beside document and name."""
        is_there = {
            Particular.PHONE: self.phone,
            Particular.BANK_CARD: self.bank_card,
            Particular.BIRTH_DATE: self.birth_date,
            Particular.VALIDITY: self.validity,
            Particular.PORTRAIT: self.portrait,
            Particular.LIVE_PORTRAIT: self.portrait and self.portrait.is_live,
            Particular.CHIP_PORTRAIT: self.chip_portrait,
            Particular.CHIP: self.chip,
            Particular.ATTENDED_CHIP: self.chip and self.chip.is_attended,
            Particular.NETWORK_CREDENTIAL: self.network_credential,
        }
        return frozenset(particular for particular, value in is_there.items() if value)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationResult:
    """An authority's answer in our words, with its own code and reference kept beside it.

    `matched_claims` names what the authority confirmed (OpenID claim names and `document_number`).
    `identity_level` is the level this result can raise a person to: 0 unless it is a match.
    `score` is how alike two faces are, 0 to 1, where faces were compared here.
    `was_asked` is False when the authority heard nothing, so that another may safely be asked.
    """

    outcome: Outcome
    method: str
    authority: str
    checked_at: datetime
    provider_code: str = ""
    provider_reference: str = ""
    matched_claims: tuple[str, ...] = ()
    identity_level: int = 0
    was_asked: bool = True
    score: float | None = None

    def __post_init__(self) -> None:
        """Refuse a result that would raise a level without a match.

        Raises:
            ValueError: a level or matched claims stand beside an outcome that raises no level.
        """
        if not self.outcome.raises_level and (self.identity_level or self.matched_claims):
            raise ValueError(f"{self.outcome} raises no level and matches no claim")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationClaim:
    """What somebody says of an organization: its USCC in canonical form, name and principal."""

    uscc: str
    name: str
    principal: str = field(repr=False)


class RegistrationStatus(StrEnum):
    """How an organization stands in the register."""

    IN_OPERATION = "in_operation"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    DEREGISTERED = "deregistered"
    MOVED_OUT = "moved_out"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationResult:
    """The register's answer: whether it agrees, how the organization stands, the principal's title.

    An organization that may act both matches and is in operation: `may_act`.
    """

    outcome: Outcome
    method: str
    authority: str
    checked_at: datetime
    provider_code: str = ""
    provider_reference: str = ""
    status: RegistrationStatus = RegistrationStatus.UNKNOWN
    principal_title: str = ""
    was_asked: bool = True

    @property
    def may_act(self) -> bool:
        """Whether somebody may act for it on the strength of this answer."""
        is_open = self.status is RegistrationStatus.IN_OPERATION
        return self.outcome is Outcome.MATCH and is_open


class Channel(StrEnum):
    """How a message travels."""

    SMS = "sms"
    EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one person: a template of ours with its parameters, never free text.

    `to` is E.164 for SMS. `reference` is ours, returned in status reports; it holds nothing
    personal. Parameters may hold a code, so they are masked with the recipient. `email` is where
    it goes instead when no text message can go out: an address that this very person confirmed.
    """

    to: str = field(repr=False)
    channel: Channel
    template: str
    language: str
    parameters: Mapping[str, str] = field(repr=False)
    reference: str = ""
    email: str = field(default="", repr=False)


class DeliveryStatus(StrEnum):
    """How far a message came."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    RATE_LIMITED = "rate_limited"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReceipt:
    """The gateway's answer: its receipt number to ask with later, its own code, the way it went.

    UNKNOWN means the gateway did not answer in a way that says whether it took the message.
    """

    status: DeliveryStatus
    provider: str
    at: datetime
    provider_code: str = ""
    provider_reference: str = ""
    request_id: str = ""
    channel: Channel = Channel.SMS

    @property
    def is_underway(self) -> bool:
        """Whether the message may still reach the person."""
        return self.status in {
            DeliveryStatus.ACCEPTED,
            DeliveryStatus.DELIVERED,
            DeliveryStatus.UNKNOWN,
        }
