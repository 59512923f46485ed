"""One supervised child process: started in a group of its own, logged to a file, ended whole."""

import contextlib
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.runtime.lifeline import follow_parent

_DEATHS = 3
_WITHIN = 60.0
_LOG_BYTES = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run: a name for people, the command line, its environment and its log file."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path


@dataclass(slots=True)
class Child:
    """A program while it runs."""

    program: Program
    _process: subprocess.Popen[bytes] | None = None
    _deaths: deque[float] = field(default_factory=lambda: deque(maxlen=_DEATHS))

    def start(self) -> None:
        """Start the program; it dies with this process whatever happens to this process."""
        self.program.log.parent.mkdir(parents=True, exist_ok=True)
        _turn_over(self.program.log)
        parent = os.getpid()
        with self.program.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.program.command,
                env=dict(self.program.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
                preexec_fn=lambda: _in_child(parent),  # noqa: PLW1509 - the supervisor has one thread
            )

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        return self._process.pid if self._process else None

    def exit_code(self) -> int | None:
        """Return how the process ended; None while it runs."""
        return self._process.poll() if self._process else 0

    def has_died_too_often(self) -> bool:
        """Note a death and tell whether the last ones came within a minute."""
        now = time.monotonic()
        self._deaths.append(now)
        return len(self._deaths) == _DEATHS and now - self._deaths[0] < _WITHIN

    def terminate(self) -> None:
        """Ask the process to end; its own children are its own to ask."""
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def wait(self, seconds: float) -> None:
        """Wait for the end; past `seconds` the whole group is killed."""
        if self._process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=seconds)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def last_words(self, lines: int = 15) -> str:
        """Return the end of the log, for a message about what went wrong."""
        try:
            text = self.program.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])


def _in_child(parent: int) -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    follow_parent(parent)


def _turn_over(log: Path) -> None:
    """Keep one older log once it has grown large."""
    with contextlib.suppress(OSError):
        if log.stat().st_size > _LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
