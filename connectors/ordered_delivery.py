"""Several gateways behind one door: the first that may take a message gets it.

Owns the order of fallbacks between gateways. A message goes to the next gateway only when this one
certainly did not take it: after silence nobody knows, and a person must not get two codes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.contract import DeliveryReports, MessageDelivery
from connectors.evidence import Channel, DeliveryReceipt, DeliveryStatus, Message

NOBODY = "none"
NO_ROUTE = "no_route"
# Not RATE_LIMITED: a gateway's limit per phone protects the person, and is not to be walked around.
_NOT_TAKEN = frozenset({DeliveryStatus.FAILED, DeliveryStatus.REFUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One gateway, and what it is used for.

    Attributes:
        prefixes: the numbers it serves, as E.164 begins; an empty prefix means all.
    """

    delivery: MessageDelivery
    channel: Channel = Channel.SMS
    prefixes: tuple[str, ...] = ("",)

    def serves(self, message: Message) -> bool:
        """Whether this gateway may be asked to carry `message`."""
        return message.channel is self.channel and message.to.startswith(self.prefixes)


class OrderedDelivery:
    """A `MessageDelivery` and `DeliveryReports` over routes, tried in order."""

    provider = NOBODY

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = tuple(routes)

    def send(self, message: Message, *, now: datetime) -> DeliveryReceipt:
        """Hand the message to the first gateway that takes it; the receipt says which."""
        receipt = DeliveryReceipt(
            status=DeliveryStatus.FAILED, provider=NOBODY, at=now, provider_code=NO_ROUTE
        )
        for route in self.routes:
            if not route.serves(message):
                continue
            receipt = route.delivery.send(message, now=now)
            if receipt.status not in _NOT_TAKEN:
                return receipt
        return receipt

    def status(self, receipt: DeliveryReceipt, *, to: str, now: datetime) -> DeliveryReceipt:
        """Ask the gateway that took the message, where it can be asked; else the receipt stands."""
        for route in self.routes:
            if route.delivery.provider == receipt.provider and isinstance(
                route.delivery, DeliveryReports
            ):
                return route.delivery.status(receipt, to=to, now=now)
        return receipt
