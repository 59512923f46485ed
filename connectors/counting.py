"""Counting in this process, and windows of so many uses; keys name nobody.

Owns the in-process `Counters` (a deployment of one process, and tests) and the rolling window.
Several processes are handed the provider's store instead.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from connectors.contract import Counters

_MOST_KEYS = 10_000


@dataclass(slots=True, kw_only=True)
class InProcessCounters:
    """`Counters` of one process; `clock` counts monotonic seconds."""

    clock: Callable[[], float]
    _kept: dict[str, tuple[bytes, float]] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def add(self, key: str, value: bytes, *, ttl: int) -> bool:
        with self._lock:
            if self._live(key) is not None:
                return False
            self._put(key, value, until=self.clock() + ttl)
            return True

    def get(self, key: str) -> bytes | None:
        with self._lock:
            return self._live(key)

    def delete(self, *keys: str) -> None:
        with self._lock:
            for key in keys:
                self._kept.pop(key, None)

    def increment(self, key: str, *, ttl: int, by: int = 1) -> int:
        with self._lock:
            before = self._live(key)
            until = self._kept[key][1] if before is not None else self.clock() + ttl
            count = int(before or b"0") + by
            self._put(key, str(count).encode("ascii"), until=until)
            return count

    def _live(self, key: str) -> bytes | None:
        value, until = self._kept.get(key, (b"", 0.0))
        return value if until > self.clock() else None

    def _put(self, key: str, value: bytes, *, until: float) -> None:
        if key not in self._kept and len(self._kept) >= _MOST_KEYS:
            now = self.clock()
            self._kept = {name: kept for name, kept in self._kept.items() if kept[1] > now}
        self._kept[key] = (value, until)


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingWindow:
    """At most `most` uses in any `seconds`, however many processes count.

    Each use is a record of its own that ends by itself, so the window rolls exactly; a counter
    that begins anew would let twice as many through around its beginning.
    """

    counters: Counters
    most: int
    seconds: int

    def take(self, key: str) -> str | None:
        """Take one use; the name to give it back by, or None when all are taken."""
        for place in range(self.most):
            name = f"{key}:{place}"
            if self.counters.add(name, b"1", ttl=self.seconds):
                return name
        return None

    def give_back(self, name: str) -> None:
        """What was taken was not used."""
        self.counters.delete(name)
