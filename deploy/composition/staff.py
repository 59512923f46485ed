"""The staff's room, wired: where their passkeys are good, and which directory checks passwords."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.x509 import Certificate, load_pem_x509_certificates

from connectors.contract import PasswordLogin
from connectors.registry import PASSWORD_LOGIN
from deploy.composition.connectors_file import STAFF, read_entries
from deploy.composition.ground import Ground
from idp.conf import ProviderSettings
from idp.foundation.sealing import purpose_key
from idp.staff.accounts import StaffAccounts
from idp.staff.authenticators import SecondFactors, StaffAuthenticatorRecords
from idp.staff.certificates import CertificateKind
from idp.staff.enrolment import Enrolments
from idp.staff.revocation_lists import RevocationLists
from idp.staff.sessions import StaffLifetimes, StaffSessions
from idp.staff.signing_in import SigningIn
from idp.staff.standing import Standing
from idp.subjects.authenticators.assembly import attestation_roots
from idp.subjects.authenticators.challenges import Challenges
from idp.subjects.authenticators.passkey import PasskeyKind, RelyingParty
from idp.subjects.authenticators.totp import TotpKind

PASSKEY_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRoom:
    """`origin` is where the console is: the issuer's, or `localhost` for a loopback address."""

    accounts: StaffAccounts
    factors: SecondFactors
    enrolments: Enrolments
    signing_in: SigningIn
    sessions: StaffSessions
    standing: Standing
    origin: str

    def enrolment_address(self, token: str, issuer: str) -> str:
        """The address of a one-time link."""
        return f"{self.origin}{urlsplit(issuer).path}/console/enrol/{token}"


def open_staff(ground: Ground) -> StaffRoom:
    settings, clock = ground.settings, ground.clock
    accounts = StaffAccounts(sealer=ground.sealer, index=ground.index, clock=clock)
    factors = staff_factors(ground)
    directory = staff_directory(ground)
    sessions = StaffSessions(
        accounts=accounts,
        clock=clock,
        lifetimes=StaffLifetimes(
            idle_ttl=settings.console.idle_ttl, absolute_ttl=settings.console.absolute_ttl
        ),
    )
    return StaffRoom(
        accounts=accounts,
        factors=factors,
        enrolments=Enrolments(
            accounts=accounts,
            factors=factors,
            clock=clock,
            key=purpose_key(settings.root_key.reveal(), "staff enrolment codes"),
            directory=directory,
        ),
        signing_in=SigningIn(
            accounts=accounts,
            factors=factors,
            store=ground.store,
            index=ground.index,
            clock=clock,
            directory=directory,
        ),
        sessions=sessions,
        standing=Standing(accounts=accounts, sessions=sessions, clock=clock),
        origin=console_origin(settings),
    )


def staff_directory(ground: Ground) -> PasswordLogin | None:
    """The first directory of the connectors file that is switched on."""
    listed = [
        each for each in read_entries(ground.settings) if each.section == STAFF and each.terms.is_on
    ]
    if not listed:
        return None
    chosen = min(listed, key=lambda each: each.terms.order)
    return PASSWORD_LOGIN[chosen.kind].factory(chosen.settings, clock=ground.clock.monotonic)


def console_origin(settings: ProviderSettings) -> str:
    """Where the console is. Browsers make no passkeys for a bare address, so not on loopback's."""
    parts = urlsplit(settings.issuer)
    if parts.scheme == "http" and _is_loopback(settings.host):
        return f"http://localhost:{parts.port or 80}"
    return f"{parts.scheme}://{parts.netloc}"


def console_address(settings: ProviderSettings, page: str) -> str:
    """Where one of its pages is found, for letters and links."""
    return f"{console_origin(settings)}{urlsplit(settings.issuer).path}/console/{page}"


def staff_factors(ground: Ground) -> SecondFactors:
    """What staff show beside their password: the kinds that are used here."""
    settings = ground.settings
    records = StaffAuthenticatorRecords(ground.sealer)
    issuers = certificate_issuers(settings)
    origin = console_origin(settings)
    host = urlsplit(origin).hostname or ""
    party = RelyingParty(
        host=host,
        origin=origin,
        name=settings.branding.name.zh_hans,
        roots=attestation_roots(settings),
    )
    challenges = Challenges(
        store=ground.store,
        key=purpose_key(settings.root_key.reveal(), "staff passkey challenges"),
        ttl=PASSKEY_SECONDS,
    )
    return SecondFactors(
        records=records,
        totp=TotpKind(records=records),
        passkeys=PasskeyKind(party=party, records=records, challenges=challenges)
        if _makes_passkeys(origin, host)
        else None,
        attested_only=settings.console.attested_passkeys,
        certificates=CertificateKind(
            records=records, issuers=issuers, revocations=revocation_lists(settings)
        )
        if issuers
        else None,
    )


def revocation_lists(settings: ProviderSettings) -> RevocationLists | None:
    """What the authorities of staff's certificates took back; None where that is not read."""
    named = settings.console.certificate_revocations_file
    return RevocationLists(Path(named), certificate_issuers(settings)) if named else None


def certificate_issuers(settings: ProviderSettings) -> tuple[Certificate, ...]:
    """Whose certificates staff may show; the proxy in front hands them on.

    Raises:
        OSError, ValueError: the file cannot be read, or holds no certificate.
    """
    named = settings.console.certificate_issuers_file
    return tuple(load_pem_x509_certificates(Path(named).read_bytes())) if named else ()


def _makes_passkeys(origin: str, host: str) -> bool:
    """Web Authentication Level 3 §5.1.3: a domain under TLS, or `localhost`."""
    return host == "localhost" or (origin.startswith("https://") and not _is_address(host))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return _is_address(host) and ip_address(host).is_loopback
