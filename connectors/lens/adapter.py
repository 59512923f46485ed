"""Compares a living face with the photograph in a document's own chip, by our own eye.

Owns when two faces are one person's, when nobody can say, and what is no comparison at all. It
asks nobody and costs nothing; where an authority compares, that is asked first.
"""

from datetime import datetime
from typing import Final

from connectors.contract import Offer
from connectors.documents.registry import (
    PERMANENT_RESIDENT_CARD,
    RESIDENCE_PERMIT_HMT,
    RESIDENT_ID_CARD,
)
from connectors.evidence import IdentityClaim, Particular, VerificationResult
from connectors.lens.verdicts import LEAST_WIDTH, Eye, Verdicts, outcome_of
from connectors.ocr.pictures import PictureRefused
from connectors.outcomes import Outcome

METHOD: Final = "face_local"
AUTHORITY: Final = "cn_id_card_chip"
_CHIPPED: Final = frozenset({RESIDENT_ID_CARD, RESIDENCE_PERMIT_HMT, PERMANENT_RESIDENT_CARD})
_VERDICTS: Final = Verdicts(method=METHOD, authority=AUTHORITY)


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
            return _VERDICTS.told(Outcome.INVALID_INPUT, "pictures_missing", now=now)
        try:
            face, photograph = self._eye.look(living.image), self._eye.look(chip.image)
        except PictureRefused as refusal:
            return _VERDICTS.told(outcome_of(refusal), refusal.fault, now=now)
        if photograph.faces != 1:
            return _VERDICTS.told(Outcome.NO_PHOTO, "no_face_in_chip", now=now)
        if face.faces != 1 or face.width < LEAST_WIDTH:
            code = "two_faces" if face.faces > 1 else "no_face"
            return _VERDICTS.told(Outcome.LOW_QUALITY, code, now=now)
        return _VERDICTS.judged(face.distance(photograph), now=now)
