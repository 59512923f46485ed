"""Owns how threads that want the same thing at the same time share one trip to get it.

A thread that finds too few speaking speaks for all who came meanwhile, and hands on when it has its
own answer. Alone, it speaks at once: there is no timer, and no thread that only carries. What is
asked, and how, is the caller's: the store's pool and PostgreSQL's statements.
"""

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar


class Call:
    """What one thread asks, and the lock it waits at: for the answer, or for its turn to speak."""

    __slots__ = ("is_speaker", "turn")

    def __init__(self) -> None:
        self.is_speaker = False
        self.turn: Lock | None = None


C = TypeVar("C", bound=Call)


class Gathering(Generic[C]):
    """Those who wait to be spoken for. Thread-safe; not for use across a fork.

    `speak` answers every call it is given, whatever happens, by writing into it. With as many
    `speakers` at once, one gathers while another's answers are under way; more would only make the
    gatherings smaller.
    """

    __slots__ = ("_lock", "_speak", "_speakers", "_speaking", "_waiting")

    def __init__(self, speak: Callable[[list[C]], None], *, speakers: int = 2) -> None:
        self._speak = speak
        self._speakers = speakers
        self._lock = Lock()
        self._speaking = 0
        self._waiting: deque[C] = deque()

    def ask(self, call: C) -> None:
        """Return when `call` was answered, by this thread or another."""
        self._join(call)
        if not call.is_speaker:
            return
        calls = self._gathered(call)
        try:
            self._speak(calls)
        finally:
            for other in calls[1:]:
                _release(other)
            self._hand_on()

    def _join(self, call: C) -> None:
        with self._lock:
            if self._speaking < self._speakers:
                self._speaking += 1
                call.is_speaker = True
                return
            call.turn = Lock()
            call.turn.acquire()
            self._waiting.append(call)
        call.turn.acquire()

    def _gathered(self, speaker: C) -> list[C]:
        with self._lock:
            calls = [speaker, *self._waiting]
            self._waiting.clear()
        return calls

    def _hand_on(self) -> None:
        with self._lock:
            if not self._waiting:
                self._speaking -= 1
                return
            first = self._waiting.popleft()
            first.is_speaker = True
            _release(first)


def _release(call: Call) -> None:
    if call.turn is not None:
        call.turn.release()
