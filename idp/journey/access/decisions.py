"""Records what the policies decided and from which facts.

So a draft of the policies can be replayed against the past.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.journey.standing import facts_of
from idp.journey.steps import Standing
from policies.decision import Forbid, StepUp


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLog:
    """Every Forbid and StepUp; a Permit is part of the grant's own event."""

    clock: Clock

    def note(self, standing: Standing, *, now: datetime) -> None:
        decision, session = standing.decision, standing.session
        if session is None or not isinstance(decision, Forbid | StepUp):
            return
        facts = facts_of(standing.request, standing.client, session, now)
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
