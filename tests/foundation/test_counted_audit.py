"""Counted audit: one event for many requests, written within the second."""

import orjson
import pytest

from idp.foundation.audit import CountedAudit, CountedEvent
from idp.foundation.audit.models import AuditRow
from idp.foundation.clock import SystemClock, microseconds
from idp.foundation.database import Database, DatabaseUnavailable
from tests.clocks import SetClock
from tests.racing import at_once
from tests.waiting import wait_until

pytestmark = pytest.mark.storage

TOKEN = CountedEvent(type="token.client_credentials", outcome="allowed", client_id="c1", key="k1")


def test_requests_become_one_event_for_each_client_and_key(
    database: Database, clock: SetClock
) -> None:
    counted = CountedAudit(database, clock=clock)
    since = clock.now()
    at_once(20, lambda _: [counted.count(TOKEN) for _ in range(50)])
    counted.count(TOKEN._replace(client_id="c2"))
    assert counted.flush(clock.move(seconds=1)) == 2
    first, second = AuditRow.objects.order_by("client_id")
    assert orjson.loads(first.detail) == {"count": 1000, "key": "k1", "since": microseconds(since)}
    assert (first.type, first.outcome, first.client_id) == TOKEN[:3]
    assert first.at == microseconds(clock.now())
    assert (second.client_id, orjson.loads(second.detail)["count"]) == ("c2", 1)
    assert counted.flush(clock.now()) == 0


def test_counts_are_kept_when_the_database_is_away(database: Database, clock: SetClock) -> None:
    away = Database({"ENGINE": "sqlite3", "NAME": "/nowhere/file"})
    counted = CountedAudit(away, clock=clock)
    counted.count(TOKEN)
    with pytest.raises(DatabaseUnavailable):
        counted.flush(clock.now())
    counted.count(TOKEN)
    counted._database = database
    counted.flush(clock.now())
    assert orjson.loads(AuditRow.objects.get().detail)["count"] == 2


@pytest.mark.slow
def test_thread_writes_within_the_second_and_once_more_when_stopped(database: Database) -> None:
    counted = CountedAudit(database, clock=SystemClock())
    counted.start()
    counted.start()
    try:
        counted.count(TOKEN)
        wait_until(lambda: AuditRow.objects.count() == 1)
        counted.count(TOKEN)
    finally:
        counted.stop()
    assert AuditRow.objects.count() == 2


REFUSED = CountedEvent("client.authentication", "refused", "c1", reason="why", address="10.0.0.0/8")


def test_flood_becomes_one_more_event_when_there_is_too_much_to_tell_apart(
    database: Database, clock: SetClock
) -> None:
    counted = CountedAudit(database, clock=clock, window=60, limit=2)
    for number in range(100):
        counted.count(REFUSED._replace(client_id=f"c{number}"))
    assert counted.flush(clock.now()) == 3
    *told, rest = AuditRow.objects.order_by("id")
    assert [row.client_id for row in told] == ["c0", "c1"]
    assert orjson.loads(told[0].detail)["address"] == "10.0.0.0/8"
    assert rest.client_id == ""
    assert orjson.loads(rest.detail)["count"] == 98


def test_thread_waits_for_the_window_to_end_but_not_when_it_is_stopped(
    database: Database, clock: SetClock
) -> None:
    counted = CountedAudit(database, clock=clock, window=60)
    counted.count(REFUSED)
    clock.move(seconds=59)
    assert not counted._is_due()
    clock.move(seconds=1)
    assert counted._is_due()
    clock.move(seconds=-1)
    counted.start()
    counted.stop()
    assert AuditRow.objects.count() == 1
