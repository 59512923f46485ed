"""Append-only triggers: a migration puts them in force, and takes them back."""

import pytest
from django.db import DatabaseError, connection, transaction

from idp.foundation.append_only import AppendOnly, protect, statements
from idp.foundation.judge import Judge
from tests.conftest import rows

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

RULE = AppendOnly(table="foundation_judge", frozen=("name",))


def change() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE foundation_judge SET name = 'b'")


def test_table_refuses_changes_only_between_protection_and_its_undoing() -> None:
    Judge.objects.create(name="a")
    operation = protect(AppendOnly(table="foundation_judge", frozen=("turns",)))
    protected = protect(RULE)
    with connection.schema_editor() as editor:
        protected.code(None, editor)
    with pytest.raises(DatabaseError, match="append-only"):
        change()
    assert Judge.objects.update(turns=5) == 1
    with connection.schema_editor() as editor:
        assert operation.reverse_code is not None
        operation.reverse_code(None, editor)
    change()
    assert Judge.objects.get().name == "b"


@pytest.mark.parametrize("table", ["foundation_auditrow", "foundation_auditcheckpoint"])
def test_audit_tables_are_protected_in_the_finished_schema(table: str) -> None:
    if connection.vendor == "postgresql":
        found = rows("SELECT tgname FROM pg_trigger")
    else:
        found = rows("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    names = {name for (name,) in found}
    assert {f"append_only_{table}_{event}" for event in ("update", "delete")} <= names


@pytest.mark.parametrize("vendor", ["sqlite", "postgresql"])
def test_rule_names_every_frozen_column_for_either_database(vendor: str) -> None:
    rule = AppendOnly(table="t", frozen=("a", "b"), completed_by="seq")
    ddl = "\n".join(statements(rule, vendor=vendor))
    for needed in ("NEW.a IS", "NEW.b IS", "OLD.seq IS NOT NULL", "BEFORE DELETE ON t"):
        assert needed in ddl
