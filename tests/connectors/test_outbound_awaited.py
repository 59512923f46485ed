"""The awaited way out: the same guard, the same judgement, and no thread for each wait."""

import asyncio
import threading
import time
from collections.abc import Callable
from ipaddress import ip_address
from threading import Event
from typing import Any

import pytest

from connectors.addresses import AddressPolicy
from connectors.breaker import CircuitBreaker
from connectors.errors import (
    OutboundAnswerRejected,
    OutboundCircuitOpen,
    OutboundFailed,
    OutboundRefused,
    OutboundTimeout,
)
from connectors.http import OutboundClient, OutboundRequest, OutboundResponse, Timeouts

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n1"
BUSY = b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n"


def client(**changed: Any) -> OutboundClient:
    return OutboundClient(AddressPolicy.development(), clock=time.monotonic, **changed)


def send(url: str, by: OutboundClient | None = None, **changed: Any) -> OutboundResponse:
    request = OutboundRequest(method="GET", url=url, **{"timeouts": Timeouts.within(5), **changed})
    return asyncio.run((by or client()).asend(request))


def test_answer_is_read_whole_when_the_peer_answers(peer: Callable[..., Any]) -> None:
    one = peer(OK)

    response = send(one.url, accepts=("application/json",))

    assert (response.status, response.body, response.media_type) == (200, b"1", "application/json")
    assert b"accept-encoding: identity" in one.requests[0].lower()


@pytest.mark.parametrize(
    ("answer", "changed"),
    [
        (OK, {"accepts": ("text/xml",)}),
        (OK, {"max_bytes": 0}),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\n1", {}),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"1" * 99, {"max_bytes": 10}),
    ],
    ids=["another type", "said to be too large", "encoded", "too large without saying so"],
)
def test_answer_is_rejected_when_it_cannot_be_believed(
    answer: bytes, changed: dict[str, Any], peer: Callable[..., Any]
) -> None:
    with pytest.raises(OutboundAnswerRejected):
        send(peer(answer).url, **changed)


def test_call_is_tried_twice_only_when_it_is_idempotent(peer: Callable[..., Any]) -> None:
    for first in (b"", BUSY):
        one = peer(first, OK)
        assert send(one.url, is_idempotent=True).status == 200
    twice = peer(BUSY, BUSY)
    assert send(twice.url, is_idempotent=True).status == 503
    once = peer(b"", OK)
    with pytest.raises(OutboundFailed):
        send(once.url)
    assert len(once.requests) == 1


@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]", "10.1.2.3"])
def test_call_is_refused_when_the_address_is_outside_the_policy(host: str) -> None:
    with pytest.raises(OutboundRefused):
        send(f"http://{host}/")


def test_whole_name_is_refused_when_one_of_its_addresses_is_forbidden(
    peer: Callable[..., Any],
) -> None:
    one = peer(OK)
    both = [ip_address("127.0.0.1"), ip_address("169.254.169.254")]
    with pytest.raises(OutboundRefused):
        send(one.url.replace("127.0.0.1", "a.example"), client(resolver=lambda *_: both))
    assert one.requests == []


def test_checked_address_is_the_one_connected_to_when_a_name_is_given(
    peer: Callable[..., Any],
) -> None:
    one = peer(OK)
    asked: list[str] = []

    def resolver(host: str, _port: int) -> list[Any]:
        asked.append(host)
        # The first address has nobody; the second answers. A second question would be rebinding.
        return [ip_address("127.0.0.9"), ip_address("127.0.0.1")]

    assert send(one.url.replace("127.0.0.1", "a.example"), client(resolver=resolver)).status == 200
    assert asked == ["a.example"]
    assert b"host: a.example" in one.requests[0].lower()


def test_call_fails_when_nobody_is_there() -> None:
    with pytest.raises(OutboundFailed):
        send("http://127.0.0.1:9/")
    with pytest.raises(OutboundFailed):
        send("http://a.example/", client(resolver=lambda *_: []))


def test_call_ends_in_time_when_the_resolver_is_stuck() -> None:
    go_on = Event()

    async def ask() -> None:
        def stuck(_host: str, _port: int) -> list[Any]:
            go_on.wait(5)
            return []

        request = OutboundRequest(
            method="GET", url="http://a.example/", timeouts=Timeouts.within(0.1)
        )
        try:
            await client(resolver=stuck).asend(request)
        finally:
            go_on.set()

    with pytest.raises(OutboundTimeout):
        asyncio.run(ask())


def test_call_ends_in_time_when_the_peer_says_nothing(peer: Callable[..., Any]) -> None:
    go_on = Event()
    one = peer(lambda _connection: require_ended(go_on))
    try:
        with pytest.raises(OutboundTimeout):
            send(one.url, timeouts=Timeouts.within(0.1))
    finally:
        go_on.set()


def require_ended(ended: Event) -> None:
    assert ended.wait(5)


def test_circuit_opens_when_the_service_keeps_failing() -> None:
    resting = client(breaker=CircuitBreaker(clock=lambda: 0.0, threshold=2))
    for _ in range(2):
        with pytest.raises(OutboundFailed):
            send("http://127.0.0.1:9/", resting)
    with pytest.raises(OutboundCircuitOpen):
        send("http://127.0.0.1:9/", resting)


@pytest.mark.requirement("R17")
def test_two_hundred_waits_take_no_thread_each_when_they_wait_at_once() -> None:
    waiting, most, before = 200, 0, threading.active_count()

    async def answer_when_all_are_there() -> int:
        nonlocal most
        here, everyone = 0, asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal here, most
            await reader.readuntil(b"\r\n\r\n")
            here += 1
            if here == waiting:
                most = threading.active_count()
                everyone.set()
            await everyone.wait()
            writer.write(OK)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=waiting)
        port = server.sockets[0].getsockname()[1]
        request = OutboundRequest(
            method="GET", url=f"http://127.0.0.1:{port}/", timeouts=Timeouts.within(30)
        )
        one = client()
        answers = await asyncio.gather(*(one.asend(request) for _ in range(waiting)))
        server.close()
        return sum(each.status == 200 for each in answers)

    assert asyncio.run(answer_when_all_are_there()) == waiting
    assert most - before <= 40  # the loop's few, for names
