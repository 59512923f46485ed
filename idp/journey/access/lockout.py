"""Proves, before a change is made, whether anybody could still enter the console to mend it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from policies.decision import Decision, Permit, StepUp
from policies.engine import Engine
from policies.facts import ClientFacts, Facts, RequestFacts, SubjectFacts
from policies.source import PolicySource
from policies.what_if import told

CONSOLE: Final = "console"
"""The `client_id` under which the policies see the administrators' console."""
ROLES: Final = ("system", "security", "audit")
_HOURS: Final = range(24)
_WEEKDAYS: Final = range(1, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What one administrator would be answered, at the best hour of the week."""

    administrator: str
    decision: Decision

    def __str__(self) -> str:
        behind = ", ".join(self.decision.determining) or "no policy permits it"
        return f"{self.administrator}: {told(self.decision)} ({behind})"


def locked_out(source: PolicySource, administrators: Mapping[str, Facts]) -> tuple[Proof, ...]:
    """The answer to each administrator if none of them could enter; nothing if one could.

    Being asked for a stronger sign-in is not being locked out.
    """
    engine = Engine(source)
    proofs = []
    for name, facts in administrators.items():
        decision = _best(engine, facts)
        if isinstance(decision, Permit | StepUp):
            return ()
        proofs.append(Proof(administrator=name, decision=decision))
    return tuple(proofs)


def administrators_of_roles() -> Mapping[str, Facts]:
    """One administrator of each role, as they enter the console: strongly, from the office."""
    return {role: console_facts(f"{role} administrator") for role in ROLES}


def console_facts(person_id: str, *, ial: int = 3, aal: int = 3) -> Facts:
    """The facts of somebody entering the console."""
    return Facts(
        subject=SubjectFacts(person_id=person_id, ial=ial, aal=aal, status="active"),
        client=ClientFacts(
            client_id=CONSOLE,
            classification="internal",
            channel="web",
            minimum_ial=0,
            minimum_aal=2,
            allowed_channels=frozenset({"web"}),
            status="active",
        ),
        request=RequestFacts(channel="web", hour=10, now_epoch=0, session_age_s=0),
    )


def _best(engine: Engine, facts: Facts) -> Decision:
    """The best answer there is at any hour of the week: a night's rest locks nobody out."""
    found = engine.decide(facts)
    if isinstance(found, Permit):
        return found
    for weekday in _WEEKDAYS:
        for hour in _HOURS:
            request = replace(facts.request, weekday=weekday, hour=hour)
            then = engine.decide(replace(facts, request=request))
            if isinstance(then, Permit | StepUp):
                return then
    return found
