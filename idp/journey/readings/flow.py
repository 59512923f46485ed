"""From a card on the reader to a face before the camera, page by page, in whichever step.

Owns the order and what each answer leads to. What follows from card and face is the step's own:
signing somebody in, or proving who is signed in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from connectors.documents.names import mask_name
from connectors.outcomes import Outcome
from idp.channels.sittings import Act, Sitting
from idp.foundation.clock import today_in_shanghai
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError
from idp.journey.readings.card import Card, FaceSaid
from idp.journey.readings.desk import ReadingDesk
from idp.journey.readings.here_flow import LOOK_HERE, READ_PHOTOGRAPH, TROUBLES, HereFlow
from idp.journey.readings.pages import PagesOfStep
from idp.journey.steps import Advance, Reply, Turn
from idp.journey.verification.desk import NO_ATTEMPTS_LEFT
from idp.journey.verification.pages import WINDOW, OtherWay
from idp.subjects.purpose_consents import FACE_NOTICE

NOBODY_LOOKED: Final = "nobody_looked"
CLEARED: Final[Mapping[str, object]] = {
    "place_nonce": "",
    "place_act": "",
    "place_card": "",
    "place_agreed_at": None,
    "place_trouble": "",
    "place_prompts": (),
    "place_asked_at": None,
}
_HERE: Final = frozenset({READ_PHOTOGRAPH, LOOK_HERE})
_TROUBLES: Final[Mapping[str, Mistake]] = {
    **TROUBLES,
    "expired_document": Mistake.CARD_EXPIRED,
    Outcome.MISMATCH: Mistake.FACE_DIFFERS,
    Outcome.LOW_QUALITY: Mistake.FACE_UNCLEAR,
    NOBODY_LOOKED: Mistake.FACE_UNSEEN,
    NO_ATTEMPTS_LEFT: Mistake.FACE_TRIES_USED,
    Outcome.NOT_FOUND: Mistake.FACE_UNDECIDED,
    Outcome.NO_PHOTO: Mistake.FACE_UNDECIDED,
    Outcome.INCONCLUSIVE: Mistake.FACE_UNDECIDED,
}
Finish = Callable[[Turn, Card, FaceSaid | None], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFlow:
    """`needs_face` is False where the card alone is enough."""

    desk: ReadingDesk
    pages: PagesOfStep
    finish: Finish

    def show(
        self,
        turn: Turn,
        sitting: Sitting,
        others: tuple[OtherWay, ...] = (WINDOW,),
        *,
        needs_face: bool = True,
    ) -> Reply:
        """The page now, or what a device's answer leads to."""
        progress = turn.progress
        card = (
            Card.decode(progress.place_card, operator=sitting.operator)
            if progress.place_card
            else None
        )
        if card is None:
            return self._card(turn, sitting, others, needs_face=needs_face)
        if progress.place_act == Act.TAKE_PORTRAIT:
            return self._look(turn, sitting, card)
        if progress.place_act in _HERE and (here := self._here(sitting)):
            return here.show(turn, sitting, card, others)
        return self._face(turn, sitting, card, others)

    def submit(
        self,
        turn: Turn,
        sitting: Sitting,
        others: tuple[OtherWay, ...] = (WINDOW,),
        *,
        needs_face: bool = True,
    ) -> Reply:
        """What a pressed button leads to."""
        action, progress = turn.typed.get("action"), turn.progress
        if action == "another_card":
            return Advance(changes=CLEARED)
        here = self._here(sitting)
        if progress.place_card and progress.place_act in _HERE and here:
            return here.submit(
                turn, sitting, Card.decode(progress.place_card, operator=sitting.operator), others
            )
        if action == "agree" and progress.place_card:
            card = Card.decode(progress.place_card, operator=sitting.operator)
            if self._hinders(turn, sitting, card) is None:
                return here.begin(turn, sitting) if here else self._ask_camera(turn, sitting, card)
        return self.show(turn, sitting, others, needs_face=needs_face)

    def _ask_camera(self, turn: Turn, sitting: Sitting, card: Card) -> Advance:
        nonce = self.desk.ask_face(sitting, card, journey_id=turn.journey.id)
        return Advance(
            changes={
                "place_agreed_at": turn.now,
                "place_act": Act.TAKE_PORTRAIT.value,
                "place_nonce": nonce,
                "place_trouble": "",
            }
        )

    def _here(self, sitting: Sitting) -> HereFlow | None:
        here = self.desk.looks_here(sitting)
        if here is None:
            return None
        return HereFlow(here=here, pages=self.pages, found=self._found, finish=self.finish)

    def _card(
        self, turn: Turn, sitting: Sitting, others: tuple[OtherWay, ...], *, needs_face: bool
    ) -> Reply:
        nonce = turn.progress.place_nonce
        is_asked, raw = self._found(sitting, nonce)
        if raw:
            told = orjson.loads(raw)
            if told["outcome"] != Outcome.MATCH:
                return Advance(changes={**CLEARED, "place_trouble": told["code"]})
            card = Card.decode(raw, operator=sitting.operator)
            if card.is_attended or not needs_face:
                return self.finish(turn, card, None)
            return Advance(changes={**CLEARED, "place_card": raw.decode()})
        if not is_asked:
            asked = self.desk.ask_card(sitting, journey_id=turn.journey.id)
            trouble = turn.progress.place_trouble
            return Advance(changes={**CLEARED, "place_nonce": asked, "place_trouble": trouble})
        return self.pages.card(
            **self._frame(turn, self._trouble(turn, Mistake.CARD_UNREADABLE)),
            refresh_url=turn.frame["journey_action"],
            other_ways=others,
        )

    def _look(self, turn: Turn, sitting: Sitting, card: Card) -> Reply:
        nonce = turn.progress.place_nonce
        back = {"place_act": "", "place_nonce": ""}
        is_asked, raw = self._found(sitting, nonce)
        if raw:
            said = FaceSaid.decode(raw)
            if said.is_match:
                return self.finish(turn, card, said)
            return Advance(changes={**back, "place_trouble": said.outcome})
        if not is_asked:
            return Advance(changes={**back, "place_trouble": NOBODY_LOOKED})
        return self.pages.look(**self._frame(turn), refresh_url=turn.frame["journey_action"])

    def _found(self, sitting: Sitting, nonce: str) -> tuple[bool, bytes | None]:
        """Whether an answer may still come, and the one that is there.

        Asked in this order: an answer that comes in between is found by the next look.
        """
        if not nonce:
            return False, None
        is_asked = self.desk.sittings.is_asked(sitting.place, nonce)
        return is_asked, self.desk.sittings.take(nonce)

    def _face(
        self, turn: Turn, sitting: Sitting, card: Card, others: tuple[OtherWay, ...]
    ) -> Reply:
        hindrance = self._hinders(turn, sitting, card)
        error = hindrance or self._trouble(turn, Mistake.FACE_AUTHORITY_DOWN)
        return self.pages.face(
            **self._frame(turn, error),
            masked_name=mask_name(card.name),
            notice_version=FACE_NOTICE,
            can_agree=hindrance is None,
            looks_here=self.desk.looks_here(sitting) is not None,
            other_ways=others,
        )

    def _hinders(self, turn: Turn, sitting: Sitting, card: Card) -> FormError | None:
        """Why this card's holder's face is not looked at here, if so."""
        if card.is_a_childs(today_in_shanghai(turn.now)):
            return form_error(Mistake.FACE_OF_CHILD)
        if not self.desk.compares_faces(card.document_type, at=sitting):
            return form_error(Mistake.FACE_UNAVAILABLE)
        if turn.progress.place_trouble == NO_ATTEMPTS_LEFT:
            return form_error(Mistake.FACE_TRIES_USED)
        return None

    def _trouble(self, turn: Turn, otherwise: Mistake) -> FormError | None:
        trouble = turn.progress.place_trouble
        return form_error(_TROUBLES.get(trouble, otherwise)) if trouble else None

    def _frame(self, turn: Turn, error: FormError | None = None) -> dict[str, Any]:
        return {**turn.frame, "errors": (error,) if error else turn.errors}
