"""Dates on documents: unknown parts, 长期, and the century of two digits."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.documents.dates import (
    BirthDate,
    Expiry,
    InvalidDate,
    birth_year,
    expiry_year,
    read_birth_date,
    read_expiry,
)

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("1990-05-17", "1990-05-17"),
        ("19900517", "1990-05-17"),
        ("１９９０．０５．１７", "1990-05-17"),
        ("1990年5月7日", "1990-05-07"),
        ("1990/5/7", "1990-05-07"),
        ("1990年5月", "1990-05"),
        ("1990-05", "1990-05"),
        ("1990-05-XX", "1990-05"),
        ("19900500", "1990-05"),
        ("1990-00-00", "1990"),
        ("1990XXXX", "1990"),
        ("1990", "1990"),
        ("1990年", "1990"),
        ("2000-02-29", "2000-02-29"),
    ],
)
def test_birth_date_is_read_as_far_as_it_is_known_when_parts_are_missing(
    text: str, iso: str
) -> None:
    read = read_birth_date(text)

    assert read.isoformat() == iso
    assert read.is_complete == (len(iso) == 10)
    assert (read.as_date() is not None) == read.is_complete


@pytest.mark.parametrize(
    "text",
    ["", "90-05-17", "1990-13-01", "1990-02-30", "1990-00-17", "0000", "五月", "1990-05-171"],
)
def test_birth_date_is_refused_when_no_calendar_has_it(text: str) -> None:
    with pytest.raises(InvalidDate):
        read_birth_date(text)


def test_birth_date_agrees_with_a_day_when_nothing_known_differs() -> None:
    day = date(1990, 5, 17)

    assert BirthDate(year=1990).is_compatible_with(day)
    assert BirthDate(year=1990, month=5).is_compatible_with(day)
    assert not BirthDate(year=1990, month=6).is_compatible_with(day)
    assert not BirthDate(year=1990, month=5, day=18).is_compatible_with(day)
    assert not BirthDate(year=1991).is_compatible_with(day)


def test_birth_date_lies_in_the_future_when_even_its_earliest_day_does() -> None:
    assert BirthDate(year=2027).is_after(TODAY)
    assert BirthDate(year=2026, month=11, day=26).is_after(TODAY)
    assert not BirthDate(year=2026).is_after(TODAY)
    assert "1990" not in repr(BirthDate(year=1990))


@pytest.mark.parametrize(
    "text", ["长期", "長期", " 长期有效 ", "long term", "PERMANENT", "00000000"]
)
def test_expiry_has_no_end_when_it_is_long_term(text: str) -> None:
    read = read_expiry(text)

    assert read.is_long_term
    assert not read.is_over(date.max)
    assert read.isoformat() == "长期"


def test_document_is_good_until_its_last_day_is_over() -> None:
    read = read_expiry("2026.11.25")

    assert not read.is_over(TODAY)
    assert read.is_over(date(2026, 11, 26))
    assert read == Expiry(until=TODAY)
    assert read.isoformat() == "2026-11-25"


@pytest.mark.parametrize("text", ["", "2026", "2026-11", "2026-02-30", "永远"])
def test_expiry_is_refused_when_it_names_no_day(text: str) -> None:
    with pytest.raises(InvalidDate):
        read_expiry(text)


@pytest.mark.parametrize(
    ("digits", "born", "expires"),
    [(26, 2026, 2026), (27, 1927, 2027), (0, 2000, 2000), (99, 1999, 1999), (75, 1975, 2075)],
)
def test_two_digits_get_their_century_when_today_is_known(
    digits: int, born: int, expires: int
) -> None:
    assert birth_year(digits, today=TODAY) == born
    assert expiry_year(digits, today=TODAY) == expires


@given(st.dates(min_value=date(1850, 1, 1), max_value=date(2100, 12, 31)))
def test_date_survives_when_it_is_written_and_read_again(day: date) -> None:
    assert read_birth_date(day.isoformat()).as_date() == day
    assert read_expiry(f"{day:%Y%m%d}").until == day
    assert read_birth_date(f"{day.year}年{day.month}月{day.day}日").as_date() == day
