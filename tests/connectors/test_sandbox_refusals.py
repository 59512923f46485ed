"""What the sandbox refuses, as the vendors it plays do: signatures, field order, encodings, age."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from hmac import new as keyed
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from connectors.population_library.settings import for_sandbox as library_settings
from connectors.sandbox.inbox import Inbox
from connectors.sandbox.population import person
from connectors.sandbox.population_library import keyed_digest
from connectors.sandbox.sms_gateway import SmsGateway
from connectors.sms.settings import for_sandbox
from connectors.sms.wire import Call, sign_call

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
    status, answer = sandbox.ask(
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
    _, answer = sandbox.ask("POST", f"{parts.path}?{parts.query}", headers=sent)
    code: str = json.loads(answer)["Code"]
    return code


def swapped(header: str) -> str:
    return header.replace("host;x-acs-action", "x-acs-action;host")


def test_gateway_takes_the_call_when_it_is_signed(sandbox: Any) -> None:
    assert [sms_code(sandbox), sms_code(sandbox)] == ["OK", "SignatureNonceUsed"]


NOW = "2026-03-01T08:00:00Z"
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


def raw_sms_code(sandbox: Any, query: str, date: str, *, sent: str | None = None) -> str:
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
    _, answer = sandbox.ask("POST", f"/sms?{sent or query}", headers=headers)
    code: str = json.loads(answer)["Code"]
    return code


def test_gateway_refuses_when_the_date_is_none(sandbox: Any) -> None:
    assert raw_sms_code(sandbox, "", "yesterday") == "InvalidTimeStamp.Format"


def test_gateway_refuses_when_the_number_is_missing(sandbox: Any) -> None:
    assert raw_sms_code(sandbox, "", NOW) == "isv.MOBILE_NUMBER_ILLEGAL"


def test_gateway_refuses_when_parameters_are_not_utf8(sandbox: Any) -> None:
    # The signature covers what the vendor reads, and it reads U+FFFD for what is no UTF-8.
    query = "SignName=%EF%BF%BD"

    assert raw_sms_code(sandbox, query, NOW, sent="SignName=%FF") == "InvalidParameter"


def test_gateway_forgets_the_oldest_receipt_when_many_were_sent(sandbox: Any) -> None:
    gateway = SmsGateway(Inbox())
    receipts = []
    for number in range(1001):
        gateway._requests = number
        receipts.append(gateway._send(SEND, now=sandbox.now)["BizId"])
    asked = {"PhoneNumber": "13800000001"}

    first = gateway._details({**asked, "BizId": receipts[0]}, now=sandbox.now)
    last = gateway._details({**asked, "BizId": receipts[-1]}, now=sandbox.now)

    assert (first["TotalCount"], last["TotalCount"]) == (0, 1)
