"""Proves, before a change is made, whether anybody could still enter the console to mend it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from idp.journey.access.console_entry import CONSOLE, console_facts, is_let_in
from idp.subjects.authenticators.kinds import MULTIPLE, PASSWORD, PRESENCE, SOFTWARE_KEY
from policies.decision import Decision
from policies.engine import Engine
from policies.facts import Facts
from policies.source import PolicySource
from policies.what_if import told

ROLES: Final = ("system", "security", "audit")
WITH_PASSKEY: Final = frozenset({PASSWORD, SOFTWARE_KEY, PRESENCE, MULTIPLE})
"""What an administrator proves who has a password and a passkey that nobody attests."""
_HOURS: Final = range(24)
_WEEKDAYS: Final = range(1, 8)
_WRITTEN_NETWORK: Final = re.compile(r'"(\d{1,3}(?:\.\d{1,3}){2}|[0-9a-f:]+/64)"')


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

    Their facts are those of the strongest sign-in they are capable of: to be asked for more is to
    be locked out. A network that a policy names is one from which somebody could come.
    """
    engine = Engine(source)
    text = source.for_client(CONSOLE)
    networks = (None, *sorted(set(_WRITTEN_NETWORK.findall(text))))
    proofs = []
    for name, facts in administrators.items():
        decision = _best(engine, facts, networks)
        if _enters(decision, facts):
            return ()
        proofs.append(Proof(administrator=name, decision=decision))
    return tuple(proofs)


def administrators_of_roles() -> Mapping[str, Facts]:
    """One administrator of each role, as they enter the console: with password and passkey."""
    return {role: console_facts(f"{role} administrator", amr=WITH_PASSKEY) for role in ROLES}


def _best(engine: Engine, facts: Facts, networks: tuple[str | None, ...]) -> Decision:
    """The best answer there is: a night's rest, or a walk to the office, locks nobody out."""
    found = engine.decide(facts)
    if _enters(found, facts):
        return found
    for each in _occasions(facts, networks):
        then = engine.decide(each)
        if _enters(then, each):
            return then
    return found


def _occasions(facts: Facts, networks: tuple[str | None, ...]) -> Iterator[Facts]:
    for network in networks:
        for weekday in _WEEKDAYS:
            for hour in _HOURS:
                request = replace(facts.request, weekday=weekday, hour=hour, network=network)
                yield replace(facts, request=request)


def _enters(decision: Decision, facts: Facts) -> bool:
    return is_let_in(decision, facts.subject.authenticators or ())
