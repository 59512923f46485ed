"""Owns sharing connections between threads: what is asked at the same time travels together.

Under load a handful of commands share one write and one read, which cost far more than the
commands. What is asked is `valkey`'s.
"""

import os
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

import hiredis

from idp.foundation.gathering import Call, Gathering
from idp.foundation.storage.connection import (
    Argument,
    Connection,
    ConnectionLost,
    StoreAddress,
    accepted,
    packed,
)
from idp.foundation.storage.contract import StoreUnavailable

_STOPPED: Final = StoreUnavailable("the thread that asked was stopped")
"""What a call hears whose speaker was interrupted before it could answer anybody."""


class _Commands(Call):
    """One thread's commands, and the answers to them or the outage that took them."""

    __slots__ = ("answers", "count", "error", "packed")

    def __init__(self, packed_commands: bytes, count: int) -> None:
        super().__init__()
        self.packed = packed_commands
        self.count = count
        self.answers: list[Any] = []
        self.error: StoreUnavailable | None = _STOPPED


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
        self._gathering: Gathering[_Commands] = Gathering(self._speak_for)
        self._pid = os.getpid()
        self.server_id = ""

    def call(self, *arguments: Argument) -> Any:
        """One command; a connection that died while idle is replaced once.

        Raises `StoreUnavailable` (of which `StoreRefused` is a kind). A command may thus reach the
        store twice: a second `take` or `add` then counts as a replay, which is the safe side.
        """
        return self._ask(_Commands(packed(arguments), 1))[0]

    def call_many(self, commands: Sequence[tuple[Argument, ...]]) -> list[Any]:
        """Several commands in one round trip, in order; raises on the first error answer."""
        return self._ask(_Commands(b"".join(map(packed, commands)), len(commands)))

    def open(self, *, timeout: float | None = None) -> Connection:
        """A connection of the caller's own, outside the pool."""
        connection = Connection(self._address, timeout=timeout or self._timeout)
        self.server_id = connection.server_id
        return connection

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _ask(self, call: _Commands) -> list[Any]:
        if self._pid != os.getpid():
            # A forked child must not speak on its parent's sockets, nor wait for its parent's
            # threads; closing its copies harms nobody.
            self.close()
            self._gathering, self._pid = Gathering(self._speak_for), os.getpid()
        self._gathering.ask(call)
        if call.error is not None:
            raise _again(call.error)
        return accepted(call.answers)

    def _speak_for(self, calls: list[_Commands]) -> None:
        """Give every call its answers, or the outage that took them."""
        commands = b"".join([call.packed for call in calls])
        try:
            answers = self._exchange(commands, sum([call.count for call in calls]))
        except StoreUnavailable as error:
            for call in calls:
                call.error = error
            return
        at = 0
        for call in calls:
            call.answers, call.error = answers[at : at + call.count], None
            at += call.count

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


def _again(error: StoreUnavailable) -> StoreUnavailable:
    """The same outage, raised in another thread than the one that met it."""
    again = type(error)(str(error))
    again.__cause__ = error
    return again
