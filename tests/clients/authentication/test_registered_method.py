from typing import Any

import pytest

from idp.clients.authentication.presented import (
    ASSERTION_TYPE,
    AmbiguousAuthentication,
)
from idp.foundation.storage import ValkeyStore
from tests.clients.authentication.proofs import (
    EC,
    NOW,
    SECRET,
    asserted,
    authenticator,
    basic,
    claims,
    client_of,
    is_authenticated,
)

pytestmark = pytest.mark.storage


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
