"""Calls to the outside world, made on threads of their own, so that no page waits for them long."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final, TypeVar

from django.db import close_old_connections, connections

PATIENCE: Final = 1.5
"""How long, in seconds, a page waits for an answer before it shows itself without."""

_log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


class Errands:
    """A bounded pool; an errand that raises is logged and answers nothing."""

    def __init__(self, *, threads: int = 8) -> None:
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="errand")

    def run(self, errand: Callable[[], Answer], *, patience: float = PATIENCE) -> Answer | None:
        """Run it; return its answer, or None when it takes longer or failed."""
        future = self.submit(errand)
        done, _ = wait([future], timeout=patience)
        return future.result() if done else None

    def submit(self, errand: Callable[[], Answer]) -> Future[Answer | None]:
        """Run it, and wait for nothing."""
        return self._pool.submit(_guarded, errand)

    def close(self) -> None:
        """Let running errands end and take no more."""
        self._pool.shutdown(wait=True)


def _guarded(errand: Callable[[], Answer]) -> Answer | None:
    try:
        close_old_connections()
        return errand()
    except Exception:  # noqa: BLE001 - the outermost handler of this thread
        _log.exception("an errand failed")
        return None
    finally:
        connections.close_all()
