"""A child process in which strangers' pictures are decoded: fenced, and killed at its deadline.

Owns starting, asking and ending it, and the fences that it puts up around itself. Thread-safe: one
picture at a time, the others queue. What a picture shows is the child's.
"""

import json
import os
import resource
import select
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from connectors.ocr.pictures import PictureFault, PictureRefused

HEADER: Final = struct.Struct(">IH")
"""Of a request: the length of the picture in bytes, and a number that its child understands."""
LENGTH: Final = struct.Struct(">I")
"""Of an answer, before its JSON: what the child tells, or `{"fault": "…"}`."""
_SOURCE: Final = Path(__file__).resolve().parents[1]
_MOST_MEMORY: Final = 3 * 1024**3
_IDLE: Final = 120.0
"""Seconds without a picture after which the memory is given back by ending."""

Look = Callable[[bytes, int], dict[str, object]]
"""Picture and number → what is told of it; raises PictureRefused."""


class FencedChild:
    """Starts with the first picture; `close` ends it."""

    def __init__(self, command: tuple[str, ...], *, patience: float) -> None:
        """`patience` is how many seconds one picture may take, waiting for others not counted."""
        self._command = command
        self._patience = patience
        self._turn = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        """End the child process, if there is one."""
        with self._turn:
            self._end()

    def ask(self, request: bytes) -> dict[str, object]:
        """The child's answer; one that had just ended for want of work is started again."""
        late = threading.Event()
        with self._turn:
            for _ in range(2):
                child = self._started()
                deadline = threading.Timer(self._patience, _stop, (child, late))
                deadline.start()
                try:
                    return _exchange(child, request)
                except (OSError, EOFError):
                    self._end()
                finally:
                    deadline.cancel()
                if late.is_set():
                    break
        raise PictureRefused(PictureFault.TOO_SLOW)

    def _started(self) -> subprocess.Popen[bytes]:
        if self.process is None or self.process.poll() is not None:
            self._end()
            self.process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=_SOURCE,
                env=_environment(),
            )
        return self.process

    def _end(self) -> None:
        child, self.process = self.process, None
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not sent to a dead child is not missed
                    pipe.close()
        child.wait()


def _stop(child: subprocess.Popen[bytes], late: threading.Event) -> None:
    """Killing the child ends both the writing to it and the reading from it."""
    late.set()
    child.kill()


def _environment() -> dict[str, str]:
    """No secret of the server's reaches the process that decodes strangers' files."""
    kept = ("PATH", "LANG", "LD_LIBRARY_PATH", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _exchange(child: subprocess.Popen[bytes], request: bytes) -> dict[str, object]:
    if child.stdin is None or child.stdout is None:
        raise AssertionError("started with both pipes")
    child.stdin.write(request)
    child.stdin.flush()
    head = child.stdout.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError("the child ended")
    answer: dict[str, object] = json.loads(child.stdout.read(LENGTH.unpack(head)[0]))
    return answer


def answer_pictures(look: Look) -> None:
    """The child's side: answer until stdin ends, or nobody has asked for a while."""
    _fence()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while select.select([source], [], [], _IDLE)[0]:
        header = source.read(HEADER.size)
        if len(header) < HEADER.size:
            return
        length, number = HEADER.unpack(header)
        data = source.read(length)
        try:
            answer = look(data, number)
        except PictureRefused as refusal:
            answer = {"fault": refusal.fault.value}
        except MemoryError:
            answer = {"fault": PictureFault.TOO_MANY_PIXELS.value}
        _send(sink, answer)


def _fence() -> None:
    """No file can be written from here on (a picture is never stored), memory has an end."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


def _send(sink: BinaryIO, answer: dict[str, object]) -> None:
    body = json.dumps(answer).encode()
    sink.write(LENGTH.pack(len(body)) + body)
    sink.flush()
