"""The three answers a policy can give, each naming the policies that determined it.

Reasons are words for machines; whoever shows them to a person says them in that person's language.
"""

from dataclasses import dataclass
from typing import Final, Literal

from policies.levels import Level
from policies.obligations import NOTHING_ASKED, Obligations
from policies.sayings import Sayings

NO_PERMIT: Final = "no_permit"
"""No policy permits this: the default is to deny."""
POLICY_ERROR: Final = "policy_error"
"""A forbid could not be evaluated, so nobody can say that it does not apply."""
STEP_UP_UNSATISFIABLE: Final = "step_up_unsatisfiable"
"""Policies ask for a higher level of somebody who holds it already: they contradict themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """They may, while the obligations are fulfilled."""

    determining: tuple[str, ...]
    obligations: Obligations = NOTHING_ASKED


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbid:
    """They may not, and a higher level would not change it."""

    reason: str
    determining: tuple[str, ...] = ()
    sayings: Sayings = ()
    """What the first of them says to the person, in each language; empty for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUp:
    """They may, once the session satisfies `level`: exactly what the policies ask, no more."""

    level: Level
    determining: tuple[str, ...]

    @property
    def acr(self) -> str:
        return self.level.acr


Decision = Permit | Forbid | StepUp
Outcome = Literal["permit", "step_up", "forbid"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("permit", "step_up", "forbid")
"""In the order they are numbered in records: never change it."""


def kind_of(decision: Decision) -> Outcome:
    """The word a decision is recorded and counted by."""
    if isinstance(decision, Permit):
        return "permit"
    return "forbid" if isinstance(decision, Forbid) else "step_up"
