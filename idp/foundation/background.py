"""Owns the one thread that a listener, a watcher or a flusher has in its process.

What the thread does is handed in; so is what it does about its own failures.
"""

import os
import threading
from collections.abc import Callable


class BackgroundThread:
    """Runs ``work``, which returns soon after ``stopping`` is set."""

    __slots__ = ("_pid", "_starting", "_thread", "_work", "name", "stopping")

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self.stopping = threading.Event()
        self.name = name
        self._work = work
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._pid = 0

    def start(self) -> None:
        """Start it in this process, once; call it again after a fork."""
        with self._starting:
            if self._thread is not None and self._thread.is_alive() and self._pid == os.getpid():
                return
            self._pid = os.getpid()
            self.stopping.clear()
            self._thread = threading.Thread(target=self._work, name=self.name, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End it, and wait until it has ended."""
        self.stopping.set()
        if self._thread is not None and self._pid == os.getpid():
            self._thread.join()
