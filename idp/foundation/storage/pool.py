"""Owns sharing connections between threads: what is asked at the same time travels together.

A thread that finds nobody speaking speaks for all who came meanwhile, and hands on when it has its
own answer. Under load a handful of commands share one write and one read, which cost far more than
the commands; alone, a thread waits for nobody. What is asked is `valkey`'s.
"""

import os
from collections import deque
from collections.abc import Sequence
from threading import Lock
from typing import Any, Final

import hiredis

from idp.foundation.storage.connection import (
    Argument,
    Connection,
    ConnectionLost,
    StoreAddress,
    accepted,
    packed,
)
from idp.foundation.storage.contract import StoreUnavailable

_SPEAKERS: Final = 2
"""Threads that speak at once, each on a connection: while one's answers are under way, the next
gathers. More would only make the gatherings smaller."""


class _Call:
    """What one thread asks, and the lock it waits at for the answers, or for its turn to speak."""

    __slots__ = ("answers", "commands", "count", "error", "is_speaker", "turn")

    def __init__(self, commands: bytes, count: int) -> None:
        self.commands = commands
        self.count = count
        self.answers: list[Any] = []
        self.error: StoreUnavailable | None = None
        self.is_speaker = False
        self.turn: Lock | None = None


class _Gathering:
    """The calls that wait to be spoken for, and how many threads speak."""

    __slots__ = ("lock", "speakers", "waiting")

    def __init__(self) -> None:
        self.lock = Lock()
        self.speakers = 0
        self.waiting: deque[_Call] = deque()

    def join(self, call: _Call) -> None:
        """Become a speaker, or wait until one has answered or hands on."""
        with self.lock:
            if self.speakers < _SPEAKERS:
                self.speakers += 1
                call.is_speaker = True
                return
            call.turn = Lock()
            call.turn.acquire()
            self.waiting.append(call)
        call.turn.acquire()

    def gathered(self, speaker: _Call) -> list[_Call]:
        """The speaker's own call, and those of all who wait by now."""
        with self.lock:
            calls = [speaker, *self.waiting]
            self.waiting.clear()
        return calls

    def hand_on(self) -> None:
        """Let the first of those who came meanwhile speak, or nobody."""
        with self.lock:
            if not self.waiting:
                self.speakers -= 1
                return
            first = self.waiting.popleft()
            first.is_speaker = True
            _release(first)


class ConnectionPool:
    """Idle connections, last used first, and the gathering of those who want to speak.

    ``server_id`` names the very process that was last connected to: another one after a restart or
    a fail-over.
    """

    __slots__ = ("_address", "_gathering", "_idle", "_pid", "_timeout", "server_id")

    def __init__(self, url: str, *, timeout: float) -> None:
        self._address = StoreAddress.parse(url)
        self._timeout = timeout
        self._idle: deque[Connection] = deque()
        self._gathering = _Gathering()
        self._pid = os.getpid()
        self.server_id = ""

    def call(self, *arguments: Argument) -> Any:
        """One command; a connection that died while idle is replaced once.

        Raises `StoreUnavailable` (of which `StoreRefused` is a kind). A command may thus reach the
        store twice: a second `take` or `add` then counts as a replay, which is the safe side.
        """
        return self._ask(_Call(packed(arguments), 1))[0]

    def call_many(self, commands: Sequence[tuple[Argument, ...]]) -> list[Any]:
        """Several commands in one round trip, in order; raises on the first error answer."""
        return self._ask(_Call(b"".join(map(packed, commands)), len(commands)))

    def open(self, *, timeout: float | None = None) -> Connection:
        """A connection of the caller's own, outside the pool."""
        connection = Connection(self._address, timeout=timeout or self._timeout)
        self.server_id = connection.server_id
        return connection

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _ask(self, call: _Call) -> list[Any]:
        if self._pid != os.getpid():
            # A forked child must not speak on its parent's sockets, nor wait for its parent's
            # threads; closing its copies harms nobody.
            self.close()
            self._gathering, self._pid = _Gathering(), os.getpid()
        gathering = self._gathering
        gathering.join(call)
        if call.is_speaker:
            try:
                self._speak_for(gathering.gathered(call))
            finally:
                gathering.hand_on()
        if call.error is not None:
            raise _again(call.error)
        return accepted(call.answers)

    def _speak_for(self, calls: list[_Call]) -> None:
        """Give every call its answers, or the error that took them; then let their threads go."""
        commands = b"".join([call.commands for call in calls])
        error: StoreUnavailable | None = StoreUnavailable("the thread that asked was stopped")
        try:
            answers = self._exchange(commands, sum([call.count for call in calls]))
            error, at = None, 0
            for call in calls:
                call.answers = answers[at : at + call.count]
                at += call.count
        except StoreUnavailable as problem:
            error = problem
        finally:
            for call in calls:
                call.error = error
                if not call.is_speaker:
                    _release(call)

    def _exchange(self, commands: bytes, count: int) -> list[Any]:
        try:
            connection = self._idle.pop()
        except IndexError:
            return self._exchange_on(self.open(), commands, count)
        try:
            return self._exchange_on(connection, commands, count)
        except ConnectionLost:
            return self._exchange_on(self.open(), commands, count)

    def _exchange_on(self, connection: Connection, commands: bytes, count: int) -> list[Any]:
        reusable = False
        try:
            answers = connection.exchange(commands, count)
            # Most refusals (READONLY, LOADING) may mean a fail-over: the next call looks the
            # address up again.
            reusable = not any(map(_is_serious, answers))
        except (BlockingIOError, TimeoutError) as error:
            raise StoreUnavailable("the store did not answer in time") from error
        except (OSError, hiredis.ProtocolError) as error:
            raise ConnectionLost("the store closed the connection") from error
        finally:
            if reusable:
                self._idle.append(connection)
            else:
                connection.close()
        return answers


def _is_serious(answer: object) -> bool:
    return isinstance(answer, hiredis.ReplyError) and not str(answer).startswith("NOSCRIPT")


def _release(call: _Call) -> None:
    if call.turn is not None:
        call.turn.release()


def _again(error: StoreUnavailable) -> StoreUnavailable:
    """The same outage, raised in another thread than the one that met it."""
    again = type(error)(str(error))
    again.__cause__ = error
    return again
