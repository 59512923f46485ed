"""Waiting for something to come true, for tests of threads and processes."""

import threading
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], *, seconds: float = 10.0) -> None:
    """Return as soon as ``condition`` holds; fail when it does not within ``seconds``."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.005)):
        if condition():
            return
        pause.wait(0.005)
    raise AssertionError("what the test waits for did not come true")
