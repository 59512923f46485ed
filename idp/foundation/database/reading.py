"""Owns reading rows of a model by a statement written out, without asking the ORM how.

`Model.objects.raw` works out anew each time which column is which field and how its values are
converted: for a row or two that costs as much as the statement.
"""

from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


def columns_of(model: type[models.Model], *names: str) -> str:
    """The columns that `rows_of` expects, in their order: of these fields, or of all."""
    return ", ".join(str(one.column) for one in _fields(model, names))


def rows_of(
    model: type[Row], sql: str, parameters: Sequence[Any], *, only: tuple[str, ...] = ()
) -> list[Row]:
    """The rows that a statement gives, which names the columns of `columns_of(model, *only)`.

    Fields left out are read by the ORM where somebody asks for them.
    """
    plan = _plan(model, only, connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        found = cursor.fetchall()
    alias = connection.alias
    return [model.from_db(alias, plan.names, plan.converted(values)) for values in found]


def rows_of_ids(model: type[Row], ids: Collection[UUID]) -> list[Row]:
    """The rows of these ids that are still there, in no order."""
    if not ids:
        return []
    key = model._meta.pk  # noqa: SLF001 - Django's documented interface
    wanted = [key.get_db_prep_value(each, connection) for each in ids]
    places = ", ".join(["%s"] * len(wanted))
    table = model._meta.db_table  # noqa: SLF001 - the same
    sql = f"SELECT {columns_of(model)} FROM {table} WHERE {key.column} IN ({places})"  # noqa: S608 - constants
    return rows_of(model, sql, wanted)


class _Plan(NamedTuple):
    """How a model's rows are made: the fields, and what is done to the values of some."""

    names: tuple[str, ...]
    converters: tuple[tuple[int, tuple[Callable[..., Any], ...], Any], ...]

    def converted(self, values: Sequence[Any]) -> Sequence[Any]:
        if not self.converters:
            return values
        made = list(values)
        for at, converters, expression in self.converters:
            for convert in converters:
                made[at] = convert(made[at], expression, connection)
        return made


@cache
def _plan(model: type[models.Model], only: tuple[str, ...], _vendor: str) -> _Plan:
    """Made once for a database's kind, which decides what has to be converted."""
    fields = _fields(model, only)
    columns = [one.get_col(model._meta.db_table) for one in fields]  # noqa: SLF001 - Django's documented interface
    compiler = models.sql.Query(model).get_compiler(connection=connection)
    found = compiler.get_converters(columns)
    return _Plan(
        names=tuple(one.attname for one in fields),
        converters=tuple((at, tuple(how), column) for at, (how, column) in found.items()),
    )


def _fields(model: type[models.Model], names: tuple[str, ...]) -> tuple[Any, ...]:
    meta = model._meta  # noqa: SLF001 - the same
    return tuple(one for one in meta.concrete_fields if not names or one.attname in names)
