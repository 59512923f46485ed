"""OpenID Connect Core 1.0 §2, §10.1: the ID token and its signature."""

import hashlib
from base64 import urlsafe_b64encode

import pytest

from policies.levels import Level
from tests.spec.pages import Conduct
from tests.spec.relying_party import Provider, RelyingParty, peek
from tests.spec.wire import Browser

must = pytest.mark.must
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")


@must(
    "oidc-core-2-1..6",
    "oidc-core-2-9",
    "oidc-core-2-12",
    "oidc-core-2-16",
    "oidc-core-2-18",
    "oidc-core-10.1-1..5",
    "oidc-core-15.1-3",
    "oidc-registration-2-18",
)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_id_token_is_complete_and_signed_as_registered(
    provider: Provider, signed_in: Browser, citizen: Conduct, algorithm: str
) -> None:
    party = provider.party(id_token_signed_response_alg=algorithm)
    authorization = party.authorize(signed_in, citizen)
    tokens = party.redeem(authorization).json()
    header, _ = peek(tokens["id_token"])
    published = {key["kid"] for key in provider.keys().as_dict(private=False)["keys"]}
    assert header["kid"] in published
    claims = provider.verified(tokens["id_token"], algorithm=algorithm)
    assert claims["iss"] == provider.issuer
    assert claims["aud"] in (party.client_id, [party.client_id])
    assert claims["nonce"] == authorization.request["nonce"]
    assert claims["exp"] > claims["iat"]
    assert 0 < len(claims["sub"]) <= 255
    assert claims["sub"].isascii()


def test_id_token_binds_the_access_token(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    tokens = web.tokens(signed_in, citizen)
    half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    expected = urlsafe_b64encode(half).decode().rstrip("=")
    assert peek(tokens["id_token"])[1]["at_hash"] == expected


@must("oidc-core-2-10", "oidc-core-3.1.2.1-14", "oidc-core-15.1-7")
@pytest.mark.parametrize(
    "changes",
    [{"max_age": "3600"}, {"claims": '{"id_token":{"auth_time":{"essential":true}}}'}],
    ids=["max_age", "essential auth_time"],
)
def test_id_token_tells_auth_time_when_asked(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, changes: dict[str, str]
) -> None:
    _, claims = peek(web.tokens(signed_in, citizen, **changes)["id_token"])
    assert isinstance(claims["auth_time"], int)
    assert claims["auth_time"] <= claims["iat"]


@must("oidc-core-2-13", "oidc-core-15.1-9")
def test_id_token_tells_the_level_reached(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    wanted = Level(ial=1, aal=1)
    _, claims = peek(web.tokens(signed_in, citizen, acr_values=wanted.acr)["id_token"])
    reached = Level.parse(claims["acr"])
    assert reached is not None
    assert reached.satisfies(wanted)
    assert claims["acr"].startswith("urn:"), "an absolute URI"
    assert isinstance(claims["amr"], list)


@must("oidc-core-2-14")
def test_id_token_names_the_client_when_it_names_an_authorized_party(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    _, claims = peek(web.tokens(signed_in, citizen)["id_token"])
    assert claims.get("azp", web.client_id) == web.client_id


@must("oidc-core-2-12")
@pytest.mark.parametrize("nonce", ["x", "a b+/=&", "随机", "n" * 500])
def test_id_token_repeats_the_nonce_unchanged(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, nonce: str
) -> None:
    _, claims = peek(web.tokens(signed_in, citizen, nonce=nonce)["id_token"])
    assert claims["nonce"] == nonce


def test_id_token_has_no_nonce_when_none_was_sent(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    assert "nonce" not in peek(web.tokens(signed_in, citizen, nonce=None)["id_token"])[1]


@must("oidc-core-3.1.3.2-6", "oidc-core-3.1.2.1-2..3")
def test_no_id_token_comes_of_a_request_without_openid(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    authorization = web.authorize(signed_in, citizen, scope="profile", nonce=None)
    if "code" in authorization.parameters:
        tokens = web.redeem(authorization).json()
        assert "id_token" not in tokens
        assert web.userinfo(tokens["access_token"]).status in {401, 403}
    else:
        assert authorization.error == "invalid_scope"


@must("oidc-core-2-3", "oidc-core-5.7-1")
def test_subject_stays_the_same_from_login_to_login(
    web: RelyingParty, provider: Provider, citizen: Conduct
) -> None:
    subjects = {
        peek(web.tokens(provider.browser(), citizen)["id_token"])[1]["sub"] for _ in range(2)
    }
    assert len(subjects) == 1
    assert citizen.person.document_number not in str(subjects)


@must("oidc-core-16.19-1..3")
def test_client_secret_is_long_enough_for_hs256(provider: Provider) -> None:
    party = provider.party(token_endpoint_auth_method="client_secret_jwt")
    assert len(party.client_secret.encode()) >= 32
    assert len(set(party.client_secret)) > 12
