"""The order of gateways: the next is asked only when this one did not take the message."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.evidence import Channel, DeliveryReceipt, DeliveryStatus, Message
from connectors.http import OutboundClient
from connectors.ordered_delivery import NO_ROUTE, NOBODY, OrderedDelivery, Route
from connectors.registry import MESSAGE_DELIVERY, build_for_sandbox

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
MESSAGE = Message(
    to="+8613800000001",
    channel=Channel.SMS,
    template="verification_code",
    language="zh-Hans",
    parameters={"code": "482915", "minutes": "5"},
)


@dataclass
class Told:
    """A gateway outside that answers as told, and cannot be asked later."""

    status_told: DeliveryStatus
    sent: list[Message] = field(default_factory=list)
    provider: str = "told"

    def send(self, message: Message, *, now: datetime) -> DeliveryReceipt:
        self.sent.append(message)
        return DeliveryReceipt(status=self.status_told, provider="told", at=now)


@pytest.mark.parametrize(
    ("first", "is_second_asked"),
    [
        (DeliveryStatus.ACCEPTED, False),
        (DeliveryStatus.UNKNOWN, False),
        (DeliveryStatus.RATE_LIMITED, False),
        (DeliveryStatus.FAILED, True),
        (DeliveryStatus.REFUSED, True),
    ],
)
def test_second_gateway_is_asked_only_when_the_first_certainly_did_not_take_it(
    first: DeliveryStatus, *, is_second_asked: bool
) -> None:
    one, other = Told(first), Told(DeliveryStatus.ACCEPTED)
    routes = [Route(delivery=one), Route(delivery=other)]

    receipt = OrderedDelivery(routes).send(MESSAGE, now=NOW)

    assert bool(other.sent) is is_second_asked
    assert receipt.status is (DeliveryStatus.ACCEPTED if is_second_asked else first)


def test_gateway_is_passed_over_when_number_or_channel_are_not_its() -> None:
    mainland, letters = Told(DeliveryStatus.ACCEPTED), Told(DeliveryStatus.ACCEPTED)
    ordered = OrderedDelivery(
        [
            Route(delivery=mainland, prefixes=("+86",)),
            Route(delivery=letters, channel=Channel.EMAIL),
        ]
    )

    abroad = ordered.send(replace(MESSAGE, to="+85251230001"), now=NOW)
    written = ordered.send(replace(MESSAGE, channel=Channel.EMAIL, to="a@b.example"), now=NOW)

    assert (abroad.provider, abroad.provider_code) == (NOBODY, NO_ROUTE)
    assert written.status is DeliveryStatus.ACCEPTED
    assert not mainland.sent


def test_person_gets_one_message_from_the_second_vendor_when_the_first_is_out_of_credit(
    sandbox: Any, outbound: OutboundClient
) -> None:
    routes = [
        Route(
            delivery=build_for_sandbox(
                MESSAGE_DELIVERY, kind, base_url=sandbox.url, client=outbound
            )
        )
        for kind in ("sms", "sms_tencent")
    ]
    sandbox.spoil("sms", "provider_code", code="isv.AMOUNT_NOT_ENOUGH")
    ordered = OrderedDelivery(routes)

    receipt = ordered.send(MESSAGE, now=sandbox.now)

    assert receipt.provider == "tencent_shaped_sms"
    assert len(sandbox.authority.inbox.to(MESSAGE.to)) == 1
    report = ordered.status(receipt, to=MESSAGE.to, now=sandbox.now)
    assert report.status is DeliveryStatus.DELIVERED


def test_receipt_stands_when_its_gateway_cannot_be_asked() -> None:
    ordered = OrderedDelivery([Route(delivery=Told(DeliveryStatus.ACCEPTED))])
    receipt = ordered.send(MESSAGE, now=NOW)

    assert ordered.status(receipt, to=MESSAGE.to, now=NOW) == receipt
    assert ordered.status(replace(receipt, provider="x"), to=MESSAGE.to, now=NOW).provider == "x"
