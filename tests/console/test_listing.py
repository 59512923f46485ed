"""Exports that no spreadsheet runs, and lists that bear whatever their address says."""

import csv
import io
from typing import Any

import pytest
from django.test import RequestFactory

from admin.listing import Cell, Column, Listing, as_csv, harmless
from idp.foundation.audit.trail import Told

LISTING = Listing(
    columns=(Column("n", "Number", lambda each: each), Column("m", "Word")),
    cells=lambda each: [Cell(each), Cell(f"={each}")],
    words=str,
    default_sort="n",
)


def asked(query: str) -> Any:
    return RequestFactory().get(f"/?{query}")


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "=cmd|' /C calc'!A0"],
)
def test_cell_is_text_when_a_spreadsheet_would_calculate(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    (row,) = list(csv.reader(io.StringIO(as_csv("x", [cell], []).content.decode("utf-8-sig"))))
    assert row[0].startswith("'")


@pytest.mark.parametrize("cell", ["", "portal-a", "a=b", "1", "图书馆", '"quoted", and more'])
def test_cell_stays_as_it_is_when_it_is_harmless(cell: str) -> None:
    assert harmless(cell) == cell


@pytest.mark.parametrize(
    ("query", "first", "page"),
    [
        ("", 0, 1),
        ("sort=-n", 59, 1),
        ("page=2", 25, 2),
        ("page=99", 50, 3),
        ("page=-1", 0, 1),
        ("page=１", 0, 1),
        ("page=99999999999", 0, 1),
        ("sort=made-up", 0, 1),
        ("sort=m", 0, 1),
        ("q=5", 5, 1),
    ],
)
def test_list_shows_the_page_that_is_asked_for(query: str, first: int, page: int) -> None:
    listed = LISTING.answer(asked(query), range(60))
    assert (listed.rows[0][0].text, listed.page) == (first, page)
    assert bool(listed.previous_url) == (page > 1)
    assert "format=csv" in listed.export_url


def test_heads_lead_to_the_other_order_when_they_are_sorted_by() -> None:
    assert [head.order for head in LISTING.answer(asked(""), []).heads] == ["ascending", ""]
    down = LISTING.answer(asked("sort=-n&q=x"), []).heads[0]
    assert (down.order, down.url) == ("descending", "?q=x&sort=n")


def test_export_holds_all_that_was_found_and_no_formula() -> None:
    text = LISTING.export(asked("sort=-n"), range(60), name="numbers").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 61
    assert rows[1] == ["59", "'=59"]
    assert Told.__doc__
