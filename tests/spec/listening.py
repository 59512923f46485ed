"""A portal's own server on loopback: documents it publishes, and posts it receives.

Owns one small HTTP server per test. Nothing is decided here.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

FIRST_PORT, LAST_PORT = 18_640, 18_699


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    path: str
    content_type: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("ascii"), strict_parsing=True))


@dataclass(slots=True, kw_only=True)
class Portal:
    """What the server shows and what came in. ``answers`` sets the status of every post."""

    origin: str
    documents: dict[str, bytes] = field(default_factory=dict)
    media_types: dict[str, str] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    status: int = 200

    def url(self, path: str) -> str:
        return self.origin + path

    def answers(self, status: int) -> None:
        self.status = status

    def publish(self, path: str, document: object, *, media_type: str = "application/json") -> str:
        self.media_types[path] = media_type
        if not isinstance(document, bytes):
            text = document if isinstance(document, str) else json.dumps(document)
            document = text.encode()
        self.documents[path] = document
        return self.url(path)


@contextmanager
def listening() -> Iterator[Portal]:
    server = _bound()
    host, port = server.server_address[:2]
    portal = Portal(origin=f"http://{host!s}:{port}")
    server.portal = portal
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    portal: Portal


def _bound() -> _Server:
    for port in range(FIRST_PORT, LAST_PORT + 1):
        try:
            return _Server(("127.0.0.1", port), _Handler)
        except OSError:
            continue
    raise OSError("every port of the tests' range is taken")


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        portal = self.server.portal
        portal.fetched.append(self.path)
        if target := portal.redirects.get(self.path):
            self._answer(302, b"", {"Location": target})
        elif (content := portal.documents.get(self.path)) is not None:
            self._answer(200, content, {"Content-Type": portal.media_types[self.path]})
        else:
            self._answer(404, b"", {})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        content_type = self.headers.get("Content-Type") or ""
        portal = self.server.portal
        headers = dict(self.headers.items())
        portal.received.append(
            Received(path=self.path, content_type=content_type, body=body, headers=headers)
        )
        self._answer(portal.status, b"", {})

    def _answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""
