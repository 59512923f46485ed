from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey

from idp.clients.authentication.client_keys import ClientKeys, read_keys
from idp.clients.authentication.presented import (
    ClientNotAuthenticated,
)
from idp.foundation.storage import ValkeyStore
from tests.clients.authentication.proofs import (
    EC,
    NOW,
    PUBLIC,
    WEAK_RSA,
    Fetcher,
    asserted,
    authenticator,
    claims,
    client_of,
    is_authenticated,
)

pytestmark = pytest.mark.storage


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
