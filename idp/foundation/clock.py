"""Owns the only reading of the clock, and the calendar of Asia/Shanghai.

Everything else takes a ``Clock`` or a ``now``; instants are UTC, ages and "per day" are Shanghai's.
"""

import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import Final, Protocol
from zoneinfo import ZoneInfo

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Clock(Protocol):
    """Where now comes from."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def timestamp(self) -> int:
        """Whole seconds since the epoch, as JWT claims want them (RFC 7519 §2 NumericDate)."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never runs backwards; only differences mean something."""
        ...


class SystemClock:
    """The machine's clock; tests freeze it with time-machine."""

    __slots__ = ()

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - the one place that may

    def timestamp(self) -> int:
        return int(time.time())  # noqa: TID251 - the one place that may

    def monotonic(self) -> float:
        return time.monotonic()


def microseconds(instant: datetime) -> int:
    """An aware instant as whole microseconds since the epoch: the form raw SQL and hashes use."""
    return (instant - EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    """The inverse of `microseconds`."""
    return EPOCH + value * _MICROSECOND


def in_utc(value: datetime) -> datetime:
    """An instant as a database's column gives it: SQLite leaves out the zone they are all in."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def today_in_shanghai(now: datetime) -> date:
    """The calendar day a citizen's age and daily limits are counted in."""
    return now.astimezone(SHANGHAI).date()


def end_of_day_in_shanghai(day: date) -> datetime:
    """The instant, in UTC, at which ``day`` is over: a document's last day ends at 24:00."""
    midnight = datetime.combine(day + timedelta(days=1), time_of_day.min, tzinfo=SHANGHAI)
    return midnight.astimezone(UTC)
