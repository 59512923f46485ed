"""The table of connectors: kind → its settings and its factory, spelled out.

Owns which kinds there are. A new one is a folder of the same shape and one entry here; which
connectors a deployment runs, and with what settings, is the composition root's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar

from connectors.contract import IdentityVerification, MessageDelivery
from connectors.errors import ConnectorMisconfigured
from connectors.http import OutboundClient
from connectors.population_library import settings as population_library_settings
from connectors.population_library.adapter import PopulationLibrary
from connectors.population_library.settings import PopulationLibrarySettings
from connectors.settings import read_settings
from connectors.sms import settings as sms_settings
from connectors.sms.adapter import SmsGateway
from connectors.sms.settings import SmsSettings

Adapter_co = TypeVar("Adapter_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[Adapter_co]):
    """One kind of connector.

    Attributes:
        settings: its frozen settings class.
        factory: settings and the outbound client → the adapter.
        for_sandbox: the sandbox authority's base URL → settings that it accepts.
    """

    settings: type[Any]
    factory: Callable[[Any, OutboundClient], Adapter_co]
    for_sandbox: Callable[[str], Any]


IDENTITY_VERIFICATION: Final[Mapping[str, Kind[IdentityVerification]]] = MappingProxyType(
    {
        "population_library": Kind(
            settings=PopulationLibrarySettings,
            factory=PopulationLibrary,
            for_sandbox=population_library_settings.for_sandbox,
        ),
    }
)

MESSAGE_DELIVERY: Final[Mapping[str, Kind[MessageDelivery]]] = MappingProxyType(
    {
        "sms": Kind(
            settings=SmsSettings,
            factory=SmsGateway,
            for_sandbox=sms_settings.for_sandbox,
        ),
    }
)


def build(
    kinds: Mapping[str, Kind[Adapter_co]],
    kind: str,
    *,
    values: Mapping[str, object],
    client: OutboundClient,
) -> Adapter_co:
    """The adapter of `kind`, configured by plain `values`.

    Raises:
        ConnectorMisconfigured: there is no such kind, or a value is missing or wrong.
    """
    entry = _known(kinds, kind)
    try:
        return entry.factory(read_settings(entry.settings, values), client)
    except ConnectorMisconfigured as error:
        raise ConnectorMisconfigured(f"{kind}.{error.debug}") from error


def build_for_sandbox(
    kinds: Mapping[str, Kind[Adapter_co]], kind: str, *, base_url: str, client: OutboundClient
) -> Adapter_co:
    """The adapter of `kind` against the sandbox authority at `base_url`. Development only.

    Raises:
        ConnectorMisconfigured: there is no such kind.
    """
    entry = _known(kinds, kind)
    return entry.factory(entry.for_sandbox(base_url), client)


def _known(kinds: Mapping[str, Kind[Adapter_co]], kind: str) -> Kind[Adapter_co]:
    if kind not in kinds:
        raise ConnectorMisconfigured(f"{kind}: no such kind of connector")
    return kinds[kind]
