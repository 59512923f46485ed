"""Several gateways behind one door: the first that may take a message gets it.

Owns the order of fallbacks between gateways, and from text message to e-mail. A message goes to the
next gateway only when this one certainly did not take it: after silence nobody knows, and a person
must not get two codes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from connectors.contract import DeliveryReports, MessageDelivery
from connectors.counting import DailyUses
from connectors.evidence import Channel, DeliveryReceipt, DeliveryStatus, Message
from connectors.health import Asked, Watch, unwatched
from connectors.plan import Terms, as_built

NOBODY = "none"
NO_ROUTE = "no_route"
USED_UP = "used_up"
# Not RATE_LIMITED: a gateway's limit per phone protects the person, and is not to be walked around.
_NOT_TAKEN = frozenset({DeliveryStatus.FAILED, DeliveryStatus.REFUSED})
_UNLIMITED: Final = Terms(name="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One gateway, and what it is used for.

    Attributes:
        prefixes: the numbers it serves, as E.164 begins; an empty prefix means all.
        terms: its name, and how many messages a day it may be handed.
    """

    delivery: MessageDelivery
    channel: Channel = Channel.SMS
    prefixes: tuple[str, ...] = ("",)
    terms: Terms = _UNLIMITED

    def serves(self, channel: Channel, to: str) -> bool:
        """Whether this gateway may be asked to carry a message of `channel` to `to`."""
        return channel is self.channel and to.startswith(self.prefixes)


class OrderedDelivery:
    """A `MessageDelivery`, `MessageReach` and `DeliveryReports` over routes.

    They are tried in the order of their terms.

    `terms_now` turns the terms a route was built with into those that hold at this moment; `watch`
    is told of every message that was handed over.
    """

    provider = NOBODY

    def __init__(
        self,
        routes: Sequence[Route],
        *,
        uses: DailyUses,
        terms_now: Callable[[Terms], Terms] = as_built,
        watch: Watch = unwatched,
        clock: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.routes = tuple(routes)
        self._uses = uses
        self._terms_now = terms_now
        self._watch = watch
        self._clock = clock

    def carries(self, channel: Channel) -> bool:
        """Whether a gateway of this channel is here, at work or switched off."""
        return any(route.channel is channel for route in self.routes)

    def reaches(self, channel: Channel, to: str) -> bool:
        """Whether a gateway at work serves `to`; how it fares is only known by sending."""
        return any(route.serves(channel, to) for _terms, route in self._standing())

    def send(self, message: Message, *, now: datetime) -> DeliveryReceipt:
        """Hand the message to the first gateway that takes it; the receipt says which.

        Where no text message can go out, and the person has an e-mail address, it goes there.
        """
        receipt = self._offered(message, now=now)
        if (
            receipt.status not in _NOT_TAKEN
            or not message.email
            or message.channel is Channel.EMAIL
        ):
            return receipt
        written = replace(message, channel=Channel.EMAIL, to=message.email)
        by_email = self._offered(written, now=now)
        return receipt if by_email.status in _NOT_TAKEN else by_email

    def status(self, receipt: DeliveryReceipt, *, to: str, now: datetime) -> DeliveryReceipt:
        """Ask the gateway that took the message, where it can be asked; else the receipt stands."""
        for route in self.routes:
            if route.delivery.provider == receipt.provider and isinstance(
                route.delivery, DeliveryReports
            ):
                return route.delivery.status(receipt, to=to, now=now)
        return receipt

    def _offered(self, message: Message, *, now: datetime) -> DeliveryReceipt:
        receipt = _unsent(NO_ROUTE, now=now)
        for terms, route in self._standing():
            if not route.serves(message.channel, message.to):
                continue
            name, most = terms.name, terms.per_day
            if not self._uses.take(name, most=most, now=now):
                receipt = _unsent(USED_UP, now=now) if receipt.provider == NOBODY else receipt
                continue
            receipt = self._handed(route, terms, message, now=now)
            if receipt.status not in _NOT_TAKEN:
                return receipt
            self._uses.give_back(name, most=most, now=now)
        return receipt

    def _handed(
        self, route: Route, terms: Terms, message: Message, *, now: datetime
    ) -> DeliveryReceipt:
        started = self._clock()
        receipt = replace(route.delivery.send(message, now=now), channel=route.channel)
        is_taken = receipt.status not in _NOT_TAKEN
        self._watch(
            Asked(
                name=terms.name,
                outcome=receipt.status.value,
                is_answered=receipt.status is not DeliveryStatus.FAILED,
                seconds=self._clock() - started,
                cost=terms.cost if is_taken else 0,
            )
        )
        return receipt

    def _standing(self) -> list[tuple[Terms, Route]]:
        """The routes in use; those of the same order stay as they were listed."""
        now = [(self._terms_now(route.terms), route) for route in self.routes]
        return sorted((each for each in now if each[0].is_on), key=lambda each: each[0].order)


def _unsent(code: str, *, now: datetime) -> DeliveryReceipt:
    return DeliveryReceipt(
        status=DeliveryStatus.FAILED, provider=NOBODY, at=now, provider_code=code
    )
