"""One JSON line per request, written by a thread of its own, without personal data.

No query, no address, no cookie; runs of digits in a path are blotted out, since a stranger may
put anything there. A full queue drops lines and counts them rather than slowing requests down.
"""

import atexit
import itertools
import re
import secrets
import sys
import threading
from collections import deque
from datetime import datetime
from functools import lru_cache
from typing import BinaryIO, NamedTuple

import orjson

_DIGITS = re.compile(r"\d{6,}")
_LONGEST_PATH = 200
_PAUSE = 0.05


class Line(NamedTuple):
    """What is said about one request; `at` is when it was answered."""

    at: datetime
    method: str
    path: str
    status: int
    seconds: float
    request_id: str


class RequestIds:
    """Names requests: unique in the fleet, cheap, and short enough to read out on the telephone."""

    def __init__(self) -> None:
        """Draw this process's own prefix."""
        self._prefix = secrets.token_hex(4)
        self._counter = itertools.count(1)

    def next(self) -> str:
        """Return a new name."""
        return f"{self._prefix}{next(self._counter):06x}"


class AccessLog:
    """Takes lines without waiting and writes them in batches."""

    def __init__(self, stream: BinaryIO | None = None, *, capacity: int = 65_536) -> None:
        """Start the writing thread; `stream` defaults to standard output."""
        self._stream = stream or sys.stdout.buffer
        self._lines: deque[Line] = deque()
        self._ending = threading.Event()
        self._capacity = capacity
        self._dropped = 0
        self._thread = threading.Thread(target=self._write, name="access-log", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def add(self, line: Line) -> None:
        """Queue one line, or count it as dropped."""
        if len(self._lines) < self._capacity:
            self._lines.append(line)
        else:
            self._dropped += 1

    def close(self) -> None:
        """Write what is queued and stop."""
        if self._thread.is_alive():
            self._ending.set()
            self._thread.join(timeout=2)

    def _write(self) -> None:
        ended = False
        while not ended:
            # A pause instead of a wake-up for each line: serving threads keep the interpreter.
            ended = self._ending.wait(_PAUSE)
            batch = [self._lines.popleft() for _ in range(len(self._lines))]
            text = b"".join(map(_render, batch))
            if not text and not self._dropped:
                continue
            if self._dropped:
                text += orjson.dumps({"event": "access_lines_dropped", "count": self._dropped})
                text += b"\n"
                self._dropped = 0
            try:
                self._stream.write(text)
                self._stream.flush()
            except (OSError, ValueError):
                return  # nobody reads any more: serving goes on without lines


def _render(line: Line) -> bytes:
    at, method, path, status, seconds, request_id = line
    return (
        f'{{"event":"request","at":"{at.isoformat()}",{_asked(method, path)},'
        f'"status":{status},"ms":{seconds * 1000:.2f},"request_id":"{request_id}"}}\n'
    ).encode()


@lru_cache(maxsize=1024)
def _asked(method: str, path: str) -> str:
    """The two members that a stranger writes, as JSON: most requests ask for the same few."""
    shown = _DIGITS.sub("*", path[:_LONGEST_PATH])
    return orjson.dumps({"method": method[:16], "path": shown}).decode()[1:-1]
