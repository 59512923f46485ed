"""A certificate authority of a test's own, and the certificates of staff it issues."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


@dataclass(slots=True, kw_only=True)
class Authority:
    name: str = "City CA"
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1()), repr=False
    )

    def own(self) -> bytes:
        """Its own certificate, as it stands in a file."""
        made = self._builder(self.name, datetime(2020, 1, 1, tzinfo=UTC), 36_500).public_key(
            self.key.public_key()
        )
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        return made.sign(self.key, SHA256()).public_bytes(Encoding.PEM)

    def issue(
        self,
        name: str = "Fang Zhiyuan",
        *,
        at: datetime,
        days: int = 365,
        usages: tuple[ObjectIdentifier, ...] = (ExtendedKeyUsageOID.CLIENT_AUTH,),
        is_authority: bool = False,
    ) -> str:
        """A certificate as the proxy hands it on: PEM, escaped."""
        holder = ec.generate_private_key(ec.SECP256R1())
        made = self._builder(name, at, days).public_key(holder.public_key())
        made = made.add_extension(
            x509.BasicConstraints(ca=is_authority, path_length=None), critical=True
        )
        if usages:
            made = made.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        return quote(made.sign(self.key, SHA256()).public_bytes(Encoding.PEM).decode(), safe="")

    def _builder(self, name: str, at: datetime, days: int) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named(self.name))
            .serial_number(x509.random_serial_number())
            .not_valid_before(at - timedelta(days=1))
            .not_valid_after(at + timedelta(days=days))
        )
