"""What our own eye says of two faces, in the one vocabulary of outcomes.

Owns the distances from which on two faces are one person's, and what is told of a refused picture.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from connectors.evidence import VerificationResult
from connectors.lens.lens import Look
from connectors.ocr.pictures import PictureFault, PictureRefused
from connectors.outcomes import Outcome

SAME_UP_TO: Final = 0.45
OTHER_FROM: Final = 0.6
"""Distances: dlib's authors call 0.6 the border; between the two nobody should decide."""
LEAST_WIDTH: Final = 80
"""Pixels of a living face; a chip's photograph is smaller."""
_OURS: Final = frozenset({PictureFault.TOO_SLOW, PictureFault.UNAVAILABLE})


class Eye(Protocol):
    """Whatever sees faces on pictures."""

    def look(self, picture: bytes) -> Look: ...


def outcome_of(refusal: PictureRefused) -> Outcome:
    """Whose doing a refused picture is: ours, or the picture's."""
    return Outcome.PROVIDER_ERROR if refusal.fault in _OURS else Outcome.LOW_QUALITY


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """Results of one method, whose photographs are that authority's."""

    method: str
    authority: str

    def judged(self, distance: float, *, now: datetime) -> VerificationResult:
        """By distance: one person, two people, or nobody can say."""
        score = round(max(0.0, 1 - distance), 4)
        if distance <= SAME_UP_TO:
            return VerificationResult(
                outcome=Outcome.MATCH,
                method=self.method,
                authority=self.authority,
                checked_at=now,
                provider_code="same_face",
                score=score,
                matched_claims=("face",),
                identity_level=3,
            )
        if distance >= OTHER_FROM:
            return self.told(Outcome.MISMATCH, "another_face", now=now, score=score)
        return self.told(Outcome.INCONCLUSIVE, "neither", now=now, score=score)

    def told(
        self, outcome: Outcome, code: str, *, now: datetime, score: float | None = None
    ) -> VerificationResult:
        """Anything but a match, and why."""
        return VerificationResult(
            outcome=outcome,
            method=self.method,
            authority=self.authority,
            checked_at=now,
            provider_code=str(code),
            score=score,
        )
