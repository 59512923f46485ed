"""Devices of the tests' own: a key, and statements signed with it in whatever way a test wants."""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey


def base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


@dataclass
class SigningDevice:
    """An agent; `algorithm` is EdDSA or ES256."""

    algorithm: str = "EdDSA"
    key: OKPKey | ECKey = field(init=False)

    def __post_init__(self) -> None:
        self.key = (
            OKPKey.generate_key("Ed25519")
            if self.algorithm == "EdDSA"
            else ECKey.generate_key("P-256")
        )

    @property
    def jwk(self) -> dict[str, Any]:
        return dict(self.key.as_dict(private=False))

    @property
    def key_id(self) -> str:
        return self.key.thumbprint()

    def sign(self, claims: object, **header: Any) -> str:
        protected = {"alg": self.algorithm, **header}
        body = json.dumps(claims).encode()
        return jws.serialize_compact(protected, body, self.key, algorithms=[self.algorithm])

    def proof(self, code: str, audience: str, at: int, **changed: Any) -> str:
        claims = {"code": code, "aud": audience, "iat": at, **changed}
        return self.sign(claims, typ="device-enrolment+jws", jwk=self.jwk)

    def reading(
        self, nonce: str, at: int, block: bytes, *, counter: int = 1, **changed: Any
    ) -> str:
        claims = {
            "nonce": nonce,
            "counter": counter,
            "iat": at,
            "sam": "05.01-20260101-0000000001",
            "text": base64url(block),
            "photo": base64url(bytes(1024)),
            **changed,
        }
        return self.sign(claims, typ="card-reading+jws", kid=self.key_id)
