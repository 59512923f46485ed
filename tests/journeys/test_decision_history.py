"""Recorded decisions: written in bulk, read in stretches, replayed, and forgotten in time."""

from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from deploy.replays import replayed
from idp.foundation.database import Database, DatabaseUnavailable
from idp.journey.access import history
from idp.journey.access.history import DecisionHistory, count_since, purge, read_since, stretches
from idp.journey.models import DecisionRow
from policies.engine import Engine
from policies.facts import Facts
from policies.source import PolicySource, default_policies
from tests.clocks import SetClock
from tests.policies.conftest import ORDINARY
from tests.waiting import wait_until

pytestmark = pytest.mark.storage
ENGINE = Engine(default_policies())
NO_APP = default_policies().shared + (
    '@id("no-app") @reason("r") forbid (principal, action, resource)'
    ' when { context.request.channel == "app" };'
)


def by(channel: str, **subject: object) -> Facts:
    return replace(
        ORDINARY,
        subject=replace(ORDINARY.subject, **subject),  # type: ignore[arg-type]
        request=replace(ORDINARY.request, channel=channel),
    )


def made(database: Database, clock: SetClock, *facts: Facts) -> DecisionHistory:
    kept = DecisionHistory(database, clock=clock)
    for each in facts:
        kept.add(each, ENGINE.decide(each), at=clock.now())
    return kept


@pytest.mark.requirement("R2")
def test_draft_is_replayed_against_what_was_decided(database: Database) -> None:
    clock = SetClock()
    kept = made(
        database, clock, by("web"), by("app"), by("kiosk"), by("web", ial=0), by("app", ial=0)
    )
    assert kept.flush() == 5
    assert kept.flush() == 0
    since = clock.now() - timedelta(days=1)
    assert [each.outcome for each in read_since(since)] == [
        "permit",
        "permit",
        "forbid",
        "step_up",
        "step_up",
    ]
    *_, last = replayed(PolicySource(shared=NO_APP), since)
    assert (last.done, last.of, last.changed) == (5, 5, 2)
    assert [each.group.before for each in last.effects] == ["permit", "step_up"]
    assert {row.said for row in DecisionRow.objects.all()} >= {"channel_not_allowed", ""}
    assert [
        each.done
        for each in replayed(PolicySource(shared=NO_APP), clock.now() + 2 * timedelta(days=1))
    ] == [0]


def test_unreadable_record_is_left_out_and_old_ones_are_forgotten(database: Database) -> None:
    clock = SetClock()
    made(database, clock, by("web")).flush()
    clock.move(days=10)
    made(database, clock, by("web"), by("web")).flush()
    first = DecisionRow.objects.order_by("-id").first()
    assert first is not None
    DecisionRow.objects.filter(id=first.id).update(facts=b"[]")
    assert len(list(read_since(clock.now() - timedelta(days=20)))) == 2
    assert count_since(clock.now() - timedelta(days=1)) == 2
    assert len(stretches(clock.now() - timedelta(days=20), size=2)) == 2
    assert purge(now=clock.now(), ttl=86_400) == 1
    assert stretches(clock.now() + timedelta(days=1)) == ()


def test_decisions_are_kept_when_the_database_is_away(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SetClock()
    kept = made(Database({"ENGINE": "sqlite3", "NAME": "/nowhere/file"}), clock, by("web"))
    with pytest.raises(DatabaseUnavailable):
        kept.flush()
    kept._database = database
    monkeypatch.setattr(history, "MOST_WAITING", 10)
    with capture_logs() as said:
        for _ in range(11):
            kept.add(by("web"), ENGINE.decide(by("web")), at=clock.now())
    assert kept.flush() == 10
    assert sum(line["number"] for line in said) == 2


@pytest.mark.slow
def test_thread_writes_decisions_within_the_second(database: Database) -> None:
    kept = made(database, SetClock(), by("web"))
    kept.start()
    try:
        wait_until(lambda: DecisionRow.objects.count() == 1)
    finally:
        kept.stop()
