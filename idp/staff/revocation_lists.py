"""Lists of certificates that their authority took back (RFC 5280 §5), read from a file.

Whoever renews the file (the authority's own job, a timer) replaces it; a change is seen at the
next sign-in. What cannot be checked is not taken: no list of the issuer, one that is over, or none
that can be read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import (
    Certificate,
    CertificateRevocationList,
    load_der_x509_crl,
    load_pem_x509_crl,
)

_END: Final = b"-----END X509 CRL-----"
_UNREADABLE: Final = (OSError, ValueError, TypeError, UnsupportedAlgorithm)


class Standing(StrEnum):
    """What the lists say of a certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class _Read:
    stamp: tuple[int, int, int]
    lists: tuple[CertificateRevocationList, ...]


class RevocationLists:
    """One file of complete lists, PEM one after the other or one in DER, of these authorities."""

    def __init__(self, file: Path, issuers: Sequence[Certificate]) -> None:
        self._file = file
        self._issuers = tuple(issuers)
        self._lock = Lock()
        self._read: _Read | None = None

    def standing_of(self, certificate: Certificate, *, now: datetime) -> Standing:
        """Whether its issuer took it back, by a list of the issuer's own that is in time."""
        issuers = [each for each in self._issuers if is_issued_by(certificate, each)]
        try:
            lists = [
                each
                for each in self._lists()
                if any(_is_usable(each, issuer, now) for issuer in issuers)
            ]
        except _UNREADABLE:
            return Standing.UNCHECKED
        if not lists:
            return Standing.UNCHECKED
        serial = certificate.serial_number
        is_revoked = any(
            each.get_revoked_certificate_by_serial_number(serial) is not None for each in lists
        )
        return Standing.REVOKED if is_revoked else Standing.GOOD

    def problem(self, *, now: datetime) -> str:
        """Why certificates cannot be checked now, for who looks after it; "" where they can."""
        try:
            lists = self._lists()
        except _UNREADABLE:
            return "it cannot be read"
        for issuer in self._issuers:
            if not any(_is_usable(each, issuer, now) for each in lists):
                return f"it holds no list in time of {issuer.subject.rfc4514_string()}"
        return ""

    def _lists(self) -> tuple[CertificateRevocationList, ...]:
        found = self._file.stat()
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        with self._lock:
            if self._read is None or self._read.stamp != stamp:
                self._read = _Read(stamp, _parsed(self._file.read_bytes()))
            return self._read.lists


def is_issued_by(certificate: Certificate, issuer: Certificate) -> bool:
    """Whether that very authority signed it."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _parsed(raw: bytes) -> tuple[CertificateRevocationList, ...]:
    if _END not in raw:
        return (load_der_x509_crl(raw),)
    return tuple(load_pem_x509_crl(part + _END) for part in raw.split(_END)[:-1])


def _is_usable(each: CertificateRevocationList, issuer: Certificate, now: datetime) -> bool:
    """In time, complete, and signed by that authority.

    RFC 5280 §5.2 forbids to go by a list with a critical extension that one does not process, such
    as those of partial lists.
    """
    if each.issuer != issuer.subject or any(extension.critical for extension in each.extensions):
        return False
    until = each.next_update_utc
    is_in_time = until is not None and each.last_update_utc <= now < until
    return is_in_time and each.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # it signs
