"""Which authorities this deployment asks: the sandbox, those of its connectors file, or none."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from connectors.absent import AbsentDelivery, AbsentVerification
from connectors.addresses import AddressPolicy
from connectors.breaker import CircuitBreaker
from connectors.contract import IdentityVerification, MessageDelivery
from connectors.errors import ConnectorMisconfigured
from connectors.http import OutboundClient
from connectors.registry import (
    IDENTITY_VERIFICATION,
    MESSAGE_DELIVERY,
    build,
    build_for_sandbox,
)
from deploy.composition.ground import Ground
from idp.conf import ProviderSettings
from idp.subjects.level_rules import SMS_CODE

POPULATION_LIBRARY = "population_library"
SMS = "sms"


def identity_verification(ground: Ground) -> IdentityVerification:
    settings = ground.settings
    if settings.sandbox_url:
        return build_for_sandbox(
            IDENTITY_VERIFICATION,
            POPULATION_LIBRARY,
            base_url=settings.sandbox_url,
            client=ground.outbound,
        )
    values = configured(settings).get(POPULATION_LIBRARY)
    if values is None:
        return AbsentVerification()
    client = _client(ground, values)
    return build(IDENTITY_VERIFICATION, POPULATION_LIBRARY, values=values, client=client)


def proof_methods(ground: Ground) -> frozenset[str]:
    """What proves somebody's identity here: the phone, and what configured authorities check."""
    return frozenset({SMS_CODE, identity_verification(ground).method})


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
    """The connectors file: kind, then the fields of its settings class.

    Raises:
        ConnectorMisconfigured: it cannot be read, or is not of this shape.
    """
    if not settings.connectors_file:
        return {}
    try:
        document = yaml.safe_load(Path(settings.connectors_file).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as problem:
        raise ConnectorMisconfigured(f"the connectors file cannot be read: {problem}") from problem
    if not isinstance(document, dict) or not all(
        isinstance(values, dict) for values in document.values()
    ):
        raise ConnectorMisconfigured("the connectors file maps each kind to its settings")
    return document


def _client(ground: Ground, values: dict[str, Any]) -> OutboundClient:
    """Each authority has a breaker of its own, and may live in a network approved for it."""
    networks = values.pop("networks", [])
    return OutboundClient(
        AddressPolicy.production(*networks),
        clock=ground.clock.monotonic,
        breaker=CircuitBreaker(clock=ground.clock.monotonic),
    )
