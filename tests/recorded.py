"""Recorded wire examples: what must leave us, byte for byte, and what the other side then says.

A file holds exchanges; each is a request, a line of dashes, and the answer. The headers that every
call of our client has (agent, encoding, connection, length) are left out here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from connectors.addresses import AddressPolicy
from connectors.http import OutboundClient

FOLDER = Path(__file__).parent / "connectors" / "recordings"
_NEXT = b"\n========\n"
_ANSWER = b"\n--------\n"
_OUR_CLIENTS = {b"user-agent", b"accept-encoding", b"connection", b"content-length"}


@dataclass
class Replay(httpx2.BaseTransport):
    """Plays the recorded answers in order, and keeps what was asked as it would be recorded."""

    name: str
    asked: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        recorded = (FOLDER / f"{self.name}.http").read_bytes().removesuffix(b"\n").split(_NEXT)
        exchanges = [one.partition(_ANSWER) for one in recorded]
        self.requests = [request for request, _, _ in exchanges]
        self._answers: Iterator[bytes] = iter([answer for _, _, answer in exchanges])

    @property
    def client(self) -> OutboundClient:
        return OutboundClient(AddressPolicy.production(), clock=lambda: 0.0, transport=self)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        head = [f"{request.method} {request.url.raw_path.decode()}".encode()]
        head += [
            name.lower() + b": " + value
            for name, value in request.headers.raw
            if name.lower() not in _OUR_CLIENTS
        ]
        self.asked.append(b"\n".join(head) + b"\n\n" + request.read())
        status, _, rest = next(self._answers).partition(b"\n")
        lines, _, body = rest.partition(b"\n\n")
        headers = [tuple(line.split(b": ", 1)) for line in lines.split(b"\n")]
        return httpx2.Response(int(status), headers=headers, stream=httpx2.ByteStream(body))  # type: ignore[arg-type]
