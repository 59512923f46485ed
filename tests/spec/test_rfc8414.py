"""RFC 8414 and OpenID Connect Discovery 1.0: the two metadata documents and the keys."""

import unicodedata

import pytest

from tests.spec.pages import Conduct
from tests.spec.relying_party import CALLBACK, Provider, RelyingParty, peek
from tests.spec.verdicts import error_page
from tests.spec.wire import Browser

must = pytest.mark.must
DOCUMENTS = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@must(
    "rfc8414-3-1",
    "rfc8414-3.1-1..2",
    "rfc8414-3.2-1..2",
    "rfc8414-3.3-1",
    "oidc-discovery-4-1..2",
    "oidc-discovery-4.1-1..2",
    "oidc-discovery-4.2-1..2",
    "oidc-discovery-4.3-2",
    "oidc-core-15.2-3",
)
@pytest.mark.parametrize("path", DOCUMENTS)
def test_metadata_is_json_at_its_well_known_path(provider: Provider, path: str) -> None:
    answer = provider.wire.get(path)
    assert answer.status == 200
    assert answer.media_type == "application/json"
    document = answer.json()
    assert document["issuer"] + path == provider.wire.origin + path
    assert not document["issuer"].endswith("/")
    assert not [name for name, value in document.items() if value in ([], {}, None, "")]


@must(
    "rfc8414-2-1..3",
    "rfc8414-2-6",
    "oidc-discovery-3-1",
    "oidc-discovery-3-4",
    "oidc-discovery-3-6",
    "oidc-discovery-3-9",
    "oidc-discovery-3-16",
    "oidc-discovery-3-19..20",
    "oidc-core-8-1",
    "oidc-core-15.2-4..5",
    "oidc-rpinitiated-2.1-1..2",
)
@pytest.mark.parametrize(
    "name",
    [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "registration_endpoint",
        "end_session_endpoint",
        "response_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
    ],
)
def test_discovery_names_what_is_required(provider: Provider, name: str) -> None:
    assert provider.metadata[name]


@must(
    "oidc-discovery-3-15",
    "oidc-discovery-3-21..23",
    "oidc-core-15.1-3",
    "rfc8414-2-7..10",
    "rfc8414-2-12..13",
)
def test_discovery_offers_strong_algorithms_alone(provider: Provider) -> None:
    metadata = provider.metadata
    assert "openid" in metadata["scopes_supported"]
    assert {"RS256", "PS256", "ES256", "EdDSA"} <= set(
        metadata["id_token_signing_alg_values_supported"]
    )
    for name, values in metadata.items():
        if name.endswith("_alg_values_supported"):
            assert "none" not in values, name
    for endpoint in ("token", "introspection", "revocation"):
        methods = metadata.get(f"{endpoint}_endpoint_auth_methods_supported", [])
        if {"private_key_jwt", "client_secret_jwt"} & set(methods):
            assert metadata[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]


@must(
    "rfc8414-2-5",
    "oidc-discovery-3-11",
    "oidc-discovery-3-13",
    "oidc-core-10.1-3..5",
    "oidc-core-15.2-6",
)
def test_published_keys_are_public_bare_and_for_signing(provider: Provider) -> None:
    keys = provider.wire.get(provider.metadata["jwks_uri"]).json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert key["use"] == "sig"
        assert key["kty"] in {"RSA", "EC", "OKP"}
        assert {"n", "e"} <= set(key) or "x" in key
        assert not PRIVATE & set(key)


@must("oidc-discovery-3-3", "oidc-discovery-4.3-3", "oidc-core-16.15-1")
def test_issuer_is_the_iss_of_every_id_token(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    _, claims = peek(web.tokens(signed_in, citizen)["id_token"])
    assert claims["iss"] == web.provider.issuer


@must(
    "rfc8414-4-1..3",
    "oidc-discovery-5-1..3",
    "oidc-registration-6-1..3",
    "oidc-core-14-1..3",
)
@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_strings_are_compared_code_point_by_code_point(
    provider: Provider, browser: Browser, form: str
) -> None:
    """A client's scope value and redirect URI in another Unicode form are other values."""
    composed = "\u00e9\ufb01"
    other = unicodedata.normalize(form, composed)
    party = provider.party(client_name=composed)
    assert party.registered["client_name"] == composed
    if other == composed:
        return
    error_page(party.begin(browser, client_id=party.client_id + other))
    error_page(party.begin(browser, redirect_uri=CALLBACK + other))


def test_json_escapes_are_undone_before_comparing(provider: Provider) -> None:
    body = b'{"redirect_uris":["https:\\/\\/portal.example\\/c\\u0061llback"]}'
    answer = provider.wire.post_json(provider.metadata["registration_endpoint"], body)
    assert answer.status == 201, answer.body
    assert answer.json()["redirect_uris"] == [CALLBACK]
