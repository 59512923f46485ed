"""Which authorities this deployment asks: the sandbox, those of its connectors file, or none."""

from collections.abc import Mapping
from typing import Any

from connectors.absent import AbsentDelivery
from connectors.addresses import AddressPolicy
from connectors.breaker import CircuitBreaker
from connectors.contract import MessageDelivery
from connectors.health import HealthBook
from connectors.http import OutboundClient
from connectors.inquiry import Connector, Inquiries
from connectors.plan import Terms
from connectors.registry import (
    IDENTITY_VERIFICATION,
    MESSAGE_DELIVERY,
    build,
    build_for_sandbox,
)
from deploy.composition.connectors_file import VERIFICATION, read_entries
from deploy.composition.ground import Ground
from idp.conf import ProviderSettings
from idp.subjects.level_rules import SMS_CODE

SMS = "sms"


def inquiries(ground: Ground) -> Inquiries:
    """Whoever verifies people: all the sandbox plays, or those of the connectors file."""
    settings = ground.settings
    connectors = _of_sandbox(ground) if settings.sandbox_url else _of_file(ground)
    return Inquiries(
        connectors=connectors,
        counters=ground.store,
        health=HealthBook(clock=ground.clock.monotonic),
        clock=ground.clock.monotonic,
    )


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
                entry.settings,
                # Without a breaker of its own: an ailing connector rests by the health book.
                OutboundClient(
                    AddressPolicy.production(*entry.networks), clock=ground.clock.monotonic
                ),
                ground.store,
            ),
        )
        for entry in read_entries(ground.settings)
        if entry.section == VERIFICATION
    )


def proof_methods(ground: Ground) -> frozenset[str]:
    """What proves somebody's identity here: the phone, and what configured authorities check."""
    asked = (connector for connector in inquiries(ground).connectors if connector.terms.is_on)
    return frozenset({SMS_CODE, *(connector.adapter.method for connector in asked)})


def message_delivery(ground: Ground) -> MessageDelivery:
    settings = ground.settings
    if settings.sandbox_url:
        return build_for_sandbox(
            MESSAGE_DELIVERY, SMS, base_url=settings.sandbox_url, client=ground.outbound
        )
    values = configured(settings).get(SMS)
    if values is None:
        return AbsentDelivery()
    return build(MESSAGE_DELIVERY, SMS, values=values, client=_client(ground, values))


def configured(settings: ProviderSettings) -> Mapping[str, dict[str, Any]]:
    """Kinds of the connectors file that are switched on, with their settings and networks.

    Raises:
        ConnectorMisconfigured: it cannot be read, or is not of its shape.
    """
    return {
        entry.kind: {**entry.given, "networks": list(entry.networks)}
        for entry in read_entries(settings)
        if entry.terms.is_on
    }


def _client(ground: Ground, values: dict[str, Any]) -> OutboundClient:
    """Each authority has a breaker of its own, and may live in a network approved for it."""
    networks = values.pop("networks", [])
    return OutboundClient(
        AddressPolicy.production(*networks),
        clock=ground.clock.monotonic,
        breaker=CircuitBreaker(clock=ground.clock.monotonic),
    )
