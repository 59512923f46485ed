"""Owns one raw connection to Valkey or Redis: addresses, AUTH, TLS, and speaking RESP with hiredis.

Knows no command's meaning; who speaks on it, and when, is `pool`'s.
"""

import re
import socket
import ssl
import struct
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


class ConnectionLost(StoreUnavailable):
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
        return accepted(self.exchange(packed(arguments), 1))[0]

    def exchange(self, commands: bytes, count: int) -> list[Any]:
        """Send packed commands in one write; the answers to all of them, refusals among them."""
        self._socket.sendall(commands)
        return [self._read() for _ in range(count)]

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


def packed(arguments: tuple[Argument, ...]) -> bytes:
    """One command as RESP."""
    command: bytes = hiredis.pack_command(arguments)  # type: ignore[arg-type]  # a stub of one
    return command


def accepted(answers: list[Any]) -> list[Any]:
    """The answers as they are; raises StoreRefused for the first that is a refusal."""
    for answer in answers:
        if isinstance(answer, hiredis.ReplyError):
            raise StoreRefused(str(answer))
    return answers


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
