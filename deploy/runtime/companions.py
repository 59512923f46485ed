"""What stands around the provider on a developer's machine, in one process to save memory.

The sandbox authority (port + 1, its mail server + 25), two sample portals (+ 10 on 127.0.0.1, + 11
on localhost) and the sample kiosk (+ 12). Each room gives a WSGI application; here they only get a
port.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, Protocol
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from connectors.sandbox.authority import SandboxAuthority
from connectors.sandbox.server import MAIL_OFFSET, SandboxServer
from deploy.samples.catalogue import KIOSK_OFFSET, PORTALS, SamplePortal
from deploy.samples.kiosk import kiosk_application
from deploy.samples.portal import portal_application
from deploy.settings.locations import SOURCE
from idp.foundation.clock import SystemClock

_LOOPBACK = "127.0.0.1"  # also where the provider itself listens to the whole network


class Serving(Protocol):
    """A bound server: it serves in one thread and is stopped from another."""

    def serve_forever(self, poll_interval: float = ...) -> None:
        """Answer until `shutdown`."""
        ...

    def shutdown(self) -> None:
        """End `serve_forever`."""
        ...

    def server_close(self) -> None:
        """Give the port back."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """What every companion is told: the provider's issuer and port, and the data directory."""

    issuer: str
    port: int
    data: Path


Companion = Callable[[Neighbourhood], Serving]


def sandbox(place: Neighbourhood) -> Serving:
    """Bind the sandbox authority."""
    port = place.port + 1
    authority = SandboxAuthority(clock=SystemClock().now)
    return SandboxServer(_LOOPBACK, port, authority, mail_port=port + MAIL_OFFSET)


def portal(which: SamplePortal) -> Companion:
    """Return what binds one sample portal."""

    def companion(place: Neighbourhood) -> Serving:
        create = portal_application(which, data=place.data)
        return serve_wsgi(create(place.issuer, place.port), port=place.port + which.offset)

    return companion


def kiosk(place: Neighbourhood) -> Serving:
    """Bind the sample kiosk."""
    application = kiosk_application()(place.issuer, place.port)
    return serve_wsgi(application, port=place.port + KIOSK_OFFSET)


COMPANIONS: tuple[Companion, ...] = (sandbox, *map(portal, PORTALS), kiosk)


def serve_wsgi(application: Callable[..., Iterable[bytes]], *, port: int) -> WSGIServer:
    """Bind a WSGI application to a port of loopback; 0 picks a free one."""
    return make_server(_LOOPBACK, port, application, _Server, _Handler)


class _Server(ThreadingMixIn, WSGIServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def server_bind(self) -> None:
        """Bind without asking the name service for our own name: it may take seconds."""
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
    place = Neighbourhood(
        issuer=os.environ.get("TONGXING_ISSUER", f"http://127.0.0.1:{port}"),
        port=port,
        data=Path(os.environ.get("TONGXING_DATA", SOURCE / "var")),
    )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with contextlib.ExitStack() as stack:
        for companion in COMPANIONS:
            stack.enter_context(_running(companion(place)))
        stop.wait()


@contextlib.contextmanager
def _running(server: Serving) -> Iterator[None]:
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    main()
