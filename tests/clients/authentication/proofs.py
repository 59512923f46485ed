"""Clients, keys and the proofs they show, right and wrong."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from idp.clients.authentication.authenticator import ClientAuthenticator
from idp.clients.authentication.client_keys import ClientKeys, KeysUnreachable
from idp.clients.authentication.failures import AuthenticationFailures
from idp.clients.authentication.parts import Parts
from idp.clients.authentication.presented import (
    ASSERTION_TYPE,
    ClientNotAuthenticated,
)
from idp.clients.client import Client
from idp.foundation.audit import CountedAudit
from idp.foundation.database import Database
from idp.foundation.storage import ReplayCache, ValkeyStore
from tests.clocks import SetClock

NOW = 1_795_320_000
ISSUER = "https://id.example.gov.cn"
SECRET = "a made-up secret: 100 % ü"
EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
OKP = OKPKey.generate_key("Ed25519", {"kid": "okp"})
OTHER = ECKey.generate_key("P-256", {"kid": "ec"})
WEAK_RSA = {
    "kty": "RSA",
    "kid": "weak",
    "e": "AQAB",
    "n": base64.urlsafe_b64encode(bytes([0xC1] * 127 + [1])).decode().rstrip("="),
}
PUBLIC = {"keys": [key.as_dict(private=False) for key in (EC, RSA, OKP)]}


class Directory:
    def __init__(self, *clients: Client) -> None:
        self.clients = {client.client_id: client for client in clients}

    def get(self, client_id: str) -> Client | None:
        return self.clients.get(client_id)


class Fetcher:
    """Answers for jwks_uri, and counts how often it was asked."""

    def __init__(self, answer: dict[str, Any] | None) -> None:
        self.answer = answer
        self.asked = 0

    def __call__(self, address: str) -> dict[str, Any]:
        self.asked += 1
        if self.answer is None:
            raise KeysUnreachable(address)
        return self.answer


def client_of(method: str, **changes: Any) -> Client:
    values: dict[str, Any] = {
        "client_id": "c1",
        "token_endpoint_auth_method": method,
        "secret_sha256": hashlib.sha256(SECRET.encode()).digest(),
        "sealed_secret": SECRET.encode(),
        "jwks": PUBLIC,
    }
    return Client(**(values | changes))


def authenticator(
    store: ValkeyStore, *clients: Client, fetch: Fetcher | None = None
) -> ClientAuthenticator:
    parts = Parts(
        audiences=frozenset({ISSUER, f"{ISSUER}/oauth2/token"}),
        replays=replays(store),
        open_secret=lambda client: client.sealed_secret,
        keys=ClientKeys(fetch or Fetcher(None)),
    )
    counted = CountedAudit(Database({"ENGINE": "sqlite3", "NAME": "/nowhere"}), clock=SetClock())
    failures = AuthenticationFailures(counted=counted)
    return ClientAuthenticator(directory=Directory(*clients), parts=parts, failures=failures)


def replays(store: ValkeyStore) -> ReplayCache:
    """A cache whose server took over long before the assertions were made."""
    began_at = datetime.fromtimestamp(NOW, UTC) - timedelta(days=1)
    cache = ReplayCache(store, clock=SetClock(began_at))
    cache.begin()
    return cache


def basic(client_id: str = "c1", secret: str = SECRET) -> str:
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def claims(**changes: Any) -> dict[str, Any]:
    values = {
        "iss": "c1",
        "sub": "c1",
        "aud": ISSUER,
        "exp": NOW + 60,
        "iat": NOW,
        "jti": base64.b64encode(hashlib.sha256(repr(changes).encode()).digest()).decode(),
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


def asserted(key: Any, alg: str, said: dict[str, Any], **header: Any) -> dict[str, str]:
    algorithms = ["ES256", "RS256", "PS256", "RS512", "Ed25519", "HS256", "HS512"]
    token = jwt.encode({"alg": alg, **header}, said, key, algorithms=algorithms)
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": token}


def is_authenticated(
    house: ClientAuthenticator, parameters: dict[str, str], authorization: str = ""
) -> bool:
    try:
        return house.authenticate(authorization, parameters, now=NOW).client_id == "c1"
    except ClientNotAuthenticated:
        return False


def handmade(algorithm: str, secret: bytes = b"") -> dict[str, str]:
    """What no library signs: `none`, or HMAC with the bytes of a public key."""
    header, said = orjson.dumps({"alg": algorithm, "kid": "rsa"}), orjson.dumps(claims())
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, said))
    signature = hmac.digest(secret, signed, "sha256") if secret else b""
    encoded = base64.urlsafe_b64encode(signature).rstrip(b"=")
    token = (signed + b"." + encoded).decode()
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": token}


PUBLIC_PEM = RSA.as_pem(private=False)
