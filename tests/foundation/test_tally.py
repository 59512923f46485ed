"""Counts by the hour: added in memory, folded from the trail once, summed up, forgotten."""

from datetime import timedelta

import pytest
from django.db import transaction

from idp.foundation.audit import AuditEvent, chain_pending, record
from idp.foundation.clock import SystemClock
from idp.foundation.database import Database
from idp.foundation.tally import (
    EVENT,
    PROOF,
    SIGN_IN,
    HourlyCount,
    Tally,
    counting,
    fold_trail,
    forget_counts,
    read_counts,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R18")]
CLOCK = SystemClock()


@pytest.fixture
def tally(database: Database) -> Tally:
    return Tally(database, clock=CLOCK)


def told(*events: AuditEvent) -> None:
    with transaction.atomic():
        record(*events, clock=CLOCK)
    chain_pending(CLOCK.now())


def test_numbers_add_up_when_two_processes_count_the_same(tally: Tally, database: Database) -> None:
    other = Tally(database, clock=CLOCK)
    for one in (tally, other):
        one.count("step", "login", "entered", client_id="portal", number=2)
        assert one.flush() == 1
    assert tally.flush() == 0
    (found,) = read_counts("step", CLOCK.now(), by_client=True, by_hour=True)
    assert (found.name, found.outcome, found.client_id, found.number) == (
        "login",
        "entered",
        "portal",
        4,
    )


def test_names_are_left_out_when_too_many_things_are_counted(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST", 2)
    tally = Tally(database, clock=CLOCK)
    for name in ("a", "b", "c", "d"):
        tally.count("step", name)
    tally.flush()
    assert {each.name: each.number for each in read_counts("step", CLOCK.now())} == {
        "a": 1,
        "b": 1,
        "": 2,
    }


def test_numbers_are_kept_when_the_database_does_not_take_them(
    tally: Tally, database: Database
) -> None:
    tally.count("k" * 10, "name")
    tally._database = None  # type: ignore[assignment]
    with pytest.raises(AttributeError):
        tally.flush()
    tally._database = database
    assert tally.flush() == 1


def test_thread_writes_what_was_counted_when_it_is_stopped(tally: Tally) -> None:
    tally.start()
    tally.count("step", "login")
    tally.stop()
    assert read_counts("step", CLOCK.now())[0].number == 1


def test_each_event_is_counted_once_when_the_trail_is_folded_again() -> None:
    told(
        AuditEvent(type="login.succeeded", outcome="success", detail={"factor": "passkey"}),
        AuditEvent(
            type="login.failed", outcome="refused", client_id="portal", detail={"factor": "sms"}
        ),
        AuditEvent(
            type="client.authentication",
            outcome="refused",
            client_id="made-up",
            detail={"count": 7},
        ),
        AuditEvent(type="document.verified", outcome="success", detail={"method": "ctid"}),
        AuditEvent(type="verification.failed", outcome="timeout", detail={"method": "ctid"}),
    )
    is_client = {"portal"}.__contains__
    assert fold_trail(is_client=is_client, limit=3) == 3
    assert fold_trail(is_client=is_client) == 2
    assert fold_trail(is_client=is_client) == 0
    now = CLOCK.now()
    found = {(each.name, each.outcome): each.number for each in read_counts(SIGN_IN, now)}
    assert found == {("passkey", "success"): 1, ("sms", "refused"): 1}
    proofs = {(each.name, each.outcome): each.number for each in read_counts(PROOF, now)}
    assert proofs == {("ctid", "match"): 1, ("ctid", "timeout"): 1}
    clients = {
        each.client_id: each.number
        for each in read_counts(EVENT, now, by_client=True)
        if each.outcome == "refused"
    }
    assert clients == {"portal": 1, "": 7}
    assert [each.number for each in read_counts(EVENT, now, clients=["portal"])] == [1]
    assert len(read_counts(EVENT, now, names=["login.failed"])) == 1


def test_counts_are_forgotten_when_they_are_old(tally: Tally) -> None:
    tally.count("step", "login")
    tally.flush()
    assert forget_counts(CLOCK.now()) == 0
    assert forget_counts(CLOCK.now() + timedelta(hours=1)) == 1
    assert not HourlyCount.objects.exists()
