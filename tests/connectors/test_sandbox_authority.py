"""The sandbox from outside: what testers ask it, and what it refuses as vendors do."""

import json
import socket
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from connectors.evidence import Channel, Message
from connectors.http import OutboundClient
from connectors.sandbox.freshness import MOST_NONCES, Freshness
from connectors.sandbox.inbox import MOST_MESSAGES, Delivered, Inbox, comparable
from connectors.sms.adapter import SmsGateway
from connectors.sms.settings import for_sandbox

JSON = {"Content-Type": "application/json"}


def ask_json(sandbox: Any, method: str, path: str, value: object = None) -> tuple[int, Any]:
    body = b"" if value is None else json.dumps(value).encode()
    status, answer = sandbox.ask(method, path, body=body, headers=JSON)
    return status, json.loads(answer)


# What testers ask


def test_people_are_listed_as_the_contract_says_when_asked(sandbox: Any) -> None:
    status, listed = ask_json(sandbox, "GET", "/people")

    assert status == 200
    adult = next(entry for entry in listed if entry["key"] == "adult")
    assert set(adult) == {"key", "name", "documents", "phone", "login", "outcomes", "bank_card"}
    assert adult["documents"][0]["type"] == "resident_id_card"
    assert set(adult["login"]) == {"identifier", "password"}


def test_companies_and_health_are_shown_when_asked(sandbox: Any) -> None:
    assert ask_json(sandbox, "GET", "/organizations")[1][0]["uscc"] == "91350200MA2XTE5T69"
    assert ask_json(sandbox, "GET", "/healthz") == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("POST", "/people", 405),
        ("GET", "/devices/none", 404),
        ("POST", "/devices/none", 404),
        ("GET", "/population/two-factor", 404),
    ],
)
def test_request_is_refused_when_there_is_no_such_thing(
    method: str, path: str, status: int, sandbox: Any
) -> None:
    assert ask_json(sandbox, method, path, {} if method == "POST" else None)[0] == status


@pytest.mark.parametrize("to", ["13800000001", "%2B8613800000001", "+86 138-0000 0001"])
def test_inbox_shows_newest_first_when_the_number_is_written_somehow(
    to: str, sandbox: Any, outbound: OutboundClient
) -> None:
    gateway = SmsGateway(for_sandbox(sandbox.url), outbound)
    for code in ("111111", "222222"):
        message = Message(
            to="+8613800000001",
            channel=Channel.SMS,
            template="verification_code",
            language="en",
            parameters={"code": code, "minutes": "5"},
        )
        gateway.send(message, now=sandbox.now)

    _, messages = ask_json(sandbox, "GET", f"/inbox?to={to.replace(' ', '%20')}")

    assert [entry["code"] for entry in messages] == ["222222", "111111"]
    assert set(messages[0]) == {"to", "channel", "text", "code", "sent_at"}
    assert ask_json(sandbox, "GET", "/inbox?to=13800000002")[1] == []
    assert len(ask_json(sandbox, "GET", "/inbox")[1]) == 2


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("+8613800000001", "13800000001"),
        ("008613800000001", "13800000001"),
        (" 8613800000001", "13800000001"),
        ("+852 5123 0001", "85251230001"),
        (" Someone@Example.org ", "someone@example.org"),
        ("", ""),
    ],
)
def test_recipients_compare_equal_when_only_their_writing_differs(
    written: str, compared: str
) -> None:
    assert comparable(written) == compared


def test_inbox_is_bounded_when_much_is_delivered() -> None:
    inbox = Inbox()
    for number in range(MOST_MESSAGES + 3):
        inbox.deliver(Delivered(to="1", channel="sms", text="", code=str(number), sent_at=""))

    assert len(inbox.to(None)) == MOST_MESSAGES
    assert inbox.to("1")[0]["code"] == str(MOST_MESSAGES + 2)


def test_nonces_are_bounded_when_many_come() -> None:
    freshness = Freshness(timedelta(minutes=1))
    for number in range(MOST_NONCES + 1):
        assert freshness.is_first(str(number))

    assert not freshness.is_first(str(MOST_NONCES))
    assert freshness.is_first("0")


def test_device_shows_a_document_when_it_is_presented(sandbox: Any) -> None:
    presented = {"person": "elder", "document_type": "resident_id_card"}

    status, device = ask_json(
        sandbox, "POST", "/devices/reader-kiosk-1", {"present": {"person": "elder"}}
    )

    assert (status, device["present"]) == (200, presented)
    _, devices = ask_json(sandbox, "GET", "/devices")
    assert [entry["present"] for entry in devices if entry["id"] == "reader-kiosk-1"] == [presented]
    _, cleared = ask_json(sandbox, "POST", "/devices/reader-kiosk-1", {"present": None})
    assert cleared["present"] is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"present": {"person": "nobody"}},
        {"present": 7},
        [],
        {"present": {"person": "elder", "document_type": "passport"}},
    ],
)
def test_device_is_not_changed_when_nothing_can_be_presented(body: object, sandbox: Any) -> None:
    assert ask_json(sandbox, "POST", "/devices/reader-kiosk-1", body)[0] == 400


# Faults


def test_faults_are_kept_and_forgotten_when_they_are_commanded(sandbox: Any) -> None:
    fault = {"service": "sms", "behaviour": "500", "times": 3}

    assert ask_json(sandbox, "POST", "/control", fault) == (200, [fault])
    assert ask_json(sandbox, "GET", "/control") == (200, [fault])
    sandbox.authority.faults.take("sms")
    assert ask_json(sandbox, "GET", "/control") == (200, [{**fault, "times": 2}])
    assert ask_json(sandbox, "DELETE", "/control") == (200, [])


@pytest.mark.parametrize(
    "fault",
    [
        {"service": "weather", "behaviour": "500"},
        {"service": "sms", "behaviour": "sulk"},
        {"service": "sms", "behaviour": "500", "times": 0},
        {"service": "sms", "behaviour": "slow", "seconds": 9999},
        {"service": "sms", "behaviour": "500", "colour": "red"},
        {"service": "sms"},
        [],
    ],
)
def test_fault_is_refused_when_it_makes_no_sense(fault: object, sandbox: Any) -> None:
    assert ask_json(sandbox, "POST", "/control", fault)[0] == 400
    assert ask_json(sandbox, "GET", "/control") == (200, [])


def test_form_is_refused_when_a_page_elsewhere_posts_it(sandbox: Any) -> None:
    form = {"Content-Type": "text/plain"}

    assert sandbox.ask("POST", "/control", body=b"{}", headers=form)[0] == 415


# The socket


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "", "10.0.0.1", "[fe80::1]:1"])
def test_request_is_refused_when_its_host_was_rebound(host: str, sandbox: Any) -> None:
    assert sandbox.ask("GET", "/inbox", headers={"Host": host})[0] == 421


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:8001"])
def test_request_is_answered_when_its_host_is_this_machine(host: str, sandbox: Any) -> None:
    assert sandbox.ask("GET", "/inbox", headers={"Host": host})[0] == 200


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Content-Length: 70000", b"413"),
        ("Content-Length: -1", b"411"),
        ("Content-Length: x", b"411"),
        ("Transfer-Encoding: chunked", b"411"),
    ],
)
def test_body_is_refused_when_its_length_cannot_be_taken(
    header: str, status: bytes, sandbox: Any
) -> None:
    target = urlsplit(sandbox.url)
    with socket.create_connection((target.hostname, target.port), timeout=5) as connection:
        connection.sendall(
            f"POST /control HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n".encode()
        )

        assert connection.recv(4096).split()[1] == status
