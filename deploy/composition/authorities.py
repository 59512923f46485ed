"""Which authorities this deployment asks: the sandbox, those of its connectors file, or none."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from connectors.absent import AbsentDelivery
from connectors.breaker import CircuitBreaker
from connectors.contract import IdentityVerification, MessageDelivery, RedirectVerification
from connectors.counting import DailyUses
from connectors.evidence import Channel
from connectors.health import HealthBook
from connectors.http import OutboundClient
from connectors.inquiry import Connector, Inquiries
from connectors.lens.adapter import METHOD, LocalFaces
from connectors.lens.lens import Lens, is_available
from connectors.lens.prompted import METHOD as PROMPTED
from connectors.lens.prompted import PromptedFaces
from connectors.ordered_delivery import OrderedDelivery, Route
from connectors.plan import Terms
from connectors.registry import (
    CHANNELS,
    IDENTITY_VERIFICATION,
    MESSAGE_DELIVERY,
    REDIRECT_LOGIN,
    REDIRECT_VERIFICATION,
    TEXT_GATEWAYS,
    build_for_sandbox,
)
from deploy.composition.connectors_file import LOGINS, Entry, read_entries
from deploy.composition.ground import Ground, addresses_for
from idp.channels.connector_desk import ConnectorWatch, Placed
from idp.channels.connector_terms import DELIVERY, VERIFICATION, VISITS
from idp.conf import EmailAccounts
from idp.journey.login.partner_desk import Partner
from idp.journey.verification.visit_desk import VisitConnector
from idp.journey.verification.words import VISIT_WORDS
from idp.subjects.authenticators.kinds import Kind
from idp.subjects.level_rules import CARD_READER, EMAIL_CODE, SMS_CODE

_LAST = 1_000
_EVERYWHERE: Final = ("",)
_SANDBOX_PARTNER = {
    "zh-hans": "合作平台账号（沙箱）",
    "zh-hant": "合作平台帳戶（沙箱）",
    "en": "Partner account (sandbox)",
}


ProofMethods = Callable[[], frozenset[str]]
"""The methods on offer at this moment: connectors are switched while this runs."""


def inquiries(ground: Ground) -> Inquiries:
    """Whoever verifies people: all the sandbox plays, or those of the connectors file."""
    settings = ground.settings
    connectors = _of_sandbox(ground) if settings.sandbox_url else _of_file(ground)
    return Inquiries(
        connectors=(*connectors, *_own_eye(ground)),
        counters=ground.store,
        health=_book(ground, VERIFICATION),
        clock=ground.clock.monotonic,
        terms_now=ground.connector_terms.verifying,
    )


def _own_eye(ground: Ground) -> tuple[Connector, ...]:
    """Our own comparison of faces, where it is switched on; authorities are asked before it."""
    if not ground.settings.authentication.local_faces or not is_available():
        return ()
    terms = Terms(name=METHOD, order=_LAST)
    return (Connector(terms=terms, adapter=LocalFaces(Lens())),)


def prompted_faces(ground: Ground) -> PromptedFaces | None:
    """What looks at frames of a machine's own browser, where that is switched on."""
    if not ground.settings.authentication.prompted_faces or not is_available():
        return None
    return PromptedFaces(eye=Lens())


def _of_sandbox(ground: Ground) -> tuple[Connector, ...]:
    return tuple(
        Connector(
            terms=Terms(name=kind, order=order),
            adapter=build_for_sandbox(
                IDENTITY_VERIFICATION,
                kind,
                base_url=ground.settings.sandbox_url,
                client=ground.outbound,
                counters=ground.store,
            ),
        )
        for order, kind in enumerate(IDENTITY_VERIFICATION)
    )


def _of_file(ground: Ground) -> tuple[Connector, ...]:
    return tuple(
        Connector(
            terms=entry.terms,
            adapter=IDENTITY_VERIFICATION[entry.kind].build(
                entry.settings, _client(ground, entry), ground.store
            ),
        )
        for entry in read_entries(ground.settings)
        if entry.section == VERIFICATION
    )


def visits(ground: Ground) -> tuple[VisitConnector, ...]:
    """Whoever verifies people at a page of their own, as far as our pages lead there."""
    built = _sandbox_visits(ground) if ground.settings.sandbox_url else _file_visits(ground)
    book, terms_now = _book(ground, VISITS), ground.connector_terms.visited
    return tuple(
        replace(each, health=book, terms_now=terms_now)
        for each in built
        if each.adapter.method in VISIT_WORDS
    )


def _sandbox_visits(ground: Ground) -> tuple[VisitConnector, ...]:
    url = ground.settings.sandbox_url
    return tuple(
        VisitConnector(
            terms=Terms(name=kind),
            adapter=build_for_sandbox(
                REDIRECT_VERIFICATION, kind, base_url=url, client=ground.outbound
            ),
        )
        for kind in REDIRECT_VERIFICATION
    )


def _file_visits(ground: Ground) -> tuple[VisitConnector, ...]:
    return tuple(
        VisitConnector(
            terms=entry.terms,
            adapter=REDIRECT_VERIFICATION[entry.kind].build(
                entry.settings, _client(ground, entry), ground.store
            ),
        )
        for entry in read_entries(ground.settings)
        if entry.section == VISITS
    )


def partners(ground: Ground) -> tuple[Partner, ...]:
    """Whose logins open accounts here: the sandbox's partner, or those of the connectors file."""
    return (_sandbox_partner(ground),) if ground.settings.sandbox_url else _file_partners(ground)


def _sandbox_partner(ground: Ground) -> Partner:
    kind = "upstream_oidc"
    return Partner(
        name=kind,
        adapter=build_for_sandbox(
            REDIRECT_LOGIN, kind, base_url=ground.settings.sandbox_url, client=ground.outbound
        ),
        names=_SANDBOX_PARTNER,
    )


def _file_partners(ground: Ground) -> tuple[Partner, ...]:
    return tuple(
        Partner(
            name=entry.terms.name,
            adapter=REDIRECT_LOGIN[entry.kind].build(
                entry.settings, _client(ground, entry), ground.store
            ),
            names=entry.label,
        )
        for entry in sorted(read_entries(ground.settings), key=lambda entry: entry.terms.order)
        if entry.section == LOGINS and entry.terms.is_on
    )


def _client(ground: Ground, entry: Entry) -> OutboundClient:
    """One without a breaker of its own: an ailing connector rests by the health book."""
    policy = addresses_for(ground.settings, *entry.networks)
    return OutboundClient(policy, clock=ground.clock.monotonic)


def _book(ground: Ground, section: str) -> HealthBook:
    return HealthBook(clock=ground.clock.monotonic, watch=_watch(ground, section))


def _watch(ground: Ground, section: str) -> ConnectorWatch:
    return ConnectorWatch(section=section, tally=ground.tally, store=ground.store)


def methods_of(ground: Ground) -> ProofMethods:
    """What proves somebody's identity here: phone, enrolled readers, authorities that are on."""
    asked = [(each.terms, each.adapter.method) for each in inquiries(ground).connectors]
    visited = visits(ground)
    ours = {PROMPTED} if prompted_faces(ground) else set()
    is_any = ground.settings.authentication.email_accounts is EmailAccounts.ANY
    by_address = {EMAIL_CODE} if is_any and takes_email(ground)() else set()

    def now() -> frozenset[str]:
        switched = ((ground.connector_terms.verifying(terms), method) for terms, method in asked)
        on = {method for terms, method in switched if terms.is_on}
        away = {each.adapter.method for each in visited if each.standing.is_on}
        return frozenset({SMS_CODE, CARD_READER, *by_address, *on, *away, *ours})

    return now


def takes_email(ground: Ground) -> Callable[[], bool]:
    """Whether people may sign in by a code to their e-mail address, at this moment."""
    delivery = message_delivery(ground)
    is_used = Kind.EMAIL in ground.settings.authentication.kinds
    return lambda: is_used and delivery.reaches(Channel.EMAIL, "")


def message_delivery(ground: Ground) -> OrderedDelivery | AbsentDelivery:
    """The gateways, lowest order first; the next where one certainly takes no message."""
    routes = _sandbox_routes(ground) if ground.settings.sandbox_url else _file_routes(ground)
    return (
        OrderedDelivery(
            routes,
            uses=DailyUses(counters=ground.store),
            terms_now=ground.connector_terms.delivering,
            watch=_watch(ground, DELIVERY),
            clock=ground.clock.monotonic,
        )
        if routes
        else AbsentDelivery()
    )


_OUT_OF_SANDBOX_REACH: Final = "+87"
"""Satellite telephones: the sandbox's gateways serve every number but theirs."""
_SANDBOX_PREFIXES: Final = tuple(
    prefix
    for first in range(1, 10)
    for prefix in ((f"+8{each}" for each in range(10)) if first == 8 else (f"+{first}",))
    if prefix != _OUT_OF_SANDBOX_REACH
)


def _sandbox_routes(ground: Ground) -> list[Route]:
    return [
        Route(
            delivery=build_for_sandbox(
                MESSAGE_DELIVERY,
                kind,
                base_url=ground.settings.sandbox_url,
                client=ground.outbound,
            ),
            channel=CHANNELS[kind],
            prefixes=_SANDBOX_PREFIXES if kind in TEXT_GATEWAYS else _EVERYWHERE,
            terms=Terms(name=kind),
        )
        for kind in MESSAGE_DELIVERY
    ]


def _file_routes(ground: Ground) -> list[Route]:
    entries = (entry for entry in read_entries(ground.settings) if entry.section == DELIVERY)
    return [
        Route(
            delivery=MESSAGE_DELIVERY[entry.kind].build(
                entry.settings,
                # A breaker of its own: while it rests, the next gateway is asked without a wait.
                OutboundClient(
                    addresses_for(ground.settings, *entry.networks),
                    clock=ground.clock.monotonic,
                    breaker=CircuitBreaker(clock=ground.clock.monotonic),
                ),
                ground.store,
            ),
            channel=CHANNELS[entry.kind],
            prefixes=entry.prefixes,
            terms=entry.terms,
        )
        for entry in sorted(entries, key=lambda entry: entry.terms.order)
    ]


def placed(
    asked: Inquiries, visited: Sequence[VisitConnector], delivery: MessageDelivery
) -> tuple[Placed, ...]:
    """Every connector whose use the city may change while it runs."""
    routes = delivery.routes if isinstance(delivery, OrderedDelivery) else ()
    return (
        *(_placed(VERIFICATION, each.terms, each.adapter) for each in asked.connectors),
        *(_placed(VISITS, each.terms, each.adapter) for each in visited),
        *(
            Placed(
                section=DELIVERY,
                terms=route.terms,
                method=route.channel.value,
                authority=route.delivery.provider,
            )
            for route in routes
        ),
    )


def _placed(
    section: str, terms: Terms, adapter: IdentityVerification | RedirectVerification
) -> Placed:
    return Placed(section=section, terms=terms, method=adapter.method, authority=adapter.authority)


def connector_names(ground: Ground) -> dict[str, frozenset[str]]:
    """What this deployment's connectors are called, by section."""
    if ground.settings.sandbox_url:
        return {
            VERIFICATION: frozenset(IDENTITY_VERIFICATION),
            VISITS: frozenset(REDIRECT_VERIFICATION),
            DELIVERY: frozenset(MESSAGE_DELIVERY),
        }
    entries = read_entries(ground.settings)
    return {
        section: frozenset(entry.terms.name for entry in entries if entry.section == section)
        for section in (VERIFICATION, VISITS, DELIVERY)
    }
