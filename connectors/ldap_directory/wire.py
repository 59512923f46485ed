"""One connection to a directory, by ldap3: always under TLS, bounded in time, bytes and entries.

Raises the outbound errors for whatever ldap3 raises. What is searched for is the adapter's.
"""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

from ldap3 import BASE, NONE, SUBTREE, SYNC, Connection, Server, Tls
from ldap3.core.exceptions import LDAPExceptionError
from ldap3.core.results import (
    RESULT_INVALID_CREDENTIALS,
    RESULT_NO_SUCH_OBJECT,
    RESULT_REFERRAL,
    RESULT_SUCCESS,
)
from pyasn1.error import PyAsn1Error

from connectors.errors import OutboundAnswerRejected, OutboundFailed, OutboundTimeout
from connectors.ldap_directory.settings import DirectoryServer

MOST_BYTES: Final = 4 * 1024 * 1024
"""What one server may say in one sign-in."""
_PAGES: Final = "1.2.840.113556.1.4.319"
_MALFORMED: Final = (LDAPExceptionError, PyAsn1Error, OSError, ValueError, KeyError, IndexError)
"""What ldap3 raises for bytes that are no LDAP, or for a connection that broke."""
_ODD: Final = (TypeError, AttributeError, RecursionError, AssertionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry as it was returned; the attributes asked for alone."""

    dn: str = field(repr=False)
    attributes: dict[str, list[bytes]] = field(repr=False)

    def text(self, name: str) -> str:
        """The first value of an attribute; "" where there is none."""
        values = self.attributes.get(name.lower(), [])
        return values[0].decode("utf-8", "replace") if values else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one search brought: entries, addresses of referrals, and how to ask for more."""

    entries: tuple[Entry, ...]
    referrals: tuple[str, ...] = ()
    cookie: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is asked; `is_one` for the entry at `base` itself."""

    base: str
    text: str
    attributes: tuple[str, ...]
    size: int
    is_one: bool = False


class Wire:
    """One open connection. Not for two threads at once."""

    def __init__(self, server: DirectoryServer, *, ca_file: str, timeout: int) -> None:
        self.server = server
        tls = _CheckedTls(server.host, ca_file)
        target = Server(
            server.host,
            port=server.port,
            use_ssl=server.is_ldaps,
            tls=tls,
            get_info=NONE,
            connect_timeout=timeout,
        )
        self._tls = tls
        self._connection = Connection(
            target,
            client_strategy=SYNC,
            receive_timeout=timeout,
            auto_referrals=False,
            check_names=False,
            read_only=True,
            auto_range=False,
        )

    @contextmanager
    def bounded(self, seconds: float) -> Iterator[None]:
        """Let what is done inside take so many seconds in all, then cut the connection.

        Raises:
            OutboundTimeout, OutboundFailed, OutboundAnswerRejected: instead of ldap3's errors.
        """
        cut = threading.Event()

        def stop() -> None:
            cut.set()
            self._cut()

        watch = threading.Timer(max(0.0, seconds), stop)
        watch.daemon = True
        self._tls.left = MOST_BYTES
        watch.start()
        try:
            yield
        except (*_MALFORMED, *_ODD) as problem:
            if cut.is_set() or isinstance(problem, TimeoutError):
                raise OutboundTimeout(self.server.name) from problem
            if self._tls.left <= 0:
                raise OutboundAnswerRejected(f"{self.server.name}: too long an answer") from problem
            raise OutboundFailed(f"{self.server.name}: {type(problem).__name__}") from problem
        finally:
            watch.cancel()

    def bind(self, dn: str, password: str) -> bool:
        """Say who we are; False where the directory refuses the pair.

        An empty password would be an anonymous bind, which succeeds (RFC 4513 §5.1.2): never sent.

        Raises:
            OutboundAnswerRejected: the directory answers anything but yes or no.
        """
        if not password:
            return False
        if self._connection.closed:
            self._connection.open(read_server_info=False)
            if not self.server.is_ldaps:
                self._connection.start_tls(read_server_info=False)
        if not self._tls.is_checked:
            raise OutboundAnswerRejected(f"{self.server.name}: no TLS")
        self._connection.user, self._connection.password = dn, password
        self._connection.authentication = "SIMPLE"
        self._connection.bind(read_server_info=False)
        result = self._connection.result["result"]
        if result == RESULT_SUCCESS:
            return True
        if result in {RESULT_INVALID_CREDENTIALS, RESULT_NO_SUCH_OBJECT}:
            return False
        raise OutboundAnswerRejected(f"{self.server.name}: bind answered {result}")

    def search(self, wanted: Search, *, cookie: bytes = b"") -> Page:
        """One page of what is found.

        Raises:
            OutboundAnswerRejected: the directory answers neither entries nor a referral, or more
                than was asked for.
        """
        self._connection.search(
            wanted.base,
            wanted.text,
            search_scope=BASE if wanted.is_one else SUBTREE,
            attributes=list(wanted.attributes),
            paged_size=wanted.size,
            paged_cookie=cookie or None,
        )
        result, found = self._connection.result, self._connection.response or []
        if result["result"] == RESULT_REFERRAL:
            return Page(entries=(), referrals=tuple(result.get("referrals") or ()))
        if result["result"] == RESULT_NO_SUCH_OBJECT:
            return Page(entries=())
        if result["result"] != RESULT_SUCCESS:
            raise OutboundAnswerRejected(f"{self.server.name}: search answered {result['result']}")
        entries = tuple(_entry(each) for each in found if each["type"] == "searchResEntry")
        if len(entries) > wanted.size:
            raise OutboundAnswerRejected(f"{self.server.name}: more entries than were asked for")
        references = [each for each in found if each["type"] == "searchResRef"]
        return Page(
            entries=entries,
            referrals=tuple(uri for each in references for uri in each["uri"]),
            cookie=_cookie(result),
        )

    def close(self) -> None:
        """Let go of the connection; whatever state it is in."""
        self._cut()
        held = self._connection.socket
        if held is not None:
            held.close()
        self._connection.closed = True

    def _cut(self) -> None:
        held = self._connection.socket
        if held is not None:
            with suppress(OSError, ValueError):
                held.shutdown(socket.SHUT_RDWR)


class _CheckedTls(Tls):  # type: ignore[misc]  # ldap3 has no types
    """TLS as Python's default context makes it, the host's name checked; ldap3's own is laxer."""

    def __init__(self, host: str, ca_file: str) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._host = host
        self._ca_file = ca_file
        self.left = MOST_BYTES
        self.is_checked = False

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:  # noqa: FBT001, FBT002 - ldap3's signature
        """Wrap the connection's socket; what is read through it is counted."""
        del do_handshake
        context = ssl.create_default_context(cafile=self._ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        inner = context.wrap_socket(
            connection.socket, server_hostname=self._host, do_handshake_on_connect=False
        )
        connection.socket = _Counted(inner, self)  # before the handshake, so that it can be cut
        inner.do_handshake()
        self.is_checked = True


class _Counted:
    """A socket of which only so much is read."""

    def __init__(self, inner: ssl.SSLSocket, tls: _CheckedTls) -> None:
        self._inner = inner
        self._tls = tls

    def recv(self, size: int) -> bytes:
        if self._tls.left <= 0:
            raise OSError("the server says too much")
        read = self._inner.recv(size)
        self._tls.left -= len(read)
        return read

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def _entry(found: dict[str, Any]) -> Entry:
    raw = found.get("raw_attributes") or {}
    return Entry(
        dn=str(found["dn"]),
        attributes={str(name).lower(): list(values) for name, values in raw.items()},
    )


def _cookie(result: dict[str, Any]) -> bytes:
    control = (result.get("controls") or {}).get(_PAGES) or {}
    cookie = (control.get("value") or {}).get("cookie") or b""
    return bytes(cookie)
