import base64
import hashlib
import hmac
import threading
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from idp.clients.authentication.authenticator import ClientAuthenticator
from idp.clients.authentication.client_keys import ClientKeys, KeysUnreachable, read_keys
from idp.clients.authentication.parts import Parts
from idp.clients.authentication.presented import (
    ASSERTION_TYPE,
    AmbiguousAuthentication,
    ClientNotAuthenticated,
)
from idp.clients.client import Client
from idp.foundation.keys import b64url
from idp.foundation.keys.jose import signer
from idp.foundation.storage import ValkeyStore
from tests.racing import at_once

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

pytestmark = pytest.mark.storage


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
        replays=store,
        open_secret=lambda client: client.sealed_secret,
        keys=ClientKeys(fetch or Fetcher(None)),
    )
    return ClientAuthenticator(directory=Directory(*clients), parts=parts)


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


@pytest.mark.parametrize(
    ("registered", "authorization", "parameters", "expected"),
    [
        pytest.param("client_secret_basic", basic(), {}, True, id="basic"),
        pytest.param("client_secret_basic", basic(), {"client_id": "c1"}, True, id="basic-named"),
        pytest.param("client_secret_basic", basic(secret="no"), {}, False, id="basic-wrong"),
        pytest.param("client_secret_basic", basic(secret=""), {}, False, id="basic-empty"),
        pytest.param("client_secret_basic", "Basic ????", {}, False, id="basic-garbled"),
        pytest.param("client_secret_basic", "Basic /////w==", {}, False, id="basic-not-utf-8"),
        pytest.param("client_secret_basic", "Basic YWJj", {}, False, id="basic-without-colon"),
        pytest.param("client_secret_basic", "Bearer abc", {}, False, id="another-scheme"),
        pytest.param("client_secret_post", basic(), {}, False, id="basic-not-registered"),
        pytest.param(
            "client_secret_post",
            "",
            {"client_id": "c1", "client_secret": SECRET},
            True,
            id="post",
        ),
        pytest.param(
            "client_secret_post", "", {"client_id": "c1", "client_secret": "x"}, False, id="wrong"
        ),
        pytest.param("client_secret_post", "", {"client_id": "c1"}, False, id="post-without"),
        pytest.param("client_secret_post", "", {"client_secret": SECRET}, False, id="nameless"),
        pytest.param("none", "", {"client_id": "c1"}, True, id="none"),
        pytest.param(
            "none", "", {"client_id": "c1", "client_secret": SECRET}, False, id="none-with-secret"
        ),
        pytest.param("none", "", {"client_id": "c1\x00"}, False, id="nul"),
        pytest.param("none", "", {"client_id": "c" * 200}, False, id="overlong"),
        pytest.param("none", "", {"client_id": "unknown"}, False, id="unknown"),
        pytest.param("tls_client_auth", "", {"client_id": "c1"}, False, id="method-not-offered"),
        pytest.param("client_secret_basic", basic("unknown"), {}, False, id="unknown-basic"),
        pytest.param(
            "private_key_jwt",
            "",
            {"client_assertion_type": "urn:x", "client_assertion": "x"},
            False,
            id="assertion-type",
        ),
        pytest.param(
            "private_key_jwt",
            "",
            {"client_assertion_type": ASSERTION_TYPE, "client_assertion": "only.two"},
            False,
            id="no-jws",
        ),
        pytest.param(
            "private_key_jwt",
            "",
            {"client_assertion_type": ASSERTION_TYPE, "client_assertion": "a.!.c"},
            False,
            id="garbled-jws",
        ),
        pytest.param(
            "private_key_jwt",
            "",
            {"client_assertion_type": ASSERTION_TYPE, "client_assertion": "e30.W10.e30"},
            False,
            id="array-jws",
        ),
        pytest.param(
            "private_key_jwt",
            "",
            {"client_assertion_type": ASSERTION_TYPE, "client_assertion": "e30.e30.e30"},
            False,
            id="no-sub",
        ),
    ],
)
@pytest.mark.spec("RFC 6749 §2.3.1", "client_secret_basic and client_secret_post")
def test_client_is_authenticated_only_by_the_registered_method(
    store: ValkeyStore,
    registered: str,
    authorization: str,
    parameters: dict[str, str],
    *,
    expected: bool,
) -> None:
    house = authenticator(store, client_of(registered))

    assert is_authenticated(house, parameters, authorization) is expected


@pytest.mark.parametrize(
    ("authorization", "parameters"),
    [
        pytest.param(basic(), {"client_id": "c2"}, id="two-clients"),
        pytest.param(basic(), {"client_secret": "x"}, id="basic-and-post"),
        pytest.param(
            "", {"client_secret": "x", "client_assertion": "x"}, id="secret-and-assertion"
        ),
        pytest.param(
            "",
            {"client_id": "c2", **asserted(EC, "ES256", claims())},
            id="assertion-of-another-client",
        ),
    ],
)
@pytest.mark.spec("RFC 6749 §2.3", "MUST NOT use more than one authentication method")
def test_authentication_is_ambiguous_when_two_proofs_are_shown(
    store: ValkeyStore, authorization: str, parameters: dict[str, str]
) -> None:
    house = authenticator(store, client_of("client_secret_basic"))

    with pytest.raises(AmbiguousAuthentication):
        house.authenticate(authorization, parameters, now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"status": "suspended"}, id="suspended"),
        pytest.param({"secret_expires_at": NOW}, id="secret-expired"),
        pytest.param({"secret_sha256": b""}, id="no-secret"),
    ],
)
def test_client_is_refused_when_its_secret_is_no_longer_good(
    store: ValkeyStore, changes: dict[str, Any]
) -> None:
    house = authenticator(store, client_of("client_secret_basic", **changes))

    assert not is_authenticated(house, {}, basic())


@pytest.mark.parametrize(
    ("key", "alg", "header"),
    [
        pytest.param(EC, "ES256", {"kid": "ec"}, id="ES256"),
        pytest.param(EC, "ES256", {}, id="no-kid"),
        pytest.param(RSA, "RS256", {"kid": "rsa"}, id="RS256"),
        pytest.param(RSA, "PS256", {"kid": "rsa"}, id="PS256"),
        pytest.param(OKP, "Ed25519", {"kid": "okp"}, id="Ed25519"),
    ],
)
@pytest.mark.spec("OpenID Connect Core 1.0 §9", "private_key_jwt")
def test_private_key_jwt_is_accepted_when_the_registered_key_signed_it(
    store: ValkeyStore, key: Any, alg: str, header: dict[str, Any]
) -> None:
    house = authenticator(store, client_of("private_key_jwt"))

    assert is_authenticated(house, asserted(key, alg, claims(alg=alg), **header))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param({"aud": f"{ISSUER}/oauth2/token"}, True, id="token-endpoint"),
        pytest.param({"aud": ["https://x.example", ISSUER]}, True, id="one-of-many"),
        pytest.param({"exp": NOW - 20}, True, id="within-the-leeway"),
        pytest.param({"nbf": NOW + 20}, True, id="slightly-early"),
        pytest.param({"iat": None}, True, id="no-iat"),
        pytest.param({"aud": "https://x.example"}, False, id="foreign-audience"),
        pytest.param({"aud": [7]}, False, id="audience-not-text"),
        pytest.param({"aud": None}, False, id="no-audience"),
        pytest.param({"iss": "c2"}, False, id="foreign-issuer"),
        pytest.param({"iss": None}, False, id="no-issuer"),
        pytest.param({"exp": NOW - 30}, False, id="expired"),
        pytest.param({"exp": None}, False, id="no-exp"),
        pytest.param({"exp": True}, False, id="exp-not-a-number"),
        pytest.param({"exp": NOW + 7200}, False, id="exp-too-far"),
        pytest.param({"nbf": NOW + 60}, False, id="not-yet"),
        pytest.param({"iat": NOW + 60}, False, id="from-the-future"),
        pytest.param({"iat": "today"}, False, id="iat-not-a-number"),
        pytest.param({"jti": None}, False, id="no-jti"),
        pytest.param({"jti": 7}, False, id="jti-not-text"),
    ],
)
@pytest.mark.spec("RFC 7523 §3", "aud, iss, sub, exp, jti")
def test_assertion_is_judged_by_its_claims(
    store: ValkeyStore, said: dict[str, Any], *, expected: bool
) -> None:
    house = authenticator(store, client_of("private_key_jwt"))

    assert is_authenticated(house, asserted(EC, "ES256", claims(**said))) is expected


def handmade(algorithm: str, secret: bytes = b"") -> dict[str, str]:
    """What no library signs: `none`, or HMAC with the bytes of a public key."""
    header, said = orjson.dumps({"alg": algorithm, "kid": "rsa"}), orjson.dumps(claims())
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, said))
    signature = hmac.digest(secret, signed, "sha256") if secret else b""
    encoded = base64.urlsafe_b64encode(signature).rstrip(b"=")
    token = (signed + b"." + encoded).decode()
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": token}


PUBLIC_PEM = RSA.as_pem(private=False)


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        pytest.param("private_key_jwt", handmade("none"), id="none"),
        pytest.param("client_secret_jwt", handmade("none"), id="none-for-a-secret"),
        pytest.param("private_key_jwt", handmade("HS256", PUBLIC_PEM), id="public-key-as-secret"),
        pytest.param("client_secret_jwt", handmade("HS256", PUBLIC_PEM), id="foreign-secret"),
        pytest.param("private_key_jwt", asserted(OTHER, "ES256", claims()), id="foreign-key"),
        pytest.param("private_key_jwt", asserted(RSA, "RS512", claims()), id="not-offered"),
        pytest.param("client_secret_jwt", asserted(EC, "ES256", claims()), id="key-for-a-secret"),
        pytest.param(
            "private_key_jwt",
            asserted(OctKey.import_key(SECRET), "HS256", claims()),
            id="secret-for-a-key",
        ),
        pytest.param(
            "private_key_jwt", asserted(EC, "ES256", claims(), kid="nobody"), id="unknown-kid"
        ),
        pytest.param("private_key_jwt", asserted(EC, "ES256", claims(), kid="rsa"), id="other-kid"),
    ],
)
@pytest.mark.spec("RFC 8725 §3.1", "Perform Algorithm Verification")
def test_assertion_is_refused_when_algorithm_or_key_is_confused(
    store: ValkeyStore, method: str, parameters: dict[str, str]
) -> None:
    house = authenticator(store, client_of(method))

    assert not is_authenticated(house, parameters)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, True, id="good"),
        pytest.param({"token_endpoint_auth_signing_alg": "HS256"}, True, id="registered-alg"),
        pytest.param({"token_endpoint_auth_signing_alg": "HS512"}, False, id="another-alg"),
        pytest.param({"secret_expires_at": NOW}, False, id="expired"),
        pytest.param({"sealed_secret": b""}, False, id="no-sealed-secret"),
    ],
)
@pytest.mark.spec("OpenID Connect Core 1.0 §9", "client_secret_jwt")
def test_client_secret_jwt_is_judged_by_the_sealed_secret(
    store: ValkeyStore, changes: dict[str, Any], *, expected: bool
) -> None:
    house = authenticator(store, client_of("client_secret_jwt", **changes))
    parameters = asserted(OctKey.import_key(SECRET), "HS256", claims())

    assert is_authenticated(house, parameters) is expected


def test_unknown_client_is_refused_when_it_shows_an_assertion(store: ValkeyStore) -> None:
    assert not is_authenticated(authenticator(store), asserted(EC, "ES256", claims()))


@pytest.mark.spec("RFC 7523 §3", "replay is prevented by jti")
def test_assertion_is_good_once_when_it_is_replayed_at_once(store: ValkeyStore) -> None:
    house = authenticator(store, client_of("private_key_jwt"))
    parameters = asserted(EC, "ES256", claims())

    results = at_once(30, lambda _: is_authenticated(house, parameters))

    assert results.count(True) == 1
    assert threading.active_count() < 30


def test_keys_are_fetched_once_when_the_client_has_a_jwks_uri(store: ValkeyStore) -> None:
    fetch = Fetcher(PUBLIC)
    client = client_of("private_key_jwt", jwks=None, jwks_uri="https://rp.example/jwks")
    house = authenticator(store, client, fetch=fetch)

    for number in range(3):
        assert is_authenticated(house, asserted(EC, "ES256", claims(n=number), kid="ec"))

    assert fetch.asked == 1


def test_keys_are_fetched_again_when_an_unknown_kid_comes_after_a_minute() -> None:
    fetch = Fetcher({"keys": [EC.as_dict(private=False)]})
    client = client_of("private_key_jwt", jwks=None, jwks_uri="https://rp.example/jwks")
    keys = ClientKeys(fetch)
    assert keys.candidates(client, "ec", now=NOW)
    fetch.answer = PUBLIC

    with pytest.raises(ClientNotAuthenticated):
        keys.candidates(client, "rsa", now=NOW + 59)
    assert keys.candidates(client, "rsa", now=NOW + 60)
    assert len(keys.candidates(client, "", now=NOW + 61)) == 3
    assert fetch.asked == 2


@pytest.mark.parametrize(
    "changes",
    [{"jwks": None}, {"jwks": None, "jwks_uri": "https://away.example/"}, {"jwks": {}}],
    ids=["none", "unreachable", "empty"],
)
def test_client_is_refused_when_it_has_no_keys(store: ValkeyStore, changes: dict[str, Any]) -> None:
    house = authenticator(store, client_of("private_key_jwt", **changes))

    assert not is_authenticated(house, asserted(EC, "ES256", claims()))


def test_known_addresses_are_forgotten_when_there_are_too_many() -> None:
    fetch = Fetcher(PUBLIC)
    keys = ClientKeys(fetch)
    for number in range(4097):
        client = client_of("private_key_jwt", jwks=None, jwks_uri=f"https://rp/{number}")
        fetch.answer = {"keys": PUBLIC["keys"][:1]} if number == 0 else {"keys": []}
        if number == 0:
            keys.candidates(client, "ec", now=NOW)
            continue
        with pytest.raises(ClientNotAuthenticated):
            keys.candidates(client, "", now=NOW)

    assert len(keys._known) == 1


def test_key_set_keeps_usable_keys_alone_when_read() -> None:
    left_out = [
        OctKey.import_key("a published secret").as_dict(),
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {**EC.as_dict(private=False), "use": "enc"},
        {**EC.as_dict(private=False), "kid": 7},
        ECKey.generate_key("P-384").as_dict(private=False),
        OKPKey.generate_key("X25519").as_dict(private=False),
        WEAK_RSA,
        "text",
    ]

    keys = read_keys({"keys": [*left_out, *PUBLIC["keys"]]})

    assert [key.kid for key in keys] == ["ec", "rsa", "okp"]


@pytest.mark.parametrize("header", [{"crit": ["exp"], "exp": 1}, {"b64": False}])
@pytest.mark.spec("RFC 7515 §4.1.11", "If any listed extension is not understood, it is invalid")
def test_assertion_is_refused_when_its_header_is_extended(
    store: ValkeyStore, header: dict[str, object]
) -> None:
    house = authenticator(store, client_of("private_key_jwt"))
    said = orjson.dumps(claims())
    protected = orjson.dumps({"alg": "ES256", "crit": ["b64"], **header})
    signed = b".".join(base64.urlsafe_b64encode(p).rstrip(b"=") for p in (protected, said))
    signature = signer(EC.private_key, "ES256")(signed)
    token = (signed + b"." + b64url(signature)).decode()
    parameters = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": token}

    assert not is_authenticated(house, parameters)


def test_assertion_is_refused_when_its_signature_is_garbled(store: ValkeyStore) -> None:
    house = authenticator(store, client_of("private_key_jwt"))
    parameters = asserted(EC, "ES256", claims())
    parameters["client_assertion"] += "="

    assert not is_authenticated(house, parameters)


@pytest.mark.spec("RFC 8037 §3.1", "alg EdDSA")
@pytest.mark.parametrize("alg", ["EdDSA", "Ed25519"])
def test_assertion_is_accepted_when_ed25519_has_either_name(store: ValkeyStore, alg: str) -> None:
    house = authenticator(store, client_of("private_key_jwt"))
    parts = (orjson.dumps({"alg": alg, "kid": "okp"}), orjson.dumps(claims()))
    signed = b".".join(b64url(part) for part in parts)
    token = (signed + b"." + b64url(signer(OKP.private_key, "EdDSA")(signed))).decode()

    parameters = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": token}
    assert is_authenticated(house, parameters)
