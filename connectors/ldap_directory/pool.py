"""Keeps a few bound connections to each server, so that a sign-in does not begin with three trips.

A connection is one thread's while it is out; one that failed does not come back.
"""

from collections.abc import Callable
from threading import Lock
from typing import Final

from connectors.ldap_directory.wire import Wire

MOST_IDLE: Final = 4
IDLE_SECONDS: Final = 60.0


class Pool:
    """Idle connections by server name; `clock` is monotonic."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._idle: dict[str, list[tuple[float, Wire]]] = {}

    def take(self, server: str) -> Wire | None:
        """An idle connection that was used lately; those that were not are closed."""
        with self._lock:
            idle = self._idle.pop(server, [])
            oldest = self._clock() - IDLE_SECONDS
            fresh = [each for each in idle if each[0] >= oldest]
            taken = fresh.pop()[1] if fresh else None
            self._idle[server] = fresh
        for since, wire in idle:
            if since < oldest:
                wire.close()
        return taken

    def give_back(self, wire: Wire) -> None:
        """Keep a connection that works, if there is room for it."""
        with self._lock:
            idle = self._idle.setdefault(wire.server.name, [])
            if len(idle) < MOST_IDLE:
                idle.append((self._clock(), wire))
                return
        wire.close()

    def close(self) -> None:
        """Close every idle connection."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for wires in idle.values():
            for _, wire in wires:
                wire.close()
