"""A client certificate as a second factor: known by its thumbprint, issued by whom the city names.

That its holder has the key was proven to the proxy, which ends TLS and hands the certificate on;
whose header is believed is the front door's. Withdrawing one is done here, by a link to another.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from urllib.parse import unquote

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import (
    BasicConstraints,
    Certificate,
    DuplicateExtension,
    ExtendedKeyUsage,
    ExtensionNotFound,
    ExtensionType,
    InvalidVersion,
    KeyUsage,
    NameOID,
    UnsupportedGeneralNameType,
    load_pem_x509_certificate,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from idp.staff.revocation_lists import RevocationLists, Standing, is_issued_by
from idp.subjects.authenticators.kinds import (
    SOFTWARE_KEY,
    Added,
    Kind,
    NotProven,
    NotTaken,
    Offer,
    Proof,
    Refusal,
    Shown,
)
from idp.subjects.authenticators.records import AuthenticatorStore, NewRow

Said = TypeVar("Said", bound=ExtensionType)
LONGEST: Final = 16_384
_STANDINGS: Final = {
    Standing.REVOKED: Refusal.REVOKED,
    Standing.UNCHECKED: Refusal.UNCHECKED,
}
AMR: Final = frozenset({SOFTWARE_KEY})
_ANY: Final = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
_UNREADABLE: Final = (
    DuplicateExtension,
    InvalidVersion,
    UnsupportedAlgorithm,
    UnsupportedGeneralNameType,
    ValueError,
)
"""What the library raises for what a stranger may show; only some are a ValueError."""


class Unfit(ValueError):
    """The certificate is none of the city's staff, or not now; `reason` says why."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateKind:
    """Implements `AuthenticatorKind`; an `answer` is the PEM as the proxy hands it on, escaped."""

    records: AuthenticatorStore
    issuers: tuple[Certificate, ...]
    revocations: RevocationLists | None = None
    """None where withdrawing one is done here alone."""

    def check(self, shown: Shown) -> Proof:
        try:
            found = self.read(shown.answer, now=shown.now)
        except Unfit as problem:
            raise NotProven(problem.reason, person_id=shown.person_id) from problem
        row = self.records.by_handle(Kind.CERTIFICATE, found.fingerprint(SHA256()))
        if row is None or row.person_id != shown.person_id:
            raise NotProven(Refusal.UNKNOWN, person_id=shown.person_id)
        self.records.used(row, now=shown.now)
        return Proof(
            person_id=row.person_id, kind=Kind.CERTIFICATE, amr=AMR, authenticator_id=row.id
        )

    def add(self, offer: Offer) -> Added:
        try:
            found = self.read(offer.answer, now=offer.now)
        except Unfit as problem:
            raise NotTaken(problem.reason) from problem
        new = NewRow(
            person_id=offer.person_id,
            kind=Kind.CERTIFICATE,
            now=offer.now,
            label=offer.label,
            secret={"subject": found.subject.rfc4514_string()},
            columns={"handle": found.fingerprint(SHA256())},
        )
        return Added(authenticator_id=self.records.keep(new).id, amr=AMR)

    def read(self, escaped: str, *, now: datetime) -> Certificate:
        """The certificate that was shown.

        Raises:
            Unfit: it is none, is not for people to show, is not valid now, nobody whom the city
                names issued it, or its issuer took it back, or cannot be asked whether.
        """
        if not 0 < len(escaped) <= LONGEST:
            raise Unfit(Refusal.MALFORMED)
        try:
            found = load_pem_x509_certificate(unquote(escaped).encode())
            if not _is_for_people(found):
                raise Unfit(Refusal.WRONG)
            is_ours = any(is_issued_by(found, issuer) for issuer in self.issuers)
        except Unfit:
            raise
        except _UNREADABLE as problem:
            raise Unfit(Refusal.MALFORMED) from problem
        if not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
            raise Unfit(Refusal.EXPIRED)
        if not is_ours:
            raise Unfit(Refusal.UNKNOWN)
        if self.revocations is not None:
            standing = self.revocations.standing_of(found, now=now)
            if standing is not Standing.GOOD:
                raise Unfit(_STANDINGS[standing])
        return found

    def subject_of(self, escaped: str, *, now: datetime) -> str:
        """Whose certificate the connection shows; "" where it shows none that would be taken."""
        try:
            found = self.read(escaped, now=now)
        except Unfit:
            return ""
        names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(names[0].value) if names else found.subject.rfc4514_string()


def _is_for_people(certificate: Certificate) -> bool:
    """Not an authority's, and for proving who one is, where it says what it is for.

    Of the two certificates of one card, the one for encryption proves nothing: somebody keeps a
    copy of its key. RFC 5280 §4.2.1.3: digitalSignature; §4.2.1.12: client authentication.
    """
    constraints = _extension(certificate, BasicConstraints)
    usage = _extension(certificate, KeyUsage)
    purposes = _extension(certificate, ExtendedKeyUsage)
    if constraints is not None and constraints.ca:
        return False
    if usage is not None and not usage.digital_signature:
        return False
    return purposes is None or bool(set(purposes) & {ExtendedKeyUsageOID.CLIENT_AUTH, _ANY})


def _extension(certificate: Certificate, kind: type[Said]) -> Said | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except ExtensionNotFound:
        return None
