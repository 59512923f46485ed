"""The sandbox from outside: what testers ask it, and what it refuses as vendors do."""

import http.client
import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import new as keyed
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from connectors.evidence import Channel, Message
from connectors.http import OutboundClient
from connectors.population_library.settings import for_sandbox as library_settings
from connectors.sandbox.freshness import MOST_NONCES, Freshness
from connectors.sandbox.inbox import MOST_MESSAGES, Delivered, Inbox, comparable
from connectors.sandbox.population import person
from connectors.sandbox.population_library import keyed_digest
from connectors.sms.adapter import SmsGateway
from connectors.sms.settings import for_sandbox
from connectors.sms.wire import Call, sign_call

JSON = {"Content-Type": "application/json"}


def ask(
    sandbox: Any,
    method: str,
    path: str,
    *,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
) -> tuple[int, bytes]:
    target = urlsplit(sandbox.url)
    connection = http.client.HTTPConnection(str(target.hostname), target.port, timeout=5)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def ask_json(sandbox: Any, method: str, path: str, value: object = None) -> tuple[int, Any]:
    body = b"" if value is None else json.dumps(value).encode()
    status, answer = ask(sandbox, method, path, body=body, headers=JSON)
    return status, json.loads(answer)


# What testers ask


def test_people_are_listed_as_the_contract_says_when_asked(sandbox: Any) -> None:
    status, listed = ask_json(sandbox, "GET", "/people")

    assert status == 200
    adult = next(entry for entry in listed if entry["key"] == "adult")
    assert set(adult) == {"key", "name", "documents", "phone", "login", "outcomes"}
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

    assert ask(sandbox, "POST", "/control", body=b"{}", headers=form)[0] == 415


# The socket


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "", "10.0.0.1", "[fe80::1]:1"])
def test_request_is_refused_when_its_host_was_rebound(host: str, sandbox: Any) -> None:
    assert ask(sandbox, "GET", "/inbox", headers={"Host": host})[0] == 421


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:8001"])
def test_request_is_answered_when_its_host_is_this_machine(host: str, sandbox: Any) -> None:
    assert ask(sandbox, "GET", "/inbox", headers={"Host": host})[0] == 200


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


# The library refuses


SECRET = b"sandbox-population-library-secret"
VALUES = {
    "app_id": "sandbox-population-library",
    "timestamp": "20260301160000",
    "nonce": "ab" * 16,
    "sign_type": "HMAC-SM3",
    "gmsfhm": person("newcomer").documents[0].number,
    "xm": person("newcomer").name,
}


def form(values: dict[str, str], *, charset: str = "GB18030", secret: bytes = SECRET) -> bytes:
    unsigned = "&".join(
        f"{name}={quote(value, safe='', encoding=charset)}" for name, value in values.items()
    ).encode()
    digest = keyed_digest(values.get("sign_type", ""), secret, unsigned)
    return unsigned + b"&sign=" + digest.encode()


def library_code(sandbox: Any, body: bytes, *, charset: str = "GB18030") -> str:
    status, answer = ask(
        sandbox,
        "POST",
        "/population/two-factor",
        body=body,
        headers={"Content-Type": f"application/x-www-form-urlencoded; charset={charset}"},
    )
    assert status == 200
    return answer.partition(b"<CODE>")[2].partition(b"</CODE>")[0].decode()


def reordered(values: dict[str, str]) -> dict[str, str]:
    return dict(reversed(values.items()))


LIBRARY_REFUSES: dict[str, tuple[Callable[[], bytes], str]] = {
    "another secret": (lambda: form(VALUES, secret=b"x"), "1002"),
    "an unsigned form": (lambda: form(VALUES).rpartition(b"=")[0] + b"=", "1002"),
    "an unknown algorithm": (lambda: form({**VALUES, "sign_type": "MD5"}), "1002"),
    "a changed field": (lambda: form(VALUES).replace(b"ab", b"cd", 1), "1002"),
    "another order": (lambda: form(reordered(VALUES)), "1003"),
    "a missing field": (lambda: form({k: v for k, v in VALUES.items() if k != "xm"}), "1003"),
    "a doubled field": (lambda: form(VALUES) + b"&xm=1", "1003"),
    "an unknown app": (lambda: form({**VALUES, "app_id": "somebody"}), "1001"),
    "UTF-8 said to be GB18030": (lambda: form(VALUES, charset="UTF-8"), "1004"),
    "no GB18030": (lambda: form(VALUES).replace(b"&sign", b"%FF&sign"), "1004"),
    "an old time": (lambda: form({**VALUES, "timestamp": "20260301155000"}), "1005"),
    "no time": (lambda: form({**VALUES, "timestamp": "now"}), "1005"),
    "no name": (lambda: form({**VALUES, "xm": ""}), "1007"),
    "a short number": (lambda: form({**VALUES, "gmsfhm": "1"}), "1007"),
}


@pytest.mark.parametrize(("body", "code"), LIBRARY_REFUSES.values(), ids=LIBRARY_REFUSES)
def test_library_refuses_with_its_code_when_the_form_has(
    body: Callable[[], bytes], code: str, sandbox: Any
) -> None:
    assert library_code(sandbox, body()) == code


@pytest.mark.parametrize("charset", ["GBK", "", "Big5"])
def test_library_refuses_when_the_charset_is_not_agreed(charset: str, sandbox: Any) -> None:
    assert library_code(sandbox, form(VALUES), charset=charset) == "1004"


@pytest.mark.parametrize("sign_type", ["HMAC-SM3", "HMAC-SHA256"])
def test_library_answers_once_when_the_form_comes_twice(sign_type: str, sandbox: Any) -> None:
    body = form({**VALUES, "sign_type": sign_type})

    assert [library_code(sandbox, body) for _ in range(2)] == ["0000", "1006"]


def test_library_answers_when_the_form_is_utf8_and_says_so(sandbox: Any) -> None:
    assert library_code(sandbox, form(VALUES, charset="UTF-8"), charset="UTF-8") == "0000"


def test_library_account_is_the_adapters_when_developing() -> None:
    settings = library_settings("http://127.0.0.1:8001")

    assert settings.app_id == VALUES["app_id"]
    assert settings.app_secret.reveal().encode() == SECRET


# The gateway refuses

SEND = {
    "PhoneNumbers": "13800000001",
    "SignName": "通行",
    "TemplateCode": "SMS_100001",
    "TemplateParam": '{"code":"123456","minutes":"5"}',
}


def sms_code(sandbox: Any, changed: dict[str, Any] | None = None, **headers: str) -> str:
    settings = for_sandbox(sandbox.url)
    call: dict[str, Any] = {
        "url": settings.base_url,
        "action": "SendSms",
        "query": SEND,
        "access_key_id": settings.access_key_id,
        "access_key_secret": settings.access_key_secret,
        "nonce": "n-1",
        "now": sandbox.now,
    }
    signed = sign_call(Call(**{**call, **(changed or {})}))
    parts = urlsplit(signed.url)
    sent = {**signed.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    _, answer = ask(sandbox, "POST", f"{parts.path}?{parts.query}", headers=sent)
    code: str = json.loads(answer)["Code"]
    return code


def swapped(header: str) -> str:
    return header.replace("host;x-acs-action", "x-acs-action;host")


def test_gateway_takes_the_call_when_it_is_signed(sandbox: Any) -> None:
    assert [sms_code(sandbox), sms_code(sandbox)] == ["OK", "SignatureNonceUsed"]


OLD = datetime(2020, 1, 1, tzinfo=UTC)
GATEWAY_REFUSES: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "no signature": ({}, {"Authorization": ""}, "IncompleteSignature"),
    "an unknown key": ({"access_key_id": "x"}, {}, "InvalidAccessKeyId.NotFound"),
    "a changed header": ({}, {"x-acs-action": "QuerySendDetails"}, "SignatureDoesNotMatch"),
    "a changed digest": ({}, {"x-acs-content-sha256": "0" * 64}, "SignatureDoesNotMatch"),
    "an old date": ({"now": OLD}, {}, "InvalidTimeStamp.Expired"),
    "an unknown action": ({"action": "MakeTea"}, {}, "InvalidAction.NotFound"),
    "an unknown version": ({"version": "1999-01-01"}, {}, "InvalidAction.NotFound"),
    "a wrong number": ({"query": {**SEND, "PhoneNumbers": "12"}}, {}, "isv.MOBILE_NUMBER_ILLEGAL"),
    "a wrong sign": ({"query": {**SEND, "SignName": "别人"}}, {}, "isv.SMS_SIGNATURE_ILLEGAL"),
    "no template": ({"query": {**SEND, "TemplateCode": "x"}}, {}, "isv.SMS_TEMPLATE_ILLEGAL"),
    "no JSON": ({"query": {**SEND, "TemplateParam": "{"}}, {}, "isv.INVALID_JSON_PARAM"),
    "a JSON list": ({"query": {**SEND, "TemplateParam": "[]"}}, {}, "isv.INVALID_JSON_PARAM"),
    "no parameter": (
        {"query": {**SEND, "TemplateParam": ""}},
        {},
        "isv.TEMPLATE_MISSING_PARAMETERS",
    ),
}


@pytest.mark.parametrize(
    ("changed", "headers", "code"), GATEWAY_REFUSES.values(), ids=GATEWAY_REFUSES
)
def test_gateway_refuses_with_the_vendors_code_when_the_call_has(
    changed: dict[str, Any], headers: dict[str, str], code: str, sandbox: Any
) -> None:
    assert sms_code(sandbox, changed, **headers) == code
    assert sandbox.authority.inbox.to(None) == []


def test_gateway_refuses_when_signed_headers_stand_in_another_order(sandbox: Any) -> None:
    settings = for_sandbox(sandbox.url)
    call = Call(
        url=settings.base_url,
        action="SendSms",
        query=SEND,
        access_key_id=settings.access_key_id,
        access_key_secret=settings.access_key_secret,
        nonce="n-1",
        now=sandbox.now,
    )
    authorization = swapped(sign_call(call).headers["Authorization"])

    assert sms_code(sandbox, Authorization=authorization) == "IncompleteSignature"


def raw_sms_code(sandbox: Any, query: str, date: str) -> str:
    """A call signed by hand, for what the adapter would never send."""
    names = ("host", "x-acs-action", "x-acs-content-sha256", "x-acs-date")
    names += ("x-acs-signature-nonce", "x-acs-version")
    values = (
        urlsplit(sandbox.url).netloc,
        "SendSms",
        sha256(b"").hexdigest(),
        date,
        "n",
        "2017-05-25",
    )
    headers = dict(zip(names, values, strict=True))
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = f"POST\n/sms\n{query}\n{lines}\n{';'.join(names)}\n{headers[names[2]]}"
    to_sign = f"ACS3-HMAC-SHA256\n{sha256(canonical.encode()).hexdigest()}"
    signature = keyed(b"sandbox-sms-secret", to_sign.encode(), sha256).hexdigest()
    headers["Authorization"] = (
        f"ACS3-HMAC-SHA256 Credential=sandbox-sms,SignedHeaders={';'.join(names)},"
        f"Signature={signature}"
    )
    _, answer = ask(sandbox, "POST", f"/sms?{query}", headers=headers)
    code: str = json.loads(answer)["Code"]
    return code


def test_gateway_refuses_when_the_date_is_none(sandbox: Any) -> None:
    assert raw_sms_code(sandbox, "", "yesterday") == "InvalidTimeStamp.Format"


def test_gateway_refuses_when_the_number_is_missing(sandbox: Any) -> None:
    assert raw_sms_code(sandbox, "", "2026-03-01T08:00:00Z") == "isv.MOBILE_NUMBER_ILLEGAL"
