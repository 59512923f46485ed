"""Refuses requests that are too old or came before, as vendors do.

Owns the window and the bounded memory of nonces. The clock is handed in as `now`.
"""

from collections import deque
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

MOST_NONCES: Final = 10_000


class Freshness:
    """A window around now, and the nonces seen lately."""

    def __init__(self, window: timedelta) -> None:
        self._window = window
        self._order: deque[str] = deque()
        self._seen: set[str] = set()
        self._lock = Lock()

    def is_timely(self, stamped: datetime, *, now: datetime) -> bool:
        """Whether `stamped` lies within the window around `now`."""
        return abs(now - stamped) <= self._window

    def is_first(self, nonce: str) -> bool:
        """Whether `nonce` was not seen before; it is from now on."""
        with self._lock:
            if nonce in self._seen:
                return False
            self._order.append(nonce)
            self._seen.add(nonce)
            if len(self._order) > MOST_NONCES:
                self._seen.discard(self._order.popleft())
            return True
