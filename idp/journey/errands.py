"""Calls to the outside world, made on threads of their own, so that no page waits for them long."""

import atexit
import logging
from collections.abc import Callable
from concurrent.futures import Future, wait
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Final, TypeVar

from django.db import close_old_connections, connections

PATIENCE: Final = 1.5
"""How long, in seconds, a page waits for an answer before it shows itself without."""
IDLE: Final = 60.0
"""After how many seconds without an errand a thread gives its database connection back."""

_log = logging.getLogger(__name__)
Answer = TypeVar("Answer")
_Job = Callable[[], None]


class Errands:
    """A bounded pool; an errand that raises is logged and answers nothing.

    Its threads have a database connection as those of pages have theirs: on PostgreSQL borrowed for
    each errand, on SQLite kept from one to the next.
    """

    def __init__(self, *, threads: int = 8, idle: float = IDLE) -> None:
        self._most, self._idle = threads, idle
        self._waiting: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._is_closed = False
        self._lock = Lock()

    def run(self, errand: Callable[[], Answer], *, patience: float = PATIENCE) -> Answer | None:
        """Run it; return its answer, or None when it takes longer or failed."""
        future = self.submit(errand)
        done, _ = wait([future], timeout=patience)
        return future.result() if done else None

    def submit(self, errand: Callable[[], Answer]) -> Future[Answer | None]:
        """Run it, and wait for nothing.

        Raises:
            RuntimeError: no more are taken.
        """
        future: Future[Answer | None] = Future()
        with self._lock:
            if self._is_closed:
                raise RuntimeError("no more errands are taken")
            self._waiting.put(lambda: future.set_result(guarded(_fresh(errand))))
            if len(self._threads) < self._most:
                self._add_thread()
        return future

    def close(self) -> None:
        """Let the errands that are there end, and take no more."""
        with self._lock:
            threads, self._threads, self._is_closed = self._threads, [], True
        for _ in threads:
            self._waiting.put(None)
        for each in threads:
            each.join()
        atexit.unregister(self.close)

    def _add_thread(self) -> None:
        if not self._threads:
            atexit.register(self.close)
        name = f"errand_{len(self._threads)}"
        thread = Thread(target=self._work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        try:
            while (job := self._next()) is not None:
                job()
        finally:
            connections.close_all()

    def _next(self) -> _Job | None:
        try:
            return self._waiting.get(timeout=self._idle)
        except Empty:
            connections.close_all()
            return self._waiting.get()


def _fresh(errand: Callable[[], Answer]) -> Callable[[], Answer]:
    """The errand on a thread of ours, where no request's begin and end tidy the connections."""

    def run() -> Answer:
        close_old_connections()
        try:
            return errand()
        finally:
            close_old_connections()

    return run


def guarded(errand: Callable[[], Answer]) -> Answer | None:
    """What it returns; None, and a line in the log, where it raises."""
    try:
        return errand()
    except Exception:  # noqa: BLE001 - the outermost handler of this errand
        _log.exception("an errand failed")
        return None
