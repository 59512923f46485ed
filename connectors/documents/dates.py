"""Dates as documents bear them: with unknown parts, two-digit years, or no end at all.

Owns their reading and the century rule. No clock is read here: today is always a parameter.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import Final

LONG_TERM: Final = "长期"
_LONG_TERM_WORDS: Final = frozenset(
    {
        "长期",
        "長期",
        "长期有效",
        "長期有效",
        "永久",
        "LONG TERM",
        "LONG-TERM",
        "PERMANENT",
        "00000000",
    }
)
_WRITTEN = re.compile(
    r"(?P<year>[0-9]{4})(?:[-./年 ]?(?P<month>[0-9]{2}|[0-9](?![0-9]))"
    r"(?:[-./月 ]?(?P<day>[0-9]{1,2})日?|月)?)?年?",
    re.ASCII,
)


class InvalidDate(ValueError):
    """Text that is no date of its kind. Does not hold the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BirthDate:
    """A day of birth as far as it is known: foreign documents may leave out month and day."""

    year: int = field(repr=False)
    month: int | None = field(default=None, repr=False)
    day: int | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse what no calendar has.

        Raises:
            InvalidDate: a month or day does not exist, or a day stands without its month.
        """
        if self.day is not None and self.month is None:
            raise InvalidDate("a day needs its month")
        try:
            date(self.year, self.month or 1, self.day or 1)
        except ValueError as error:
            raise InvalidDate("the calendar has no such day") from error

    @property
    def is_complete(self) -> bool:
        return self.day is not None

    def as_date(self) -> date | None:
        """The day, when all of it is known."""
        if self.month is None or self.day is None:
            return None
        return date(self.year, self.month, self.day)

    def is_compatible_with(self, other: date) -> bool:
        """Whether `other` agrees with everything that is known."""
        return (
            self.year == other.year
            and self.month in {None, other.month}
            and self.day in {None, other.day}
        )

    def is_after(self, today: date) -> bool:
        """Whether it lies in the future for certain: nobody is born there."""
        return date(self.year, self.month or 1, self.day or 1) > today

    def isoformat(self) -> str:
        """OpenID Connect Core §5.1 allows the year alone; month and year are ISO 8601's."""
        parts = [f"{self.year:04d}"]
        parts += [f"{part:02d}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """The end of a document's validity; `until` None is 长期, no end."""

    until: date | None

    @property
    def is_long_term(self) -> bool:
        return self.until is None

    def is_over(self, today: date) -> bool:
        """Whether it is expired. The last day of validity counts whole."""
        return self.until is not None and today > self.until

    def isoformat(self) -> str:
        return LONG_TERM if self.until is None else self.until.isoformat()


def read_birth_date(text: str) -> BirthDate:
    """Read a birth date: `1990-05-17`, `19900517`, `1990年5月`, `1990`; `00` or `XX` is unknown.

    Raises:
        InvalidDate: it is none.
    """
    year, month, day = _parts(text)
    return BirthDate(year=year, month=month or None, day=day or None)


def read_expiry(text: str) -> Expiry:
    """Read an end of validity: a full date, or 长期.

    Raises:
        InvalidDate: it is neither.
    """
    folded = " ".join(unicodedata.normalize("NFKC", text).upper().split())
    if folded in _LONG_TERM_WORDS:
        return Expiry(until=None)
    year, month, day = _parts(text)
    try:
        return Expiry(until=date(year, month, day))
    except ValueError as error:
        raise InvalidDate("the calendar has no such day") from error


def birth_year(two_digits: int, *, today: date) -> int:
    """The century of a two-digit year of birth: the latest that is not in the future.

    Somebody over a hundred looks a century too young; another source must tell them apart.
    """
    year = today.year - today.year % 100 + two_digits
    return year if year <= today.year else year - 100


def expiry_year(two_digits: int, *, today: date) -> int:
    """The century of a two-digit year of expiry: the nearest to today, at most fifty years away."""
    century = today.year - today.year % 100
    return min(
        (century + offset + two_digits for offset in (-100, 0, 100)),
        key=lambda year: (abs(year - today.year), year < today.year),
    )


def _parts(text: str) -> tuple[int, int, int]:
    """Year, month and day, 0 where unknown."""
    folded = unicodedata.normalize("NFKC", text).strip().upper().replace("X", "0")
    found = _WRITTEN.fullmatch(folded)
    if found is None:
        raise InvalidDate("not a date")
    year, month, day = (int(found[part] or 0) for part in ("year", "month", "day"))
    return year, month, day
