"""A card as its chip said it, kept in the sealed journey until it is somebody's evidence.

Owns its form in the record, and what the chain is told of it and of the face compared with it.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import orjson

from connectors.evidence import IdentityClaim, Validity, VerificationResult
from connectors.outcomes import Outcome
from idp.subjects.documents import Check, VerifiedDocument
from idp.subjects.level_rules import CARD_READER, FACE_LOCAL, FACE_PROMPTED, Condition
from idp.subjects.links import FACE_SCORE
from idp.subjects.purpose_consents import is_a_child

ATTENDED_LEVEL: Final = 4
"""What a reading at a reader is worth that is declared to be attended."""
_AUTHORITY: Final = "cn_id_card_chip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the chip said, by which device, when."""

    document_type: str
    document_number: str = field(repr=False)
    name: str = field(repr=False)
    birth_date: date = field(repr=False)
    valid_from: date
    valid_until: date | None
    sex: str = field(repr=False)
    device: str
    reference: str
    checked_at: datetime
    identity_level: int
    operator: str = ""

    @classmethod
    def decode(cls, raw: str | bytes, *, operator: str = "") -> "Card":
        """Read what was encoded by the room of devices; `operator` is who is on duty there."""
        told: dict[str, Any] = orjson.loads(raw)
        until = told["valid_until"]
        return cls(
            document_type=told["document_type"],
            document_number=told["document_number"],
            name=told["name"],
            birth_date=date.fromisoformat(told["birth_date"]),
            valid_from=date.fromisoformat(told["valid_from"]),
            valid_until=date.fromisoformat(until) if until else None,
            sex=told["sex"],
            device=told["device"],
            reference=told["reference"],
            checked_at=datetime.fromisoformat(told["checked_at"]),
            identity_level=told["identity_level"],
            operator=operator if told["identity_level"] >= ATTENDED_LEVEL else "",
        )

    @property
    def is_attended(self) -> bool:
        """Whether a member of staff compared card and holder, at a reader that is for it."""
        return bool(self.operator)

    @property
    def claim(self) -> IdentityClaim:
        """Who the card says its holder is."""
        return IdentityClaim(
            document_type=self.document_type,
            document_number=self.document_number,
            name=self.name,
            birth_date=self.birth_date,
            validity=Validity(begins_on=self.valid_from, ends_on=self.valid_until),
        )

    @property
    def document(self) -> VerifiedDocument:
        """The document to keep."""
        return VerifiedDocument(
            document_type=self.document_type,
            number=self.document_number,
            holder_name=self.name,
            valid_until=self.valid_until,
        )

    @property
    def check(self) -> Check:
        """The reading, for the chain: genuine, by a device of ours; who held it was not seen."""
        return Check(
            method=CARD_READER,
            authority=_AUTHORITY,
            checked_at=self.checked_at,
            provider_code="read",
            provider_reference=self.reference,
            device=self.device,
            operator=self.operator,
            circumstances=frozenset({Condition.CHIP}),
            matched_claims=("name", "document_number", "birthdate"),
            values=self._values,
            identity_level=self.identity_level,
        )

    def is_a_childs(self, today: date) -> bool:
        """Whether the holder is too young to consent alone."""
        return is_a_child(self.birth_date, today)

    @property
    def _values(self) -> dict[str, str]:
        values = {
            "name": self.name,
            "document_number": self.document_number,
            "birthdate": self.birth_date.isoformat(),
        }
        return {**values, "gender": self.sex} if self.sex else values

    def face_check(self, face: "FaceSaid") -> Check:
        """The comparison, for the chain: a living face beside the authority's or chip's photograph.

        What our own eye compared is worth something on an enrolled device alone, which is named.
        """
        is_ours = face.method in {FACE_LOCAL, FACE_PROMPTED}
        beside = Condition.CHIP_PHOTO if is_ours else Condition.AUTHORITY_PHOTO
        scored = {} if face.score is None else {FACE_SCORE: f"{face.score:.4f}"}
        return Check(
            method=face.method,
            authority=face.authority,
            checked_at=face.checked_at,
            provider_code=face.provider_code,
            provider_reference=face.provider_reference,
            device=face.device,
            circumstances=frozenset({Condition.LIVENESS, beside}),
            matched_claims=("name", "document_number"),
            values=self._values | scored,
            identity_level=face.identity_level,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceSaid:
    """What an authority said of a face: its words and references, never the picture."""

    outcome: str
    method: str = ""
    authority: str = ""
    checked_at: datetime
    provider_code: str = ""
    provider_reference: str = ""
    identity_level: int = 0
    device: str = ""
    score: float | None = None

    @classmethod
    def of(cls, result: VerificationResult, *, device: str) -> "FaceSaid":
        """The result of one comparison."""
        return cls(
            outcome=result.outcome.value,
            method=result.method,
            authority=result.authority,
            checked_at=result.checked_at,
            provider_code=result.provider_code,
            provider_reference=result.provider_reference,
            identity_level=result.identity_level,
            device=device,
            score=result.score,
        )

    @classmethod
    def decode(cls, raw: bytes) -> "FaceSaid":
        """The inverse of `encode`."""
        told: dict[str, Any] = orjson.loads(raw)
        return cls(**{**told, "checked_at": datetime.fromisoformat(told["checked_at"])})

    def encode(self) -> bytes:
        """As it waits for its journey."""
        return orjson.dumps(self)

    @property
    def is_match(self) -> bool:
        return self.outcome == Outcome.MATCH.value
