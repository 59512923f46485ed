"""Rows written by a statement made once: what stands there is what the ORM would have written."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from idp.foundation.database.insertion import insert, insert_together
from idp.foundation.sealing.models import DataKey
from idp.subjects.models import Evidence, Identifier, LevelRow, Person

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 11, 1, 4, 5, 6, 789_012, tzinfo=UTC)


def somebody() -> Person:
    return Person(created_at=NOW, updated_at=NOW)


def link(person: Person) -> Evidence:
    return Evidence(
        person=person,
        sequence=1,
        method="sms_code",
        authority="self",
        checked_at=NOW,
        outcome="MATCH",
        circumstances=["liveness"],
        matched_claims=[],
        sealed_values=b"\x00sealed",
        identity_level=1,
        prev_hash=bytes(32),
        hash=b"h" * 32,
    )


def values(row: Evidence) -> dict[str, object]:
    fresh = Evidence.objects.filter(id=row.id).values().get()
    return {
        name: bytes(value) if isinstance(value, memoryview) else value
        for name, value in fresh.items()
        if name not in {"id", "person_id"}
    }


def test_every_kind_of_column_is_as_the_orm_writes_it_when_a_row_is_inserted() -> None:
    ours, theirs = link(somebody()), link(somebody())
    with transaction.atomic():
        assert insert(ours.person)
        assert insert(ours)
        theirs.person.save(force_insert=True)
        theirs.save(force_insert=True)
    assert values(ours) == values(theirs)


def test_row_is_not_written_and_nothing_is_undone_when_its_place_is_taken() -> None:
    with transaction.atomic():
        insert_together(person := somebody(), LevelRow(person=person, level=1))
        assert not insert(LevelRow(person=person, level=3), unless="(person_id)")
    assert LevelRow.objects.get(person=person).level == 1
    with pytest.raises(IntegrityError):
        insert(LevelRow(person=person, level=3))


def test_rows_are_written_at_once_or_not_at_all_when_they_belong_together() -> None:
    def index(person: Person) -> Identifier:
        return Identifier(person=person, kind="phone", blind_index=b"same", sealed_value=b"s")

    first, second = somebody(), somebody()
    with transaction.atomic(), CaptureQueriesContext(connection) as sent:
        insert_together(
            first, DataKey(owner=first.id, sealed_key=b"k", created_at=NOW), index(first)
        )
    written = [each["sql"] for each in sent if "INSERT" in each["sql"]]
    assert len(written) == (1 if connection.vendor == "postgresql" else 3)
    assert Identifier.objects.get(person=first).verified_at is None
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_together(second, index(second))
    assert not Person.objects.filter(id=second.id).exists()


def test_rows_that_belong_together_are_refused_outside_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        insert_together(somebody())
