"""Builds the services of the kinds that a deployment has switched on: the one list of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates

from idp.conf import ProviderSettings
from idp.foundation.clock import Clock
from idp.foundation.storage import ShortLivedStore
from idp.subjects.authenticators.challenges import Challenges
from idp.subjects.authenticators.directory import Authenticators
from idp.subjects.authenticators.email import EmailKind
from idp.subjects.authenticators.face import FaceKind
from idp.subjects.authenticators.kinds import AuthenticatorKind, Kind
from idp.subjects.authenticators.passkey import PasskeyKind, RelyingParty
from idp.subjects.authenticators.password import PasswordKind
from idp.subjects.authenticators.records import AuthenticatorRecords
from idp.subjects.authenticators.recovery_code import RecoveryCodeKind
from idp.subjects.authenticators.sms import SmsKind
from idp.subjects.authenticators.totp import TotpKind
from idp.subjects.fields import PersonalFields
from idp.subjects.notices import SecurityNotices
from idp.subjects.passwords import Passwords
from idp.subjects.purpose_consents import PurposeConsents


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the services are built on; `derive` makes a key for one purpose."""

    settings: ProviderSettings
    store: ShortLivedStore
    fields: PersonalFields
    passwords: Passwords
    notices: SecurityNotices
    clock: Clock
    derive: Callable[[str], bytes]


def build_authenticators(parts: Parts) -> Authenticators:
    """Build the kinds that are switched on and possible at this issuer."""
    settings = parts.settings
    records = AuthenticatorRecords(fields=parts.fields)
    consents = PurposeConsents(clock=parts.clock)
    roots = attestation_roots(settings)
    dormant_after = timedelta(seconds=settings.authentication.phone_dormant_after)
    every: dict[Kind, AuthenticatorKind] = {
        Kind.PASSKEY: _passkeys(parts, records, roots),
        Kind.TOTP: TotpKind(records=records),
        Kind.PASSWORD: PasswordKind(records=records, passwords=parts.passwords),
        Kind.SMS: SmsKind(records=records, dormant_after=dormant_after),
        Kind.EMAIL: EmailKind(records=records),
        Kind.FACE: FaceKind(records=records, consents=consents),
        Kind.RECOVERY_CODE: RecoveryCodeKind(records=records, key=parts.derive("recovery codes")),
    }
    on = kinds_in_use(settings)
    return Authenticators(
        kinds={kind: service for kind, service in every.items() if kind in on},
        records=records,
        notices=parts.notices,
        clock=parts.clock,
        consents=consents,
        has_attestation=bool(roots),
    )


def kinds_in_use(settings: ProviderSettings) -> tuple[Kind, ...]:
    """The kinds that are switched on; passkeys only where browsers make them.

    Raises:
        ValueError: a kind is named that there is not, or the one that opens accounts is missing.
    """
    named = tuple(Kind(name) for name in settings.authentication.kinds)
    if Kind.SMS not in named:
        raise ValueError("sms is missing among the kinds: accounts are opened with it")
    return tuple(kind for kind in named if kind is not Kind.PASSKEY or settings.has_passkeys)


def attestation_roots(settings: ProviderSettings) -> tuple[bytes, ...]:
    """The makers' roots that are believed, in DER.

    Raises:
        OSError, ValueError: the file cannot be read, or holds no certificate.
    """
    if not settings.authentication.passkey_roots_file:
        return ()
    text = Path(settings.authentication.passkey_roots_file).read_bytes()
    return tuple(each.public_bytes(Encoding.DER) for each in load_pem_x509_certificates(text))


def _passkeys(parts: Parts, records: AuthenticatorRecords, roots: tuple[bytes, ...]) -> PasskeyKind:
    settings = parts.settings
    return PasskeyKind(
        party=RelyingParty(
            host=settings.host,
            origin=_origin(settings.issuer),
            name=settings.branding.name.zh_hans,
            roots=roots,
        ),
        records=records,
        challenges=Challenges(
            store=parts.store,
            key=parts.derive("passkey challenges"),
            ttl=settings.lifetimes.journey_ttl,
        ),
    )


def _origin(issuer: str) -> str:
    """The issuer without its path: what browsers name as the origin."""
    scheme, _, rest = issuer.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
