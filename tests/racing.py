"""Starting many threads at the same moment, for tests of single use."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connections


def at_once(count: int, call: Callable[[int], object]) -> list[object]:
    """``count`` threads make one call each, all starting together; their results in order."""
    gate = threading.Barrier(count)

    def run(number: int) -> object:
        gate.wait()
        try:
            return call(number)
        finally:
            connections.close_all()  # a thread's own: nobody else would

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
