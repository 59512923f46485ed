"""From agreement to frames, at a place whose browser has a camera and whose reader gives the photo.

Owns the pages between and what each answer leads to: every look begins with the card, read anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import orjson

from connectors.lens.prompted import Misdone, Prompt, drawn_by_lot
from connectors.outcomes import Outcome
from idp.channels.sittings import Sitting
from idp.journey.mistakes import Mistake
from idp.journey.readings.card import Card, FaceSaid
from idp.journey.readings.here import PROMPTS_TTL, TOO_LATE, TOO_MANY, FacesHere
from idp.journey.readings.pages import PagesOfStep
from idp.journey.steps import Advance, Reply, Turn
from idp.journey.verification.pages import OtherWay

READ_PHOTOGRAPH: Final = "read_photograph"
LOOK_HERE: Final = "look_here"
CARD_GONE: Final = "card_gone"
CARD_WITHOUT_PHOTO: Final = "card_without_photo"
BACK: Final[Mapping[str, object]] = {
    "place_act": "",
    "place_nonce": "",
    "place_prompts": (),
    "place_asked_at": None,
}
TROUBLES: Final[Mapping[str, Mistake]] = {
    CARD_GONE: Mistake.CARD_GONE,
    CARD_WITHOUT_PHOTO: Mistake.CARD_WITHOUT_PHOTO,
    TOO_LATE: Mistake.FACE_TOO_LATE,
    TOO_MANY: Mistake.FACE_TOO_MANY,
    Misdone.FRAMES_MISSING: Mistake.FACE_UNSEEN,
    Misdone.FRAMES_ALIKE: Mistake.FACE_WRONG_POSTURE,
    Misdone.NO_FACE: Mistake.FACE_UNCLEAR,
    Misdone.TWO_FACES: Mistake.FACE_NOT_ALONE,
    Misdone.WRONG_POSTURE: Mistake.FACE_WRONG_POSTURE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HereFlow:
    """`found` says whether an answer of the reader may still come, and the one that is there."""

    here: FacesHere
    pages: PagesOfStep
    found: Callable[[Sitting, str], tuple[bool, bytes | None]]
    finish: Callable[[Turn, Card, FaceSaid], Reply]

    def begin(self, turn: Turn, sitting: Sitting) -> Advance:
        """The person agreed: ask the reader for the card once more, with its photograph."""
        nonce = self.here.ask_photograph(
            sitting, journey_id=turn.journey.id, secret=turn.browser.device_secret
        )
        return Advance(
            changes={
                **BACK,
                "place_agreed_at": turn.now,
                "place_act": READ_PHOTOGRAPH,
                "place_nonce": nonce,
                "place_trouble": "",
            }
        )

    def show(self, turn: Turn, sitting: Sitting, card: Card, others: tuple[OtherWay, ...]) -> Reply:
        """Wait for the card, or the page that opens the camera."""
        if turn.progress.place_act == READ_PHOTOGRAPH:
            return self._read(turn, sitting, card)
        if self._is_late(turn):
            return _back(TOO_LATE)
        return self.pages.prompts(
            **turn.frame,
            nonce=turn.progress.place_nonce,
            prompts=tuple(map(Prompt, turn.progress.place_prompts)),
            other_ways=others,
        )

    def submit(
        self, turn: Turn, sitting: Sitting, card: Card, others: tuple[OtherWay, ...]
    ) -> Reply:
        """Frames, or away from the camera."""
        action, progress = turn.typed.get("action"), turn.progress
        if action == "back":
            return Advance(changes={**BACK, "place_trouble": ""})
        if action != "look" or progress.place_act != LOOK_HERE:
            return self.show(turn, sitting, card, others)
        is_mine = turn.typed.get("nonce") == progress.place_nonce
        chip = None
        if is_mine and not self._is_late(turn):
            chip = self.here.sittings.fetch(
                progress.place_nonce, turn.browser.device_secret, errand=turn.journey.id
            )
        if chip is None:
            return _back(TOO_LATE)
        seen = self.here.look(
            turn.typed.frames,
            chip,
            card,
            prompts=tuple(map(Prompt, progress.place_prompts)),
            sitting=sitting,
        )
        if seen.said.is_match:
            return self.finish(turn, card, seen.said)
        return _back(seen.code if seen.code in TROUBLES else seen.said.outcome)

    def _read(self, turn: Turn, sitting: Sitting, card: Card) -> Reply:
        is_asked, raw = self.found(sitting, turn.progress.place_nonce)
        if raw:
            return self._lies_there(turn, card, raw)
        if not is_asked:
            return _back(CARD_GONE)
        return self.pages.chip(**turn.frame, refresh_url=turn.frame["journey_action"])

    def _lies_there(self, turn: Turn, card: Card, raw: bytes) -> Reply:
        """The very card whose holder agreed, with its photograph: open the camera."""
        told = orjson.loads(raw)
        if told["outcome"] != Outcome.MATCH:
            return _back(told["code"])
        if Card.decode(raw).document_number != card.document_number:
            return _back(CARD_GONE)
        if not told["has_photo"]:
            return _back(CARD_WITHOUT_PHOTO)
        return Advance(
            changes={
                "place_act": LOOK_HERE,
                "place_prompts": tuple(each.value for each in drawn_by_lot()),
                "place_asked_at": turn.now,
            }
        )

    def _is_late(self, turn: Turn) -> bool:
        asked_at = turn.progress.place_asked_at
        return asked_at is None or turn.now - asked_at > timedelta(seconds=PROMPTS_TTL)


def _back(trouble: str) -> Advance:
    return Advance(changes={**BACK, "place_trouble": trouble})
