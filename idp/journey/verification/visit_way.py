"""A way on which the person leaves for the authority's own page, and comes back with a result.

Owns its pages and the order of one visit; opening and redeeming is the desk's. Nothing is typed
here, and nothing that the authority did not say is believed.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from connectors.evidence import IdentityClaim
from connectors.outcomes import Outcome
from idp.journey.away import Phase, Underway
from idp.journey.steps import Advance, Reply, Turn
from idp.journey.verification.findings import Findings
from idp.journey.verification.pages import (
    VisitPage,
    WaitingPage,
    authority_name,
)
from idp.journey.verification.setbacks import setback_of, setback_page
from idp.journey.verification.visit_desk import VisitDesk, VisitOrder
from idp.journey.verification.ways import Fit, Scene, Situation, likely_document

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_CLAIM_LEVEL: Final = 2
"""The level at which a document is known whose photograph a face is compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitWay:
    """A `Way` over one `RedirectVerification`; `reaches` is what its yes is worth."""

    label: "StrOrPromise"
    detail: "StrOrPromise"
    desk: VisitDesk
    findings: Findings
    reaches: int = 3

    @property
    def name(self) -> str:
        return self.desk.name

    def fit(self, situation: Situation) -> Fit | None:
        adapter, terms = self.desk.connector.adapter, self.desk.connector.standing
        if not terms.is_on or (adapter.needs_claim and not self._can_claim(situation)):
            return None
        health = self.desk.standing(now=situation.now)
        return Fit(
            reaches=self.reaches,
            beside=_CLAIM_LEVEL if adapter.needs_claim else 0,
            is_well=health is not None and not health.is_ailing,
            is_familiar=adapter.method in situation.methods,
            takes_preparation=True,
            order=terms.order,
            cost=terms.cost,
        )

    def _can_claim(self, situation: Situation) -> bool:
        """Whether a document is known that the authority compares, or is the likely next one."""
        documents = set(situation.documents)
        if not documents and situation.held < _CLAIM_LEVEL:
            documents = {likely_document(situation)}
        return bool(self.desk.connector.adapter.document_types & documents)

    def begin(
        self,
        turn: Turn,
        scene: Scene,
        *,
        claim: IdentityClaim | None = None,
        consent_id: str = "",
    ) -> Reply:
        """Open a visit at once: the button says where it leads. `claim` where it was read."""
        order = replace(self._order(turn, scene, claim), consent_id=consent_id)
        underway = self.desk.open(order, now=turn.now)
        chosen = {"verification_way": self.name, "verification_setback": ""}
        if underway.phase is Phase.DONE:
            return Advance(changes={**chosen, "verification_setback": underway.outcome})
        return Advance(changes={**chosen, "verification_visit": order.id})

    def show(self, turn: Turn, scene: Scene) -> Reply:
        visit_id = turn.progress.verification_visit
        if not visit_id:
            return self._before(turn, scene)
        underway = self.desk.look(turn.journey.id, visit_id)
        if underway.phase is Phase.OPEN:
            brought = self.desk.returns.take(visit_id)
            if brought is None:
                return self._page(turn, scene, underway)
            order = replace(self._order(turn, scene), id=visit_id)
            self.desk.close(order, underway, brought)
            underway = self.desk.look(turn.journey.id, visit_id)
        if underway.phase is Phase.DONE:
            return Advance(
                changes={"verification_visit": "", "verification_setback": underway.outcome}
            )
        return WaitingPage(
            **turn.frame,
            refresh_url=turn.frame["journey_action"],
            news_url=turn.news_url,
            authority=authority_name(self.desk.connector.adapter.authority),
        )

    def submit(self, turn: Turn, scene: Scene) -> Reply:
        return self.show(turn, scene)

    def _before(self, turn: Turn, scene: Scene) -> Reply:
        outcome = turn.progress.verification_setback
        authority = authority_name(self.desk.connector.adapter.authority)
        if outcome and outcome != Outcome.MATCH and (setback := setback_of(outcome)):
            return setback_page(turn, setback, scene.others, authority=authority)
        return self._page(turn, scene, None)

    def _page(self, turn: Turn, scene: Scene, underway: Underway | None) -> VisitPage:
        url = underway.url if underway else ""
        is_leaving = bool(url) and self.desk.absences.is_leaving(turn.progress.verification_visit)
        return VisitPage(
            **turn.frame,
            way=self.name,
            label=self.label,
            detail=self.detail,
            authority=authority_name(self.desk.connector.adapter.authority),
            compares=self.findings.can_compare(scene.situation.person_id, self._types),
            leave_url=url,
            host=urlsplit(url).netloc,
            is_leaving=is_leaving,
            other_ways=scene.others,
        )

    def _order(self, turn: Turn, scene: Scene, claim: IdentityClaim | None = None) -> VisitOrder:
        person_id = scene.situation.person_id
        return VisitOrder(
            journey_id=turn.journey.id,
            person_id=person_id,
            client_id=turn.client.client_id,
            claim=claim or self.findings.claim_of(person_id, self._types),
        )

    @property
    def _types(self) -> frozenset[str]:
        return self.desk.connector.adapter.document_types
