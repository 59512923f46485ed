"""Owns one raw connection to Valkey or Redis: addresses, AUTH, TLS, and speaking RESP with hiredis.

Knows no command's meaning; what to keep under which key is for `valkey` and `revocations`.
"""

import os
import re
import socket
import ssl
import struct
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

import hiredis

from idp.foundation.storage.contract import StoreUnavailable

Argument = str | bytes | int
_CHUNK: Final = 65536


class StoreRefused(StoreUnavailable):
    """The store answered with an error (wrong password, read-only replica, unknown command)."""


class _ConnectionLost(StoreUnavailable):
    """The connection broke before or while answering."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreAddress:
    """Where a store listens, parsed from ``redis://``, ``rediss://`` or ``unix://``."""

    host: str = ""
    port: int = 6379
    path: str = ""
    tls: bool = False
    username: str = ""
    password: str = field(default="", repr=False)
    database: int = 0

    @classmethod
    def parse(cls, url: str) -> "StoreAddress":
        """Read ``redis[s]://[user:password@]host[:port][/db]`` or ``unix:///path[?db=n]``.

        Raises ValueError for any other scheme, without repeating the URL (it may hold a password).
        """
        parts = urlsplit(url)
        username = unquote(parts.username or "")
        password = unquote(parts.password or "")
        if parts.scheme == "unix":
            number = parse_qs(parts.query).get("db", ["0"])[0]
            return cls(path=parts.path, username=username, password=password, database=int(number))
        if parts.scheme not in {"redis", "rediss", "valkey", "valkeys"}:
            raise ValueError("a store address begins with redis://, rediss:// or unix://")
        return cls(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or 6379,
            tls=parts.scheme in {"rediss", "valkeys"},
            username=username,
            password=password,
            database=int(parts.path.strip("/") or "0"),
        )


class Connection:
    """One socket, used by one thread at a time. Errors leave it unusable: close it."""

    __slots__ = ("_reader", "_socket", "server_id")

    def __init__(self, address: StoreAddress, *, timeout: float) -> None:
        """Connect, authenticate and choose the database; ``timeout`` in seconds for every step."""
        self._reader = hiredis.Reader()
        try:
            self._socket = _open_socket(address, timeout)
        except OSError as error:
            raise StoreUnavailable("the store cannot be reached") from error
        try:
            self._introduce(address)
        except BaseException:
            self.close()
            raise

    def call(self, *arguments: Argument) -> Any:
        """Send one command and return its answer; raises StoreRefused for an error answer."""
        return self.call_packed(_packed(arguments))

    def call_packed(self, packed: bytes) -> Any:
        self._socket.sendall(packed)
        answer = self._read()
        if isinstance(answer, hiredis.ReplyError):
            raise StoreRefused(str(answer))
        return answer

    def call_many(self, commands: Sequence[tuple[Argument, ...]]) -> list[Any]:
        """Send commands in one write and return all their answers.

        Raises on the first error answer.
        """
        self._socket.sendall(b"".join(_packed(command) for command in commands))
        answers = [self._read() for _ in commands]
        for answer in answers:
            if isinstance(answer, hiredis.ReplyError):
                raise StoreRefused(str(answer))
        return answers

    def close(self) -> None:
        with suppress(OSError):
            self._socket.close()

    def _read(self) -> Any:
        reader = self._reader
        answer = reader.gets()
        while answer is False:
            data = self._socket.recv(_CHUNK)
            if not data:
                raise ConnectionResetError("the store closed the connection")
            reader.feed(data)
            answer = reader.gets()
        return answer

    def _introduce(self, address: StoreAddress) -> None:
        try:
            if address.password:
                who = (address.username,) if address.username else ()
                self.call("AUTH", *who, address.password)
            if address.database:
                self.call("SELECT", address.database)
            self.server_id = self._find_server_id()
        except (OSError, hiredis.ProtocolError) as error:
            raise StoreUnavailable("the store cannot be reached") from error

    def _find_server_id(self) -> str:
        try:
            found = re.search(rb"run_id:(\w+)", self.call("INFO", "server"))
        except StoreRefused as refusal:
            if not str(refusal).startswith("NOPERM"):
                raise
            found = None
        return found.group(1).decode() if found else ""


class ConnectionPool:
    """Idle connections, last used first; a thread borrows one for each call.

    A list of idle connections instead of thread-local ones costs the same 100 ns and leaks nothing
    when threads end. ``server_id`` names the very process that was last connected to: another one
    after a restart or a fail-over.
    """

    __slots__ = ("_address", "_idle", "_pid", "_timeout", "server_id")

    def __init__(self, url: str, *, timeout: float) -> None:
        self._address = StoreAddress.parse(url)
        self._timeout = timeout
        self._idle: deque[Connection] = deque()
        self._pid = os.getpid()
        self.server_id = ""

    def call(self, *arguments: Argument) -> Any:
        """One command on a borrowed connection; one that died while idle is replaced once.

        Raises `StoreUnavailable` (of which `StoreRefused` is a kind). A command may thus reach the
        store twice: a second `take` or `add` then counts as a replay, which is the safe side.
        """
        packed = _packed(arguments)
        return self._run(lambda connection: connection.call_packed(packed))

    def call_many(self, commands: Sequence[tuple[Argument, ...]]) -> list[Any]:
        """Several commands in one round trip on a borrowed connection."""
        answers: list[Any] = self._run(lambda connection: connection.call_many(commands))
        return answers

    def open(self, *, timeout: float | None = None) -> Connection:
        """A connection of the caller's own, outside the pool."""
        connection = Connection(self._address, timeout=timeout or self._timeout)
        self.server_id = connection.server_id
        return connection

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _run(self, speak: Callable[[Connection], Any]) -> Any:
        connection = self._borrow()
        if connection is not None:
            with suppress(_ConnectionLost):
                return self._speak(connection, speak)
        return self._speak(self.open(), speak)

    def _speak(self, connection: Connection, speak: Callable[[Connection], Any]) -> Any:
        reusable = False
        try:
            answer = speak(connection)
            reusable = True
        except StoreRefused as refusal:
            # Anything else (READONLY, LOADING) may mean a fail-over: the next call looks the
            # address up again.
            reusable = str(refusal).startswith("NOSCRIPT")
            raise
        except (BlockingIOError, TimeoutError) as error:
            raise StoreUnavailable("the store did not answer in time") from error
        except (OSError, hiredis.ProtocolError) as error:
            raise _ConnectionLost("the store closed the connection") from error
        finally:
            if reusable:
                self._idle.append(connection)
            else:
                connection.close()
        return answer

    def _borrow(self) -> Connection | None:
        if self._pid != os.getpid():
            # A forked child must not speak on its parent's sockets; closing its copies harms
            # nobody.
            self.close()
            self._pid = os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            return None


def _packed(arguments: tuple[Argument, ...]) -> bytes:
    packed: bytes = hiredis.pack_command(arguments)  # type: ignore[arg-type]  # a stub of one
    return packed


def _open_socket(address: StoreAddress, timeout: float) -> socket.socket:
    if address.path:
        plain = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            plain.settimeout(timeout)
            plain.connect(address.path)
        except OSError:
            plain.close()
            raise
    else:
        plain = socket.create_connection((address.host, address.port), timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if address.tls:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=address.host)
    # The kernel keeps the time: Python's own timeout would poll before every read.
    limit = struct.pack("ll", int(timeout), int(timeout % 1 * 1_000_000))
    plain.setblocking(True)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
    return plain
