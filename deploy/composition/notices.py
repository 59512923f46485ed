"""Security notices, wired: what the worker takes from the outbox goes to the message gateway."""

from collections.abc import Callable, Mapping
from typing import Any

from connectors.contract import MessageDelivery
from connectors.evidence import Channel, Message
from deploy.composition.authorities import message_delivery
from deploy.composition.ground import Ground
from deploy.composition.people import HallRooms
from idp.subjects.notices import KIND

TEMPLATE = "security_notice"


def notice_deliveries(
    ground: Ground, hall: HallRooms
) -> dict[str, Callable[[Mapping[str, Any]], None]]:
    """The outbox's kind of notices, with what delivers it."""
    gateway: MessageDelivery = message_delivery(ground)
    notices = hall.subjects.authenticators.notices

    def send(phone: str, language: str, words: str) -> bool:
        message = Message(
            to=phone,
            channel=Channel.SMS,
            template=TEMPLATE,
            language=language,
            parameters={"event": words},
        )
        return gateway.send(message, now=ground.clock.now()).is_underway

    def deliver(payload: Mapping[str, Any]) -> None:
        notices.deliver(payload, send)

    return {KIND: deliver}
