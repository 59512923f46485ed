"""What a chip said, and what came of reading it.

Owns the shapes; reading and judging are `connectors.card_reader`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from connectors.documents.document import Sex
from connectors.evidence import IdentityClaim, VerificationResult


@dataclass(frozen=True, slots=True, kw_only=True)
class CardText:
    """What a chip says. `valid_until` None is 长期; `details` are the fields a kind has alone."""

    document_type: str
    number: str = field(repr=False)
    name: str = field(repr=False)
    sex: Sex | None = field(repr=False)
    birth_date: date = field(repr=False)
    authority: str
    valid_from: date
    valid_until: date | None
    details: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardReading:
    """What came of a reading: the result, and, where it is a match, the claim it proves.

    The photograph (the chip's own 1,024-byte compression) is for a comparison now; never store it.
    """

    result: VerificationResult
    device_id: str = ""
    claim: IdentityClaim | None = None
    card: CardText | None = None
    photo: bytes = field(default=b"", repr=False)
    photo_sha256: str = ""
    """The digest of the same photograph as a JPEG, where the agent sends that along."""
