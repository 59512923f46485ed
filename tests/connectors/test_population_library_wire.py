"""The population library's wire, byte by byte: what stands in the form, what is believed."""

from datetime import UTC, datetime
from hashlib import sha256
from hmac import new as keyed
from urllib.parse import unquote_to_bytes

import pytest

from connectors.errors import OutboundAnswerRejected
from connectors.evidence import IdentityClaim
from connectors.http import OutboundResponse
from connectors.outcomes import Outcome
from connectors.population_library.settings import PopulationLibrarySettings
from connectors.population_library.wire import (
    Answer,
    outcome_of,
    read_answer,
    sign_request,
)
from connectors.settings import Secret

NOW = datetime(2026, 3, 1, 16, 30, 5, tzinfo=UTC)
NONCE = "0123456789abcdef" * 2
CLAIM = IdentityClaim(
    document_type="resident_id_card", document_number="11010519491231002X", name="李㛃&gmsfhm=1"
)
SETTINGS = PopulationLibrarySettings(
    base_url="https://library.example",
    app_id="city",
    app_secret=Secret("key"),
    sign_type="HMAC-SHA256",
)


@pytest.mark.parametrize("charset", ["GB18030", "UTF-8"])
def test_form_has_the_declared_order_and_charset_when_it_is_signed(charset: str) -> None:
    settings = PopulationLibrarySettings(
        base_url="https://library.example",
        app_id="city",
        app_secret=Secret("key"),
        sign_type="HMAC-SHA256",
        charset=charset,
    )

    form = sign_request(CLAIM, settings, nonce=NONCE, now=NOW)

    pairs = [part.split(b"=") for part in form.body.split(b"&")]
    assert [name.decode() for name, _ in pairs] == [
        "app_id", "timestamp", "nonce", "sign_type", "gmsfhm", "xm", "sign",
    ]  # fmt: skip
    values = {name: unquote_to_bytes(value).decode(charset) for name, value in pairs}
    assert values[b"xm"] == CLAIM.name
    assert values[b"timestamp"] == "20260302003005"
    signed = form.body.rpartition(b"&sign=")[0]
    assert values[b"sign"] == keyed(b"key", signed, sha256).hexdigest()
    assert form.content_type.endswith(f"charset={charset}")


def answer(document: str, *, nonce: str = NONCE, charset: str = "GB18030") -> OutboundResponse:
    body = document.encode(charset)
    signature = keyed(b"key", nonce.encode() + b"\n" + body, sha256).hexdigest()
    return OutboundResponse(status=200, headers={"x-signature": signature}, body=body)


def document(result_number: str, result_name: str, *, nonce: str = NONCE) -> str:
    return (
        '<?xml version="1.0" encoding="GB18030"?><RESPONSE><HEAD><CODE>0000</CODE>'
        f"<SERIAL>S1</SERIAL><NONCE>{nonce}</NONCE></HEAD><ROWS><ROW><OUTPUT>"
        f"<ITEM><result_gmsfhm>{result_number}</result_gmsfhm></ITEM>"
        f"<ITEM><result_xm>{result_name}</result_xm></ITEM></OUTPUT></ROW></ROWS></RESPONSE>"
    )


def test_answer_is_read_when_it_is_signed_for_this_request() -> None:
    read = read_answer(answer(document("一致", "不一致")), SETTINGS, nonce=NONCE)

    assert read == Answer(
        code="0000", serial="S1", nonce=NONCE, result_number="一致", result_name="不一致"
    )


@pytest.mark.parametrize(
    "response",
    [
        OutboundResponse(status=200, headers={}, body=document("一致", "一致").encode("GB18030")),
        answer(document("一致", "一致"), nonce="f" * 32),
        answer(document("一致", "一致", nonce="f" * 32)),
        answer("<RESPONSE>"),
        answer("not XML"),
        answer('<!DOCTYPE a [<!ENTITY b "一致">]>' + document("&b;", "&b;").partition("?>")[2]),
        OutboundResponse(
            status=200,
            headers={"x-signature": keyed(b"key", NONCE.encode() + b"\n\xff", sha256).hexdigest()},
            body=b"\xff",
        ),
    ],
    ids=["unsigned", "signed for another", "of another", "cut", "no XML", "entities", "charset"],
)
def test_answer_is_rejected_when_it_cannot_be_believed(response: OutboundResponse) -> None:
    with pytest.raises(OutboundAnswerRejected):
        read_answer(response, SETTINGS, nonce=NONCE)


ABSENT = "库中无此号，请到户籍所在地进行核实"


@pytest.mark.parametrize(
    ("code", "results", "outcome"),
    [
        ("0000", ("一致", "一致"), Outcome.MATCH),
        ("0000", ("一致", "不一致"), Outcome.MISMATCH),
        ("0000", ("不一致", "一致"), Outcome.MISMATCH),
        ("0000", ("不一致", "不一致"), Outcome.MISMATCH),
        ("0000", (ABSENT, ABSENT), Outcome.NOT_FOUND),
        ("0000", (ABSENT, ""), Outcome.NOT_FOUND),
        ("0000", ("一致", ""), Outcome.PROVIDER_ERROR),
        ("0000", ("", ""), Outcome.PROVIDER_ERROR),
        ("0000", ("不一致", "待定"), Outcome.PROVIDER_ERROR),
        ("1007", ("", ""), Outcome.INVALID_INPUT),
        ("2001", ("", ""), Outcome.RATE_LIMITED),
        ("3001", ("", ""), Outcome.INCONCLUSIVE),
        ("9999", ("一致", "一致"), Outcome.PROVIDER_ERROR),
        ("", ("一致", "一致"), Outcome.PROVIDER_ERROR),
    ],
)
def test_outcome_is_never_a_match_when_the_answer_is_not_foreseen(
    code: str, results: tuple[str, str], outcome: Outcome
) -> None:
    read = Answer(
        code=code, serial="", nonce=NONCE, result_number=results[0], result_name=results[1]
    )

    assert outcome_of(read) is outcome
