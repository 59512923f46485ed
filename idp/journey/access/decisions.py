"""Records what the policies decided and from which facts.

So a draft of the policies can be replayed against the past.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.journey.access.duties import owed
from idp.journey.steps import Standing
from policies.decision import Decision, Forbid, StepUp
from policies.facts import Facts

Remember = Callable[[Facts, Decision, datetime], None]
"""Keeps a decision for replays, soon and in bulk (`history`)."""


def forget(_facts: Facts, _decision: Decision, _at: datetime) -> None:
    """Keep no history: for houses without a database of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLog:
    """Every Forbid and StepUp durably; those and every Permit for replays."""

    clock: Clock
    remember: Remember = forget

    def note(self, standing: Standing, *, now: datetime) -> None:
        """Record the decision of a standing, if there was one."""
        decision, session, facts = standing.decision, standing.session, standing.facts
        if session is None or decision is None or facts is None:
            return
        self.remember(facts, decision, now)
        if not isinstance(decision, Forbid | StepUp):
            return
        is_forbid = isinstance(decision, Forbid)
        said = {"reason": decision.reason} if isinstance(decision, Forbid) else {}
        if isinstance(decision, StepUp):
            said = {"acr": decision.level.acr}
        event = AuditEvent(
            type="access.forbidden" if is_forbid else "access.step_up",
            outcome="refused" if is_forbid else "step_up",
            subject=str(session.person_id),
            client_id=standing.client.client_id,
            channel=standing.request.channel,
            detail={**said, "policies": list(decision.determining), "facts": facts.record()},
        )
        with transaction.atomic():
            record(event, clock=self.clock)

    def note_missing_proof(self, standing: Standing, ways: Collection[str]) -> None:
        """Record that somebody permitted has none of the ways that the policies name."""
        session = standing.session
        owing = owed(standing)
        event = AuditEvent(
            type="access.forbidden",
            outcome="refused",
            subject="" if session is None else str(session.person_id),
            client_id=standing.client.client_id,
            channel=standing.request.channel,
            detail={
                "reason": "proof_out_of_reach",
                "ways": sorted(ways),
                "policies": list(owing.determining),
            },
        )
        with transaction.atomic():
            record(event, clock=self.clock)
