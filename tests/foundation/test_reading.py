"""Rows read by a statement written out are what the ORM would have read, on either database."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from idp.foundation.database.reading import columns_of, rows_of
from idp.subjects.models import Document, Evidence, Person

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
NOW = datetime(2026, 3, 1, 8, 30, 15, 123_456, tzinfo=UTC)
DOCUMENTS = f"SELECT {columns_of(Document)} FROM {Document._meta.db_table} ORDER BY created_at"  # noqa: S608 - constants


def document(person: Person, **fields: object) -> Document:
    given = {
        "person": person,
        "document_type": "resident_id_card",
        "blind_index": uuid4().bytes,
        "sealed_number": b"\x00\xff number",
        "sealed_name": b"name",
        "created_at": NOW,
        "valid_until": date(2036, 2, 29),
        **fields,
    }
    return Document.objects.create(**given)


def values_of(row: Document) -> dict[str, object]:
    found = {each.attname: getattr(row, each.attname) for each in Document._meta.concrete_fields}
    return {name: bytes(x) if isinstance(x, memoryview) else x for name, x in found.items()}


def test_rows_are_what_the_orm_reads_with_every_type_of_value() -> None:
    person = Person.objects.create(id=uuid4(), created_at=NOW, updated_at=NOW)
    document(person)
    document(person, document_type="passport", valid_until=None)
    read = rows_of(Document, DOCUMENTS, ())
    assert [values_of(each) for each in read] == [
        values_of(each) for each in Document.objects.order_by("created_at")
    ]


def test_row_that_was_read_is_saved_as_any_other() -> None:
    person = Person.objects.create(id=uuid4(), created_at=NOW, updated_at=NOW)
    kept = document(person)
    (read,) = rows_of(Document, DOCUMENTS, ())
    read.issuer = "UTO"
    read.save(update_fields=["issuer"])
    kept.refresh_from_db()
    assert kept.issuer == "UTO"


def test_fields_left_out_are_read_where_somebody_asks_for_them() -> None:
    person = Person.objects.create(id=uuid4(), created_at=NOW, updated_at=NOW)
    document(person, issuer="UTO")
    only = ("id", "issuer")
    sql = f"SELECT {columns_of(Document, *only)} FROM {Document._meta.db_table}"  # noqa: S608 - constants
    (read,) = rows_of(Document, sql, (), only=only)
    assert read.get_deferred_fields() == {
        each.attname for each in Document._meta.concrete_fields if each.attname not in only
    }
    assert read.document_type == "resident_id_card"


def test_structured_values_are_read_as_structures() -> None:
    names = ("id", "circumstances")
    person = Person.objects.create(id=uuid4(), created_at=NOW, updated_at=NOW)
    Evidence.objects.create(
        id=uuid4(),
        person=person,
        sequence=1,
        method="population_library",
        authority="sandbox",
        outcome="match",
        checked_at=NOW,
        identity_level=2,
        circumstances=["kiosk"],
        prev_hash=b"0" * 32,
        hash=b"1" * 32,
    )
    sql = f"SELECT {columns_of(Evidence, *names)} FROM {Evidence._meta.db_table}"  # noqa: S608 - constants
    (read,) = rows_of(Evidence, sql, (), only=names)
    assert read.circumstances == ["kiosk"]
