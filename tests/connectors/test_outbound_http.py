"""The outbound client against a peer that answers whatever the test says."""

import socket
import ssl
import time
from collections.abc import Callable
from ipaddress import ip_address
from threading import Event
from typing import Any

import httpx2
import pytest

from connectors.addresses import AddressPolicy
from connectors.breaker import CircuitBreaker
from connectors.dialing import resolve
from connectors.errors import (
    OutboundAnswerRejected,
    OutboundCircuitOpen,
    OutboundError,
    OutboundFailed,
    OutboundRefused,
    OutboundTimeout,
)
from connectors.http import OutboundClient, OutboundRequest, Timeouts

DEVELOPMENT = AddressPolicy.development()
JSON_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n"


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def json_answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    return answer(body, "Content-Type: application/json", *headers, status=status)


def require_ended(ended: Event) -> None:
    assert ended.wait(5)


def client(**changed: Any) -> OutboundClient:
    return OutboundClient(DEVELOPMENT, clock=time.monotonic, **changed)


def test_json_is_fetched_when_the_peer_answers(peer: Callable[..., Any]) -> None:
    one = peer(json_answer(b'{"a": 1}', "Set-Cookie: sid=1"))

    assert client().get_json(one.url) == {"a": 1}
    assert client().get_json(one.url + "#fragment") == {"a": 1}
    assert b"fragment" not in one.requests[1]
    assert b"cookie" not in one.requests[1].lower()
    assert b"accept-encoding: identity" in one.requests[0].lower()


def test_form_is_posted_once_and_any_status_returned_when_the_peer_answers(
    peer: Callable[..., Any],
) -> None:
    one = peer(answer(b"no", status="400 Bad Request"))

    response = client().post_form(one.url, {"logout_token": "a b&c"})

    assert (response.status, response.body, response.is_success) == (400, b"no", False)
    assert one.requests[0].endswith(b"logout_token=a+b%26c")


def test_text_is_fetched_when_its_media_type_is_expected(peer: Callable[..., Any]) -> None:
    jwt = "Content-Type: application/oauth-authz-req+jwt"
    one = peer(answer(b"a.b.c", jwt), answer(b"\xff", jwt))
    accepts = ("application/oauth-authz-req+jwt",)

    assert client().get_text(one.url, accepts=accepts) == "a.b.c"
    with pytest.raises(OutboundAnswerRejected, match="UTF-8"):
        client().get_text(one.url, accepts=accepts)


REJECTED = {
    "another status": json_answer(b"{}", status="404 Not Found"),
    "a redirect": json_answer(b"{}", "Location: http://169.254.169.254/", status="302 Found"),
    "another media type": answer(b"{}", "Content-Type: text/html"),
    "no media type": answer(b"{}"),
    "no JSON": json_answer(b"{"),
    "no UTF-8": json_answer(b'"\xff"'),
    "nesting": json_answer(b"[" * 100_000),
    "too large, declared": json_answer(b" " * 300_000),
    "too large, chunked": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + b" " * 65536 + b"\r\n" + b"40000\r\n"
    + b" " * 262144 + b"\r\n0\r\n\r\n",
    "compressed": json_answer(b"x", "Content-Encoding: gzip"),
}  # fmt: skip


@pytest.mark.parametrize("bytes_", REJECTED.values(), ids=REJECTED)
def test_answer_is_rejected_when_it_cannot_be_believed(
    bytes_: bytes, peer: Callable[..., Any]
) -> None:
    with pytest.raises(OutboundAnswerRejected):
        client().get_json(peer(bytes_).url)


FAILED = {
    "no answer": b"",
    "no HTTP": b"\x00\x01\x02 nonsense\r\n\r\n",
    "an end in the middle": JSON_OK + b"{",
}


@pytest.mark.parametrize("bytes_", FAILED.values(), ids=FAILED)
def test_call_fails_after_a_second_try_when_the_answer_breaks(
    bytes_: bytes, peer: Callable[..., Any]
) -> None:
    one = peer(bytes_)

    with pytest.raises(OutboundFailed):
        client().get_json(one.url)
    assert len(one.requests) == 2


@pytest.mark.parametrize(
    "first", [b"", json_answer(b"{}", status="503 Service Unavailable")], ids=["broken", "503"]
)
def test_idempotent_call_succeeds_when_the_second_try_does(
    first: bytes, peer: Callable[..., Any]
) -> None:
    one = peer(first, json_answer(b"[]"))

    assert client().get_json(one.url) == []


def test_call_is_made_once_when_it_is_not_idempotent(peer: Callable[..., Any]) -> None:
    one = peer(b"")

    with pytest.raises(OutboundFailed):
        client().post_form(one.url, {})
    assert len(one.requests) == 1


def test_call_times_out_when_the_peer_is_silent(peer: Callable[..., Any]) -> None:
    ended = Event()
    one = peer(lambda _connection: require_ended(ended))

    with pytest.raises(OutboundTimeout):
        client().get_json(one.url, timeout=0.1)
    ended.set()


def test_call_times_out_when_the_peer_drips_bytes_for_ever(peer: Callable[..., Any]) -> None:
    enough = Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(JSON_OK[:-2])
        while not enough.wait(0.02):
            connection.sendall(b"X-Drip: 1\r\n")

    one = peer(drip)
    started = time.monotonic()

    with pytest.raises(OutboundTimeout):
        client().get_json(one.url, timeout=0.3)
    enough.set()
    assert time.monotonic() - started < 2


def test_call_times_out_when_the_time_is_over_before_it_connects(
    peer: Callable[..., Any],
) -> None:
    instants = iter([0.0, 11.0])
    late = OutboundClient(DEVELOPMENT, clock=lambda: next(instants))

    with pytest.raises(OutboundTimeout):
        late.send(OutboundRequest(method="GET", url=peer(b"").url))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "javascript:alert(1)",
        "http://u:p@example.org/",
        "http://",
        "http://[",
        "http://a\nb/",
        "/relative",
        "not a url",
        "",
    ],
)
def test_url_is_refused_when_its_shape_is_not_callable(url: str) -> None:
    with pytest.raises(OutboundRefused):
        client().get_json(url)


def test_http_is_refused_when_the_policy_wants_https() -> None:
    strict = OutboundClient(AddressPolicy.production(), clock=time.monotonic)

    with pytest.raises(OutboundRefused, match="scheme"):
        strict.get_json("http://example.org/jwks")


@pytest.mark.spec("ASVS 5.0 §1.3.6", "protect against SSRF by an allow-list of addresses")
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[fe80::1]",
        "169.254.169.254",
        "10.0.0.1",
        "0.0.0.0",
    ],
)
def test_call_is_refused_before_connecting_when_the_host_is_not_public(host: str) -> None:
    strict = OutboundClient(AddressPolicy.production(), clock=time.monotonic)

    with pytest.raises(OutboundRefused):
        strict.get_json(f"https://{host}/jwks")


def test_call_is_refused_when_one_address_of_the_name_is_forbidden() -> None:
    mixed = client(resolver=lambda _host, _port: [ip_address("1.1.1.1"), ip_address("10.0.0.1")])

    with pytest.raises(OutboundRefused, match=r"10\.0\.0\.1"):
        mixed.get_json("http://mixed.example/")


def test_connection_goes_to_the_checked_address_when_the_name_is_rebound(
    peer: Callable[..., Any],
) -> None:
    one = peer(json_answer(b"1"))
    answers = iter([[ip_address("127.0.0.1")], [ip_address("169.254.169.254")]])
    pinned = client(resolver=lambda _host, _port: next(answers))

    assert pinned.get_json(f"http://rebound.example:{one.port}/") == 1
    assert b"Host: rebound.example" in one.requests[0]


def test_next_address_is_tried_when_the_first_refuses(peer: Callable[..., Any]) -> None:
    one = peer(json_answer(b"1"))
    both = client(resolver=lambda _host, _port: [ip_address("::1"), ip_address("127.0.0.1")])

    assert both.get_json(f"http://two.example:{one.port}/") == 1


@pytest.mark.parametrize("addresses", [[], ["127.0.0.1"]], ids=["none", "nobody listening"])
def test_call_fails_when_no_address_answers(addresses: list[str]) -> None:
    found = [ip_address(text) for text in addresses]
    nowhere = client(resolver=lambda _host, _port: found)

    with pytest.raises(OutboundFailed):
        nowhere.get_json("http://nowhere.example:9/")


@pytest.mark.parametrize("host", ["nosuchhost.invalid", "a" * 64 + ".example", "a..b"])
def test_call_fails_when_the_name_has_no_address(host: str) -> None:
    with pytest.raises(OutboundFailed, match="no address"):
        resolve(host, 80)
    with pytest.raises(OutboundFailed):
        client().post_form(f"http://{host}/", {})


def test_call_times_out_when_the_resolver_does_not_answer() -> None:
    ended = Event()

    def resolver(_host: str, _port: int) -> list[Any]:
        require_ended(ended)
        return []

    with pytest.raises(OutboundTimeout):
        client(resolver=resolver).get_json("http://slow.example/", timeout=0.1)
    ended.set()


def test_names_addresses_are_found_when_it_has_some() -> None:
    assert ip_address("127.0.0.1") in resolve("localhost", 80)


def test_service_rests_when_it_failed_often(peer: Callable[..., Any]) -> None:
    one = peer(answer(b"", status="500 Internal Server Error"))
    careful = client(breaker=CircuitBreaker(clock=time.monotonic, threshold=2))

    for _ in range(2):
        assert careful.post_form(one.url, {}).status == 500
    with pytest.raises(OutboundCircuitOpen):
        careful.post_form(one.url, {})
    assert len(one.requests) == 2


def test_service_is_no_failure_when_it_refuses_us(peer: Callable[..., Any]) -> None:
    one = peer(answer(b"", status="403 Forbidden"))
    careful = client(breaker=CircuitBreaker(clock=time.monotonic, threshold=1))

    for _ in range(3):
        assert careful.post_form(one.url, {}).status == 403


def test_service_rests_when_it_cannot_be_reached() -> None:
    careful = client(breaker=CircuitBreaker(clock=time.monotonic, threshold=1))

    with pytest.raises(OutboundFailed):
        careful.post_form("http://127.0.0.1:9/", {})
    with pytest.raises(OutboundCircuitOpen):
        careful.post_form("http://127.0.0.1:9/", {})


def test_transport_replaces_the_network_when_one_is_given() -> None:
    def handle(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/late":
            raise httpx2.ReadTimeout("late")
        if request.url.path == "/broken":
            raise httpx2.ConnectError("broken")
        return httpx2.Response(200, json={"path": request.url.path})

    given = client(transport=httpx2.MockTransport(handle))

    assert given.get_json("http://anywhere.example/jwks") == {"path": "/jwks"}
    with pytest.raises(OutboundTimeout):
        given.get_json("http://anywhere.example/late")
    with pytest.raises(OutboundFailed):
        given.get_json("http://anywhere.example/broken")
    given.close()


def test_errors_tell_no_path_or_query_when_they_are_printed() -> None:
    with pytest.raises(OutboundError) as failure:
        client().get_json("http://127.0.0.1:9/people/11010519491231002X?phone=13800000001")

    chain: BaseException | None = failure.value
    while chain is not None:
        assert "11010519491231002X" not in f"{chain}{chain!r}"
        assert "13800000001" not in f"{chain}{chain!r}"
        chain = chain.__cause__


def test_request_shows_no_body_or_url_when_it_is_printed() -> None:
    request = OutboundRequest(method="POST", url="https://h/?q=secret", body=b"secret")

    assert "secret" not in repr(request)


def test_timeouts_end_with_the_whole_when_less_is_given() -> None:
    assert Timeouts.within(1.0) == Timeouts(connect=1.0, read=1.0, total=1.0)
    assert Timeouts.within(20.0).connect == Timeouts().connect


def test_tls_failure_is_a_failed_call_when_the_peer_speaks_none(
    peer: Callable[..., Any],
) -> None:
    one = peer(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    untrusting = client(tls=ssl.create_default_context())

    with pytest.raises(OutboundFailed):
        untrusting.get_json(one.url.replace("http:", "https:"))
    with pytest.raises(OutboundFailed):
        client().get_json(one.url.replace("http:", "https:"))
