"""The contract of `MessageDelivery`: every gateway, every answer, every failure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from connectors.evidence import Channel, DeliveryStatus, Message
from connectors.http import OutboundClient
from connectors.registry import MESSAGE_DELIVERY
from connectors.settings import Secret
from connectors.sms import settings as sms_settings
from connectors.sms.adapter import SmsGateway
from connectors.sms_tencent import settings as sms_tencent_settings
from connectors.sms_tencent.adapter import TencentSmsGateway
from tests.waiting import wait_until

CODE = Message(
    to="+8613800000001",
    channel=Channel.SMS,
    template="verification_code",
    language="zh-Hans",
    parameters={"code": "482915", "minutes": "5"},
    reference="out-1",
)


@dataclass(frozen=True, kw_only=True)
class Gateway:
    service: str
    settings: Callable[[str], Any]
    factory: Callable[[Any, OutboundClient], Any]
    limit_code: str
    refusal_code: str
    wrong_secret: Mapping[str, object]
    wrong_secret_code: str

    def build(self, sandbox: Any, client: OutboundClient, **changed: object) -> Any:
        return self.factory(replace(self.settings(sandbox.url), **changed), client)


GATEWAYS = {
    "sms": Gateway(
        service="sms",
        settings=sms_settings.for_sandbox,
        factory=SmsGateway,
        limit_code="isv.BUSINESS_LIMIT_CONTROL",
        refusal_code="isv.AMOUNT_NOT_ENOUGH",
        wrong_secret={"access_key_secret": Secret("another")},
        wrong_secret_code="SignatureDoesNotMatch",
    ),
    "sms_tencent": Gateway(
        service="sms_tencent",
        settings=sms_tencent_settings.for_sandbox,
        factory=TencentSmsGateway,
        limit_code="LimitExceeded.PhoneNumberDailyLimit",
        refusal_code="FailedOperation.InsufficientBalanceInSmsPackage",
        wrong_secret={"secret_key": Secret("another")},
        wrong_secret_code="AuthFailure.SignatureFailure",
    ),
}

# A failed answer does not tell whether the message went: UNKNOWN, never a second send.
FAILURES = ("slow", "500", "503", "reset", "truncated", "garbage", "wrong_content_type")


@pytest.fixture(params=GATEWAYS.values(), ids=GATEWAYS)
def gateway(request: pytest.FixtureRequest) -> Gateway:
    chosen: Gateway = request.param
    return chosen


def test_every_registered_gateway_is_under_this_contract() -> None:
    # E-mail is no HTTP interface: its contract stands in test_email_delivery.py.
    assert set(GATEWAYS) | {"email"} == set(MESSAGE_DELIVERY)


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-Hans", "验证码"), ("zh-Hant", "驗證碼"), ("en", "Your code is"), ("fr", "验证码")],
)
def test_message_arrives_in_the_persons_language_when_the_gateway_takes_it(
    gateway: Gateway, language: str, words: str, sandbox: Any, outbound: OutboundClient
) -> None:
    built = gateway.build(sandbox, outbound)

    receipt = built.send(replace(CODE, language=language), now=sandbox.now)

    assert receipt.status is DeliveryStatus.ACCEPTED
    assert receipt.is_underway
    assert receipt.provider_reference
    assert receipt.request_id
    [delivered] = sandbox.authority.inbox.to("138 0000 0001")
    assert words in delivered["text"]
    assert delivered["code"] == "482915"
    assert delivered["to"] == "+8613800000001"


@pytest.mark.parametrize(
    "number",
    ["+85251230001", "+85366120001", "+886912345678", "+14155550123"],
    ids=["Hong Kong", "Macau", "Taiwan", "abroad"],
)
def test_message_arrives_when_the_number_is_not_of_the_mainland(
    gateway: Gateway, number: str, sandbox: Any, outbound: OutboundClient
) -> None:
    built = gateway.build(sandbox, outbound)

    receipt = built.send(replace(CODE, to=number, language="zh-Hant"), now=sandbox.now)

    assert receipt.status is DeliveryStatus.ACCEPTED
    [delivered] = sandbox.authority.inbox.to(number)
    assert "驗證碼" in delivered["text"]
    assert built.status(receipt, to=number, now=sandbox.now).status is DeliveryStatus.DELIVERED


def test_receipt_tells_delivery_when_it_is_asked_for_later(
    gateway: Gateway, sandbox: Any, outbound: OutboundClient
) -> None:
    built = gateway.build(sandbox, outbound)
    receipt = built.send(CODE, now=sandbox.now)

    report = built.status(receipt, to=CODE.to, now=sandbox.now)

    assert report.status is DeliveryStatus.DELIVERED
    assert report.provider_reference == receipt.provider_reference


def test_receipt_stays_unknown_when_the_gateway_knows_no_such_message(
    gateway: Gateway, sandbox: Any, outbound: OutboundClient
) -> None:
    built = gateway.build(sandbox, outbound)
    receipt = replace(built.send(CODE, now=sandbox.now), provider_reference="nobody's")

    assert built.status(receipt, to=CODE.to, now=sandbox.now).status is DeliveryStatus.UNKNOWN


def test_receipt_stays_unknown_when_the_gateway_is_down(
    gateway: Gateway, sandbox: Any, outbound: OutboundClient
) -> None:
    built = gateway.build(sandbox, outbound)
    receipt = built.send(CODE, now=sandbox.now)
    sandbox.spoil(gateway.service, "500")

    assert built.status(receipt, to=CODE.to, now=sandbox.now).status is DeliveryStatus.UNKNOWN


@pytest.mark.parametrize("behaviour", FAILURES)
def test_message_is_sent_once_and_unknown_when_the_gateway_misbehaves(
    gateway: Gateway, behaviour: str, sandbox: Any, outbound: OutboundClient
) -> None:
    sandbox.spoil(gateway.service, behaviour)
    built = gateway.build(sandbox, outbound, timeout=0.2 if behaviour == "slow" else 5.0)

    receipt = built.send(CODE, now=sandbox.now)

    assert receipt.status is DeliveryStatus.UNKNOWN
    assert receipt.is_underway
    # The gateway may still be at it when we have stopped waiting.
    wait_until(lambda: len(sandbox.authority.inbox.to(CODE.to)) == 1)


def test_message_is_failed_when_the_gateways_address_may_not_be_called(
    gateway: Gateway, sandbox: Any, outbound: OutboundClient
) -> None:
    built = gateway.build(sandbox, outbound, base_url="http://169.254.169.254")

    receipt = built.send(CODE, now=sandbox.now)

    assert receipt.status is DeliveryStatus.FAILED
    assert not receipt.is_underway


def test_message_is_rate_limited_when_the_gateway_says_so(
    gateway: Gateway, sandbox: Any, outbound: OutboundClient
) -> None:
    sandbox.spoil(gateway.service, "provider_code", code=gateway.limit_code)

    receipt = gateway.build(sandbox, outbound).send(CODE, now=sandbox.now)

    assert receipt.status is DeliveryStatus.RATE_LIMITED
    assert receipt.provider_code == gateway.limit_code


def test_message_is_refused_when_the_gateway_says_so(
    gateway: Gateway, sandbox: Any, outbound: OutboundClient
) -> None:
    sandbox.spoil(gateway.service, "provider_code", code=gateway.refusal_code)

    receipt = gateway.build(sandbox, outbound).send(CODE, now=sandbox.now)

    assert receipt.status is DeliveryStatus.REFUSED
    assert receipt.provider_code == gateway.refusal_code


@pytest.mark.parametrize(
    "changed",
    [
        {"template": "unheard_of"},
        {"parameters": {"minutes": "5"}},
        {"to": "+86"},
    ],
    ids=["unknown template", "missing parameter", "no number"],
)
def test_message_is_refused_when_it_cannot_be_sent(
    gateway: Gateway, changed: dict[str, Any], sandbox: Any, outbound: OutboundClient
) -> None:
    receipt = gateway.build(sandbox, outbound).send(replace(CODE, **changed), now=sandbox.now)

    assert receipt.status is DeliveryStatus.REFUSED
    assert sandbox.authority.inbox.to(None) == []


def test_message_is_refused_when_our_secret_is_not_the_agreed_one(
    gateway: Gateway, sandbox: Any, outbound: OutboundClient
) -> None:
    built = gateway.build(sandbox, outbound, **gateway.wrong_secret)

    receipt = built.send(CODE, now=sandbox.now)

    assert receipt.status is DeliveryStatus.REFUSED
    assert receipt.provider_code == gateway.wrong_secret_code


def test_message_shows_neither_recipient_nor_code_when_it_is_printed() -> None:
    shown = repr(CODE)

    assert "13800000001" not in shown
    assert "482915" not in shown
