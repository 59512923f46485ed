"""Replay: who a draft would refuse, step up or let in, counted by client, population, channel."""

from collections.abc import Callable, Iterator

import pytest

from policies.decision import Outcome
from policies.engine import Engine
from policies.facts import Facts
from policies.replay import Progress, Recorded, Tally, replay
from policies.source import PolicySource, default_policies

Make = Callable[..., Facts]
DRAFT = Engine(
    PolicySource(
        shared=default_policies().shared
        + '@id("no-app") @reason("r") forbid (principal, action, resource)'
        ' when { context.request.channel == "app" };'
    )
)


def history(facts: Make, *kinds: tuple[str, int, str, Outcome]) -> list[Recorded]:
    """Decisions: whose, the level held, by which channel, with which outcome."""
    return [
        Recorded(
            facts(subject={"person_id": person, "ial": ial}, request={"channel": channel}), outcome
        )
        for person, ial, channel, outcome in kinds
    ]


@pytest.mark.requirement("R2")
def test_replay_counts_who_is_refused_stepped_up_and_let_in(facts: Make) -> None:
    past = history(
        facts,
        ("a", 2, "web", "permit"),
        ("a", 2, "app", "permit"),
        ("a", 2, "app", "permit"),
        ("b", 2, "app", "permit"),
        ("c", 0, "web", "permit"),
        ("d", 2, "web", "forbid"),
        ("e", 2, "app", "forbid"),
    )
    (progress,) = replay(DRAFT, past, of=len(past))
    assert (progress.done, progress.changed, progress.is_complete) == (7, 5, True)
    first = progress.effects[0]
    assert (first.means, first.decisions, first.people) == ("newly_refused", 3, 2)
    assert first.group.channel == "app"
    assert first.group.population == "unknown"
    assert (first.examples, first.policies) == (("a", "b"), ("no-app",))
    counts = [progress.total(m) for m in ("newly_refused", "newly_stepped_up", "let_in")]
    assert counts == [3, 1, 1]


def test_replay_streams_its_progress_and_stops_when_it_is_closed(facts: Make) -> None:
    read: list[int] = []

    def past() -> Iterator[Recorded]:
        for number in range(100):
            read.append(number)
            yield history(facts, ("a", 2, "app", "permit"))[0]

    running = replay(DRAFT, past(), of=100, every=10)
    assert [next(running).done, next(running).changed] == [10, 20]
    running.close()
    assert len(read) == 20


def test_replay_tells_once_when_there_is_no_past() -> None:
    assert list(replay(DRAFT, [], of=0)) == [Progress(done=0, of=0, changed=0)]


def test_parts_add_up_when_they_were_replayed_apart(facts: Make) -> None:
    past = history(facts, ("a", 2, "app", "permit"), ("b", 2, "app", "permit"))
    whole, part = Tally(), Tally()
    whole.take(DRAFT, past[0])
    part.take(DRAFT, past[1])
    whole.add(part)
    (effect,) = whole.progress(2).effects
    assert [each.done for each in replay(DRAFT, past, of=2, every=2)] == [2]
    assert (effect.decisions, effect.people) == (2, 2)
