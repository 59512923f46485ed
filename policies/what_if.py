"""What if: the decision about somebody who may not exist, why it is so, and what would change it.

Asks the engine about the same facts with one thing changed at a time; nothing is recorded.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final

from policies.decision import Decision, Forbid, Permit, StepUp, kind_of
from policies.engine import Engine
from policies.facts import Facts
from policies.levels import Level
from policies.source import PolicySource
from policies.statements import cut
from policies.vocabulary import CHANNELS, POPULATIONS, RISK_LEVELS

_LEVELS: Final = tuple(Level(ial=ial, aal=aal) for ial in range(5) for aal in range(1, 4))
_AUTHENTICATORS: Final = ("pwd", "sms", "otp", "hwk", "face")
_AGES: Final = (0, 900, 3_600, 28_800, 86_400)
_DAYS: Final = (0, 90, 365, 1_825, 3_650)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that would be otherwise, and the decision then; `values` alike share it."""

    fact: str
    values: tuple[str, ...]
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """A decision, what would change it, and the decision without each policy behind it."""

    decision: Decision
    changes: tuple[Change, ...]
    without: tuple[tuple[str, Decision], ...]

    @property
    def deciding(self) -> tuple[str, ...]:
        return self.decision.determining


def what_if(source: PolicySource, facts: Facts, *, engine: Engine | None = None) -> WhatIf:
    """Decide about `facts` by `source`; `engine` spares parsing it again."""
    asked = engine or Engine(source)
    decision = asked.decide(facts)
    return WhatIf(
        decision=decision,
        changes=tuple(_changes(asked, facts, decision)),
        without=tuple(
            (name, Engine(without(source, name)).decide(facts)) for name in decision.determining
        ),
    )


def told(decision: Decision) -> str:
    """A decision in a few words, for a terminal and a log."""
    if isinstance(decision, StepUp):
        return f"step up to ial{decision.level.ial}, aal{decision.level.aal}"
    if isinstance(decision, Forbid):
        return f"forbid ({decision.reason})"
    owed = {
        name: each for name, each in decision.obligations.record().items() if name != "policies"
    }
    words = ", ".join(f"{name} {_shown(value)}" for name, value in owed.items())
    return f"permit, with {words}" if words else "permit"


def without(source: PolicySource, name: str) -> PolicySource:
    """The source with one policy left out."""
    engine_names = {client_id: _kept(text, name) for client_id, text in source.by_client.items()}
    return PolicySource(shared=_kept(source.shared, name), by_client=engine_names)


def _kept(text: str, name: str) -> str:
    mark = f'@id("{name}")'
    return "\n".join(each.text for each in cut(text) if mark not in each.text)


def _changes(engine: Engine, facts: Facts, decision: Decision) -> Iterator[Change]:
    for fact, tried in groupby(_alternatives(engine, facts), key=lambda each: each[0]):
        found: dict[Decision, list[str]] = {}
        for _fact, value, other in tried:
            then = engine.decide(other)
            if kind_of(then) != kind_of(decision) or _is_better(then, decision):
                found.setdefault(then, []).append(value)
        for then, values in found.items():
            yield Change(fact=fact, values=_least(fact, values), decision=then)


def _is_better(then: Decision, decision: Decision) -> bool:
    """Of one kind, but easier to meet: a lower step-up, or another reason to refuse."""
    if isinstance(then, StepUp) and isinstance(decision, StepUp):
        return then.level != decision.level and decision.level.satisfies(then.level)
    return isinstance(then, Permit) and then != decision


def _least(fact: str, values: list[str]) -> tuple[str, ...]:
    """Of levels, those that no other one found satisfies; hours and days stay a list."""
    if fact != "subject.level":
        return tuple(values)
    levels = [level for level in map(Level.parse, values) if level is not None]
    least = [each for each in levels if not any(each != o and each.satisfies(o) for o in levels)]
    return tuple(level.acr for level in least)


def _alternatives(engine: Engine, facts: Facts) -> Iterator[tuple[str, str, Facts]]:
    """The facts with one thing changed, grouped by what; only things that some policy looks at."""
    for level in _LEVELS:
        if level.ial and level != facts.subject.level:
            yield "subject.level", level.acr, facts.at_level(level)
    for group, name, values in _tried(facts):
        if not engine.mentions(name):
            continue
        now = getattr(getattr(facts, group), name)
        for value in values:
            if value != now:
                changed = replace(getattr(facts, group), **{name: value})
                yield f"{group}.{name}", _shown(value), replace(facts, **{group: changed})


def _tried(facts: Facts) -> Iterable[tuple[str, str, Iterable[Any]]]:
    authenticators = facts.subject.authenticators or frozenset()
    risk = facts.request.risk or frozenset()
    return (
        ("subject", "status", ("active", "frozen")),
        ("subject", "is_minor", (True, False)),
        ("subject", "population", POPULATIONS),
        ("subject", "evidence_age_days", _DAYS),
        ("subject", "authenticators", [authenticators | {each} for each in _AUTHENTICATORS]),
        ("subject", "own_aal", (1, 2, 3)),
        ("client", "status", ("active", "suspended")),
        ("client", "allowed_channels", [facts.client.allowed_channels | {facts.request.channel}]),
        ("request", "channel", CHANNELS),
        ("request", "hour", range(24)),
        ("request", "weekday", range(1, 8)),
        ("request", "session_age_s", _AGES),
        ("request", "device_known", (True, False)),
        ("request", "risk", [frozenset(), *(risk - {each} for each in sorted(risk))]),
        ("request", "risk_level", RISK_LEVELS),
    )


def _shown(value: object) -> str:
    if isinstance(value, frozenset | list | tuple):
        words = (" or ".join(each) if isinstance(each, list) else str(each) for each in value)
        return " ".join(sorted(words)) or "none"
    return str(value)
