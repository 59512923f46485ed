"""A peer for the outbound client that says, byte by byte, what a test tells it to."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event, Thread

import pytest


@dataclass
class Peer:
    """A server of one thread: every connection gets the next script; requests are kept."""

    scripts: list[Callable[[socket.socket], None]]
    listener: socket.socket
    ended: Event = field(default_factory=Event)
    requests: list[bytes] = field(default_factory=list)

    @property
    def port(self) -> int:
        port: int = self.listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/path"

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                self._play(connection)

    def _play(self, connection: socket.socket) -> None:
        try:
            self.requests.append(whole_request(connection))
            script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
            script(connection)
        except OSError:
            return


def whole_request(connection: socket.socket) -> bytes:
    received = connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    declared = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    missing = int(declared[0].partition(b":")[2]) - len(body) if declared else 0
    return received + (connection.recv(missing, socket.MSG_WAITALL) if missing > 0 else b"")


@pytest.fixture
def peer() -> Iterator[Callable[..., Peer]]:
    started: list[tuple[Peer, Thread]] = []

    def start(*answers: bytes | Callable[[socket.socket], None]) -> Peer:
        listener = socket.create_server(("127.0.0.1", 0))
        scripts = [saying(one) if isinstance(one, bytes) else one for one in answers]
        one = Peer(scripts=scripts, listener=listener)
        thread = Thread(target=one.serve, daemon=True)
        thread.start()
        started.append((one, thread))
        return one

    yield start
    for one, thread in started:
        one.ended.set()
        one.listener.shutdown(socket.SHUT_RDWR)
        one.listener.close()
        thread.join()


def saying(answer: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(answer)
