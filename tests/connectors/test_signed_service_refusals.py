"""What the sandbox's signed services refuse, as the real ones do."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from connectors.sandbox.population_library import keyed_digest
from tests.contracts.verifiers import ADAPTERS

JSON = "application/json; charset=utf-8"
FIRST = {
    "mobile_operator": (
        "/operator/three-factor",
        {"appId": "sandbox-mobile-operator", "timestamp": "20260301160000", "name": "何晨"}
        | {"idNo": "350200199909099914", "mobile": "13800000017"},
    ),
    "bank_card": (
        "/bank/four-factor",
        {"appId": "sandbox-bank-card", "timestamp": "20260301160000", "accName": "何晨"}
        | {"certNo": "350200199909099914", "cardNo": "1", "mobile": "13800000017"},
    ),
    "ctid": ("/ctid/token", {"appKey": "sandbox-ctid", "timestamp": "20260301160000"}),
    "immigration": (
        "/immigration/token",
        {"clientId": "sandbox-immigration", "timestamp": "20260301160000"},
    ),
    "business_registry": (
        "/registry/organization",
        {"appId": "sandbox-business-registry", "timestamp": "20260301160000"}
        | {"uscc": "91350200MA2XTE5T69", "entName": "a", "principalName": "b"},
    ),
}


def signed(kind: str, fields: dict[str, str], *, secret: bytes | None = None) -> bytes:
    key = secret or f"sandbox-{kind.replace('_', '-')}-secret".encode()
    unsigned = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    sign = keyed_digest("HMAC-SM3", key, unsigned)
    return unsigned[:-1] + f',"sign":"{sign}"}}'.encode()


def of(kind: str, **changed: str) -> dict[str, str]:
    return {**FIRST[kind][1], "nonce": "ab" * 16, **changed}


def reversed_order(kind: str) -> bytes:
    return signed(kind, dict(reversed(of(kind).items())))


REFUSES: dict[str, tuple[Callable[[str], bytes], str]] = {
    "another secret": (lambda kind: signed(kind, of(kind), secret=b"x"), "SIGNATURE"),
    "a changed field": (
        lambda kind: signed(kind, of(kind)).replace(b"abab", b"abac", 1),
        "SIGNATURE",
    ),
    "another order": (reversed_order, "ORDER"),
    "a missing field": (lambda kind: signed(kind, {"nonce": "ab" * 16}), "ORDER"),
    "a field too many": (lambda kind: signed(kind, of(kind, more="1")), "ORDER"),
    "an unknown account": (
        lambda kind: signed(kind, {**of(kind), next(iter(FIRST[kind][1])): "somebody"}),
        "ACCOUNT",
    ),
    "an old time": (lambda kind: signed(kind, of(kind, timestamp="20260301155000")), "STALE"),
    "no time": (lambda kind: signed(kind, of(kind, timestamp="now")), "STALE"),
    "spaces": (lambda kind: signed(kind, of(kind)).replace(b",", b", "), "ENCODING"),
    "no UTF-8": (lambda kind: signed(kind, of(kind)).replace(b"ab", b"\xff", 1), "ENCODING"),
    "no object": (lambda _kind: b"[]", "ENCODING"),
    "a number": (lambda kind: signed(kind, of(kind)).replace(b'"ab', b'1,"a":"b', 1), "ENCODING"),
}


def code(sandbox: Any, kind: str, body: bytes, *, content_type: str = JSON) -> str:
    status, answer = sandbox.ask(
        "POST", FIRST[kind][0], body=body, headers={"Content-Type": content_type}
    )
    assert status == 200
    told: str = json.loads(answer)["code"]
    return told


def codes_of(sandbox: Any, kind: str) -> dict[str, str]:
    service = next(one for one in sandbox.authority._signed.values() if one.name == kind)
    return {refused.name: told for refused, told in service.codes.items()}


@pytest.mark.parametrize("kind", FIRST)
def test_service_refuses_with_its_code_when_a_request_is_not_in_order(
    kind: str, sandbox: Any
) -> None:
    codes = codes_of(sandbox, kind)
    for what, (body, refused) in REFUSES.items():
        assert code(sandbox, kind, body(kind)) == codes[refused], what
    for content_type in ("application/json", "application/json; charset=gbk", "text/plain"):
        refused_type = code(sandbox, kind, signed(kind, of(kind)), content_type=content_type)
        assert refused_type == codes["ENCODING"]
    fresh = signed(kind, of(kind, nonce="cd" * 16))
    assert code(sandbox, kind, fresh) not in codes.values()
    assert code(sandbox, kind, fresh) == codes["REPLAYED"]


@pytest.mark.parametrize("kind", FIRST)
def test_path_is_unknown_when_the_service_has_no_such_step(kind: str, sandbox: Any) -> None:
    path = FIRST[kind][0].rpartition("/")[0]
    assert sandbox.ask("POST", f"{path}/else", body=b"{}")[0] == 404


TOKENLESS = {
    "ctid": [
        ("/ctid/serial", {"appKey": "sandbox-ctid", "timestamp": "20260301160000"}, "4001"),
    ],
    "immigration": [
        (
            "/immigration/apply",
            {"token": "t", "timestamp": "20260301160000", "authType": "REAL_NAME"}
            | {"certType": "20"},
            "401",
        ),
    ],
}


@pytest.mark.parametrize("kind", TOKENLESS)
def test_service_disowns_a_token_when_it_never_gave_it(kind: str, sandbox: Any) -> None:
    for path, fields, told in TOKENLESS[kind]:
        body = signed(kind, {**fields, "nonce": "ab" * 16})
        headers = {"Content-Type": JSON, "Authorization": "Bearer t"}
        _, answer = sandbox.ask("POST", path, body=body, headers=headers)
        assert json.loads(answer)["code"] == told


def exchange(sandbox: Any, kind: str, path: str, fields: dict[str, str], token: str = "") -> Any:
    exchange.nonces += 1  # type: ignore[attr-defined]
    nonce = f"{exchange.nonces:032d}"  # type: ignore[attr-defined]
    body = signed(kind, {**fields, "nonce": nonce})
    headers = {"Content-Type": JSON, "Authorization": f"Bearer {token}"}
    return json.loads(sandbox.ask("POST", path, body=body, headers=headers)[1])


exchange.nonces = 0  # type: ignore[attr-defined]
STAMP = {"timestamp": "20260301160000"}


def test_ctid_refuses_a_serial_used_twice_and_a_mode_that_is_not_what_is_sent(
    sandbox: Any,
) -> None:
    def ask(step: str, fields: dict[str, str], token: str = "") -> Any:
        return exchange(sandbox, "ctid", f"/ctid/{step}", fields, token)

    token = ask("token", {"appKey": "sandbox-ctid", **STAMP})["accessToken"]
    told = []
    person = {"name": "何晨", "idNo": "350200199909099914"}
    for mode, more in (("0x40", {}), ("0x42", {}), ("0x99", {}), ("0x40", {"credential": "c"})):
        serial = ask("serial", {"appKey": "sandbox-ctid", **STAMP}, token)["bizSerialNo"]
        fields = {"bizSerialNo": serial, **STAMP, "authMode": mode, **person, **more}
        told.append(ask("authenticate", fields, token)["code"])
    assert told == ["0000", "1007", "1007", "1007"]
    assert ask("authenticate", fields, token)["code"] == "4002"


def test_immigration_refuses_an_application_used_twice_or_for_something_else(
    sandbox: Any,
) -> None:
    def ask(step: str, fields: dict[str, str]) -> Any:
        return exchange(sandbox, "immigration", f"/immigration/{step}", fields)

    token = {"token": ask("token", {"clientId": "sandbox-immigration", **STAMP})["token"]}
    kinds = (("REAL_NAME", "20", "20"), ("REAL_NAME", "20", "21"), ("CHIP", "20", "20"))
    told = []
    for kind, applied, sent in kinds:
        applied_for = {**token, **STAMP, "authType": kind, "certType": applied}
        fields = {
            **token,
            **STAMP,
            "applyNo": ask("apply", applied_for)["applyNo"],
            "certType": sent,
            "certNo": "H99900001",
            "name": "梁嘉欣",
            "birthDate": "19940823",
        }
        told.append(ask("authenticate", fields)["code"])
    assert told == ["200", "402", "400"]
    assert ask("authenticate", fields)["code"] == "402"
    unknown = {**token, **STAMP, "authType": "REAL_NAME", "certType": "99"}
    assert ask("apply", unknown)["code"] == "400"


def test_every_signed_service_is_listed_here_when_there_is_a_new_one() -> None:
    assert {*FIRST, "population_library"} == set(ADAPTERS)
