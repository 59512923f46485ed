"""What stands around the provider on a developer's machine, in one process to save memory.

The sandbox authority (port + 1), two sample portals (+ 10 on 127.0.0.1, + 11 on localhost) and
the sample kiosk (+ 12). Each room gives a WSGI application; here they only get a port.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

Application = Callable[..., Iterable[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """One small server: a name for people, where it listens, and what makes it."""

    name: str
    host: str
    offset: int
    create: Callable[[str, int], Application]

    def url(self, port: int) -> str:
        """Return its address, given the provider's port."""
        return f"http://{self.host}:{port + self.offset}"


# Filled in as the rooms arrive: sandbox (+1), portals (+10, +11), kiosk (+12).
COMPANIONS: tuple[Companion, ...] = ()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        """Bind without asking the name service for our own name: it may take seconds."""
        WSGIServer.allow_reuse_address = True
        from socketserver import TCPServer

        TCPServer.server_bind(self)
        host, port = self.server_address[:2]
        self.server_name, self.server_port = str(host), int(port)
        self.setup_environ()


class _Handler(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing: the companions' requests are nobody's log."""


def main() -> None:
    """Serve every companion until SIGTERM or SIGINT."""
    port = int(os.environ.get("TONGXING_PORT", "8000"))
    issuer = os.environ.get("TONGXING_ISSUER", f"http://127.0.0.1:{port}")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    servers = [_listen(companion, issuer=issuer, port=port) for companion in COMPANIONS]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    stop.wait()
    for server in servers:
        server.shutdown()


def _listen(companion: Companion, *, issuer: str, port: int) -> WSGIServer:
    application = companion.create(issuer, port)
    host = "127.0.0.1"  # loopback always, also where the provider itself listens elsewhere
    return make_server(host, port + companion.offset, application, _Server, _Handler)


if __name__ == "__main__":
    main()
