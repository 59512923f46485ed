"""Owns tables that only grow: triggers refuse to change or delete what was written.

A migration protects its table with `protect`. SQLite loses triggers when a later migration rebuilds
the table, so such a migration protects it again; a test looks for the triggers in the finished
schema.
"""

from dataclasses import dataclass
from typing import Any, Final

from django.db.migrations import RunPython

PREFIX: Final = "append_only_"
_REFUSAL: Final = "this table is append-only"
_FUNCTION: Final = "foundation_refuse_change"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendOnly:
    """Which table, which columns never change, and which one (if any) is filled in later, once.

    While ``completed_by`` is NULL a row may still be completed: the other columns outside
    ``frozen`` go with it. Columns of ``emptied`` may become empty, and nothing else.
    """

    table: str
    frozen: tuple[str, ...]
    completed_by: str = ""
    emptied: tuple[str, ...] = ()


def protect(rule: AppendOnly) -> RunPython:
    """The migration operation that puts ``rule`` into force."""

    def apply(_: Any, schema_editor: Any) -> None:
        for statement in statements(rule, vendor=schema_editor.connection.vendor):
            schema_editor.execute(statement)

    def undo(_: Any, schema_editor: Any) -> None:
        on_table = f" ON {rule.table}" if schema_editor.connection.vendor == "postgresql" else ""
        for name in _names(rule):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")

    return RunPython(apply, undo)


def statements(rule: AppendOnly, *, vendor: str) -> list[str]:
    """The DDL for one vendor, replacing triggers of the same rule."""
    return _postgresql(rule) if vendor == "postgresql" else _sqlite(rule)


def _names(rule: AppendOnly) -> list[str]:
    return [f"{PREFIX}{rule.table}_{event}" for event in ("insert", "update", "delete", "truncate")]


def _sqlite(rule: AppendOnly) -> list[str]:
    table, (insert, update, delete, _) = rule.table, _names(rule)
    changed = [f"NEW.{column} IS NOT OLD.{column}" for column in rule.frozen]
    changed += [
        f"(NEW.{column} IS NOT OLD.{column} AND length(NEW.{column}) > 0)"
        for column in rule.emptied
    ]
    # INSERT OR REPLACE deletes without asking the DELETE trigger.
    inserted = [f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"]  # noqa: S608 - a migration's constants
    if rule.completed_by:
        inserted.append(f"NEW.{rule.completed_by} IS NOT NULL")
        changed.append(f"OLD.{rule.completed_by} IS NOT NULL")
        changed.append(f"NEW.{rule.completed_by} IS NULL")
    dropped = [f"DROP TRIGGER IF EXISTS {name}" for name in (insert, update, delete)]
    created = [
        f"{insert} BEFORE INSERT ON {table} WHEN {' OR '.join(inserted)}",
        f"{update} BEFORE UPDATE ON {table} WHEN {' OR '.join(changed)}",
        f"{delete} BEFORE DELETE ON {table}",
    ]
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    return [*dropped, *(f"CREATE TRIGGER {trigger} {refuse}" for trigger in created)]


def _postgresql(rule: AppendOnly) -> list[str]:
    table, (insert, update, delete, truncate) = rule.table, _names(rule)
    changed = [f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in rule.frozen]
    changed += [
        f"(NEW.{column} IS DISTINCT FROM OLD.{column} AND octet_length(NEW.{column}) > 0)"
        for column in rule.emptied
    ]
    created = [
        f"{delete} BEFORE DELETE ON {table} FOR EACH ROW",
        f"{truncate} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT",
    ]
    if rule.completed_by:
        inserted = f"NEW.{rule.completed_by} IS NOT NULL"
        changed.append(f"OLD.{rule.completed_by} IS NOT NULL")
        changed.append(f"NEW.{rule.completed_by} IS NULL")
        created.append(f"{insert} BEFORE INSERT ON {table} FOR EACH ROW WHEN ({inserted})")
    condition = " OR ".join(changed)
    created.append(f"{update} BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({condition})")
    body = f"BEGIN RAISE EXCEPTION '{_REFUSAL}'; END"
    function = (
        f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
    )
    dropped = [f"DROP TRIGGER IF EXISTS {name} ON {table}" for name in _names(rule)]
    execute = f"EXECUTE PROCEDURE {_FUNCTION}()"
    return [function, *dropped, *(f"CREATE TRIGGER {trigger} {execute}" for trigger in created)]
