"""Owns writing many rows of one table at once, inside Django's transaction, without the ORM.

COPY on PostgreSQL, one prepared statement on SQLite. Values are as the database keeps them:
`written` makes them so; JSON is text.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, models


class Table:
    """The table of a model, for rows of `given` columns; the others get their field's default."""

    __slots__ = ("_columns", "_defaults", "_name")

    def __init__(self, model: type[models.Model], *given: str) -> None:
        meta = model._meta  # noqa: SLF001 - Django's documented interface
        rest = [
            field
            for field in meta.concrete_fields
            if field.attname not in given and not isinstance(field, models.AutoField)
        ]
        self._name = meta.db_table
        self._columns = (*given, *(str(field.column) for field in rest))
        self._defaults = tuple(
            field.get_db_prep_save(field.get_default(), connection) for field in rest
        )

    def insert(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert all rows; raises IntegrityError, and RuntimeError outside a transaction."""
        insert_rows(self._name, self._columns, (row + self._defaults for row in rows))


def insert_rows(table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert all rows; raises IntegrityError, and RuntimeError outside a transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("many rows at once belong in one transaction")
    named = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            statement = f"COPY {table} ({named}) FROM STDIN"
            with connection.wrap_database_errors, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
            return
        places = ", ".join(["%s"] * len(columns))
        statement = f"INSERT INTO {table} ({named}) VALUES ({places})"  # noqa: S608 - our own tables
        cursor.executemany(statement, list(rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How this database keeps what is not plain: looked up once, for many rows."""

    identifier: Callable[[UUID], Any]
    """A UUID as a parameter for a UUIDField's column."""
    instant: Callable[[datetime | None], Any]
    """An aware instant as a parameter for a DateTimeField's column."""


def written() -> Written:
    """The forms of Django's database."""
    if connection.vendor == "postgresql":
        return Written(identifier=lambda value: value, instant=lambda value: value)
    return Written(identifier=lambda value: value.hex, instant=_text)


def _text(value: datetime | None) -> str | None:
    if value is None:
        return None
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
