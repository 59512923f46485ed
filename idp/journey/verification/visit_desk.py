"""The desk of visits: opens them at the authority, and has redeemed what a browser brought back.

No thread waits while an authority thinks: a visit is a record of `idp.journey.away`, which its page
looks at again and again. What one is for is written down when it opens and looked at when it
closes: a verification never becomes a sign-in, nor a sign-in a verification. Owns what a finding
leads to; what stands on pages is the way's.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from django.db import transaction

from connectors.contract import RedirectStart, RedirectVerification
from connectors.counting import DailyUses
from connectors.evidence import IdentityClaim, VerificationResult
from connectors.health import Health, HealthBook
from connectors.outcomes import Outcome
from connectors.plan import Terms, as_built
from connectors.visits import DECLINED, WRONG_STATE, Visit, VisitResult
from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.storage import ShortLivedStore
from idp.journey.away import Absences, Phase, Underway
from idp.journey.returns import STATE, Place, Returns
from idp.journey.verification.attempts import CheckAttempts, Held
from idp.journey.verification.desk import HELD_BY_ANOTHER, NO_ATTEMPTS_LEFT
from idp.journey.verification.setbacks import (
    ANOTHER_PERSON,
    CANCELLED,
    NOT_ENROLLED,
    NOT_OURS,
    SUSPENDED,
)
from idp.journey.waits import Waits
from idp.subjects.documents import Check, DocumentHeldByAnother, PersonHoldsAnother
from idp.subjects.level_rules import Condition
from idp.subjects.links import FACE_SCORE

VERIFIES: Final = "verification"
_NOT_OURS: Final = frozenset({WRONG_STATE, "no_credential", "4001", "4002"})
"""What came back was not this visit's, or was redeemed before."""
_SEEN: Final = frozenset({Condition.LIVENESS, Condition.AUTHORITY_PHOTO})
"""How a face is compared at an authority's own camera page."""


_FOR: Final = "for"
MEANT_FOR: Final = "meant_for"
REFERENCE: Final = "reference"
CODE: Final = "code"
SCORE: Final = "score"
CONSENT: Final = "consent"
AT: Final = "at"
"""What a visit that is done tells of its result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What visits are for: where the person is awaited, and how they are counted and told of.

    Attributes:
        step: the journey's step that sends people.
        counted: what names of counters begin with; tries for one purpose use up no other's.
        failed: the audit's word for one that proved nothing.
        costly: the authority's codes that cost an attempt beside a mismatch.
    """

    step: str = VERIFIES
    counted: str = ""
    failed: str = "verification.failed"
    costly: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitOrder:
    """Who goes, on which errand, of which journey; the claim that the authority compares, if any.

    `id` names the visit in the journey and in the store; `bound_to` what it is for there, so that
    what comes of it counts for nothing else.
    """

    journey_id: str
    person_id: UUID
    client_id: str
    claim: IdentityClaim | None = field(default=None, repr=False)
    consent_id: str = ""
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    bound_to: str = VERIFIES

    @property
    def meant_for(self) -> str:
        """Purpose and person, as they are written down with the visit."""
        return f"{self.bound_to}:{self.person_id}"


class VisitFindings(Protocol):
    """Where a match is written down; an account keyed on a pseudonym alone is among it."""

    def keep(self, order: VisitOrder, found: VisitResult, check: Check) -> None:
        """Write what the authority found.

        Raises:
            DocumentHeldByAnother: the document, or the pseudonym, is another account's.
            PersonHoldsAnother: the account's person has another pseudonym.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitConnector:
    """A built adapter under a deployment's terms.

    `terms_now` turns the terms it was built with into those that hold at this moment; `health` is
    the book of all such connectors, where somebody else looks into it too.
    """

    terms: Terms
    adapter: RedirectVerification
    terms_now: Callable[[Terms], Terms] = as_built
    health: HealthBook | None = None

    @property
    def standing(self) -> Terms:
        """The terms that hold now."""
        return self.terms_now(self.terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitDesk:
    """Sends people to one authority, and learns what came of it."""

    connector: VisitConnector
    store: ShortLivedStore
    absences: Absences
    waits: Waits
    returns: Returns
    attempts: CheckAttempts
    findings: VisitFindings
    health: HealthBook
    clock: Clock
    purpose: Purpose = Purpose()

    @property
    def name(self) -> str:
        """What the connector is called in the deployment."""
        return self.connector.terms.name

    def standing(self, *, now: datetime) -> Health | None:
        """How the authority fares; None while it rests, or is used up for today."""
        health = self.health.of(self.name)
        terms = self.connector.standing
        used = self._uses.used(self.name, most=terms.per_day, now=now)
        is_used_up = terms.per_day is not None and used >= terms.per_day
        return None if is_used_up or health.rests_for > 0 else health

    def open(self, order: VisitOrder, *, now: datetime) -> Underway:
        """Open a visit and wait a moment for it; without a page in the end, its outcome."""
        if reason := self._may_not_go(order, now=now):
            return Underway(phase=Phase.DONE, outcome=reason)
        self.absences.write(order.journey_id, order.id, Underway(phase=Phase.OPENING))
        visit = Visit(
            return_to=self.returns.address, claim=order.claim, consent_id=order.consent_id
        )
        started = self.clock.monotonic()
        self.waits.ask(
            lambda: self.connector.adapter.astart(visit, now=self.clock.now()),
            lambda answer: self._opened(order, answer, seconds=self.clock.monotonic() - started),
        )
        return self.look(order.journey_id, order.id)

    def look(self, journey_id: str, visit_id: str) -> Underway:
        """How a visit stands; one that nobody remembers is the authority's failure."""
        found = self.absences.look(journey_id, visit_id)
        return found or Underway(phase=Phase.DONE, outcome=Outcome.TIMEOUT)

    def close(self, order: VisitOrder, underway: Underway, parameters: Mapping[str, str]) -> None:
        """Have redeemed what a browser brought, and wait a moment for it."""
        if underway.kept.get(_FOR) != order.meant_for:
            return self._done(order, NOT_OURS)
        held = self._held(order, now=self.clock.now())
        if held is None:
            return self._done(order, NO_ATTEMPTS_LEFT)
        closing = replace(underway, phase=Phase.CLOSING, url="", kept={})
        self.absences.write(order.journey_id, order.id, closing)
        started = self.clock.monotonic()
        self.waits.ask(
            lambda: self.connector.adapter.afinish(
                parameters, kept=underway.kept, now=self.clock.now()
            ),
            lambda found: self._closed(
                order, held, found, seconds=self.clock.monotonic() - started
            ),
        )
        return None

    def _may_not_go(self, order: VisitOrder, *, now: datetime) -> str:
        """Take the quota and the breaker's leave; why not, where there is none."""
        person, _ = self._counted(order)
        if order.claim is not None and not self.attempts.left(person, now=now):
            return NO_ATTEMPTS_LEFT
        terms = self.connector.standing
        if not terms.is_on:
            return Outcome.PROVIDER_ERROR
        if not self._uses.take(self.name, most=terms.per_day, now=now):
            return Outcome.RATE_LIMITED
        if self.health.admits(self.name):
            return ""
        self._uses.give_back(self.name, most=terms.per_day, now=now)
        return Outcome.PROVIDER_ERROR

    def _opened(
        self, order: VisitOrder, answer: RedirectStart | VerificationResult, *, seconds: float
    ) -> None:
        """On an errand's thread: await the browser, or tell why there is no visit."""
        if isinstance(answer, VerificationResult):
            self._learn(answer, seconds=seconds)
            if not answer.was_asked:
                self._uses.give_back(
                    self.name, most=self.connector.standing.per_day, now=self.clock.now()
                )
            self._record(order, answer)
            return self._done(order, told_as(answer))
        place = Place(journey_id=order.journey_id, step=self.purpose.step, errand=order.id)
        self.returns.expect(answer.kept[STATE], place)
        kept = {**answer.kept, _FOR: order.meant_for}
        opened = Underway(phase=Phase.OPEN, url=answer.url, kept=kept)
        self.absences.write(order.journey_id, order.id, opened)
        return None

    def _closed(self, order: VisitOrder, held: Held, found: VisitResult, *, seconds: float) -> None:
        """On an errand's thread: count, write, tell."""
        result = found.result
        self._learn(result, seconds=seconds)
        is_costly = result.provider_code in self.purpose.costly
        self.attempts.settle(held, costs=result.outcome is Outcome.MISMATCH or is_costly)
        outcome = told_as(result)
        if result.outcome is Outcome.MATCH:
            try:
                self.findings.keep(order, found, check_of_visit(order, found))
            except DocumentHeldByAnother:
                outcome = HELD_BY_ANOTHER
            except PersonHoldsAnother:
                outcome = ANOTHER_PERSON
        else:
            self._record(order, result)
        self._done(order, outcome, found=self._told(order, found))

    def _learn(self, result: VerificationResult, *, seconds: float) -> None:
        cost = self.connector.standing.cost
        self.health.record(self.name, result, seconds=seconds, cost=cost)

    def _held(self, order: VisitOrder, *, now: datetime) -> Held | None:
        """A try, where something is compared; what nobody typed is no guess."""
        if order.claim is None:
            return ()
        return self.attempts.hold(*self._counted(order), now=now)

    def _counted(self, order: VisitOrder) -> tuple[str, str]:
        prefix = self.purpose.counted
        return f"{prefix}{order.person_id}", f"{prefix}visit.{order.person_id}"

    def _done(
        self, order: VisitOrder, outcome: str, found: Mapping[str, str] | None = None
    ) -> None:
        done = Underway(phase=Phase.DONE, outcome=outcome, found=found or {})
        self.absences.write(order.journey_id, order.id, done)

    def _told(self, order: VisitOrder, found: VisitResult) -> Mapping[str, str]:
        """What a step needs that goes on from the result itself; nothing of it is personal."""
        return {
            MEANT_FOR: order.meant_for,
            REFERENCE: found.result.provider_reference,
            CODE: found.result.provider_code,
            SCORE: "" if found.score is None else f"{found.score:.4f}",
            CONSENT: found.consent_id,
            AT: self.clock.now().isoformat(),
        }

    def _record(self, order: VisitOrder, result: VerificationResult) -> None:
        event = AuditEvent(
            type=self.purpose.failed,
            outcome=result.outcome.value.lower(),
            subject=str(order.person_id),
            client_id=order.client_id,
            detail={
                "method": result.method,
                "provider_code": result.provider_code,
                "provider_reference": result.provider_reference,
            },
        )
        with transaction.atomic():
            record(event, clock=self.clock)

    @property
    def _uses(self) -> DailyUses:
        return DailyUses(counters=self.store)


def told_as(result: VerificationResult) -> str:
    """An outcome as the person is told it: what to do then differs, where the outcome does not."""
    if result.provider_code == DECLINED:
        return CANCELLED
    if result.outcome is Outcome.INVALID_INPUT or result.provider_code in _NOT_OURS:
        return NOT_OURS
    told = {
        Outcome.MISMATCH: ANOTHER_PERSON,
        Outcome.NOT_FOUND: NOT_ENROLLED,
        Outcome.INCONCLUSIVE: SUSPENDED,
    }
    return told.get(result.outcome, result.outcome)


def check_of_visit(order: VisitOrder, found: VisitResult) -> Check:
    """A match as the chain keeps it, with the score of a face; what was not compared is not there.

    The score is sealed with the values that were compared: it is no claim, and told to nobody.
    """
    result, claim, values = found.result, order.claim, {}
    if claim is not None:
        born = claim.birth_date.isoformat() if claim.birth_date else ""
        said = {"name": claim.name, "document_number": claim.document_number, "birthdate": born}
        values = {name: said[name] for name in result.matched_claims if said.get(name)}
    if found.score is not None:
        values[FACE_SCORE] = f"{found.score:.4f}"
    return Check(
        method=result.method,
        authority=result.authority,
        checked_at=result.checked_at,
        provider_code=result.provider_code,
        provider_reference=result.provider_reference,
        circumstances=_SEEN if "face" in result.matched_claims else frozenset(),
        matched_claims=result.matched_claims,
        values=values,
        identity_level=result.identity_level,
    )
