"""What clients were told: on record before they are told, counted afterwards, never in values."""

from uuid import UUID, uuid4

import pytest

from idp.foundation.clock import SystemClock
from idp.foundation.database import Database, DatabaseUnavailable
from idp.subjects.disclosures import Disclosures, told_of
from idp.subjects.models import Disclosure
from tests.clocks import SetClock
from tests.racing import at_once
from tests.waiting import wait_until

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R15")]

NAME_AND_BIRTH = ("name", "birthdate")


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def disclosures(database: Database, clock: SetClock) -> Disclosures:
    return Disclosures(database, clock=clock)


@pytest.fixture
def person_id() -> UUID:
    return uuid4()


def note(
    disclosures: Disclosures, person_id: UUID, clock: SetClock, *claims: str, client: str = "portal"
) -> None:
    disclosures.note(person_id, client, claims or NAME_AND_BIRTH, basis="consent", now=clock.now())


def test_disclosure_is_on_record_when_the_answer_may_leave(
    disclosures: Disclosures, person_id: UUID, clock: SetClock
) -> None:
    note(disclosures, person_id, clock)
    (told,) = told_of(person_id)
    assert (told.client_id, told.claims, told.basis) == ("portal", ("birthdate", "name"), "consent")
    assert (told.times, told.day.isoformat()) == (1, "2026-11-22")
    assert told.first_at == told.last_at == clock.now()


def test_disclosures_are_one_line_a_day_when_many_threads_repeat_them(
    disclosures: Disclosures, person_id: UUID, clock: SetClock
) -> None:
    first_at = clock.now()
    at_once(8, lambda _: [note(disclosures, person_id, clock) for _ in range(5)])
    disclosures.flush(clock.move(seconds=1))
    (told,) = told_of(person_id)
    assert (told.times, told.first_at, told.last_at) == (40, first_at, clock.now())
    assert disclosures.flush(clock.now()) == 0


def test_disclosures_stand_apart_when_client_claims_or_day_differ(
    disclosures: Disclosures, person_id: UUID, clock: SetClock
) -> None:
    note(disclosures, person_id, clock)
    note(disclosures, person_id, clock, "name")
    note(disclosures, person_id, clock, client="clinic")
    clock.move(days=1)
    note(disclosures, person_id, clock)
    assert [(each.client_id, each.claims, each.times) for each in told_of(person_id)] == [
        ("portal", ("birthdate", "name"), 1),
        ("clinic", ("birthdate", "name"), 1),
        ("portal", ("name",), 1),
        ("portal", ("birthdate", "name"), 1),
    ]
    assert len(told_of(person_id, client_id="clinic")) == 1
    assert told_of(uuid4()) == ()


def test_two_processes_add_to_one_line_when_they_tell_the_same(
    database: Database, person_id: UUID, clock: SetClock
) -> None:
    for _ in range(2):
        note(Disclosures(database, clock=clock), person_id, clock)
    assert Disclosure.objects.get().times == 2


def test_nothing_is_told_unrecorded_when_the_database_is_away(
    person_id: UUID, clock: SetClock
) -> None:
    away = Database({"ENGINE": "sqlite3", "NAME": "/nowhere/file"})
    with pytest.raises(DatabaseUnavailable):
        note(Disclosures(away, clock=clock), person_id, clock)


def test_counts_are_kept_when_a_flush_fails(
    database: Database, person_id: UUID, clock: SetClock
) -> None:
    disclosures = Disclosures(database, clock=clock)
    note(disclosures, person_id, clock)
    note(disclosures, person_id, clock)
    disclosures._database = Database({"ENGINE": "sqlite3", "NAME": "/nowhere/file"})
    with pytest.raises(DatabaseUnavailable):
        disclosures.flush(clock.now())
    note(disclosures, person_id, clock)
    disclosures._database = database
    assert disclosures.flush(clock.now()) == 1
    assert Disclosure.objects.get().times == 3


@pytest.mark.slow
def test_thread_writes_repetitions_within_the_second(database: Database, person_id: UUID) -> None:
    clock = SystemClock()
    disclosures = Disclosures(database, clock=clock)
    disclosures.start()
    try:
        for _ in range(2):
            disclosures.note(person_id, "portal", ("name",), basis="consent", now=clock.now())
        wait_until(lambda: Disclosure.objects.get().times == 2)
        disclosures.note(person_id, "portal", ("name",), basis="consent", now=clock.now())
    finally:
        disclosures.stop()
    assert Disclosure.objects.get().times == 3
