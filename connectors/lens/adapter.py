"""Compares a living face with the photograph in a document's own chip, by our own eye.

Owns when two faces are one person's, when nobody can say, and what is no comparison at all. It
asks nobody and costs nothing; where an authority compares, that is asked first.
"""

from datetime import datetime
from typing import Final, Protocol

from connectors.contract import Offer
from connectors.documents.registry import (
    PERMANENT_RESIDENT_CARD,
    RESIDENCE_PERMIT_HMT,
    RESIDENT_ID_CARD,
)
from connectors.evidence import IdentityClaim, Particular, VerificationResult
from connectors.lens.lens import Look
from connectors.ocr.pictures import PictureFault, PictureRefused
from connectors.outcomes import Outcome

METHOD: Final = "face_local"
AUTHORITY: Final = "cn_id_card_chip"
SAME_UP_TO: Final = 0.45
OTHER_FROM: Final = 0.6
"""Distances: dlib's authors call 0.6 the border; between the two nobody should decide."""
LEAST_WIDTH: Final = 80
"""Pixels of a living face; a chip's photograph is smaller."""
_CHIPPED: Final = frozenset({RESIDENT_ID_CARD, RESIDENCE_PERMIT_HMT, PERMANENT_RESIDENT_CARD})
_OURS: Final = frozenset({PictureFault.TOO_SLOW, PictureFault.UNAVAILABLE})


class Eye(Protocol):
    """Whatever sees faces on pictures."""

    def look(self, picture: bytes) -> Look: ...


class LocalFaces:
    """An `IdentityVerification` without an authority. Safe to share between threads."""

    method = METHOD
    authority = AUTHORITY
    document_types = _CHIPPED
    offers = (
        Offer(
            document_types=_CHIPPED,
            needs=frozenset({Particular.LIVE_PORTRAIT, Particular.CHIP_PORTRAIT}),
            level=3,
        ),
    )

    def __init__(self, eye: Eye) -> None:
        self._eye = eye

    def verify(self, claim: IdentityClaim, *, now: datetime) -> VerificationResult:
        """Compare the two pictures of the claim; neither is kept."""
        living, chip = claim.portrait, claim.chip_portrait
        if living is None or chip is None or not living.is_live:
            return _told(Outcome.INVALID_INPUT, "pictures_missing", now=now)
        try:
            face, photograph = self._eye.look(living.image), self._eye.look(chip.image)
        except PictureRefused as refusal:
            fault = Outcome.PROVIDER_ERROR if refusal.fault in _OURS else Outcome.LOW_QUALITY
            return _told(fault, refusal.fault, now=now)
        if photograph.faces != 1:
            return _told(Outcome.NO_PHOTO, "no_face_in_chip", now=now)
        if face.faces != 1 or face.width < LEAST_WIDTH:
            code = "two_faces" if face.faces > 1 else "no_face"
            return _told(Outcome.LOW_QUALITY, code, now=now)
        return _judged(face.distance(photograph), now=now)


def _judged(distance: float, *, now: datetime) -> VerificationResult:
    """By distance: one person, two people, or nobody can say."""
    score = round(max(0.0, 1 - distance), 4)
    if distance <= SAME_UP_TO:
        return VerificationResult(
            outcome=Outcome.MATCH,
            method=METHOD,
            authority=AUTHORITY,
            checked_at=now,
            provider_code="same_face",
            score=score,
            matched_claims=("face",),
            identity_level=3,
        )
    if distance >= OTHER_FROM:
        return _told(Outcome.MISMATCH, "another_face", now=now, score=score)
    return _told(Outcome.INCONCLUSIVE, "neither", now=now, score=score)


def _told(
    outcome: Outcome, code: str, *, now: datetime, score: float | None = None
) -> VerificationResult:
    return VerificationResult(
        outcome=outcome,
        method=METHOD,
        authority=AUTHORITY,
        checked_at=now,
        provider_code=str(code),
        score=score,
    )
