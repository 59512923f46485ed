"""The access step: shows that the policies refuse, or that what they ask is out of reach."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from idp.journey.access.decisions import DecisionLog
from idp.journey.access.duties import proof_owed
from idp.journey.access.pages import RefusedPage
from idp.journey.outcome import Refused
from idp.journey.steps import Needed, Reply, Standing, Turn
from policies.decision import POLICY_ERROR, STEP_UP_UNSATISFIABLE, Forbid

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_DENIED: Final = Refused(error="access_denied", description="The person may not enter this client.")
_UNMET: Final = Refused(
    error="unmet_authentication_requirements",
    description="The requested authentication context cannot be reached by this person.",
)
_OTHER_REASON: Final = _("The rules of this service do not let this account in.")
_FAULTY: Final = _(
    "This service's rules are faulty at the moment: our mistake, not yours. Try again later."
)
_EXPLANATIONS: Final[Mapping[str, "StrOrPromise"]] = {
    "person_frozen": _("This account is frozen, so it cannot be used for any service."),
    "client_suspended": _("The city has paused signing in to this service for now."),
    "channel_not_allowed": _("This service may not be entered this way."),
    POLICY_ERROR: _FAULTY,
    STEP_UP_UNSATISFIABLE: _FAULTY,
    "out_of_reach": _("This service needs a stronger proof than this account can give online."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessStep:
    """Outstanding when the policies forbid, or ask what this person cannot reach."""

    decisions: DecisionLog
    name: str = "access"

    def outstanding(self, standing: Standing, *, now: datetime) -> Needed | None:  # noqa: ARG002 - a step's shape
        if isinstance(standing.decision, Forbid):
            return Needed(reason=standing.decision.reason, oauth_error="access_denied")
        session = standing.session
        is_unmet = session is not None and not session.level.satisfies(standing.mandatory)
        if is_unmet or proof_owed(standing):
            return Needed(reason="out_of_reach", oauth_error="unmet_authentication_requirements")
        return None

    def show(self, turn: Turn) -> Reply:
        self.decisions.note(turn.standing, now=turn.now)
        if ways := proof_owed(turn.standing):
            self.decisions.note_missing_proof(turn.standing, ways)
        return RefusedPage(
            **turn.frame,
            explanation=_explanation(turn),
            support_code=support_code(turn.journey.id),
        )

    def submit(self, turn: Turn) -> Reply:
        if turn.typed.get("action") == "return":
            is_unmet = turn.needed.oauth_error == _UNMET.error
            return _UNMET if is_unmet else _DENIED
        return self.show(turn)


def _explanation(turn: Turn) -> "StrOrPromise":
    """The policy's own words in the page's language, else ours for its reason."""
    decision = turn.standing.decision
    own = dict(decision.sayings) if isinstance(decision, Forbid) else {}
    return own.get(turn.language) or _EXPLANATIONS.get(turn.needed.reason, _OTHER_REASON)


def support_code(journey_id: str) -> str:
    """A short code by which support finds this journey in the log."""
    return hashlib.sha256(journey_id.encode()).hexdigest()[:8].upper()
