"""TLS stays bound to the name although the connection goes to a checked address."""

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from connectors.addresses import AddressPolicy
from connectors.errors import OutboundFailed
from connectors.http import OutboundClient, OutboundRequest

NAME = "authority.example"


@dataclass
class SecurePeer:
    port: int
    trust: ssl.SSLContext
    names: list[str | None] = field(default_factory=list)


def certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    issued = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "peer.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + issued.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def secure_peer(tmp_path: Path) -> Iterator[SecurePeer]:
    path = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    listener = socket.create_server(("127.0.0.1", 0))
    trust = ssl.create_default_context(cafile=str(path))
    one = SecurePeer(port=listener.getsockname()[1], trust=trust)
    context.sni_callback = lambda _socket, name, _context: one.names.append(name)

    def serve() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            with plain:
                plain.settimeout(5)
                try:
                    with context.wrap_socket(plain, server_side=True) as secured:
                        secured.recv(65536)
                        secured.sendall(
                            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                            b"Content-Length: 1\r\n\r\n1"
                        )
                except OSError:
                    continue

    thread = Thread(target=serve, daemon=True)
    thread.start()
    yield one
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def client(tls: ssl.SSLContext) -> OutboundClient:
    return OutboundClient(
        AddressPolicy(permits_loopback=True),
        clock=time.monotonic,
        resolver=lambda _host, _port: [ip_address("127.0.0.1")],
        tls=tls,
    )


def test_certificate_and_sni_are_the_names_when_the_address_is_pinned(
    secure_peer: SecurePeer,
) -> None:
    fetched = client(secure_peer.trust).get_json(f"https://{NAME}:{secure_peer.port}/")

    assert fetched == 1
    assert secure_peer.names == [NAME]


def test_certificate_and_sni_are_the_names_when_the_call_is_awaited(
    secure_peer: SecurePeer,
) -> None:
    url = f"https://{NAME}:{secure_peer.port}/"
    request = OutboundRequest(method="GET", url=url)

    assert asyncio.run(client(secure_peer.trust).asend(request)).status == 200
    assert secure_peer.names == [NAME]
    with pytest.raises(OutboundFailed):
        asyncio.run(client(ssl.create_default_context()).asend(request))


def test_call_fails_when_the_certificate_is_for_another_name(secure_peer: SecurePeer) -> None:
    with pytest.raises(OutboundFailed):
        client(secure_peer.trust).get_json(f"https://other.example:{secure_peer.port}/")


def test_call_fails_when_the_certificate_is_not_trusted(secure_peer: SecurePeer) -> None:
    with pytest.raises(OutboundFailed):
        client(ssl.create_default_context()).get_json(f"https://{NAME}:{secure_peer.port}/")
