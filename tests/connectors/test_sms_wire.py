"""The gateway's wire against the vendor's published example, and its answers."""

import json
from datetime import UTC, datetime

import pytest

from connectors.errors import OutboundAnswerRejected
from connectors.evidence import Channel, DeliveryStatus, Message
from connectors.http import OutboundResponse
from connectors.settings import Secret
from connectors.sms.wire import (
    Call,
    gateway_number,
    read_answer,
    reported_status_of,
    send_query,
    sign_call,
    status_of,
    status_query,
)

NOW = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)


@pytest.mark.spec("Alibaba Cloud signature V3", "ACS3-HMAC-SHA256 over the canonical request")
def test_signature_is_the_published_one_when_the_vendors_example_is_signed() -> None:
    call = Call(
        url="https://ecs.cn-shanghai.aliyuncs.com",
        action="RunInstances",
        version="2014-05-26",
        query={
            "RegionId": "cn-shanghai",
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
        },
        access_key_id="YourAccessKeyId",
        access_key_secret=Secret("YourAccessKeySecret"),
        nonce="3156853299f313e23d1673dc12e1703d",
        now=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
    )

    signed = sign_call(call)

    assert signed.headers["Authorization"].endswith(
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )
    assert "YourAccessKeySecret" not in repr((call, signed))


@pytest.mark.parametrize(
    ("e164", "written"),
    [("+8613800000001", "13800000001"), ("+85251230001", "85251230001")],
)
def test_number_is_written_as_the_gateway_has_it_when_it_is_e164(e164: str, written: str) -> None:
    assert gateway_number(e164) == written


def test_query_holds_the_template_and_its_parameters_when_a_message_is_sent() -> None:
    message = Message(
        to="+8613800000001",
        channel=Channel.SMS,
        template="verification_code",
        language="zh-Hans",
        parameters={"code": "123456"},
    )

    query = send_query(message, sign_name="通行", template_id="SMS_1")

    assert json.loads(query["TemplateParam"]) == {"code": "123456"}
    assert "OutId" not in query


def test_day_is_beijings_when_a_report_is_asked_for() -> None:
    query = status_query(to="+8613800000001", receipt="1^0", sent_at=NOW)

    assert query["SendDate"] == "20260302"


def response(value: object, status: int = 200) -> OutboundResponse:
    return OutboundResponse(status=status, headers={}, body=json.dumps(value).encode())


@pytest.mark.parametrize(
    "one",
    [response([]), response({}), response({"Code": 1}), response({"Code": "OK"}, 502)],
    ids=["a list", "no code", "a number", "502"],
)
def test_answer_is_rejected_when_it_has_no_code(one: OutboundResponse) -> None:
    with pytest.raises(OutboundAnswerRejected):
        read_answer(one)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("OK", DeliveryStatus.ACCEPTED),
        ("isv.BUSINESS_LIMIT_CONTROL", DeliveryStatus.RATE_LIMITED),
        ("isv.MOBILE_NUMBER_ILLEGAL", DeliveryStatus.REFUSED),
    ],
)
def test_status_is_told_when_the_gateway_answers(code: str, status: DeliveryStatus) -> None:
    assert status_of(read_answer(response({"Code": code}))) is status


@pytest.mark.parametrize(
    ("listed", "status"),
    [
        ({"SmsSendDetailDTO": [{"SendStatus": 1}]}, DeliveryStatus.ACCEPTED),
        ({"SmsSendDetailDTO": [{"SendStatus": 2, "ErrCode": "MK:0000"}]}, DeliveryStatus.FAILED),
        ({"SmsSendDetailDTO": [{"SendStatus": 3}]}, DeliveryStatus.DELIVERED),
        ({"SmsSendDetailDTO": [{"SendStatus": "3"}]}, DeliveryStatus.UNKNOWN),
        ({"SmsSendDetailDTO": ["?"]}, DeliveryStatus.UNKNOWN),
        ({"SmsSendDetailDTO": {}}, DeliveryStatus.UNKNOWN),
        ([], DeliveryStatus.UNKNOWN),
    ],
)
def test_report_is_told_when_the_gateway_lists_details(
    listed: object, status: DeliveryStatus
) -> None:
    read = read_answer(response({"Code": "OK", "SmsSendDetailDTOs": listed}))

    assert reported_status_of(read)[0] is status
