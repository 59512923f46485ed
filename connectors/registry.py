"""The table of connectors: kind → its settings and its factory, spelled out.

Owns which kinds there are. A new one is a folder of the same shape and one entry here; which
connectors a deployment runs, and with what settings, is the composition root's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar

from connectors.bank_card import settings as bank_card_settings
from connectors.bank_card.adapter import BankCard
from connectors.business_registry import settings as business_registry_settings
from connectors.business_registry.adapter import BusinessRegistry
from connectors.camera.adapter import Camera
from connectors.camera.settings import CameraSettings
from connectors.card_reader.adapter import CardReader
from connectors.card_reader.settings import CardReaderSettings
from connectors.contract import (
    Counters,
    DeviceReading,
    FaceCapturing,
    IdentityVerification,
    MessageDelivery,
    OrganizationVerification,
    PasswordLogin,
    RedirectLogin,
    RedirectVerification,
)
from connectors.ctid import settings as ctid_settings
from connectors.ctid.adapter import Ctid
from connectors.email import settings as email_settings
from connectors.email.adapter import EmailGateway
from connectors.email.settings import EmailSettings
from connectors.errors import ConnectorMisconfigured
from connectors.evidence import Channel
from connectors.face import settings as face_settings
from connectors.face.adapter import FaceComparison
from connectors.face.settings import FaceSettings
from connectors.http import OutboundClient
from connectors.immigration import settings as immigration_settings
from connectors.immigration.adapter import Immigration
from connectors.immigration_face import settings as immigration_face_settings
from connectors.immigration_face.adapter import ImmigrationFace
from connectors.immigration_face.settings import ImmigrationFaceSettings
from connectors.ldap_directory.settings import LdapDirectorySettings
from connectors.mobile_operator import settings as mobile_operator_settings
from connectors.mobile_operator.adapter import MobileOperator
from connectors.network_identity import settings as network_identity_settings
from connectors.network_identity.adapter import NetworkIdentity
from connectors.network_identity.settings import NetworkIdentitySettings
from connectors.population_library import settings as population_library_settings
from connectors.population_library.adapter import PopulationLibrary
from connectors.population_library.settings import PopulationLibrarySettings
from connectors.sms import settings as sms_settings
from connectors.sms.adapter import SmsGateway
from connectors.sms.settings import SmsSettings
from connectors.sms_tencent import settings as sms_tencent_settings
from connectors.sms_tencent.adapter import TencentSmsGateway
from connectors.sms_tencent.settings import TencentSmsSettings
from connectors.upstream_oidc import settings as upstream_oidc_settings
from connectors.upstream_oidc.adapter import UpstreamOidc
from connectors.upstream_oidc.settings import UpstreamOidcSettings

Adapter_co = TypeVar("Adapter_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[Adapter_co]):
    """One kind of connector.

    Attributes:
        settings: its frozen settings class.
        factory: settings and the outbound client → the adapter.
        counts: the factory also takes `counters`, which all processes share.
        for_sandbox: the sandbox authority's base URL → settings that it accepts.
    """

    settings: type[Any]
    factory: Callable[..., Adapter_co]
    for_sandbox: Callable[[str], Any]
    counts: bool = False

    def build(self, settings: Any, client: OutboundClient, counters: Counters | None) -> Adapter_co:
        """The adapter.

        Raises:
            ConnectorMisconfigured: it counts, and was given nothing to count with.
        """
        if not self.counts:
            return self.factory(settings, client)
        if counters is None:
            raise ConnectorMisconfigured("needs counters")
        return self.factory(settings, client, counters=counters)


IDENTITY_VERIFICATION: Final[Mapping[str, Kind[IdentityVerification]]] = MappingProxyType(
    {
        "population_library": Kind(
            settings=PopulationLibrarySettings,
            factory=PopulationLibrary,
            for_sandbox=population_library_settings.for_sandbox,
        ),
        "mobile_operator": Kind(
            settings=mobile_operator_settings.MobileOperatorSettings,
            factory=MobileOperator,
            for_sandbox=mobile_operator_settings.for_sandbox,
        ),
        "bank_card": Kind(
            settings=bank_card_settings.BankCardSettings,
            factory=BankCard,
            for_sandbox=bank_card_settings.for_sandbox,
            counts=True,
        ),
        "ctid": Kind(
            settings=ctid_settings.CtidSettings,
            factory=Ctid,
            for_sandbox=ctid_settings.for_sandbox,
        ),
        "immigration": Kind(
            settings=immigration_settings.ImmigrationSettings,
            factory=Immigration,
            for_sandbox=immigration_settings.for_sandbox,
        ),
    }
)

ORGANIZATION_VERIFICATION: Final[Mapping[str, Kind[OrganizationVerification]]] = MappingProxyType(
    {
        "business_registry": Kind(
            settings=business_registry_settings.BusinessRegistrySettings,
            factory=BusinessRegistry,
            for_sandbox=business_registry_settings.for_sandbox,
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
        "sms_tencent": Kind(
            settings=TencentSmsSettings,
            factory=TencentSmsGateway,
            for_sandbox=sms_tencent_settings.for_sandbox,
        ),
        "email": Kind(
            settings=EmailSettings,
            factory=EmailGateway,
            for_sandbox=email_settings.for_sandbox,
        ),
    }
)

REDIRECT_VERIFICATION: Final[Mapping[str, Kind[RedirectVerification]]] = MappingProxyType(
    {
        "network_identity": Kind(
            settings=NetworkIdentitySettings,
            factory=NetworkIdentity,
            for_sandbox=network_identity_settings.for_sandbox,
        ),
        "face": Kind(
            settings=FaceSettings,
            factory=FaceComparison,
            for_sandbox=face_settings.for_sandbox,
        ),
        "immigration_face": Kind(
            settings=ImmigrationFaceSettings,
            factory=ImmigrationFace,
            for_sandbox=immigration_face_settings.for_sandbox,
        ),
    }
)


FACE_VISITS: Final = frozenset({"face", "immigration_face"})
"""At whose camera pages a living face is compared."""

REDIRECT_LOGIN: Final[Mapping[str, Kind[RedirectLogin]]] = MappingProxyType(
    {
        "upstream_oidc": Kind(
            settings=UpstreamOidcSettings,
            factory=UpstreamOidc,
            for_sandbox=upstream_oidc_settings.for_sandbox,
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceKind:
    """One kind of device whose readings are judged: its settings, and what makes the judge.

    The factory takes the settings, `devices` (EnrolledDevices) and `challenges`
    (ReadingChallenges), which the channels room has.
    """

    settings: type[Any]
    factory: Callable[..., DeviceReading]


DEVICE_READING: Final[Mapping[str, DeviceKind]] = MappingProxyType(
    {"card_reader": DeviceKind(settings=CardReaderSettings, factory=CardReader)}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraKind:
    """One kind of camera whose captures are judged; made like a `DeviceKind`."""

    settings: type[Any]
    factory: Callable[..., FaceCapturing]


FACE_CAPTURING: Final[Mapping[str, CameraKind]] = MappingProxyType(
    {"camera": CameraKind(settings=CameraSettings, factory=Camera)}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryKind:
    """One kind of directory of staff: its settings, and what makes its adapter with a clock."""

    settings: type[Any]
    factory: Callable[..., PasswordLogin]


def _ldap_directory(
    settings: LdapDirectorySettings, *, clock: Callable[[], float]
) -> PasswordLogin:
    """ldap3 is loaded only where there is a directory: it takes half a second."""
    from connectors.ldap_directory.adapter import LdapDirectory

    return LdapDirectory(settings, clock=clock)


PASSWORD_LOGIN: Final[Mapping[str, DirectoryKind]] = MappingProxyType(
    {"ldap_directory": DirectoryKind(settings=LdapDirectorySettings, factory=_ldap_directory)}
)

CHANNELS: Final[Mapping[str, Channel]] = MappingProxyType(
    {"sms": Channel.SMS, "sms_tencent": Channel.SMS, "email": Channel.EMAIL}
)
"""How each kind of gateway's messages travel."""

TEXT_GATEWAYS: Final = frozenset(
    kind for kind, channel in CHANNELS.items() if channel is Channel.SMS
)
"""The kinds of which one, at least, must be there for codes by text message."""

TEXT_TEMPLATES: Final = ("verification_code", "security_notice", "contact_code", "contact_notice")
"""Every message that goes out as text: a gateway has each registered, at least in zh-Hans."""


def build_for_sandbox(
    kinds: Mapping[str, Kind[Adapter_co]],
    kind: str,
    *,
    base_url: str,
    client: OutboundClient,
    counters: Counters | None = None,
) -> Adapter_co:
    """The adapter of `kind` against the sandbox authority at `base_url`. Development only.

    Raises:
        ConnectorMisconfigured: there is no such kind.
    """
    entry = _known(kinds, kind)
    return entry.build(entry.for_sandbox(base_url), client, counters)


def _known(kinds: Mapping[str, Kind[Adapter_co]], kind: str) -> Kind[Adapter_co]:
    if kind not in kinds:
        raise ConnectorMisconfigured(f"{kind}: no such kind of connector")
    return kinds[kind]
