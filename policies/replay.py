"""Replay: what a draft would have answered to decisions that were made, against what was answered.

Pure: recorded decisions come in, progress goes out after every so many; whoever reads it may stop.
Where decisions are kept, and for how long, is not known here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from policies.decision import Outcome, Permit, kind_of
from policies.engine import Engine
from policies.facts import Facts

UNKNOWN: Final = "unknown"
EXAMPLES: Final = 5


class Recorded(NamedTuple):
    """A decision that was made: its facts, and the outcome then."""

    facts: Facts
    outcome: Outcome


class Group(NamedTuple):
    """What is counted together: whose decisions, and how they would change."""

    client_id: str
    population: str
    channel: str
    before: Outcome
    after: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One group: how many decisions and people it is, some of them, and the policies behind it."""

    group: Group
    decisions: int
    people: int
    examples: tuple[str, ...]
    policies: tuple[str, ...]

    @property
    def means(self) -> str:
        """`newly_refused`, `newly_stepped_up` or `let_in`."""
        if self.group.after == "permit":
            return "let_in"
        return "newly_refused" if self.group.after == "forbid" else "newly_stepped_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a replay has come. `of` is how many there are; `effects` are the largest first."""

    done: int
    of: int
    changed: int
    effects: tuple[Effect, ...] = ()

    @property
    def is_complete(self) -> bool:
        return self.done >= self.of

    def total(self, means: str) -> int:
        return sum(each.decisions for each in self.effects if each.means == means)


@dataclass(slots=True)
class _Gathered:
    decisions: int = 0
    people: set[str] = field(default_factory=set)
    policies: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Tally:
    """The changes found so far; tallies of parts that were replayed apart can be added up."""

    done: int = 0
    groups: dict[Group, _Gathered] = field(default_factory=dict)

    def take(self, engine: Engine, recorded: Recorded) -> None:
        """Decide once more, and note the difference."""
        self.done += 1
        decision = engine.decide(recorded.facts)
        if isinstance(decision, Permit) and recorded.outcome == "permit":
            return
        after = kind_of(decision)
        if after == recorded.outcome:
            return
        facts = recorded.facts
        group = Group(
            facts.client.client_id,
            facts.subject.population or UNKNOWN,
            facts.request.channel,
            recorded.outcome,
            after,
        )
        gathered = self.groups.setdefault(group, _Gathered())
        gathered.decisions += 1
        gathered.people.add(facts.subject.person_id)
        gathered.policies.update(decision.determining)

    def add(self, other: "Tally") -> None:
        """Add what another part found."""
        self.done += other.done
        for group, found in other.groups.items():
            gathered = self.groups.setdefault(group, _Gathered())
            gathered.decisions += found.decisions
            gathered.people |= found.people
            gathered.policies += found.policies

    def progress(self, of: int) -> Progress:
        """What is known now."""
        effects = [_effect(group, found) for group, found in self.groups.items()]
        effects.sort(key=lambda each: (-each.decisions, each.group))
        return Progress(
            done=self.done,
            of=max(of, self.done),
            changed=sum(each.decisions for each in effects),
            effects=tuple(effects),
        )


def replay(
    engine: Engine, recorded: Iterable[Recorded], *, of: int, every: int = 20_000
) -> Iterator[Progress]:
    """Tell the progress after every so many decisions and at the end; close it to stop it."""
    tally = Tally()
    for each in recorded:
        tally.take(engine, each)
        if tally.done % every == 0:
            yield tally.progress(of)
    if tally.done % every or not tally.done:
        yield tally.progress(tally.done)


def _effect(group: Group, found: _Gathered) -> Effect:
    return Effect(
        group=group,
        decisions=found.decisions,
        people=len(found.people),
        examples=tuple(sorted(found.people)[:EXAMPLES]),
        policies=tuple(name for name, _count in found.policies.most_common(EXAMPLES)),
    )
