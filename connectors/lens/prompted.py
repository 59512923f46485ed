"""Judges the pictures that a machine's own camera took, one for each prompt, beside a chip's.

Owns the prompts, how they are drawn by lot, and what a frame must show. The browser that took the
frames is not trusted: prompts in an order of ours make a photograph or an old recording fail, but a
picture that is computed while they are read, and injected in the camera's place, looks alive.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from connectors.evidence import VerificationResult
from connectors.lens.lens import Look
from connectors.lens.verdicts import LEAST_WIDTH, OTHER_FROM, Eye, Verdicts, outcome_of
from connectors.ocr.pictures import PictureFault, PictureRefused, sniff
from connectors.outcomes import Outcome

METHOD: Final = "face_prompted"
AUTHORITY: Final = "cn_id_card_chip"
MOST_FRAME_BYTES: Final = 1024 * 1024
"""A frame of 1,280 by 720 is a fifth of it: more is no frame of our page's."""
STRAIGHT_WITHIN: Final = 0.15
TURNED_FROM: Final = 0.17
"""Turns, in distances between the eyes, beside the straight look: about fifteen degrees."""
NEARER_FROM: Final = 1.2
"""How much larger a face must be that came nearer."""
_VERDICTS: Final = Verdicts(method=METHOD, authority=AUTHORITY)


class Prompt(StrEnum):
    """What a person is asked to do. Left and right are their own."""

    STRAIGHT = "straight"
    LEFT = "left"
    RIGHT = "right"
    NEARER = "nearer"


class Misdone(StrEnum):
    """What of the frames has to be done again; the page's words are chosen by it."""

    FRAMES_MISSING = "frames_missing"
    FRAMES_ALIKE = "frames_alike"
    NO_FACE = "no_face"
    TWO_FACES = "two_faces"
    WRONG_POSTURE = "wrong_posture"


class _Again(ValueError):
    """Frames that are to be taken again."""

    def __init__(self, misdone: Misdone) -> None:
        super().__init__(misdone.value)
        self.misdone = misdone


def drawn_by_lot() -> tuple[Prompt, ...]:
    """Every prompt once, in an order nobody could know before."""
    return tuple(secrets.SystemRandom().sample(list(Prompt), k=len(Prompt)))


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptedFaces:
    """Looks at frames. Safe to share between threads; keeps nothing."""

    eye: Eye

    def judge(
        self, frames: Sequence[bytes], chip: bytes, *, prompts: Sequence[Prompt], now: datetime
    ) -> VerificationResult:
        """Whether one living person did what was asked, and is the one on the chip's photograph."""
        try:
            looks = self._looks(frames, prompts)
            photograph = self.eye.look(chip)
        except PictureRefused as refusal:
            return _VERDICTS.told(outcome_of(refusal), refusal.fault, now=now)
        except _Again as again:
            return _VERDICTS.told(Outcome.LOW_QUALITY, again.misdone, now=now)
        straight = looks[Prompt.STRAIGHT]
        if any(straight.distance(look) >= OTHER_FROM for look in looks.values()):
            return _VERDICTS.told(Outcome.MISMATCH, "faces_change", now=now)
        if photograph.faces != 1:
            return _VERDICTS.told(Outcome.NO_PHOTO, "no_face_in_chip", now=now)
        return _VERDICTS.judged(straight.distance(photograph), now=now)

    def _looks(self, frames: Sequence[bytes], prompts: Sequence[Prompt]) -> dict[Prompt, Look]:
        """What each prompt led to.

        Raises:
            PictureRefused: a frame is no picture of a camera.
            _Again: it is, and shows something else than was asked.
        """
        if len(frames) != len(prompts):
            raise _Again(Misdone.FRAMES_MISSING)
        if len(set(frames)) != len(frames):
            raise _Again(Misdone.FRAMES_ALIKE)
        for frame in frames:
            _require_frame(frame)
        looks = dict(zip(prompts, map(self.eye.look, frames), strict=True))
        if misdone := _misdone(looks):
            raise _Again(misdone)
        return looks


def _require_frame(frame: bytes) -> None:
    """A JPEG of a camera's size: decoding is the fenced child's.

    Raises:
        PictureRefused: it is none.
    """
    if sniff(frame) != "JPEG":
        raise PictureRefused(PictureFault.FORMAT_NOT_TAKEN)
    if len(frame) > MOST_FRAME_BYTES:
        raise PictureRefused(PictureFault.TOO_LARGE)


def _misdone(looks: dict[Prompt, Look]) -> Misdone | None:
    if any(look.faces > 1 for look in looks.values()):
        return Misdone.TWO_FACES
    if any(look.faces != 1 or look.width < LEAST_WIDTH for look in looks.values()):
        return Misdone.NO_FACE
    straight = looks[Prompt.STRAIGHT]
    is_done = all(_is_done(prompt, look, straight) for prompt, look in looks.items())
    return None if is_done else Misdone.WRONG_POSTURE


def _is_done(prompt: Prompt, look: Look, straight: Look) -> bool:
    turn = look.turn - straight.turn
    if prompt is Prompt.LEFT:
        return turn >= TURNED_FROM
    if prompt is Prompt.RIGHT:
        return turn <= -TURNED_FROM
    if abs(look.turn) > STRAIGHT_WITHIN:
        return False
    return prompt is Prompt.STRAIGHT or look.nearness >= NEARER_FROM * straight.nearness
