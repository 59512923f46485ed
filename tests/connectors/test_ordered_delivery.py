"""The order of gateways: the next is asked only when this one did not take the message."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.counting import DailyUses, InProcessCounters
from connectors.evidence import Channel, DeliveryReceipt, DeliveryStatus, Message
from connectors.http import OutboundClient
from connectors.ordered_delivery import NO_ROUTE, NOBODY, USED_UP, OrderedDelivery, Route
from connectors.plan import Terms
from connectors.registry import MESSAGE_DELIVERY, build_for_sandbox

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
MESSAGE = Message(
    to="+8613800000001",
    channel=Channel.SMS,
    template="verification_code",
    language="zh-Hans",
    parameters={"code": "482915", "minutes": "5"},
)


def ordered(*routes: Route) -> OrderedDelivery:
    counters = InProcessCounters(clock=lambda: 0.0)
    return OrderedDelivery(routes, uses=DailyUses(counters=counters))


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

    receipt = ordered(Route(delivery=one), Route(delivery=other)).send(MESSAGE, now=NOW)

    assert bool(other.sent) is is_second_asked
    assert receipt.status is (DeliveryStatus.ACCEPTED if is_second_asked else first)


def test_gateway_is_passed_over_when_number_or_channel_are_not_its() -> None:
    mainland, letters = Told(DeliveryStatus.ACCEPTED), Told(DeliveryStatus.ACCEPTED)
    delivery = ordered(
        Route(delivery=mainland, prefixes=("+86",)),
        Route(delivery=letters, channel=Channel.EMAIL),
    )

    abroad = delivery.send(replace(MESSAGE, to="+85251230001"), now=NOW)
    written = delivery.send(replace(MESSAGE, channel=Channel.EMAIL, to="a@b.example"), now=NOW)

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
    delivery = ordered(*routes)

    receipt = delivery.send(MESSAGE, now=sandbox.now)

    assert receipt.provider == "tencent_shaped_sms"
    assert len(sandbox.authority.inbox.to(MESSAGE.to)) == 1
    report = delivery.status(receipt, to=MESSAGE.to, now=sandbox.now)
    assert report.status is DeliveryStatus.DELIVERED


def test_receipt_stands_when_its_gateway_cannot_be_asked() -> None:
    delivery = ordered(Route(delivery=Told(DeliveryStatus.ACCEPTED)))
    receipt = delivery.send(MESSAGE, now=NOW)

    assert delivery.status(receipt, to=MESSAGE.to, now=NOW) == receipt
    assert delivery.status(replace(receipt, provider="x"), to=MESSAGE.to, now=NOW).provider == "x"


@pytest.mark.parametrize(
    ("prefixes", "text", "letter", "email", "came"),
    [
        (("+86",), DeliveryStatus.ACCEPTED, DeliveryStatus.ACCEPTED, "a@b.example", Channel.SMS),
        (("+852",), DeliveryStatus.ACCEPTED, DeliveryStatus.ACCEPTED, "a@b.example", Channel.EMAIL),
        (("+86",), DeliveryStatus.FAILED, DeliveryStatus.ACCEPTED, "a@b.example", Channel.EMAIL),
        (("+86",), DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN, "a@b.example", Channel.EMAIL),
        (("+86",), DeliveryStatus.UNKNOWN, DeliveryStatus.ACCEPTED, "a@b.example", None),
        (("+86",), DeliveryStatus.RATE_LIMITED, DeliveryStatus.ACCEPTED, "a@b.example", None),
        (("+86",), DeliveryStatus.FAILED, DeliveryStatus.REFUSED, "a@b.example", None),
        (("+86",), DeliveryStatus.FAILED, DeliveryStatus.ACCEPTED, "", None),
    ],
)
def test_message_goes_by_email_only_when_no_text_message_can_go_out(
    prefixes: tuple[str, ...],
    text: DeliveryStatus,
    letter: DeliveryStatus,
    email: str,
    came: Channel | None,
) -> None:
    texts, letters = Told(text), Told(letter)
    delivery = ordered(
        Route(delivery=texts, prefixes=prefixes),
        Route(delivery=letters, channel=Channel.EMAIL),
    )

    receipt = delivery.send(replace(MESSAGE, email=email), now=NOW)

    if came is None:
        assert receipt.channel is Channel.SMS
        assert receipt.status is text
    else:
        assert receipt.channel is came
        assert receipt.is_underway
    assert all(sent.to == email for sent in letters.sent)


def test_second_gateway_is_asked_when_the_firsts_messages_of_today_are_used_up() -> None:
    limited, other = Told(DeliveryStatus.ACCEPTED), Told(DeliveryStatus.ACCEPTED)
    delivery = ordered(
        Route(delivery=limited, terms=Terms(name="cheap", per_day=1)), Route(delivery=other)
    )

    for when in (NOW, NOW, NOW + timedelta(days=1)):
        assert delivery.send(MESSAGE, now=when).status is DeliveryStatus.ACCEPTED

    assert (len(limited.sent), len(other.sent)) == (2, 1)


def test_message_is_not_counted_when_the_gateway_did_not_take_it() -> None:
    failing = Told(DeliveryStatus.FAILED)
    delivery = ordered(Route(delivery=failing, terms=Terms(name="only", per_day=1)))

    codes = [delivery.send(MESSAGE, now=NOW).provider_code for _ in range(2)]
    failing.status_told = DeliveryStatus.ACCEPTED
    taken, refused = (delivery.send(MESSAGE, now=NOW) for _ in range(2))

    assert codes == ["", ""]
    assert taken.status is DeliveryStatus.ACCEPTED
    assert (refused.status, refused.provider_code) == (DeliveryStatus.FAILED, USED_UP)


def test_gateways_follow_the_terms_of_the_moment_when_they_change() -> None:
    first, second = Told(DeliveryStatus.ACCEPTED), Told(DeliveryStatus.ACCEPTED)
    said: dict[str, Terms] = {}
    delivery = OrderedDelivery(
        [
            Route(delivery=first, terms=Terms(name="first", order=1)),
            Route(delivery=second, terms=Terms(name="second", order=2)),
        ],
        uses=DailyUses(counters=InProcessCounters(clock=lambda: 0.0)),
        terms_now=lambda terms: said.get(terms.name, terms),
    )
    delivery.send(MESSAGE, now=NOW)
    said["first"] = Terms(name="first", order=3)
    delivery.send(MESSAGE, now=NOW)
    said["second"] = Terms(name="second", is_on=False)
    delivery.send(MESSAGE, now=NOW)
    assert (len(first.sent), len(second.sent)) == (2, 1)
