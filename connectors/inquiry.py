"""Asks the connectors of a plan one after another, until one has answered.

Owns when another is asked: only where the one before failed of itself or was never asked. A
mismatch is an answer: whoever shops for a kinder oracle is told the first one's word, and it counts
once. Also owns quotas and the snapshot for a console. Time, clock and counters are handed in.
"""

import asyncio
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from connectors.contract import AwaitableVerification, Counters, IdentityVerification
from connectors.counting import DailyUses
from connectors.evidence import IdentityClaim, Particular, VerificationResult
from connectors.health import Health, HealthBook
from connectors.outcomes import Outcome
from connectors.plan import (
    Candidate,
    Option,
    PassedOver,
    Terms,
    VerificationPlan,
    Wanted,
    as_built,
    particulars_asked,
    plan_for,
)

PATIENCE: Final = 20.0
"""Seconds after which nobody else is asked: the person waits for all of them together."""

# What nobody could be asked for, as the person is told it.
_NOBODY: Final = (
    (PassedOver.RESTING, Outcome.PROVIDER_ERROR),
    (PassedOver.USED_UP, Outcome.RATE_LIMITED),
    (PassedOver.PARTICULARS, Outcome.INVALID_INPUT),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """A built adapter under a deployment's terms."""

    terms: Terms
    adapter: IdentityVerification


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One connector asked once: a result of its own, whatever came of the whole."""

    name: str
    result: VerificationResult
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What became of asking: the result that counts, and every try that led to it."""

    result: VerificationResult
    tries: tuple[Try, ...]
    passed_over: tuple[tuple[str, PassedOver], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorState:
    """How one connector stands, for a console."""

    terms: Terms
    method: str
    authority: str
    health: Health
    used_today: int


_Asking = Generator[tuple[Option, IdentityClaim], VerificationResult, Inquiry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiries:
    """Every connector of a deployment that verifies people; safe to share between threads.

    `terms_now` turns the terms a connector was built with into those that hold at this moment.
    """

    connectors: Sequence[Connector]
    counters: Counters
    health: HealthBook
    clock: Callable[[], float]
    terms_now: Callable[[Terms], Terms] = as_built

    def ask(self, claim: IdentityClaim, *, level: int, now: datetime) -> Inquiry:
        """Ask until one has answered; this thread waits."""
        asking = self._asking(claim, level=level, now=now)
        try:
            option, asked = next(asking)
            while True:
                result = option.candidate.adapter.verify(asked, now=now)
                option, asked = asking.send(result)
        except StopIteration as end:
            inquiry: Inquiry = end.value
            return inquiry

    async def ask_awaiting(self, claim: IdentityClaim, *, level: int, now: datetime) -> Inquiry:
        """The same on the running event loop; an adapter that cannot be awaited takes a thread."""
        asking = self._asking(claim, level=level, now=now)
        try:
            option, asked = next(asking)
            while True:
                result = await _awaited(option, asked, now=now)
                option, asked = asking.send(result)
        except StopIteration as end:
            inquiry: Inquiry = end.value
            return inquiry

    def plan(self, wanted: Wanted, *, now: datetime) -> VerificationPlan:
        """Whom to ask for `wanted`, as things stand."""
        return plan_for(wanted, self._candidates(now=now))

    def terms(self) -> tuple[Terms, ...]:
        """The terms that hold at this moment, in the order of the connectors."""
        return tuple(self.terms_now(each.terms) for each in self.connectors)

    def particulars_asked(
        self, wanted: Wanted, *, may_ask: frozenset[Particular]
    ) -> frozenset[Particular] | None:
        """What a page asks for beside number and name; None where `wanted` is out of reach."""
        standing = (
            Candidate(terms=terms, adapter=each.adapter)
            for terms, each in zip(self.terms(), self.connectors, strict=True)
        )
        return particulars_asked(wanted, standing, may_ask=may_ask)

    def states(self, *, now: datetime) -> tuple[ConnectorState, ...]:
        """How each connector stands."""
        return tuple(
            ConnectorState(
                terms=each.terms,
                method=each.adapter.method,
                authority=each.adapter.authority,
                health=each.health,
                used_today=each.used_today,
            )
            for each in self._candidates(now=now)
        )

    def _candidates(self, *, now: datetime) -> tuple[Candidate, ...]:
        return tuple(self._candidate(each, now=now) for each in self.connectors)

    def _candidate(self, connector: Connector, *, now: datetime) -> Candidate:
        terms = self.terms_now(connector.terms)
        return Candidate(
            terms=terms,
            adapter=connector.adapter,
            health=self.health.of(terms.name),
            used_today=self._uses.used(terms.name, most=terms.per_day, now=now),
        )

    def _asking(self, claim: IdentityClaim, *, level: int, now: datetime) -> _Asking:
        began = self.clock()
        plan = self.plan(Wanted.of(claim, level=level), now=now)
        passed_over = dict(plan.passed_over)
        tries: list[Try] = []
        for option in plan.options:
            if tries and self.clock() - began >= PATIENCE:
                break
            if reason := self._may_not_be_asked(option.candidate.terms, now=now):
                passed_over[option.name] = reason
                continue
            started = self.clock()
            result = yield option, _limited(claim, option)
            seconds = self.clock() - started
            self._record(option.candidate.terms, result, seconds=seconds, now=now)
            tries.append(Try(name=option.name, result=result, seconds=seconds))
            if result.was_asked and not result.outcome.is_providers_fault:
                break
        told = _told(tries) or _nobody(passed_over, now=now)
        return Inquiry(result=told, tries=tuple(tries), passed_over=tuple(passed_over.items()))

    def _may_not_be_asked(self, terms: Terms, *, now: datetime) -> PassedOver | None:
        """Take the quota and the breaker's leave; both may have gone since the plan was made."""
        if not self._uses.take(terms.name, most=terms.per_day, now=now):
            return PassedOver.USED_UP
        if self.health.admits(terms.name):
            return None
        self._give_back(terms, now=now)
        return PassedOver.RESTING

    def _record(
        self, terms: Terms, result: VerificationResult, *, seconds: float, now: datetime
    ) -> None:
        self.health.record(terms.name, result, seconds=seconds, cost=terms.cost)
        if not result.was_asked:
            self._give_back(terms, now=now)

    def _give_back(self, terms: Terms, *, now: datetime) -> None:
        self._uses.give_back(terms.name, most=terms.per_day, now=now)

    @property
    def _uses(self) -> DailyUses:
        return DailyUses(counters=self.counters)


async def _awaited(option: Option, claim: IdentityClaim, *, now: datetime) -> VerificationResult:
    adapter = option.candidate.adapter
    if isinstance(adapter, AwaitableVerification):
        return await adapter.averify(claim, now=now)
    return await asyncio.to_thread(adapter.verify, claim, now=now)


def _limited(claim: IdentityClaim, option: Option) -> IdentityClaim:
    """The claim without what this offer does not need: no authority learns more than it must."""
    needs = option.offer.needs
    faces = {Particular.PORTRAIT, Particular.LIVE_PORTRAIT}
    chips = {Particular.CHIP, Particular.ATTENDED_CHIP}
    return replace(
        claim,
        phone=claim.phone if Particular.PHONE in needs else None,
        bank_card=claim.bank_card if Particular.BANK_CARD in needs else None,
        portrait=claim.portrait if needs & faces else None,
        chip=claim.chip if needs & chips else None,
        chip_portrait=claim.chip_portrait if Particular.CHIP_PORTRAIT in needs else None,
        network_credential=(
            claim.network_credential if Particular.NETWORK_CREDENTIAL in needs else None
        ),
    )


def _told(tries: Sequence[Try]) -> VerificationResult | None:
    """The last try in which anybody was asked, or else the last."""
    asked = [each.result for each in tries if each.result.was_asked]
    if asked:
        return asked[-1]
    return tries[-1].result if tries else None


def _nobody(passed_over: dict[str, PassedOver], *, now: datetime) -> VerificationResult:
    reasons = set(passed_over.values())
    found = ((reason, outcome) for reason, outcome in _NOBODY if reason in reasons)
    reason, outcome = next(found, ("not_configured", Outcome.PROVIDER_ERROR))
    return VerificationResult(
        outcome=outcome,
        method="none",
        authority="none",
        checked_at=now,
        provider_code=str(reason),
        was_asked=False,
    )
