"""Owns writing one row of a model, inside Django's transaction, by a statement made once.

`Model.save` composes its INSERT anew for every row: in what every citizen waits for that was most
of the cost. Many rows at once are `bulk`'s.
"""

from functools import cache
from typing import Any, NamedTuple

from django.db import connection, models


class Insertion(NamedTuple):
    """The statement that writes a row, and its values as this database keeps them."""

    sql: str
    values: list[Any]


def insertion(row: models.Model) -> Insertion:
    """What writes a new row: for whoever sends it together with something else."""
    table = _table(type(row))
    return Insertion(
        table.sql,
        [one.get_db_prep_save(getattr(row, one.attname), connection) for one in table.fields],
    )


def insert(row: models.Model, *, unless: str = "") -> bool:
    """Write a new row, and tell whether it was written; a key that the database counts stays unset.

    `unless` is the target of an `ON CONFLICT … DO NOTHING`: columns of a unique index of ours,
    with its condition. Without one a row that is there already raises IntegrityError.
    """
    sql, values = insertion(row)
    if unless:
        sql = f"{sql} ON CONFLICT {unless} DO NOTHING"
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return bool(cursor.rowcount)


def insert_together(*rows: models.Model) -> None:
    """Write new rows of several tables; on PostgreSQL in one statement, one trip to the server.

    Raises IntegrityError, and RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("rows that belong together belong in one transaction")
    each = [insertion(row) for row in rows]
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            for sql, values in each:
                cursor.execute(sql, values)
            return
        *first, last = each
        named = ", ".join(f"r{at} AS ({one.sql})" for at, one in enumerate(first))
        everything = [value for one in each for value in one.values]
        cursor.execute(f"WITH {named} {last.sql}" if named else last.sql, everything)


class _Table(NamedTuple):
    sql: str
    fields: tuple[Any, ...]


@cache
def _table(model: type[models.Model]) -> _Table:
    meta = model._meta  # noqa: SLF001 - Django's documented interface
    fields = tuple(one for one in meta.concrete_fields if not isinstance(one, models.AutoField))
    columns = ", ".join(str(one.column) for one in fields)
    places = ", ".join("%s" for _ in fields)
    sql = f"INSERT INTO {meta.db_table} ({columns}) VALUES ({places})"  # noqa: S608 - our own tables
    return _Table(sql, fields)
