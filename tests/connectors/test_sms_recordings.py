"""Both text message gateways against recorded examples of their wires, byte for byte."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.delivery_reports import (
    MOST_REPORTS,
    Callback,
    CallbackRefused,
    DeliveryReport,
    applied,
)
from connectors.evidence import Channel, DeliveryReceipt, DeliveryStatus, Message
from connectors.settings import Secret
from connectors.sms.adapter import SmsGateway
from connectors.sms.settings import SmsSettings
from connectors.sms_tencent.adapter import TencentSmsGateway
from connectors.sms_tencent.settings import TencentSmsSettings
from connectors.sms_tencent.wire import Call, signed_headers, status_of
from tests.recorded import Replay

NOW = datetime(2026, 3, 1, 8, 30, 5, tzinfo=UTC)
MESSAGE = Message(
    to="+8613800000001",
    channel=Channel.SMS,
    template="verification_code",
    language="zh-Hans",
    parameters={"code": "482915", "minutes": "5"},
    reference="out-1",
)
ALIYUN = SmsSettings(
    base_url="https://dysmsapi.aliyuncs.com",
    access_key_id="LTAIEXAMPLE",
    access_key_secret=Secret("AKEXAMPLEKEY"),
    sign_name="通行",
    templates={"verification_code.zh-Hans": "SMS_1"},
    callback_token=Secret("token"),
)
TENCENT = TencentSmsSettings(
    base_url="https://sms.tencentcloudapi.com",
    secret_id="AKIDEXAMPLE",
    secret_key=Secret("AKEXAMPLEKEY"),
    sdk_app_id="1400006666",
    sign_name="通行",
    templates={"verification_code.zh-Hans": "449739"},
    international_templates={"verification_code.zh-Hans": "449800"},
    callback_token=Secret("token"),
)


def test_first_vendors_exchange_is_the_recorded_one_byte_for_byte() -> None:
    replay = Replay("sms")
    gateway = SmsGateway(ALIYUN, replay.client, new_nonce=lambda: "0123456789abcdef" * 2)

    receipt = gateway.send(MESSAGE, now=NOW)
    macau = gateway.send(replace(MESSAGE, to="+85366120001", reference=""), now=NOW)
    report = gateway.status(receipt, to=MESSAGE.to, now=NOW)

    assert replay.asked == replay.requests
    assert (receipt.status, receipt.provider_reference) == (
        DeliveryStatus.ACCEPTED,
        "607300000000000001^0",
    )
    assert macau.status is DeliveryStatus.RATE_LIMITED
    assert (report.status, report.provider_code) == (DeliveryStatus.DELIVERED, "DELIVERED")


def test_second_vendors_exchange_is_the_recorded_one_byte_for_byte() -> None:
    replay = Replay("sms_tencent")
    gateway = TencentSmsGateway(TENCENT, replay.client)

    receipt = gateway.send(MESSAGE, now=NOW)
    hong_kong = gateway.send(replace(MESSAGE, to="+85251230001", reference=""), now=NOW)
    report = gateway.status(receipt, to=MESSAGE.to, now=NOW)

    assert replay.asked == replay.requests
    assert (receipt.status, receipt.provider_reference, receipt.request_id) == (
        DeliveryStatus.ACCEPTED,
        "5000:1045710669157053657849499619",
        "a0aabda6-cf91-4f3e-a81f-9198114a2279",
    )
    assert hong_kong.status is DeliveryStatus.REFUSED
    assert (report.status, report.provider_code) == (DeliveryStatus.DELIVERED, "DELIVRD")


@pytest.mark.spec("Tencent Cloud signature V3", "TC3-HMAC-SHA256 over the canonical request")
def test_second_vendors_signature_is_the_published_one_when_its_example_is_signed() -> None:
    body = (
        '{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'
    )
    call = Call(
        url="https://cvm.tencentcloudapi.com",
        action="DescribeInstances",
        version="2017-03-12",
        service="cvm",
        region="ap-guangzhou",
        body=body.encode(),
        secret_id="AKID" + "*" * 32,
        secret_key=Secret("*" * 32),
        now=datetime(2019, 2, 25, 16, 44, 25, tzinfo=UTC),
    )

    headers = signed_headers(call)

    assert headers["Authorization"].endswith(
        "Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"
    )
    assert "Secret(…)" in repr(call)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("Ok", DeliveryStatus.ACCEPTED),
        ("LimitExceeded.PhoneNumberThirtySecondLimit", DeliveryStatus.RATE_LIMITED),
        ("RequestLimitExceeded", DeliveryStatus.RATE_LIMITED),
        ("InternalError.Timeout", DeliveryStatus.UNKNOWN),
        ("FailedOperation.ContainSensitiveWord", DeliveryStatus.REFUSED),
    ],
)
def test_second_vendors_code_is_told_in_our_words(code: str, status: DeliveryStatus) -> None:
    assert status_of(code) is status


# What the vendors push, from their descriptions

ALIYUN_PUSH = (
    '[{"phone_number":"13800000001","send_time":"2026-03-01 16:30:05",'
    '"report_time":"2026-03-01 16:30:11","success":true,"err_code":"DELIVERED",'
    '"err_msg":"用户接收成功","sms_size":"1","biz_id":"607300000000000001^0","out_id":"out-1"}]'
).encode()
TENCENT_PUSH = (
    '[{"user_receive_time":"2026-03-01 16:30:11","nationcode":"86","mobile":"13800000001",'
    '"report_status":"SUCCESS","errmsg":"DELIVRD","description":"用户短信送达成功",'
    '"sid":"5000:1045710669157053657849499619"}]'
).encode()
PUSHES = {
    "sms": (
        SmsGateway(ALIYUN, Replay("sms").client),
        ALIYUN_PUSH,
        "607300000000000001^0",
        ALIYUN_PUSH.replace(b"true", b"false"),
    ),
    "sms_tencent": (
        TencentSmsGateway(TENCENT, Replay("sms_tencent").client),
        TENCENT_PUSH,
        "5000:1045710669157053657849499619",
        TENCENT_PUSH.replace(b"SUCCESS", b"FAIL"),
    ),
}


@pytest.fixture(params=PUSHES.values(), ids=PUSHES)
def push(request: pytest.FixtureRequest) -> tuple[SmsGateway, bytes, str, bytes]:
    chosen: tuple[SmsGateway, bytes, str, bytes] = request.param
    return chosen


def accepted(report: DeliveryReport, reference: str) -> DeliveryReceipt:
    return DeliveryReceipt(
        status=DeliveryStatus.ACCEPTED,
        provider=report.provider,
        at=NOW,
        provider_reference=reference,
    )


def test_report_is_applied_once_when_it_is_pushed_twice_and_late(
    push: tuple[SmsGateway, bytes, str, bytes],
) -> None:
    gateway, body, reference, failed = push
    [report] = gateway.read(Callback(token="token", body=body))
    [late] = gateway.read(Callback(token="token", body=failed))
    receipt = accepted(report, reference)

    once = applied(receipt, report, to=MESSAGE.to)

    assert once.status is DeliveryStatus.DELIVERED
    assert once.at == NOW + timedelta(seconds=6)
    assert applied(once, report, to=MESSAGE.to) == once
    assert applied(once, late, to=MESSAGE.to) == once
    assert applied(receipt, late, to=MESSAGE.to).status is DeliveryStatus.FAILED
    assert gateway.acknowledgement.startswith(b"{")


def test_report_changes_nothing_when_it_is_about_another_message(
    push: tuple[SmsGateway, bytes, str, bytes],
) -> None:
    gateway, body, reference, _ = push
    [report] = gateway.read(Callback(token="token", body=body))
    receipt = accepted(report, reference)

    for other in (
        replace(report, provider_reference="another"),
        replace(report, to="+8613800000002"),
        replace(report, provider="another"),
        replace(report, status=DeliveryStatus.UNKNOWN),
    ):
        assert applied(receipt, other, to=MESSAGE.to) == receipt


@pytest.mark.parametrize(
    ("token", "body"),
    [
        ("another", b"[]"),
        ("", b"[]"),
        ("token", b"{}"),
        ("token", b"\xff"),
        ("token", b"[1]"),
        ("token", b"[" + b"{}," * MOST_REPORTS + b"{}]"),
    ],
    ids=["wrong token", "no token", "an object", "no text", "a number", "too many"],
)
def test_report_is_refused_when_it_is_not_the_gateways(
    push: tuple[SmsGateway, bytes, str, bytes], token: str, body: bytes
) -> None:
    with pytest.raises(CallbackRefused):
        push[0].read(Callback(token=token, body=body))


def test_report_is_refused_when_no_token_was_agreed() -> None:
    silent = replace(TENCENT, callback_token=Secret(""))

    with pytest.raises(CallbackRefused):
        TencentSmsGateway(silent, Replay("sms").client).read(Callback(token="", body=b"[]"))


def test_report_tells_no_time_when_the_gateway_writes_none() -> None:
    for gateway, body, *_ in PUSHES.values():
        [report] = gateway.read(Callback(token="token", body=body.replace(b"2026-03-01 16", b"")))
        assert report.reported_at is None
