"""A made-up device that holds passkeys: answers ceremonies as a browser's `toJSON()` would.

Written from Web Authentication Level 3; it shares no code with what judges its answers, but for
the COSE writing of a public key.
"""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from struct import pack
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from fido2 import cbor
from fido2.cose import ES256

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40
AAGUID = bytes.fromhex("0f1e2d3c4b5a69788796a5b4c3d2e1f0")


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _named(common_name: str, unit: str = "") -> x509.Name:
    parts = [
        (x509.NameOID.COUNTRY_NAME, "CN"),
        (x509.NameOID.ORGANIZATION_NAME, "Bailu Keys"),
        *([(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, unit)] if unit else []),
        (x509.NameOID.COMMON_NAME, common_name),
    ]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


@dataclass(slots=True)
class Maker:
    """A maker of keys: its root, and what it writes into the keys it makes."""

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    name: str = "Bailu Root"

    def root(self) -> bytes:
        return self._signed(_named(self.name), self.key.public_key(), is_root=True)

    def batch(self, key: ec.EllipticCurvePrivateKey) -> bytes:
        subject = _named("Bailu Key One", "Authenticator Attestation")
        return self._signed(subject, key.public_key(), is_root=False)

    def _signed(self, subject: x509.Name, public_key: Any, *, is_root: bool) -> bytes:
        now = datetime(2026, 1, 1, tzinfo=UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(_named(self.name))
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(now + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)


@dataclass(slots=True, kw_only=True)
class KeyHolder:
    """One passkey on one device; `flags` may be spoilt, `counter` counts when it is not None."""

    origin: str
    host: str = "localhost"
    is_synced: bool = False
    counter: int | None = None
    maker: Maker | None = None
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: bytes = b""
    is_verifying: bool = True

    def create(self, options: str, **spoil: Any) -> str:
        """Answer `navigator.credentials.create`."""
        asked = json.loads(options)
        self.user_handle = unb64(asked["user"]["id"])
        client_data = self._client_data("webauthn.create", asked["challenge"], **spoil)
        public = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        credential = AAGUID + pack(">H", len(self.credential_id)) + self.credential_id + public
        auth_data = self._auth_data(AT, **spoil) + credential
        statement = self._statement(auth_data + sha256(client_data).digest())
        return self._answer(
            {
                "clientDataJSON": b64(client_data),
                "attestationObject": b64(
                    cbor.encode(
                        {
                            "fmt": "packed" if statement else "none",
                            "attStmt": statement,
                            "authData": auth_data,
                        }
                    )
                ),
                "transports": ["internal", "hybrid"],
            }
        )

    def get(self, options: str, **spoil: Any) -> str:
        """Answer `navigator.credentials.get`."""
        asked = json.loads(options)
        client_data = self._client_data("webauthn.get", asked["challenge"], **spoil)
        auth_data = self._auth_data(0, **spoil)
        signature = self.key.sign(
            auth_data + sha256(client_data).digest(), ec.ECDSA(hashes.SHA256())
        )
        handle = spoil.get("user_handle", self.user_handle)
        return self._answer(
            {
                "clientDataJSON": b64(client_data),
                "authenticatorData": b64(auth_data),
                "signature": b64(spoil.get("signature", signature)),
                **({"userHandle": b64(handle)} if handle else {}),
            }
        )

    def _answer(self, response: dict[str, Any]) -> str:
        name = b64(self.credential_id)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
            }
        )

    def _client_data(self, kind: str, asked: str, /, **spoil: Any) -> bytes:
        told = {
            "type": spoil.get("type", kind),
            "challenge": spoil.get("challenge", asked),
            "origin": spoil.get("origin", self.origin),
            "crossOrigin": False,
        }
        return json.dumps(told).encode()

    def _auth_data(self, extra: int, /, **spoil: Any) -> bytes:
        flags = UP | extra | (UV if self.is_verifying else 0)
        flags |= (BE | BS) if self.is_synced else 0
        if self.counter is not None:
            self.counter += 1
        host = spoil.get("host", self.host)
        count = spoil.get("count", self.counter or 0)
        return (
            sha256(host.encode()).digest() + bytes([spoil.get("flags", flags)]) + pack(">I", count)
        )

    def _statement(self, signed: bytes) -> dict[str, Any]:
        if self.maker is None:
            return {}
        batch = ec.generate_private_key(ec.SECP256R1())
        signature = batch.sign(signed, ec.ECDSA(hashes.SHA256()))
        return {"alg": -7, "sig": signature, "x5c": [self.maker.batch(batch)]}
