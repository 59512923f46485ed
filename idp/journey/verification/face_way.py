"""A face compared at the authority's own camera page: agreed to first, on a page of its own.

Owns the consent and whom it is asked of; the visit itself is the visit's way. No picture passes
through here: the authority takes it, with its own liveness prompts, and answers yes or no.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from connectors.evidence import IdentityClaim
from connectors.outcomes import Outcome
from idp.foundation.clock import today_in_shanghai
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError
from idp.journey.steps import Advance, Reply, Turn
from idp.journey.verification.pages import FaceConsentPage, authority_name
from idp.journey.verification.setbacks import (
    ANOTHER_PERSON,
    CANCELLED,
    NOT_ENROLLED,
    SUSPENDED,
)
from idp.journey.verification.visit_way import VisitWay
from idp.journey.verification.ways import Fit, Scene, Situation
from idp.subjects.purpose_consents import FACE, FACE_NOTICE, PurposeConsents, is_a_child

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

AGREE: Final = "agree"
_TROUBLES: Final[Mapping[str, Mistake]] = {
    ANOTHER_PERSON: Mistake.FACE_DIFFERS,
    Outcome.LOW_QUALITY: Mistake.FACE_UNCLEAR,
    SUSPENDED: Mistake.FACE_UNDECIDED,
    NOT_ENROLLED: Mistake.FACE_UNDECIDED,
    Outcome.NO_PHOTO: Mistake.FACE_UNDECIDED,
}
"""What of a comparison is told on the page itself; what else went wrong, on the visit's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceWay:
    """A `Way` around a visit, which is opened under a consent alone (PIPL 29)."""

    visit: VisitWay
    consents: PurposeConsents

    @property
    def name(self) -> str:
        return self.visit.name

    @property
    def label(self) -> "StrOrPromise":
        return self.visit.label

    @property
    def detail(self) -> "StrOrPromise":
        return self.visit.detail

    def fit(self, situation: Situation) -> Fit | None:
        fit = self.visit.fit(situation)
        # A camera is all it takes; nobody had to apply anywhere before.
        return replace(fit, takes_preparation=False) if fit else None

    def begin(self, turn: Turn, scene: Scene) -> Reply:
        """Ask first, each time: nothing is opened by choosing the way."""
        del turn, scene
        return Advance(
            changes={
                "verification_way": self.name,
                "verification_setback": "",
                "verification_visit": "",
            }
        )

    def show(self, turn: Turn, scene: Scene) -> Reply:
        setback = turn.progress.verification_setback
        is_elsewhere = setback and setback not in _TROUBLES and setback != CANCELLED
        if turn.progress.verification_visit or is_elsewhere:
            return self.visit.show(turn, scene)
        return self._page(turn, scene)

    def submit(self, turn: Turn, scene: Scene) -> Reply:
        if turn.typed.get("action") != AGREE:
            return self.show(turn, scene)
        claim = self._claim(scene)
        if _hindrance(claim, now=turn.now) is not None:
            return self._page(turn, scene)
        consent = self.consents.give(
            scene.situation.person_id,
            FACE,
            notice_version=FACE_NOTICE,
            given_at=turn.now,
            client_id=turn.client.client_id,
        )
        return self.visit.begin(turn, scene, claim=claim, consent_id=str(consent))

    def _page(self, turn: Turn, scene: Scene) -> FaceConsentPage:
        hindrance = _hindrance(self._claim(scene), now=turn.now)
        trouble = _TROUBLES.get(turn.progress.verification_setback)
        error = hindrance or (form_error(trouble) if trouble else None)
        return FaceConsentPage(
            **{**turn.frame, "errors": (error,) if error else turn.errors},
            notice_version=FACE_NOTICE,
            authority=authority_name(self.visit.desk.connector.adapter.authority),
            can_agree=hindrance is None,
            other_ways=scene.others,
        )

    def _claim(self, scene: Scene) -> IdentityClaim | None:
        return self.visit.findings.claim_of(
            scene.situation.person_id, self.visit.desk.connector.adapter.document_types
        )


def _hindrance(claim: IdentityClaim | None, *, now: datetime) -> FormError | None:
    """Children do not consent alone: a guardian does, at a window (PIPL 31)."""
    is_too_young = (
        claim is not None
        and claim.birth_date is not None
        and is_a_child(claim.birth_date, today_in_shanghai(now))
    )
    return form_error(Mistake.FACE_OF_CHILD) if is_too_young else None
