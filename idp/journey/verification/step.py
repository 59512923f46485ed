"""The verification step: whether a name has to be proven, and on which way.

Owns the choice: the best way for this person unless they chose another. What stands on a way's
pages is the way's.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from connectors.outcomes import Outcome
from idp.journey.mistakes import Mistake, form_error
from idp.journey.outcome import Refused
from idp.journey.steps import Advance, Needed, Reply, Standing, Turn, Typed
from idp.journey.verification.explanations import explained
from idp.journey.verification.pages import WINDOW, Setback
from idp.journey.verification.setbacks import setback_page
from idp.journey.verification.situations import Situations
from idp.journey.verification.ways import Scene, Way, as_other, best_first, fits_of
from idp.journey.verification.window import WindowPage, window_page
from policies.decision import Forbid

_GAVE_UP: Final = Refused(
    error="access_denied", description="The person did not prove their identity."
)
_RESTS: Final = _("It does not answer at the moment. You may try it all the same.")
_NOTHING_CHOSEN: Final = {
    "verification_way": "",
    "verification_setback": "",
    "verification_check": "",
    "verification_visit": "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationStep:
    """Outstanding while the session's identity level is below what is asked."""

    ways: tuple[Way, ...]
    situations: Situations
    name: str = "verification"

    def outstanding(self, standing: Standing, *, now: datetime) -> Needed | None:  # noqa: ARG002 - a step's shape
        session = standing.session
        if session is None or session.level.ial >= standing.needed.ial:
            return None
        if isinstance(standing.decision, Forbid) or not standing.is_reachable:
            return None
        is_voluntary = session.level.ial >= standing.mandatory.ial
        if is_voluntary and standing.progress.verification_is_skipped:
            return None
        return Needed(reason="identity_level", oauth_error="interaction_required")

    def show(self, turn: Turn) -> Reply:
        turn = explained(turn)
        if turn.progress.verification_setback == Outcome.MATCH:
            # It counts; what is still missing is another way's.
            return Advance(changes=_NOTHING_CHOSEN)
        way, scene, window = self._chosen(turn)
        if window:
            return window
        if way is None:
            return setback_page(turn, Setback.NO_WAY, scene.others)
        return way.show(turn, scene)

    def submit(self, turn: Turn) -> Reply:
        turn = explained(turn)
        action = turn.typed.get("action")
        if action == "return":
            session = turn.standing.session
            if session is not None and session.level.ial >= turn.standing.mandatory.ial:
                return Advance(changes={"verification_is_skipped": True})
            return _GAVE_UP
        way, scene, window = self._chosen(turn)
        if window:
            return window
        if way is not None and action == "retry":
            return way.begin(turn, scene)
        if wanted := turn.typed.get("method"):
            return self._choose(turn, wanted, way, scene)
        return way.submit(turn, scene) if way else self.show(turn)

    def _choose(self, turn: Turn, wanted: str, way: Way | None, scene: Scene) -> Reply:
        offered = {each.value for each in scene.others if each.value}
        for each in self.ways:
            if each.name == wanted and (each is way or wanted in offered):
                return each.begin(turn, scene)
        mistaken = replace(turn, errors=(form_error(Mistake.CHOICE_MISSING),), typed=Typed())
        return self.show(mistaken)

    def _chosen(self, turn: Turn) -> tuple[Way | None, Scene, WindowPage | None]:
        """The way this person is on, the one they chose or the best, and what there is else.

        The page is shown instead where no way leads to what is needed.
        """
        situation = self.situations.read(turn)
        fits = fits_of(self.ways, situation)
        fitting = best_first(fits, situation)
        chosen = turn.progress.verification_way
        way = next((each for each in self.ways if each.name == chosen), None)
        if way is None and fitting:
            way = fitting[0].way
        listed = (as_other(each, trouble=_RESTS) for each in fitting if each.way is not way)
        scene = Scene(situation=situation, others=(*listed, WINDOW))
        return way, scene, window_page(turn, situation, fits)
