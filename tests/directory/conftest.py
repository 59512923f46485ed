"""Debian's slapd with made-up staff, and servers that speak just enough LDAP to do harm."""

import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors.ldap_directory.adapter import LdapDirectory
from connectors.ldap_directory.settings import LdapDirectorySettings
from connectors.settings import read_settings
from tests.product import free_base
from tests.waiting import wait_until

BASE = "dc=city,dc=example"
SEARCHER = f"cn=tongxing,{BASE}"
SECRET = "made-up searcher"
PASSWORD = "made-up harbour"
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
_CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
TLSCACertificateFile {folder}/root.pem
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
security tls=1
sizelimit unlimited
database mdb
suffix "{base}"
rootdn "{searcher}"
rootpw "{secret}"
directory {folder}/db
maxsize 33554432
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """A root of the city's, and a server's certificate for `localhost`, in files."""

    folder: Path

    @property
    def root(self) -> str:
        return str(self.folder / "root.pem")

    def context(self) -> ssl.SSLContext:
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found.load_cert_chain(self.folder / "server.pem", self.folder / "server.key")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Slapd:
    """A running server: plain with StartTLS, and under TLS from the first byte."""

    port: int
    tls_port: int
    certificates: Certificates

    @property
    def plain(self) -> str:
        return f"ldap://localhost:{self.port}"

    @property
    def tls(self) -> str:
        return f"ldaps://localhost:{self.tls_port}"


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder = tmp_path_factory.mktemp("directory")
    root_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _signed("Bailu Directory Root", root_key, "Bailu Directory Root", root_key)
    server = _signed("localhost", server_key, "Bailu Directory Root", root_key)
    (folder / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    (folder / "server.pem").write_bytes(server.public_bytes(Encoding.PEM))
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.key").write_bytes(server_key.private_bytes(*form))
    return Certificates(folder=folder)


@pytest.fixture(scope="session")
def slapd(certificates: Certificates) -> Iterator[Slapd]:
    folder, port = certificates.folder, free_base()
    (folder / "db").mkdir()
    config = folder / "slapd.conf"
    words = {"folder": folder, "base": BASE, "searcher": SEARCHER, "secret": SECRET}
    config.write_text(_CONFIG.format(**words), encoding="utf-8")
    (folder / "city.ldif").write_text(ldif(port + 1), encoding="utf-8")
    load = ["/usr/sbin/slapadd", "-q", "-f", str(config), "-l", str(folder / "city.ldif")]
    subprocess.run(load, check=True, capture_output=True)
    urls = f"ldap://127.0.0.1:{port}/ ldaps://127.0.0.1:{port + 1}/"
    command = ["/usr/sbin/slapd", "-f", str(config), "-h", urls, "-d", "0"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            wait_until(lambda: _listens(port) and _listens(port + 1))
            yield Slapd(port=port, tls_port=port + 1, certificates=certificates)
        finally:
            server.terminate()


def ldif(tls_port: int) -> str:
    """People, groups in groups, a circle of groups, and branches that lead elsewhere."""
    people = "".join(
        f"dn: uid={uid},ou=people,{BASE}\nobjectClass: inetOrgPerson\nuid: {uid}\nsn: 李\n"
        f"cn: 李{uid}\nuserPassword: {PASSWORD}\n\n"
        for uid in ("watcher", "nested", "circled", "both", "none", "bound", "a*b")
    )
    many = "".join(_group(f"many-{number}", "uid=none,ou=people") for number in range(250))
    return (
        f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: city\ndc: city\n\n"
        f"dn: ou=people,{BASE}\nobjectClass: organizationalUnit\nou: people\n\n"
        f"dn: ou=groups,{BASE}\nobjectClass: organizationalUnit\nou: groups\n\n"
        f"{people}"
        f"{_group('watchers', 'uid=watcher,ou=people', 'uid=both,ou=people', 'cn=inner,ou=groups')}"
        f"{_group('inner', 'cn=innermost,ou=groups')}"
        f"{_group('innermost', 'uid=nested,ou=people')}"
        f"{_group('guards', 'uid=both,ou=people', 'cn=circle-a,ou=groups')}"
        f"{_group('circle-a', 'cn=circle-b,ou=groups')}"
        f"{_group('circle-b', 'cn=circle-a,ou=groups', 'uid=circled,ou=people')}"
        f"{_group('library', 'uid=bound,ou=people')}"
        f"{many}"
        f"dn: ou=elsewhere,{BASE}\nobjectClass: referral\nobjectClass: extensibleObject\n"
        f"ou: elsewhere\nref: ldaps://localhost:{tls_port}/ou=people,{BASE}\n\n"
        f"dn: ou=circle,{BASE}\nobjectClass: referral\nobjectClass: extensibleObject\n"
        f"ou: circle\nref: ldaps://localhost:{tls_port}/ou=circle,{BASE}\n\n"
        f"dn: ou=abroad,{BASE}\nobjectClass: referral\nobjectClass: extensibleObject\n"
        f"ou: abroad\nref: ldap://192.0.2.1/ou=people,{BASE}\n\n"
    )


def _group(name: str, *members: str) -> str:
    held = "".join(f"member: {member},{BASE}\n" for member in members)
    return f"dn: cn={name},ou=groups,{BASE}\nobjectClass: groupOfNames\ncn: {name}\n{held}\n"


def settings_of(servers: str, certificates: Certificates, **more: object) -> LdapDirectorySettings:
    given = {
        "provider": "city-directory",
        "servers": servers,
        "ca_file": certificates.root,
        "bind_dn": SEARCHER,
        "bind_password": SECRET,
        "base_dn": BASE,
        "group_filter": "(&(objectClass=groupOfNames)(member={dn}))",
        "roles": {
            f"CN=watchers, OU=groups, {BASE}": "audit",
            f"cn=guards,ou=groups,{BASE}": "security",
            f"cn=library,ou=groups,{BASE}": "department:city-library",
        },
        **more,
    }
    return read_settings(LdapDirectorySettings, given)


_OPEN: list[LdapDirectory] = []


@pytest.fixture(autouse=True)
def connections_end_with_their_test() -> Iterator[None]:
    yield
    while _OPEN:
        _OPEN.pop().close()


def directory(servers: str, certificates: Certificates, **more: object) -> LdapDirectory:
    made = LdapDirectory(settings_of(servers, certificates, **more), clock=time.monotonic)
    _OPEN.append(made)
    return made


Speak = Callable[[socket.socket], None]


@contextmanager
def hostile(speak: Speak, certificates: Certificates, *, is_tls: bool = True) -> Iterator[str]:
    """A server that answers every connection with `speak`; its `ldaps` (or `ldap`) address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            Thread(target=answer, args=(plain,), daemon=True).start()

    def answer(plain: socket.socket) -> None:
        try:
            if is_tls:
                plain = certificates.context().wrap_socket(plain, server_side=True)
            speak(plain)
        except (OSError, IndexError, ValueError):  # the client hung up in the middle
            return
        finally:
            plain.close()

    Thread(target=serve, daemon=True).start()
    try:
        scheme = "ldaps" if is_tls else "ldap"
        yield f"{scheme}://localhost:{listener.getsockname()[1]}"
    finally:
        listener.close()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _signed(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    since = datetime.now(UTC) - timedelta(days=1)  # noqa: TID251 - TLS looks at the real clock
    alternative = x509.SubjectAlternativeName(
        [x509.DNSName(name.replace(" ", "-")), x509.IPAddress(ip_address("192.0.2.9"))]
    )
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=key is issuer_key, path_length=None), critical=True)
        .add_extension(alternative, critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
