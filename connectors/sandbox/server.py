"""The sandbox on a socket: reads requests whole, writes replies, and breaks connections on command.

Owns everything about HTTP and nothing about what is answered (`connectors.sandbox.authority`).
The standard library's server, since a stand-in must cost the developer's machine next to nothing.
"""

import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from socketserver import TCPServer
from threading import Event
from typing import Final

from connectors.sandbox.authority import Answer, SandboxAuthority
from connectors.sandbox.exchange import Incoming, Reply, problem

MOST_BYTES: Final = 64 * 1024
IDLE_SECONDS: Final = 30
_OVERSIZED: Final = 4 * 1024 * 1024


class SandboxServer(ThreadingHTTPServer):
    """Serves one `SandboxAuthority` on `host` and `port` (0 picks a free one)."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, host: str, port: int, authority: SandboxAuthority) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.authority = authority
        self.stopping = Event()
        self.is_local = is_loopback(host)
        super().__init__((host, port), _Handler)

    @property
    def base_url(self) -> str:
        """Where it listens."""
        return url_of(self.server_name, self.server_port)

    def server_bind(self) -> None:
        """Bind without asking the name service for our own name: it may take seconds."""
        TCPServer.server_bind(self)
        host, port = self.server_address[:2]
        self.server_name, self.server_port = str(host), int(port)

    def shutdown(self) -> None:
        """End the serving loop and every slow answer."""
        self.stopping.set()
        super().shutdown()


class _Handler(BaseHTTPRequestHandler):
    server: SandboxServer
    protocol_version = "HTTP/1.1"
    server_version = "tongxing-sandbox"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True  # headers and body are written apart

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Nothing is logged: queries hold phone numbers and codes."""

    def _answer(self) -> None:
        incoming = self._read()
        if isinstance(incoming, Reply):
            self.close_connection = True
            self.write(incoming)
            return
        answer = self.server.authority.answer(incoming)
        behaviour = answer.fault.behaviour if answer.fault is not None else ""
        _DELIVERIES.get(behaviour, _as_it_is)(self, answer)

    def _read(self) -> Incoming | Reply:
        if self.server.is_local and not is_loopback(_host_name(self.headers.get("Host", ""))):
            # A name that was rebound to this machine: a page elsewhere may not read the inbox.
            return problem(421, "ask by a loopback name")
        declared = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not declared.isdecimal():
            return problem(411, "send Content-Length")
        if int(declared) > MOST_BYTES:
            return problem(413, "too large")
        path, _, query = self.path.partition("?")
        return Incoming(
            method=self.command,
            path=path,
            query=query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(declared)),
        )

    def write(self, reply: Reply, *, most: int | None = None) -> None:
        """Write `reply`, its body cut off after `most` bytes of those it declared."""
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Cache-Control", "no-store")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body[:most])


def _as_it_is(handler: _Handler, answer: Answer) -> None:
    handler.write(answer.reply)


def _slowly(handler: _Handler, answer: Answer) -> None:
    handler.server.stopping.wait(answer.fault.seconds if answer.fault is not None else 0.0)
    handler.write(answer.reply)


def _twice(handler: _Handler, answer: Answer) -> None:
    """Say it all again on the same connection, unasked."""
    handler.close_connection = True
    handler.write(answer.reply)
    with suppress(OSError):  # who asked may have heard enough
        handler.write(answer.reply)


def _reset(handler: _Handler, answer: Answer) -> None:
    """Break the connection the hard way: the peer sees a reset, not an end."""
    del answer
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.close_connection = True
    os.close(handler.connection.detach())


def _truncated(handler: _Handler, answer: Answer) -> None:
    handler.close_connection = True
    handler.write(answer.reply, most=len(answer.reply.body) // 2)


def _in_wrong_type(handler: _Handler, answer: Answer) -> None:
    handler.write(replace(answer.reply, content_type="text/html"))


def _oversized(handler: _Handler, answer: Answer) -> None:
    handler.close_connection = True
    handler.write(replace(answer.reply, body=b" " * _OVERSIZED))


def _garbage(handler: _Handler, answer: Answer) -> None:
    handler.write(replace(answer.reply, headers={}, body=b"\x00\xff<{not an answer"))


def _instead(reply: Reply) -> Callable[[_Handler, Answer], None]:
    return lambda handler, _answer: handler.write(reply)


_DELIVERIES: Final[dict[str, Callable[[_Handler, Answer], None]]] = {
    "slow": _slowly,
    "twice": _twice,
    "reset": _reset,
    "truncated": _truncated,
    "500": _instead(problem(500, "internal error")),
    "503": _instead(problem(503, "unavailable")),
    "redirect": _instead(Reply(status=302, headers={"Location": "/people"})),
    "wrong_content_type": _in_wrong_type,
    "oversized": _oversized,
    "garbage": _garbage,
}


def url_of(host: str, port: int) -> str:
    """The address of a server on `host`, a name or an address, and `port`."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_loopback(host: str) -> bool:
    """Whether `host`, a name or an address, is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _host_name(authority: str) -> str:
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.partition(":")[0].lower()
