import base64
import threading
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from joserfc.jwk import OctKey

from idp.clients.authentication.presented import (
    ASSERTION_TYPE,
)
from idp.foundation.keys import b64url
from idp.foundation.keys.jose import signer
from idp.foundation.storage import ReplayCache, ValkeyStore
from tests.clients.authentication.proofs import (
    EC,
    ISSUER,
    NOW,
    OKP,
    OTHER,
    PUBLIC_PEM,
    RSA,
    SECRET,
    asserted,
    authenticator,
    claims,
    client_of,
    handmade,
    is_authenticated,
)
from tests.clocks import SetClock
from tests.racing import at_once

pytestmark = pytest.mark.storage


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
        pytest.param({"exp": NOW + 1800}, True, id="lives-for-long"),
        pytest.param({"exp": NOW + 1800, "iat": None}, False, id="lives-for-long-without-iat"),
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
    before = threading.active_count()

    results = at_once(30, lambda _: is_authenticated(house, parameters))

    assert results.count(True) == 1
    assert threading.active_count() <= before


@pytest.mark.spec("RFC 7523 §3", "replay is prevented by jti")
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param({"iat": NOW - 90}, False, id="issued-before"),
        pytest.param({"iat": NOW - 20}, True, id="issued-after"),
        pytest.param({"iat": None, "exp": NOW + 260}, False, id="perhaps-issued-before"),
        pytest.param({"iat": None, "exp": NOW + 280}, True, id="cannot-have-been-accepted-before"),
    ],
)
def test_assertion_is_judged_by_its_age_when_the_store_failed_over_a_minute_ago(
    store: ValkeyStore, said: dict[str, Any], *, expected: bool
) -> None:
    """The other server may have forgotten what was used: RFC 7523 §3 still forbids a replay."""
    house = authenticator(store, client_of("private_key_jwt"))
    store.pool.call("SET", store.prefix + "replays:epoch", f"{'0' * 40} {NOW - 86_400}")
    ReplayCache(store, clock=SetClock(datetime.fromtimestamp(NOW - 60, UTC))).begin()

    assert is_authenticated(house, asserted(EC, "ES256", claims(**said))) is expected


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
