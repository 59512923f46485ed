"""RFC 6749: client authentication and the token endpoint (§2.3, §3.2, §4.1.3, §4.4, §5)."""

from collections.abc import Callable

import pytest

from tests.spec.house import Later
from tests.spec.pages import Conduct
from tests.spec.relying_party import CALLBACK, Provider, RelyingParty, basic
from tests.spec.verdicts import refused
from tests.spec.wire import Browser, encoded

must = pytest.mark.must


@must(
    "rfc6749-2.3.1-1",
    "rfc6749-4.1.3-8",
    "rfc6749-5.1-1..2",
    "rfc6749-5.1-4",
    "oidc-core-3.1.3.3-1..3",
)
def test_code_is_redeemed_with_http_basic(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    answer = web.redeem(web.authorize(signed_in, citizen))
    assert answer.status == 200, answer.body
    document = answer.json()
    assert document["access_token"]
    assert document["token_type"] == "Bearer"
    assert document["expires_in"] > 0
    assert document["id_token"].count(".") == 2
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("Pragma") == "no-cache"


@must("rfc6749-2.3.1-1..3", "rfc6749-4.4.2-4")
def test_client_authenticates_in_the_body_when_registered_so(provider: Provider) -> None:
    party = provider.party(
        token_endpoint_auth_method="client_secret_post",
        grant_types=["client_credentials"],
        response_types=[],
        redirect_uris=None,
    )
    assert party.token(grant_type="client_credentials").json()["access_token"]
    without = party.token(authenticate=False, grant_type="client_credentials")
    refused(without, "invalid_client", "invalid_request", status=without.status)
    secretless = party.token(
        authenticate=False, grant_type="client_credentials", client_id=party.client_id
    )
    refused(secretless, "invalid_client", status=401)


@must(
    "rfc6749-2.2-1",
    "rfc6749-3.2.1-1",
    "rfc6749-4.1.3-6..7",
    "rfc6749-10.2-1",
    "rfc6749-10.5-3",
    "oidc-core-3.1.3.1-1",
    "oidc-core-3.1.3.2-1",
)
def test_code_is_refused_when_a_confidential_client_only_names_itself(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    authorization = web.authorize(signed_in, citizen)
    answer = web.redeem(authorization, authenticate=False, client_id=web.client_id)
    refused(answer, "invalid_client", status=401)


WRONG = {
    "wrong secret": lambda party: basic(party.client_id, "x" * 43),
    "empty secret": lambda party: basic(party.client_id, ""),
    "unknown client": lambda party: basic("nobody", party.client_secret),
    "not base64": lambda _party: "Basic %%%",
    "no colon": lambda _party: "Basic YWJj",
    "not UTF-8": lambda _party: "Basic //46/w==",
    "other scheme": lambda _party: "Digest username=x",
}


@must("rfc6749-5.2-1..4", "rfc6749-4.1.3-8", "rfc6749-4.4.2-3..4")
@pytest.mark.parametrize("header", WRONG.values(), ids=WRONG.keys())
def test_token_endpoint_answers_401_and_names_the_scheme_when_authentication_fails(
    service: RelyingParty, header: Callable[[RelyingParty], str]
) -> None:
    answer = service.provider.wire.post(
        service.endpoint("token"),
        {"grant_type": "client_credentials"},
        headers={"Authorization": header(service)},
    )
    refused(answer, "invalid_client", status=401)
    assert answer.header("WWW-Authenticate").startswith("Basic ")


@must("rfc6749-2.3.1-4")
def test_token_endpoint_ignores_credentials_in_the_request_uri(provider: Provider) -> None:
    party = provider.party(
        token_endpoint_auth_method="client_secret_post",
        grant_types=["client_credentials"],
        response_types=[],
        redirect_uris=None,
    )
    credentials, _ = party.authentication()
    url = f"{party.endpoint('token')}?{encoded(credentials)}"
    answer = provider.wire.post(url, {"grant_type": "client_credentials"})
    refused(answer, "invalid_client", "invalid_request", status=answer.status)
    assert answer.status in {400, 401}


@must("rfc6749-2.3.2-1")
@pytest.mark.parametrize("method", ["client_secret_post", "private_key_jwt", "none"])
def test_token_endpoint_refuses_a_method_the_client_is_not_registered_for(
    service: RelyingParty, method: str
) -> None:
    imposter = RelyingParty(
        provider=service.provider,
        registered={**service.registered, "token_endpoint_auth_method": method},
    )
    refused(imposter.token(grant_type="client_credentials"), "invalid_client", status=401)


def test_token_endpoint_refuses_when_a_client_authenticates_twice(service: RelyingParty) -> None:
    answer = service.token(
        grant_type="client_credentials",
        client_id=service.client_id,
        client_secret=service.client_secret,
    )
    refused(answer, "invalid_request", "invalid_client", status=answer.status)
    assert answer.status in {400, 401}


@must("rfc6749-2.3-1", "rfc6749-4.4-1", "rfc6749-4.4.2-3..4")
def test_client_credentials_are_refused_to_a_public_client(
    provider: Provider, public: RelyingParty
) -> None:
    answer = public.token(grant_type="client_credentials")
    refused(answer, "unauthorized_client", "invalid_client", status=answer.status)
    refusal = provider.register(
        token_endpoint_auth_method="none", grant_types=["client_credentials"], response_types=[]
    )
    assert refusal.status == 400
    assert refusal.json()["error"] == "invalid_client_metadata"


@must("rfc6749-3.2-4")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_token_endpoint_takes_post_alone(service: RelyingParty, method: str) -> None:
    _, headers = service.authentication()
    answer = service.provider.wire.send(
        method,
        service.endpoint("token"),
        query={"grant_type": "client_credentials"},
        headers=headers,
    )
    assert answer.status in {400, 405}
    assert b"access_token" not in answer.body


@must("rfc6749-3.2-5")
def test_token_endpoint_treats_an_empty_parameter_as_omitted(service: RelyingParty) -> None:
    assert service.token(grant_type="client_credentials", scope="").status == 200
    refused(service.token(grant_type=""), "invalid_request")


@must("rfc6749-3.2-6")
def test_token_endpoint_ignores_a_parameter_it_does_not_know(service: RelyingParty) -> None:
    assert service.token(grant_type="client_credentials", foo="bar").status == 200


@must("rfc6749-3.2-7")
@pytest.mark.parametrize("name", ["grant_type", "scope", "foo"])
def test_token_endpoint_refuses_when_a_parameter_is_repeated(
    service: RelyingParty, name: str
) -> None:
    form = {"grant_type": "client_credentials", "scope": "a", "foo": "1"}
    _, headers = service.authentication()
    answer = service.provider.wire.post(
        service.endpoint("token"), [*form.items(), (name, form[name])], headers=headers
    )
    refused(answer, "invalid_request")


@must(
    "rfc6749-4.1.3-1..3",
    "rfc6749-4.4.2-1..2",
    "rfc6749-6-1..3",
    "rfc6749-5.2-1..5",
)
@pytest.mark.parametrize(
    ("form", "code"),
    [
        pytest.param({}, "invalid_request", id="no grant_type"),
        pytest.param({"grant_type": "sesame"}, "unsupported_grant_type", id="unknown grant_type"),
        pytest.param({"grant_type": "authorization_code"}, "invalid_request", id="no code"),
        pytest.param({"grant_type": "refresh_token"}, "invalid_request", id="no refresh_token"),
        pytest.param(
            {"grant_type": "authorization_code", "code": "x", "redirect_uri": CALLBACK},
            "invalid_grant",
            id="unknown code",
        ),
        pytest.param(
            {"grant_type": "refresh_token", "refresh_token": "x"},
            "invalid_grant",
            id="unknown refresh_token",
        ),
        pytest.param(
            {"grant_type": "authorization_code", "code": '"\\\x01代码'},
            "invalid_grant",
            id="code in strange characters",
        ),
    ],
)
def test_token_endpoint_refuses_when_the_grant_is_incomplete(
    web: RelyingParty, form: dict[str, str], code: str
) -> None:
    document = refused(web.token(**form), code)
    assert "error_uri" not in document or document["error_uri"].isascii()


@must("rfc9700-2.4-1")
def test_password_grant_is_not_offered(provider: Provider, web: RelyingParty) -> None:
    answer = web.token(grant_type="password", username="x", password="x")
    refused(answer, "unsupported_grant_type", "unauthorized_client")
    assert "password" not in provider.metadata["grant_types_supported"]
    assert provider.register(grant_types=["password"]).status == 400


@must("rfc6749-3.2.1-2", "rfc6749-4.1.3-5")
def test_code_is_refused_when_a_public_client_does_not_name_itself(
    public: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    authorization = public.authorize(signed_in, citizen)
    answer = public.redeem(authorization, authenticate=False)
    refused(answer, "invalid_client", "invalid_request", status=answer.status)
    assert public.redeem(authorization).status == 200


@must("rfc6749-4.1.3-9..10", "rfc6749-10.5-3", "oidc-core-3.1.3.2-2..3")
def test_code_is_refused_when_it_was_given_to_another_client(
    web: RelyingParty, public: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    stolen = web.authorize(signed_in, citizen)
    refused(public.redeem(stolen), "invalid_grant")
    stolen = public.authorize(signed_in, citizen)
    refused(web.redeem(stolen), "invalid_grant")


@must(
    "rfc6749-4.1.3-4",
    "rfc6749-4.1.3-11",
    "rfc6749-10.6-1",
    "oidc-core-3.1.3.2-5",
)
@pytest.mark.parametrize("redirect_uri", [None, CALLBACK + "/", "https://attacker.example/"])
def test_code_is_refused_when_the_redirect_uri_differs(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, redirect_uri: str | None
) -> None:
    authorization = web.authorize(signed_in, citizen)
    answer = web.redeem(authorization, redirect_uri=redirect_uri)
    refused(answer, "invalid_grant", "invalid_request")


@must(
    "rfc6749-4.1.2-4",
    "rfc6749-10.5-2",
    "rfc9700-4.2.4-1",
    "oidc-core-3.1.3.2-4",
)
def test_code_is_refused_and_its_tokens_revoked_when_used_twice(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    authorization = web.authorize(signed_in, citizen)
    tokens = web.redeem(authorization).json()
    refused(web.redeem(authorization), "invalid_grant")
    assert not web.is_active(tokens["access_token"])
    refused(web.refresh(tokens["refresh_token"]), "invalid_grant")
    assert web.userinfo(tokens["access_token"]).status == 401


@must("rfc6749-4.1.2-2", "rfc6749-10.5-2")
def test_code_is_refused_when_ten_minutes_have_passed(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, later: Later
) -> None:
    authorization = web.authorize(signed_in, citizen)
    later(minutes=10, seconds=1)
    refused(web.redeem(authorization), "invalid_grant")


@must("rfc6749-3.3-1", "rfc6749-5.1-3")
def test_token_response_names_the_scope_when_it_differs_from_the_one_asked(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    tokens = web.tokens(signed_in, citizen, scope="openid wholly-unknown")
    assert tokens["scope"] == "openid"


@must("oidc-core-14-4")
def test_token_response_separates_scopes_by_one_space(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    tokens = web.tokens(signed_in, citizen, scope="openid profile")
    assert tokens.get("scope", "openid profile").split(" ") == ["openid", "profile"]
