"""Lists: filtered, sorted, paged on the server, and exported as CSV that no spreadsheet runs.

Which rows there are, and who may see them, is each section's.
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from idp.foundation.clock import SHANGHAI

PAGE: Final = 25
MOST_EXPORTED: Final = 10_000
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_LONGEST_QUERY: Final = 100


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place of a list; `tone` colours a state."""

    text: Any
    url: str = ""
    tone: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column; sortable where `sort` gives the value that rows are ordered by."""

    key: str
    name: Any
    sort: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """A column's heading, with the address that sorts by it."""

    name: Any
    url: str
    order: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line; `key` is what it is marked by, empty where it cannot be."""

    key: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A page of a list, as the template shows it."""

    heads: list[Head]
    marked: list[Row]
    total: int
    page: int
    pages: int
    query: str
    previous_url: str = ""
    next_url: str = ""
    export_url: str = ""
    filters: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> list[list[Cell]]:
        """The cells alone."""
        return [each.cells for each in self.marked]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How values become a list: `cells` shows one, `words` is what a search looks in.

    `key` is what a value is marked by on lists where several can be acted on at once.
    """

    columns: Sequence[Column]
    cells: Callable[[Any], list[Cell]]
    words: Callable[[Any], str]
    default_sort: str = ""
    key: Callable[[Any], str] = lambda _value: ""

    def answer(
        self, request: HttpRequest, values: Iterable[Any], *, filters: Sequence[str] = ()
    ) -> Listed:
        """The page that the request asks for."""
        asked = {name: request.GET.get(name, "") for name in ("q", "sort", *filters)}
        found = self._sorted(self._found(values, asked["q"]), asked["sort"])
        pages = max(1, -(-len(found) // PAGE))
        page = min(max(1, _number(request.GET.get("page", ""))), pages)
        shown = found[(page - 1) * PAGE : page * PAGE]

        def to(**change: str) -> str:
            return "?" + urlencode({k: v for k, v in {**asked, **change}.items() if v})

        return Listed(
            heads=[self._head(column, asked["sort"], to) for column in self.columns],
            marked=[Row(self.key(each), self.cells(each)) for each in shown],
            total=len(found),
            page=page,
            pages=pages,
            query=asked["q"],
            previous_url=to(page=str(page - 1)) if page > 1 else "",
            next_url=to(page=str(page + 1)) if page < pages else "",
            export_url=to(format="csv"),
            filters={name: asked[name] for name in filters},
        )

    def export(self, request: HttpRequest, values: Iterable[Any], *, name: str) -> HttpResponse:
        """All that was found, not its page alone, as CSV."""
        found = self._found(values, request.GET.get("q", ""))
        rows = self._sorted(found, request.GET.get("sort", ""))[:MOST_EXPORTED]
        heads = [str(column.name) for column in self.columns]
        return as_csv(name, heads, ([str(cell.text) for cell in self.cells(each)] for each in rows))

    def _found(self, values: Iterable[Any], query: str) -> list[Any]:
        wanted = query[:_LONGEST_QUERY].strip().casefold()
        return [each for each in values if wanted in self.words(each).casefold()]

    def _sorted(self, found: list[Any], sort: str) -> list[Any]:
        wanted = sort or self.default_sort
        column = next((c for c in self.columns if c.key == wanted.lstrip("-")), None)
        if column is None or column.sort is None:
            return found
        return sorted(found, key=column.sort, reverse=wanted.startswith("-"))

    def _head(self, column: Column, sort: str, to: Callable[..., str]) -> Head:
        if column.sort is None:
            return Head(column.name, "", "")
        wanted = sort or self.default_sort
        if wanted == column.key:
            return Head(column.name, to(sort=f"-{column.key}"), "ascending")
        order = "descending" if wanted == f"-{column.key}" else "none"
        return Head(column.name, to(sort=column.key), order)


def moment(instant: datetime | None) -> str:
    """An instant as the city's clocks show it."""
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if instant else "–"


def as_csv(name: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> HttpResponse:
    """A file that opens as text in spreadsheets: no cell is a formula (OWASP: CSV injection)."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow([harmless(head) for head in heads])
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
    response = HttpResponse(
        text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def harmless(cell: str) -> str:
    """The cell, made plain text where a spreadsheet would calculate."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1
