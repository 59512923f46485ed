"""From a photograph of a document to its zone, within a deadline.

Owns the child process and the order of tries: as it is, then upside down. The picture is handed
over in memory and kept nowhere. Thread-safe: one picture at a time, the others queue.
"""

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from connectors.documents.mrz.reading import read_mrz
from connectors.documents.mrz.zone import InvalidMrz, Mrz, MrzFault
from connectors.ocr.child import HEADER, LENGTH
from connectors.ocr.pictures import PictureFault, PictureRefused, sniff

PATIENCE: Final = 15.0
"""Seconds that one picture may take, waiting for those before it not counted."""
_TURNS: Final = (0, 180)
_SOURCE: Final = Path(__file__).resolve().parents[2]
_NO_ZONE: Final = frozenset({MrzFault.NOT_FOUND, MrzFault.EMPTY})
_PERHAPS_TURNED: Final = _NO_ZONE | {MrzFault.LENGTH}
MODULES: Final = ("PIL", "rapidocr", "onnxruntime")
CHILD: Final = (sys.executable, "-m", "connectors.ocr.child")


def is_available(needs: tuple[str, ...] = MODULES) -> bool:
    """Whether the extra's libraries are installed."""
    return all(find_spec(name) for name in needs)


@dataclass(frozen=True, slots=True)
class _Look:
    """What the child saw."""

    lines: tuple[str, ...]


class MrzCamera:
    """Reads zones off pictures. The child starts with the first picture; `close` ends it."""

    def __init__(
        self,
        *,
        patience: float = PATIENCE,
        command: tuple[str, ...] = CHILD,
        needs: tuple[str, ...] = MODULES,
    ) -> None:
        self._patience = patience
        self._command = command
        self._needs = needs
        self._turn = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def read(self, picture: bytes, *, today: date) -> Mrz:
        """The zone on a photograph or scan.

        Raises:
            PictureRefused: it is no picture that is taken, holds no zone, or took too long.
            InvalidMrz: there is a zone, and its check digits do not prove it.
        """
        sniff(picture)
        if not is_available(self._needs):
            raise PictureRefused(PictureFault.UNAVAILABLE)
        refusal: InvalidMrz | None = None
        for turn in _TURNS:
            look = self._look(picture, turn)
            try:
                return read_mrz("\n".join(look.lines), today=today)
            except InvalidMrz as fault:
                if refusal is None or refusal.fault in _NO_ZONE:
                    refusal = fault
                if fault.fault not in _PERHAPS_TURNED:
                    break
        if refusal is None or refusal.fault in _NO_ZONE:
            raise PictureRefused(PictureFault.NOTHING_WRITTEN)
        raise refusal

    def close(self) -> None:
        """End the child process, if there is one."""
        with self._turn:
            self._end()

    def _look(self, picture: bytes, turn: int) -> _Look:
        answer = self._asked(HEADER.pack(len(picture), turn) + picture)
        if fault := answer.get("fault"):
            raise PictureRefused(PictureFault(str(fault)))
        lines = answer.get("lines")
        return _Look(tuple(map(str, lines)) if isinstance(lines, list) else ())

    def _asked(self, request: bytes) -> dict[str, object]:
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
        if self._child is None or self._child.poll() is not None:
            self._end()
            self._child = subprocess.Popen(  # noqa: S603 - our own module, no shell
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=_SOURCE,
                env=_environment(),
            )
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
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
