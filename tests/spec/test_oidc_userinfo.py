"""OpenID Connect Core 1.0 §5: UserInfo, scopes and the claims parameter."""

import json

import pytest

from tests.spec.pages import Conduct
from tests.spec.relying_party import CALLBACK, Provider, RelyingParty, peek
from tests.spec.verdicts import redirected_error
from tests.spec.wire import Browser

must = pytest.mark.must


@must(
    "oidc-core-5.3.2-1..2",
    "oidc-core-5.3.2-4..6",
    "oidc-core-5.6-1",
    "oidc-core-15.2-5",
)
def test_userinfo_is_json_with_the_subject_of_the_id_token(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    tokens = web.tokens(signed_in, citizen, scope="openid profile phone")
    answer = web.userinfo(tokens["access_token"])
    assert answer.status == 200
    assert answer.media_type == "application/json"
    claims = answer.json()
    assert claims["sub"] == peek(tokens["id_token"])[1]["sub"]
    assert claims["name"] == citizen.person.name
    assert citizen.person.phone in claims["phone_number"]
    assert citizen.person.document_number not in answer.text


@must("oidc-core-5.3.2-2")
def test_userinfo_tells_the_subject_alone_when_nothing_else_was_asked(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    tokens = web.tokens(signed_in, citizen)
    assert set(web.userinfo(tokens["access_token"]).json()) == {"sub"}


@must(
    "oidc-core-5.3.2-5",
    "oidc-core-5.3.2-7",
    "oidc-core-5.3.2-9..11",
    "oidc-registration-2-23",
)
@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_userinfo_is_a_signed_jwt_when_registered_so(
    provider: Provider, signed_in: Browser, citizen: Conduct, algorithm: str
) -> None:
    party = provider.party(userinfo_signed_response_alg=algorithm)
    tokens = party.tokens(signed_in, citizen)
    answer = party.userinfo(tokens["access_token"])
    assert answer.media_type == "application/jwt"
    claims = provider.verified(answer.text, algorithm=algorithm)
    assert claims["sub"] == peek(tokens["id_token"])[1]["sub"]
    assert claims["iss"] == provider.issuer
    assert claims["aud"] in (party.client_id, [party.client_id])


def asked(member: object) -> str:
    return json.dumps({"userinfo": {"name": member}, "id_token": {"birthdate": None}})


@must("oidc-core-5.5.1-1..2", "oidc-core-5.5.1-6", "oidc-core-5.6-1", "oidc-core-5.5-2")
@pytest.mark.parametrize(
    "member",
    [None, {"essential": True}, {"essential": False}, {"wholly_unknown": 1}, {}],
    ids=["null", "essential", "voluntary", "unknown member", "empty object"],
)
def test_claims_are_released_when_asked_by_name(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, member: object
) -> None:
    document = json.loads(asked(member)) | {"wholly_unknown": {"a": 1}}
    tokens = web.tokens(signed_in, citizen, claims=json.dumps(document), prompt="consent")
    assert web.userinfo(tokens["access_token"]).json()["name"] == citizen.person.name
    assert "birthdate" in peek(tokens["id_token"])[1]


@must("oidc-core-5.5.1-2", "oidc-core-3.1.2.4-1")
@pytest.mark.parametrize("essential", [True, False])
def test_unticked_claim_is_omitted_and_no_error(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, *, essential: bool
) -> None:
    conduct = Conduct(
        person=citizen.person,
        presses={"consent": ("decision", "allow")},
        unticks=frozenset({"name"}),
    )
    claims = json.dumps({"userinfo": {"name": {"essential": essential}, "birthdate": None}})
    tokens = web.tokens(signed_in, conduct, claims=claims, prompt="consent")
    told = web.userinfo(tokens["access_token"]).json()
    assert "name" not in told
    assert "birthdate" in told


@must("oidc-core-5.5.1-2")
def test_unknown_claim_is_omitted_and_no_error(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    claims = json.dumps({"userinfo": {"shoe_size": {"essential": True}}})
    tokens = web.tokens(signed_in, citizen, claims=claims)
    assert "shoe_size" not in web.userinfo(tokens["access_token"]).json()


@must("oidc-core-5.5.1-1", "oidc-core-3.1.2.2-3")
@pytest.mark.parametrize(
    "claims",
    [
        "not json",
        "[]",
        '"x"',
        '{"userinfo":[]}',
        '{"userinfo":{"name":true}}',
        '{"userinfo":{"name":"x"}}',
        '{"id_token":{"acr":{"values":"x"}}}',
        "[" * 4000,
    ],
)
def test_malformed_claims_parameter_is_refused(
    web: RelyingParty, browser: Browser, claims: str
) -> None:
    answer = web.begin(browser, claims=claims, state="s")
    redirected_error(answer, CALLBACK, "invalid_request", state="s")
