"""What is asked of an authority and what came back: frozen values, personal data masked in repr.

Owns the shape of claims, results, messages and receipts. Storing and chaining them as evidence is
the subjects room's; what an outcome means is `connectors.outcomes`'.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from connectors.outcomes import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityClaim:
    """What a person says of themselves; `document_type` is an id of `connectors.documents`.

    `document_number` and `name` are in canonical form (`connectors.documents` makes it);
    `phone`, where a method needs it, is E.164.
    """

    document_type: str
    document_number: str = field(repr=False)
    name: str = field(repr=False)
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationResult:
    """An authority's answer in our words, with its own code and reference kept beside it.

    `matched_claims` names what the authority confirmed (OpenID claim names and `document_number`).
    `identity_level` is the level this result can raise a person to: 0 unless it is a match.
    """

    outcome: Outcome
    method: str
    authority: str
    checked_at: datetime
    provider_code: str = ""
    provider_reference: str = ""
    matched_claims: tuple[str, ...] = ()
    identity_level: int = 0

    def __post_init__(self) -> None:
        """Refuse a result that would raise a level without a match.

        Raises:
            ValueError: a level or matched claims stand beside an outcome that raises no level.
        """
        if not self.outcome.raises_level and (self.identity_level or self.matched_claims):
            raise ValueError(f"{self.outcome} raises no level and matches no claim")


class Channel(StrEnum):
    """How a message travels."""

    SMS = "sms"
    EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one person: a template of ours with its parameters, never free text.

    `to` is E.164 for SMS. `reference` is ours, returned in status reports; it holds nothing
    personal. Parameters may hold a code, so they are masked with the recipient.
    """

    to: str = field(repr=False)
    channel: Channel
    template: str
    language: str
    parameters: Mapping[str, str] = field(repr=False)
    reference: str = ""


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
    """The gateway's answer: its receipt number to ask with later, and its own code.

    UNKNOWN means the gateway did not answer in a way that says whether it took the message.
    """

    status: DeliveryStatus
    provider: str
    at: datetime
    provider_code: str = ""
    provider_reference: str = ""
    request_id: str = ""

    @property
    def is_underway(self) -> bool:
        """Whether the message may still reach the person."""
        return self.status in {
            DeliveryStatus.ACCEPTED,
            DeliveryStatus.DELIVERED,
            DeliveryStatus.UNKNOWN,
        }
