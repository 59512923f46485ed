"""RFC 9068: the JWT access token, and how the provider's own resource judges one."""

import pytest

from tests.spec.house import Resigned
from tests.spec.pages import Conduct
from tests.spec.relying_party import Provider, RelyingParty, key_for, peek, signed, unsigned
from tests.spec.verdicts import challenge, refused
from tests.spec.wire import Browser

must = pytest.mark.must
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")


@must("rfc9068-2.1-1..4", "rfc9068-2.2-1..7")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_access_token_is_signed_typed_and_complete(
    provider: Provider, signed_in: Browser, citizen: Conduct, algorithm: str
) -> None:
    party = provider.party(access_token_signed_response_alg=algorithm)
    token = party.tokens(signed_in, citizen)["access_token"]
    header, _ = peek(token)
    assert header["typ"].lower().removeprefix("application/") == "at+jwt"
    claims = provider.verified(token, algorithm=algorithm)
    assert claims["iss"] == provider.issuer
    assert claims["client_id"] == party.client_id
    assert claims["exp"] > claims["iat"]
    assert claims["sub"]
    assert claims["aud"]
    assert len(claims["jti"]) >= 16


@must("rfc9068-2.1-2..3")
@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_registration_refuses_an_unfit_access_token_algorithm(
    provider: Provider, algorithm: str
) -> None:
    assert provider.register(access_token_signed_response_alg=algorithm).status == 400
    assert "RS256" in provider.metadata["id_token_signing_alg_values_supported"]


@must("rfc9068-3-2")
def test_access_token_names_a_default_audience_when_no_resource_is_asked(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    first = web.tokens(signed_in, citizen)
    _, claims = peek(first["access_token"])
    assert claims["aud"]
    _, again = peek(web.refresh(first["refresh_token"]).json()["access_token"])
    assert again["aud"] == claims["aud"]
    assert web.client_id not in claims["aud"]


@must("rfc9068-2.2.3-1", "rfc9068-3-1", "rfc9068-5-1")
def test_access_token_has_one_audience_of_its_own_per_resource(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, resource: str
) -> None:
    tokens = web.tokens(signed_in, citizen, resource=resource)
    _, claims = peek(tokens["access_token"])
    _, default = peek(web.tokens(signed_in, citizen)["access_token"])
    assert claims["aud"] in (resource, [resource])
    assert claims["aud"] != default["aud"]
    assert "openid" not in claims.get("scope", "").split()


@must("rfc9068-3-1")
def test_token_for_two_resources_at_once_is_refused(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, resource: str
) -> None:
    authorization = web.authorize(signed_in, citizen, resource=resource)
    _, headers = web.authentication()
    form = {
        "grant_type": "authorization_code",
        "code": authorization.code,
        "redirect_uri": web.redirect_uri,
        "code_verifier": authorization.verifier,
    }
    answer = web.provider.wire.post(
        web.endpoint("token"),
        [*form.items(), ("resource", resource), ("resource", resource + "/other")],
        headers=headers,
    )
    refused(answer, "invalid_target")


@must("rfc9068-4-1", "rfc8414-3.3-1")
def test_both_metadata_documents_agree(provider: Provider) -> None:
    other = provider.wire.get("/.well-known/oauth-authorization-server").json()
    shared = set(other) & set(provider.metadata)
    assert {"issuer", "jwks_uri", "token_endpoint", "authorization_endpoint"} <= shared
    assert {name: other[name] for name in shared} == {
        name: provider.metadata[name] for name in shared
    }


@must("rfc9068-4-3..4", "rfc9068-4-11..12")
@pytest.mark.parametrize(
    ("claims", "header"),
    [
        pytest.param({"iss": "https://other.example"}, {}, id="other issuer"),
        pytest.param({"iss": None}, {}, id="no issuer"),
        pytest.param({"aud": "https://other.example"}, {}, id="other audience"),
        pytest.param({"aud": None}, {}, id="no audience"),
        pytest.param({"exp": 1}, {}, id="expired"),
        pytest.param({"exp": None}, {}, id="no expiry"),
        pytest.param({}, {"typ": "JWT"}, id="other type"),
        pytest.param({}, {"typ": None}, id="no type"),
        pytest.param({}, {"typ": "logout+jwt"}, id="logout token"),
    ],
)
def test_userinfo_refuses_a_token_of_the_right_key_with_a_wrong(
    web: RelyingParty,
    signed_in: Browser,
    citizen: Conduct,
    resigned: Resigned,
    claims: dict[str, object],
    header: dict[str, object],
) -> None:
    token = web.tokens(signed_in, citizen)["access_token"]
    assert web.userinfo(resigned(token, {}, {})).status == 200
    answer = web.userinfo(resigned(token, claims, header))
    assert answer.status == 401
    assert challenge(answer)["error"] == "invalid_token"


@must("rfc9068-4-7..9", "rfc9068-4-12", "rfc6749-10.3-3")
@pytest.mark.parametrize("algorithm", [*ALGORITHMS, "none"])
def test_userinfo_refuses_a_token_signed_by_somebody_else(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, algorithm: str
) -> None:
    header, claims = peek(web.tokens(signed_in, citizen)["access_token"])
    if algorithm == "none":
        forged = unsigned(claims, typ="at+jwt", kid=header["kid"])
    else:
        key = key_for(algorithm, "forger")
        forged = signed(claims, algorithm=algorithm, key=key, typ="at+jwt", kid=header["kid"])
    answer = web.userinfo(forged)
    assert answer.status == 401
    assert challenge(answer)["error"] == "invalid_token"


@must("rfc9068-4-9")
def test_userinfo_refuses_a_token_that_brings_its_own_key(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    _, claims = peek(web.tokens(signed_in, citizen)["access_token"])
    key = key_for("ES256", "forger")
    forged = signed(
        claims, algorithm="ES256", key=key, typ="at+jwt", jwk=key.as_dict(private=False)
    )
    assert web.userinfo(forged).status == 401


@must("rfc9700-4.15.1-1")
def test_client_token_names_the_client_as_subject_apart_from_people(
    service: RelyingParty, web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    token = service.token(grant_type="client_credentials").json()["access_token"]
    _, claims = peek(token)
    assert claims["sub"] == service.client_id
    _, person = peek(web.tokens(signed_in, citizen)["access_token"])
    assert person["sub"] != person["client_id"]
