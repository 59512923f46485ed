"""Proving oneself at a kiosk or window: the card on the reader, and a face where more is needed.

A `Way` of the verification step, for whoever is signed in and stands before enrolled devices.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from connectors.outcomes import Outcome
from idp.channels.sittings import CHANNELS
from idp.journey.readings.card import ATTENDED_LEVEL, Card, FaceSaid
from idp.journey.readings.desk import FACE_LEVEL, ReadingDesk
from idp.journey.readings.flow import CLEARED, PlaceFlow
from idp.journey.readings.pages import VERIFICATION_PAGES
from idp.journey.steps import Advance, Reply, Turn
from idp.journey.verification.desk import HOLDS_ANOTHER
from idp.journey.verification.pages import Setback
from idp.journey.verification.setbacks import ANOTHER_PERSON, setback_of, setback_page
from idp.journey.verification.ways import Fit, Scene, Situation

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NAME: Final = "card_reader"
_ALONE: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CardWay:
    """Offered where the journey takes place before devices of ours, and nowhere else."""

    desk: ReadingDesk
    name: str = NAME

    @property
    def label(self) -> "StrOrPromise":
        return _("Your identity card on the reader")

    @property
    def detail(self) -> "StrOrPromise":
        return _("Lay it on the reader of this machine. Nothing is typed.")

    def fit(self, situation: Situation) -> Fit | None:
        if situation.channel not in CHANNELS.values():
            return None
        sitting = self.desk.sittings.current(situation.sitting)
        if sitting is not None and sitting.operator:
            return Fit(reaches=ATTENDED_LEVEL, belongs_here=True)
        reaches = FACE_LEVEL if self.desk.compares_faces(at=sitting) else _ALONE
        return Fit(reaches=reaches, belongs_here=True)

    def begin(self, turn: Turn, scene: Scene) -> Reply:
        del turn, scene
        return Advance(
            changes={**CLEARED, "verification_way": self.name, "verification_setback": ""}
        )

    def show(self, turn: Turn, scene: Scene) -> Reply:
        if setback := setback_of(turn.progress.verification_setback):
            return setback_page(turn, setback, scene.others)
        sitting = self.desk.sitting(turn.request)
        if sitting is None:
            return setback_page(turn, Setback.NO_WAY, scene.others)
        needs_face = self._needs_face(scene)
        return self._flow(turn).show(turn, sitting, scene.others, needs_face=needs_face)

    def submit(self, turn: Turn, scene: Scene) -> Reply:
        sitting = self.desk.sitting(turn.request)
        if sitting is None:
            return self.show(turn, scene)
        needs_face = self._needs_face(scene)
        return self._flow(turn).submit(turn, sitting, scene.others, needs_face=needs_face)

    def _needs_face(self, scene: Scene) -> bool:
        return scene.situation.needed >= FACE_LEVEL

    def _flow(self, turn: Turn) -> PlaceFlow:
        session = turn.standing.session
        if session is None:
            raise AssertionError("outstanding only with a session")
        person_id = session.person_id

        def finish(turn: Turn, card: Card, face: FaceSaid | None) -> Reply:
            client_id = turn.client.client_id
            outcome = self.desk.keep(person_id, card, face, client_id=client_id)
            if face is not None and outcome == Outcome.MATCH:
                agreed_at = turn.progress.place_agreed_at or turn.now
                self.desk.agree(person_id, at=agreed_at, client_id=client_id)
            told = ANOTHER_PERSON if outcome == HOLDS_ANOTHER else outcome
            return Advance(changes={**CLEARED, "verification_setback": told})

        return PlaceFlow(desk=self.desk, pages=VERIFICATION_PAGES, finish=finish)
