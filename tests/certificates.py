"""A certificate authority of a test's own, and the certificates of staff it issues."""

from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

ONE, OTHER = ObjectIdentifier("1.2.3.4"), ObjectIdentifier("1.2.3.5")
SAID_TWICE = (bytes.fromhex("06032a0305"), bytes.fromhex("06032a0304"))
OF_A_LATER_VERSION = (bytes.fromhex("a003020102"), bytes.fromhex("a003020107"))


def usage(**wanted: bool) -> x509.KeyUsage:
    """What a key is for, as RFC 5280 §4.2.1.3 names it."""
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment")
    names += ("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: wanted.get(name, False) for name in names})


def escaped(der: bytes) -> str:
    lines = [b64encode(der).decode()[start : start + 64] for start in range(0, len(der) * 2, 64)]
    body = "\n".join(line for line in lines if line)
    return quote(f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n", safe="")


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
        key_usage: x509.KeyUsage | None = None,
        more: tuple[x509.ExtensionType, ...] = (),
    ) -> str:
        """A certificate as the proxy hands it on: PEM, escaped."""
        holder = ec.generate_private_key(ec.SECP256R1())
        made = self._builder(name, at, days).public_key(holder.public_key())
        made = made.add_extension(
            x509.BasicConstraints(ca=is_authority, path_length=None), critical=True
        )
        if usages:
            made = made.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        for each in (*more, *((key_usage,) if key_usage else ())):
            made = made.add_extension(each, critical=False)
        return escaped(made.sign(self.key, SHA256()).public_bytes(Encoding.DER))

    def revoking(
        self,
        *pems: str,
        at: datetime,
        hours: int = 24,
        is_partial: bool = False,
        form: Encoding = Encoding.PEM,
    ) -> bytes:
        """Its list, as of an instant: these certificates are taken back."""
        made = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(named(self.name))
            .last_update(at - timedelta(hours=1))
            .next_update(at + timedelta(hours=hours))
        )
        for pem in pems:
            serial = x509.load_pem_x509_certificate(unquote(pem).encode()).serial_number
            one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at)
            made = made.add_revoked_certificate(one.build())
        if is_partial:
            made = made.add_extension(x509.DeltaCRLIndicator(1), critical=True)
        return made.sign(self.key, SHA256()).public_bytes(form)

    def issue_malformed(self, before: bytes, after: bytes, *, at: datetime) -> str:
        """One of which some bytes are others: no library would make it."""
        one, other = (x509.UnrecognizedExtension(each, b"\x05\x00") for each in (ONE, OTHER))
        der = b64decode(unquote(self.issue(at=at, more=(one, other))).split("-----")[2])
        assert der.count(before) == 1
        return escaped(der.replace(before, after))

    def _builder(self, name: str, at: datetime, days: int) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named(self.name))
            .serial_number(x509.random_serial_number())
            .not_valid_before(at - timedelta(days=1))
            .not_valid_after(at + timedelta(days=days))
        )
