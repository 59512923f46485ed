"""Whom a small city asks and sends by: connectors to the sandbox, each over a real socket."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Thread

from connectors.addresses import AddressPolicy
from connectors.counting import DailyUses, InProcessCounters
from connectors.evidence import Channel
from connectors.health import HealthBook
from connectors.http import OutboundClient
from connectors.inquiry import Connector, Inquiries
from connectors.ordered_delivery import OrderedDelivery, Route
from connectors.plan import Terms, as_built
from connectors.registry import (
    IDENTITY_VERIFICATION,
    MESSAGE_DELIVERY,
    REDIRECT_LOGIN,
    REDIRECT_VERIFICATION,
    build_for_sandbox,
)
from connectors.sandbox.authority import SandboxAuthority
from connectors.sandbox.server import SandboxServer
from idp.journey.dispatcher import Watch, unwatched
from idp.journey.login.partner_desk import Partner
from idp.journey.readings.here import PromptedEye
from idp.journey.verification.visit_desk import VisitConnector


# Whom this city asks: one authority for residents, so that its failure has no second, and one
# for everybody else.
@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whom a city asks."""

    kinds: tuple[str, ...] = ("population_library", "immigration")
    visits: tuple[str, ...] = ()
    has_partner: bool = False
    patience: float = 0.0
    watch: Watch = unwatched
    visit_terms: Callable[[Terms], Terms] = as_built
    more: tuple[Connector, ...] = ()
    prompted: PromptedEye | None = None
    delivery_terms: Callable[[Terms], Terms] = as_built
    mail_port: int = 0
    """Where the sandbox's mail server listens; 0 for a city without e-mail."""
    prefixes: tuple[str, ...] = ("",)
    """The numbers that text messages reach, as they begin."""


ASKED = Asked()


@contextmanager
def running_sandbox() -> Iterator[SandboxServer]:
    """The sandbox authority on a free port."""
    authority = SandboxAuthority(clock=lambda: datetime.now(UTC))  # noqa: TID251 - its own
    with SandboxServer("127.0.0.1", 0, authority) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(timeout=5)


def inquiries_of(
    sandbox: SandboxServer,
    *kinds: str,
    patience: float = 0.0,
    more: tuple[Connector, ...] = (),
) -> Inquiries:
    """Connectors of these kinds, asked in this order; `patience` in seconds, where it is set."""
    client = OutboundClient(AddressPolicy.development(), clock=time.monotonic)
    counters = InProcessCounters(clock=time.monotonic)
    changed = {"timeout": patience} if patience else {}
    known = {kind: IDENTITY_VERIFICATION[kind] for kind in kinds}
    connectors = [
        Connector(
            terms=Terms(name=name, order=order),
            adapter=kind.build(
                replace(kind.for_sandbox(sandbox.base_url), **changed), client, counters
            ),
        )
        for order, (name, kind) in enumerate(known.items())
    ]
    return Inquiries(
        connectors=[*connectors, *more],
        counters=counters,
        health=HealthBook(clock=time.monotonic),
        clock=time.monotonic,
    )


def visits_of(sandbox: SandboxServer, *kinds: str) -> tuple[VisitConnector, ...]:
    """Authorities of these kinds, at whose pages people are verified; none is waited for long."""
    client = OutboundClient(AddressPolicy.development(), clock=time.monotonic)
    known = {kind: REDIRECT_VERIFICATION[kind] for kind in kinds}
    return tuple(
        VisitConnector(
            terms=Terms(name=name),
            adapter=kind.factory(replace(kind.for_sandbox(sandbox.base_url), timeout=2.5), client),
        )
        for name, kind in known.items()
    )


def delivery_of(url: str, asked: Asked) -> OrderedDelivery:
    """The sandbox's text messages, and its mail server where the city has one."""
    client = OutboundClient(AddressPolicy.development(), clock=time.monotonic)
    text = build_for_sandbox(MESSAGE_DELIVERY, "sms", base_url=url, client=client)
    routes = [Route(delivery=text, prefixes=asked.prefixes, terms=Terms(name="sms"))]
    if asked.mail_port:
        kind = MESSAGE_DELIVERY["email"]
        settings = replace(kind.for_sandbox(url), port=asked.mail_port)
        mail = kind.factory(settings, client)
        routes.append(Route(delivery=mail, channel=Channel.EMAIL, terms=Terms(name="email")))
    uses = DailyUses(counters=InProcessCounters(clock=time.monotonic))
    return OrderedDelivery(routes, uses=uses, terms_now=asked.delivery_terms)


def partner_of(sandbox: SandboxServer) -> Partner:
    """The sandbox's partner, who tells telephone numbers."""
    kind = REDIRECT_LOGIN["upstream_oidc"]
    settings = replace(
        kind.for_sandbox(sandbox.base_url), scope="openid profile phone", timeout=2.5
    )
    client = OutboundClient(AddressPolicy.development(), clock=time.monotonic)
    return Partner(name="province", adapter=kind.factory(settings, client), names={"": "Province"})
