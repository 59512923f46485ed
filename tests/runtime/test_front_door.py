"""The WSGI application in front of Django: dispatch, limits, failures, proxies, access lines."""

import io
import json
from collections.abc import Callable, Iterable
from ipaddress import ip_network
from threading import Thread
from typing import Any

import psycopg
import pytest
from django.db import connection

from deploy.access_log import AccessLog, Line, RequestIds
from deploy.house import House, Probe
from deploy.postgresql.held import HELD
from deploy.wsgi import Application
from idp.conf import Limits, ProviderSettings
from idp.foundation.clock import SystemClock
from idp.foundation.storage import StoreUnavailable

Make = Callable[..., ProviderSettings]
Answer = tuple[int, dict[str, str], bytes]


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [])
    return [body]


def broken(_environ: dict[str, Any], _start_response: Callable[..., Any]) -> Iterable[bytes]:
    raise RuntimeError("secret detail")


def away(_environ: dict[str, Any], _start_response: Callable[..., Any]) -> Iterable[bytes]:
    raise StoreUnavailable("secret detail")


def pages(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    told = ("REMOTE_ADDR", "wsgi.url_scheme", "HTTP_HOST", "HTTP_X_CLIENT_CERT")
    return [json.dumps({name: environ.get(name) for name in told}).encode()]


class Door:
    """An application with a fake room behind it, and what it logged."""

    def __init__(
        self, settings: ProviderSettings, *probes: Probe, house: House | None = None
    ) -> None:
        self.log = io.BytesIO()
        self.access_log = AccessLog(self.log)
        house = house or House(
            settings=settings,
            hot_paths={"/echo": echo, "/broken": broken, "/away": away},
            probes=probes,
        )
        self.application = Application(
            house, pages=pages, access_log=self.access_log, clock=SystemClock()
        )

    def ask(self, path: str, *, method: str = "GET", body: bytes = b"", **extra: Any) -> Answer:
        answered: list[Any] = []
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "REMOTE_ADDR": "192.0.2.1",
            "HTTP_HOST": "internal",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            **extra,
        }

        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            answered.extend((int(status[:3]), dict(headers)))

        content = b"".join(self.application(environ, start_response))
        return answered[0], answered[1], content

    def lines(self) -> list[dict[str, Any]]:
        self.access_log.close()
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


@pytest.fixture
def door(production: Make) -> Door:
    return Door(production(limits=Limits(body_bytes=100)))


def test_door_answers_hot_path_without_django_when_path_is_known(door: Door) -> None:
    assert door.ask("/echo", method="POST", body=b"hello")[::2] == (200, b"hello")


def test_door_protects_what_django_does_not_see(door: Door, production: Make) -> None:
    _, headers, _ = door.ask("/echo")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    _, plain, _ = Door(production(issuer="http://127.0.0.1:8000")).ask("/echo")
    assert "Strict-Transport-Security" not in plain
    assert "X-Content-Type-Options" not in door.ask("/page")[1]


def test_door_hands_over_to_django_when_path_is_unknown(door: Door) -> None:
    assert door.ask("/page")[1]["Content-Type"] == "text/plain"


@pytest.mark.parametrize("length", ["101", "1e3", "-5"])
def test_door_refuses_body_when_its_length_is_beyond_the_limit(door: Door, length: str) -> None:
    status, headers, _ = door.ask("/echo", method="POST", body=b"x", CONTENT_LENGTH=length)
    assert (status, headers["Cache-Control"]) == (413, "no-store")


def test_door_measures_body_when_no_length_is_given(door: Door) -> None:
    assert door.ask("/echo", method="POST", body=b"abc", CONTENT_LENGTH="")[2] == b"abc"
    assert door.ask("/echo", method="POST", body=b"x" * 101, CONTENT_LENGTH="")[0] == 413


def test_door_hides_what_went_wrong_when_a_room_fails(door: Door) -> None:
    status, headers, body = door.ask("/broken")
    assert (status, json.loads(body)) == (500, {"error": "server_error"})
    assert headers["X-Request-Id"]


def test_door_says_when_to_try_again_when_a_room_lacks_the_store(door: Door) -> None:
    status, headers, body = door.ask("/away")
    assert (status, headers["Retry-After"]) == (503, "5")
    assert json.loads(body) == {"error": "temporarily_unavailable"}


def backend(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A hot path that asks Django's connection which server process serves it, or ends that one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
        if environ["REQUEST_METHOD"] == "DELETE":
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    start_response("200 OK", [])
    return [str(process).encode()]


@pytest.fixture
def backed(production: Make, transactional_db: None) -> Door:
    """A door with a hot path that needs PostgreSQL."""
    del transactional_db
    if connection.vendor != "postgresql":
        pytest.skip("asks a server which connection it is")
    connection.close()
    house = House(settings=production(), hot_paths={"/backend": backend})
    return Door(production(), house=house)


@pytest.mark.storage
@pytest.mark.requirement("R16")
def test_door_serves_on_when_the_database_hung_up_between_two_requests(backed: Door) -> None:
    first = backed.ask("/backend")[2]
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as operator:
        operator.execute("SELECT pg_terminate_backend(%s, 5000)", [int(first)])
    status, _, second = backed.ask("/backend")
    assert status == 200
    assert second != first


@pytest.mark.storage
@pytest.mark.requirement("R16")
def test_door_says_when_to_try_again_when_the_database_hung_up_midway(backed: Door) -> None:
    assert backed.ask("/backend", method="DELETE")[0] == 503
    assert backed.ask("/backend")[0] == 200


@pytest.mark.storage
def test_door_gives_the_connection_back_when_a_hot_path_borrowed_one(backed: Door) -> None:
    first = backed.ask("/backend")[2]
    assert (connection.connection, HELD.is_any) == (None, False)
    elsewhere: list[bytes] = []
    thread = Thread(target=lambda: elsewhere.append(backed.ask("/backend")[2]))
    thread.start()
    thread.join()
    assert elsewhere == [first]


def test_access_line_says_no_personal_data_when_written(door: Door) -> None:
    door.ask("/people/11010519491231002X", QUERY_STRING="phone=13800138000")
    (line,) = door.lines()
    assert line["path"] == "/people/*X"
    assert set(line) == {"event", "at", "method", "path", "status", "ms", "request_id"}


def test_access_log_counts_lines_when_its_queue_is_full() -> None:
    stream = io.BytesIO()
    log = AccessLog(stream, capacity=0)
    log.add(Line(SystemClock().now(), "GET", "/", 200, 0.0, "r"))
    log.close()
    assert json.loads(stream.getvalue()) == {"event": "access_lines_dropped", "count": 1}


def test_access_log_goes_on_when_nobody_reads() -> None:
    stream = io.BytesIO()
    log = AccessLog(stream)
    stream.close()
    log.add(Line(SystemClock().now(), "GET", "/", 200, 0.0, "r"))
    log.close()


def test_request_ids_differ_when_drawn_twice() -> None:
    ids = RequestIds()
    assert ids.next() != ids.next()


def test_liveness_answers_200_when_the_process_runs(door: Door) -> None:
    assert json.loads(door.ask("/healthz/live")[2]) == {"status": "live"}


def test_readiness_answers_503_with_reason_when_a_probe_fails(production: Make) -> None:
    fine, ill = Probe(name="a", check=lambda: None), Probe(name="b", check=lambda: "is down")
    status, _, body = Door(production(), fine, ill).ask("/healthz/ready")
    assert status == 503
    assert json.loads(body)["checks"] == {"a": "ok", "b": "is down"}
    assert Door(production(), fine).ask("/healthz/ready")[0] == 200


FORWARDED = {
    "HTTP_X_FORWARDED_FOR": "203.0.113.9, 198.51.100.7, 10.1.1.1",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_HOST": "id.city.example",
    "HTTP_X_CLIENT_CERT": "cert",
}


def seen(door: Door, **extra: str) -> dict[str, str]:
    content: dict[str, str] = json.loads(door.ask("/page", **{**FORWARDED, **extra})[2])
    return content


def test_door_believes_forwarded_headers_when_the_proxy_is_trusted(production: Make) -> None:
    door = Door(production(trusted_proxies=(ip_network("10.0.0.0/8"),)))
    for proxy in ("10.0.0.1", "::ffff:10.0.0.1"):
        assert seen(door, REMOTE_ADDR=proxy) == {
            "REMOTE_ADDR": "198.51.100.7",
            "wsgi.url_scheme": "https",
            "HTTP_HOST": "id.city.example",
            "HTTP_X_CLIENT_CERT": "cert",
        }


def test_door_names_first_proxy_when_all_of_the_chain_is_ours(production: Make) -> None:
    door = Door(production(trusted_proxies=(ip_network("10.0.0.0/8"),)))
    found = seen(door, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="10.2.2.2, 10.3.3.3")
    assert found["REMOTE_ADDR"] == "10.2.2.2"


@pytest.mark.parametrize("address", ["192.0.2.1", "", "unix:"])
def test_door_removes_forwarded_headers_when_a_stranger_sends_them(
    production: Make, address: str
) -> None:
    door = Door(production(trusted_proxies=(ip_network("10.0.0.0/8"),)))
    assert seen(door, REMOTE_ADDR=address) == {
        "REMOTE_ADDR": address,
        "wsgi.url_scheme": "http",
        "HTTP_HOST": "internal",
        "HTTP_X_CLIENT_CERT": None,
    }


def test_door_trusts_no_proxy_when_the_issuer_is_http(production: Make) -> None:
    settings = production(
        issuer="http://127.0.0.1:8000", trusted_proxies=(ip_network("10.0.0.0/8"),)
    )
    assert seen(Door(settings), REMOTE_ADDR="10.0.0.1")["HTTP_X_CLIENT_CERT"] is None


def test_door_keeps_address_when_trusted_proxy_says_nothing(production: Make) -> None:
    door = Door(production(trusted_proxies=(ip_network("10.0.0.0/8"),)))
    found = json.loads(door.ask("/page", REMOTE_ADDR="10.0.0.1")[2])
    assert found["REMOTE_ADDR"] == "10.0.0.1"
    assert found["HTTP_HOST"] == "internal"
