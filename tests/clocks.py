"""A clock for tests: it stands still until it is moved."""

from datetime import UTC, datetime, timedelta


class SetClock:
    """Implements idp.foundation.clock.Clock."""

    def __init__(self, instant: datetime = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)) -> None:
        self.instant = instant
        self.ticks = 1000.0

    def now(self) -> datetime:
        return self.instant

    def timestamp(self) -> int:
        return int(self.instant.timestamp())

    def monotonic(self) -> float:
        return self.ticks

    def move(self, *, days: float = 0, seconds: float = 0) -> datetime:
        """Go forward and say what time it is then."""
        step = timedelta(days=days, seconds=seconds)
        self.instant += step
        self.ticks += step.total_seconds()
        return self.instant
