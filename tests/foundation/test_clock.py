"""The clock and Shanghai's calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from idp.foundation.clock import (
    SystemClock,
    end_of_day_in_shanghai,
    from_microseconds,
    microseconds,
    today_in_shanghai,
)

NOON = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)


def test_clock_follows_the_machine() -> None:
    with time_machine.travel(NOON, tick=False):
        assert SystemClock().now() == NOON
        assert SystemClock().timestamp() == 1795348800
    first = SystemClock().monotonic()
    assert SystemClock().monotonic() >= first


@pytest.mark.parametrize(
    "instant", [NOON, datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)], ids=["now", "1969"]
)
def test_microseconds_and_back(instant: datetime) -> None:
    assert from_microseconds(microseconds(instant)) == instant


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-11-22T15:59:59+00:00", date(2026, 11, 22)),
        ("2026-11-22T16:00:00+00:00", date(2026, 11, 23)),
        ("2026-11-22T23:59:59+08:00", date(2026, 11, 22)),
    ],
)
def test_day_is_shanghais(instant: str, day: date) -> None:
    assert today_in_shanghai(datetime.fromisoformat(instant)) == day


def test_a_documents_last_day_ends_at_midnight_in_shanghai() -> None:
    end = end_of_day_in_shanghai(date(2026, 12, 31))
    assert end == datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert end.utcoffset() == timedelta(0)
