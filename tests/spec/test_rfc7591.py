"""RFC 7591 and OpenID Connect Dynamic Client Registration 1.0: what may be registered."""

from dataclasses import replace
from typing import Any

import pytest

from deploy.composition.registration import registration_endpoint
from idp.protocols.oauth.wire import WireRequest
from tests.spec.house import HouseUnderTest, Later
from tests.spec.pages import Conduct, step_form
from tests.spec.relying_party import CALLBACK, Provider, RelyingParty, key_for
from tests.spec.verdicts import refused
from tests.spec.wire import Browser

must = pytest.mark.must


def public_jwk(algorithm: str = "ES256") -> dict[str, Any]:
    return dict(key_for(algorithm).as_dict(private=False))


@must(
    "rfc7591-2-2",
    "rfc7591-3-1",
    "rfc7591-3.2.1-1..4",
    "oidc-registration-2-1",
    "oidc-registration-3.2-1",
    "oidc-registration-3.2-3..5",
    "oidc-registration-3.2-7..8",
    "oidc-core-15.2-4",
)
def test_registration_returns_all_that_was_registered(provider: Provider) -> None:
    asked = {
        "redirect_uris": [CALLBACK, CALLBACK + "/2"],
        "client_name": "测试",
        "client_name#en": "Test",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_post",
        "id_token_signed_response_alg": "ES256",
        "userinfo_signed_response_alg": "PS256",
        "default_max_age": 600,
        "require_auth_time": True,
        "contacts": ["a@portal.example"],
        "post_logout_redirect_uris": ["https://portal.example/bye"],
    }
    first, second = provider.register(**asked), provider.register(**asked)
    assert first.status == second.status == 201
    assert first.media_type == "application/json"
    assert "no-store" in first.header("Cache-Control")
    document = first.json()
    assert {name: document[name] for name in asked} == asked
    assert document["subject_type"] in provider.metadata["subject_types_supported"]
    assert document["client_secret_expires_at"] >= 0
    assert document["client_id"] != second.json()["client_id"]
    assert document["client_secret"] != second.json()["client_secret"]
    assert ("registration_client_uri" in document) == ("registration_access_token" in document)


@must("rfc7591-2-13", "oidc-registration-3.2-2")
def test_registration_ignores_what_it_does_not_know(provider: Provider) -> None:
    answer = provider.register(wholly_unknown={"a": [1]}, client_id="mine", client_secret="mine")
    document = answer.json()
    assert answer.status == 201
    assert "wholly_unknown" not in document
    assert document["client_id"] != "mine"
    assert document["client_secret"] != "mine"


REFUSED: dict[str, dict[str, Any]] = {
    "no redirect URI": {"redirect_uris": None},
    "empty list of redirect URIs": {"redirect_uris": []},
    "redirect URI as text": {"redirect_uris": CALLBACK},
    "relative redirect URI": {"redirect_uris": ["/callback"]},
    "redirect URI with fragment": {"redirect_uris": [CALLBACK + "#x"]},
    "redirect URI with empty fragment": {"redirect_uris": [CALLBACK + "#"]},
    "javascript": {"redirect_uris": ["javascript:alert(1)"]},
    "data": {"redirect_uris": ["data:text/html,x"]},
    "one good, one bad": {"redirect_uris": [CALLBACK, "javascript:alert(1)"]},
    "credentials in the redirect URI": {"redirect_uris": ["https://u:p@portal.example/callback"]},
    "web client with a custom scheme": {"redirect_uris": ["cn.example.app:/callback"]},
    "native client on http elsewhere": {
        "application_type": "native",
        "redirect_uris": ["http://portal.example/callback"],
    },
    "none as ID token algorithm": {"id_token_signed_response_alg": "none"},
    "unknown ID token algorithm": {"id_token_signed_response_alg": "ES1024"},
    "none as client assertion algorithm": {
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "none",
        "jwks": {"keys": [public_jwk()]},
    },
    "unknown client authentication": {"token_endpoint_auth_method": "sesame"},
    "unknown grant type": {"grant_types": ["sesame"]},
    "code without its grant type": {
        "grant_types": ["client_credentials"],
        "response_types": ["code"],
    },
    "implicit": {"grant_types": ["implicit"], "response_types": ["id_token"]},
    "unknown subject type": {"subject_type": "secret"},
    "jwks and jwks_uri": {
        "jwks": {"keys": [public_jwk()]},
        "jwks_uri": "https://portal.example/jwks",
    },
    "jwks as text": {"jwks": "keys"},
    "jwks without keys": {"jwks": {"sleutels": []}},
    "jwks with a broken key": {"jwks": {"keys": [{"kty": "EC", "crv": "P-256"}]}},
    "jwks with a private key": {"jwks": {"keys": [dict(key_for("ES256").as_dict(private=True))]}},
    "jwks with a symmetric key": {"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}},
    "jwks_uri without TLS": {"jwks_uri": "ftp://portal.example/jwks"},
    "logo by script": {"logo_uri": "javascript:alert(1)"},
    "policy by script": {"policy_uri": "data:text/html,x"},
    "negative default_max_age": {"default_max_age": -1},
    "encrypted ID token": {"id_token_encrypted_response_alg": "RSA-OAEP"},
}


@must(
    "rfc7591-2-3..4",
    "rfc7591-2-10..12",
    "rfc7591-3.2.2-2",
    "rfc7591-5-4..5",
    "rfc7591-5-7",
    "rfc6749-3.1.2-1",
    "rfc6749-3.1.2-3",
    "oidc-registration-2-3",
    "oidc-registration-2-5..6",
    "oidc-registration-2-11",
    "oidc-registration-2-14",
    "oidc-registration-2-16..17",
    "oidc-registration-2-19",
    "oidc-registration-2-33",
    "oidc-registration-7-1",
    "oidc-core-2-18",
)
@pytest.mark.parametrize("metadata", REFUSED.values(), ids=REFUSED.keys())
def test_registration_is_refused_when(provider: Provider, metadata: dict[str, Any]) -> None:
    refused(provider.register(**metadata), "invalid_client_metadata", "invalid_redirect_uri")


@must("rfc6749-3.1.2.2-1", "rfc6749-10.2-2", "rfc6749-10.6-2")
def test_registration_is_refused_when_a_public_client_names_no_redirect_uri(
    provider: Provider,
) -> None:
    answer = provider.register(token_endpoint_auth_method="none", redirect_uris=None)
    refused(answer, "invalid_redirect_uri", "invalid_client_metadata")


BODIES = {
    "empty": b"",
    "no JSON": b"{",
    "no object": b"[]",
    "null": b"null",
    "not UTF-8": b'{"client_name":"\xff"}',
    "deep": b'{"x":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "NaN": b'{"default_max_age": NaN}',
}


@must("rfc7591-3-1")
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_registration_is_refused_when_the_body_is(provider: Provider, body: bytes) -> None:
    answer = provider.wire.post_json(provider.metadata["registration_endpoint"], body)
    refused(answer, "invalid_client_metadata", "invalid_request")


@must("rfc7591-2-3..4", "rfc7591-2.2-1", "oidc-registration-2.1-1")
def test_untagged_name_is_shown_as_it_was_given(provider: Provider, signed_in: Browser) -> None:
    party = provider.party(client_name="Überführung 門户 <b>", scope="openid profile")
    assert party.registered["client_name"] == "Überführung 門户 <b>"
    page = signed_in.follow(party.begin(signed_in, scope="openid profile"))
    assert "Überführung 門户 &lt;b&gt;" in page.text


@must("rfc7591-5-6", "rfc7591-5-9")
def test_self_asserted_name_and_logo_are_not_taken_for_reviewed_ones(
    provider: Provider, signed_in: Browser
) -> None:
    party = provider.party(
        client_name="市政府", logo_uri="https://attacker.example/logo.png", scope="openid profile"
    )
    page = signed_in.follow(party.begin(signed_in, scope="openid profile"))
    form = step_form(page)
    assert form is not None
    assert "attacker.example/logo.png" not in page.text
    assert "portal.example" in page.text, "the address stands beside the name"


@must("rfc6749-10.1-2")
def test_native_client_gets_no_secret_when_it_is_public(provider: Provider) -> None:
    answer = provider.register(
        application_type="native",
        token_endpoint_auth_method="none",
        redirect_uris=["cn.example.app:/callback"],
    )
    assert answer.status == 201
    assert "client_secret" not in answer.json()


@must("oidc-core-10.1-7")
@pytest.mark.parametrize("member", ["id_token_signed_response_alg", "userinfo_signed_response_alg"])
def test_public_client_cannot_ask_for_symmetric_signatures(provider: Provider, member: str) -> None:
    answer = provider.register(token_endpoint_auth_method="none", **{member: "HS256"})
    refused(answer, "invalid_client_metadata")


@must("oidc-registration-3-1")
@pytest.mark.parametrize(
    ("authorization", "status"), [("", 401), ("Bearer wrong", 401), ("Bearer initial", 201)]
)
def test_registration_takes_an_initial_access_token_as_a_bearer(
    house: HouseUnderTest, authorization: str, status: int
) -> None:
    endpoint = registration_endpoint(house.house.rooms.ground, house.house.rooms.clients)
    closed = replace(endpoint, may_register=lambda token: token == "initial")
    request = WireRequest(
        method="POST",
        path=closed.path,
        content_type="application/json",
        body=b'{"redirect_uris":["https://portal.example/callback"]}',
        authorization=authorization,
    )
    assert closed(request).status == status


def configuration(party: RelyingParty, token: str, method: str = "GET") -> Any:
    return party.provider.wire.send(
        method,
        party.registered["registration_client_uri"],
        headers={"Authorization": f"Bearer {token}"},
    )


@must("oidc-registration-4.1-1..2", "oidc-registration-4.1-4", "oidc-registration-3.2-7")
def test_client_reads_its_registration_with_its_registration_access_token(
    provider: Provider,
) -> None:
    party = provider.party()
    assert party.registered["registration_client_uri"].startswith(provider.wire.origin + "/")
    answer = configuration(party, party.registered["registration_access_token"])
    assert answer.status == 200
    assert answer.json()["client_id"] == party.client_id
    other = provider.party()
    assert configuration(party, other.registered["registration_access_token"]).status == 401


@must("oidc-registration-4.4-1..2", "oidc-registration-4.4-4")
@pytest.mark.parametrize("who", ["wrong token", "no client"])
def test_registration_is_not_read_when_the_token_does_not_fit(provider: Provider, who: str) -> None:
    party = provider.party()
    if who == "no client":
        uri = party.registered["registration_client_uri"].replace(party.client_id, "nobody")
        party.registered["registration_client_uri"] = uri
    answer = configuration(party, "wrong")
    assert answer.status == 401
    assert answer.header("WWW-Authenticate").startswith("Bearer ")


@must("rfc7591-2-3..4", "oidc-registration-2-18", "oidc-registration-2-35..36")
def test_registered_defaults_hold_in_the_login(
    provider: Provider, signed_in: Browser, citizen: Conduct
) -> None:
    party = provider.party(require_auth_time=True, id_token_signed_response_alg="PS256")
    tokens = party.tokens(signed_in, citizen)
    claims = provider.verified(tokens["id_token"], algorithm="PS256")
    assert claims["auth_time"] <= claims["iat"]


@must("oidc-registration-2-34")
def test_default_max_age_asks_for_a_login_when_the_session_is_older(
    provider: Provider, signed_in: Browser, later: Later
) -> None:
    party = provider.party(default_max_age=60)
    later(seconds=120)
    form = step_form(signed_in.follow(party.begin(signed_in)))
    assert form is not None
    assert form.step == "login"
