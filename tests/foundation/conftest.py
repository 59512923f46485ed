"""What the ground floor's tests share: a clock to set, a sealer, a key ring."""

from datetime import UTC, datetime, timedelta

import pytest

from idp.foundation.sealing import RootKeys, Sealer


class SetClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
        self.ticks = 1000.0

    def now(self) -> datetime:
        return self.instant

    def timestamp(self) -> int:
        return int(self.instant.timestamp())

    def monotonic(self) -> float:
        return self.ticks

    def move(self, *, days: float = 0, seconds: float = 0) -> datetime:
        step = timedelta(days=days, seconds=seconds)
        self.instant += step
        self.ticks += step.total_seconds()
        return self.instant


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(RootKeys(active="k1", keys={"k1": b"root key of the test run 0123456789"}))
