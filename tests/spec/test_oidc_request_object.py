"""OpenID Connect Core 1.0 §6: signed request objects by value."""

import time
from typing import Any

import pytest

from tests.spec.listening import Portal
from tests.spec.pages import Conduct
from tests.spec.relying_party import CALLBACK, Provider, RelyingParty, key_for, signed, unsigned
from tests.spec.verdicts import error_page, redirected_error
from tests.spec.wire import Answer, Browser

must = pytest.mark.must
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")


def registered(provider: Provider, algorithm: str = "ES256", **metadata: Any) -> RelyingParty:
    return provider.party(
        jwks={"keys": [dict(key_for(algorithm).as_dict(private=False))]},
        request_object_signing_alg=algorithm,
        **metadata,
    )


def request_object(party: RelyingParty, algorithm: str = "ES256", **changes: Any) -> str:
    key = changes.pop("key", None) or key_for(algorithm)
    now = int(time.time())  # noqa: TID251 - the client has a clock of its own
    claims = {
        **party.request("v" * 43),
        "iss": party.client_id,
        "aud": party.provider.issuer,
        "iat": now,
        "exp": now + 60,
        **changes,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    if algorithm == "none":
        return unsigned(claims)
    return signed(claims, algorithm=algorithm, key=key)


def outer(party: RelyingParty, **changes: str | None) -> dict[str, str]:
    parameters = {
        "response_type": "code",
        "client_id": party.client_id,
        "scope": "openid",
        "redirect_uri": party.redirect_uri,
        **changes,
    }
    return {name: value for name, value in parameters.items() if value is not None}


def refused_anyhow(answer: Answer, *codes: str) -> None:
    """A page, or an error at the registered redirect URI: both refuse."""
    if answer.is_redirect:
        assert answer.location.startswith(CALLBACK)
        assert answer.location_parameters()["error"] in codes
    else:
        error_page(answer)


@must(
    "oidc-core-6.3.2-1..2",
    "oidc-core-6.3.3-1",
    "oidc-core-6.1-2",
    "oidc-registration-2-27",
    "oidc-registration-2-29",
)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_signed_request_object_is_followed_before_the_query(
    provider: Provider, signed_in: Browser, citizen: Conduct, algorithm: str
) -> None:
    party = registered(provider, algorithm)
    party.authorize(signed_in, citizen)
    request = request_object(party, algorithm, state="inner", prompt="none")
    answer = party.send(signed_in, outer(party, request=request, state="outer"))
    assert answer.location_parameters()["state"] == "inner"
    assert answer.location_parameters()["code"]


@must(
    "oidc-core-6.3.2-1..3",
    "oidc-registration-2-28..29",
    "oidc-core-3.1.2.2-7",
)
@pytest.mark.parametrize("kind", ["other key", "other algorithm", "none", "garbage", "changed"])
def test_request_object_is_refused_when_its_signature_does_not_fit(
    provider: Provider, browser: Browser, kind: str
) -> None:
    party = registered(provider)
    request = {
        "other key": lambda: request_object(party, key=key_for("ES256", "forger")),
        "other algorithm": lambda: request_object(party, "RS256"),
        "none": lambda: request_object(party, "none"),
        "garbage": lambda: "x.y.z",
        "changed": lambda: request_object(party)[:-8] + "AAAAAAAA",
    }[kind]()
    answer = party.send(browser, outer(party, request=request))
    refused_anyhow(answer, "invalid_request_object", "invalid_request")


@must("oidc-core-6.1-2", "oidc-core-6.1-5")
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"client_id": "somebody-else"}, id="other client_id"),
        pytest.param({"response_type": "token"}, id="other response_type"),
        pytest.param({"request": "x"}, id="request within"),
        pytest.param({"request_uri": "https://portal.example/r"}, id="request_uri within"),
        pytest.param({"iss": "somebody-else"}, id="other issuer"),
        pytest.param({"aud": "https://other.example"}, id="other audience"),
        pytest.param({"exp": 1}, id="expired"),
        pytest.param({"redirect_uri": "https://attacker.example/"}, id="foreign redirect_uri"),
    ],
)
def test_request_object_is_refused_when_it_contradicts(
    provider: Provider, browser: Browser, changes: dict[str, Any]
) -> None:
    party = registered(provider)
    answer = party.send(browser, outer(party, request=request_object(party, **changes)))
    refused_anyhow(answer, "invalid_request_object", "invalid_request", "unsupported_response_type")


@must("oidc-core-6.1-2")
def test_request_is_refused_when_the_query_names_no_client(
    provider: Provider, browser: Browser
) -> None:
    party = registered(provider)
    error_page(party.send(browser, outer(party, request=request_object(party), client_id=None)))


MEDIA_TYPE = "application/oauth-authz-req+jwt"


@must("oidc-core-6.2.3-1", "oidc-core-15.2-7")
@pytest.mark.parametrize("fragment", ["", "#Xl2CnRcCFl5RkZk8H9sUG1MhJnCM0rsy"])
def test_request_object_is_fetched_from_its_registered_address(
    provider: Provider, signed_in: Browser, citizen: Conduct, portal: Portal, fragment: str
) -> None:
    party = registered(provider, request_uris=[portal.url("/request.jwt#v1")])
    party.authorize(signed_in, citizen)
    inner = request_object(party, state="inner", prompt="none")
    address = portal.publish("/request.jwt", inner, media_type=MEDIA_TYPE) + fragment
    answer = party.send(signed_in, outer(party, request_uri=address, state="outer"))
    assert answer.location_parameters()["state"] == "inner"
    assert answer.location_parameters()["code"]
    assert portal.fetched == ["/request.jwt"]


@must("oidc-core-6.2-2", "oidc-core-6.2-4")
@pytest.mark.parametrize(
    ("content", "media_type", "code"),
    [
        pytest.param("none", MEDIA_TYPE, "invalid_request_object", id="unsigned"),
        pytest.param("<html>", MEDIA_TYPE, "invalid_request_object", id="no object"),
        pytest.param("other client", MEDIA_TYPE, "invalid_request_object", id="contradicts"),
        pytest.param("good", "text/html", "invalid_request_uri", id="a page"),
        pytest.param("x" * 40_000, MEDIA_TYPE, "invalid_request_uri", id="endless"),
        pytest.param(None, MEDIA_TYPE, "invalid_request_uri", id="nothing there"),
    ],
)
def test_request_uri_is_refused_when_it_holds_no_fitting_object(
    provider: Provider,
    browser: Browser,
    portal: Portal,
    content: str | None,
    media_type: str,
    code: str,
) -> None:
    party = registered(provider, request_uris=[portal.url("/request.jwt")])
    made = {
        "none": lambda: request_object(party, "none"),
        "other client": lambda: request_object(party, client_id="somebody-else"),
        "good": lambda: request_object(party),
    }
    if content is not None:
        document = made.get(content, lambda: content)()
        portal.publish("/request.jwt", document, media_type=media_type)
    asked = outer(party, request_uri=portal.url("/request.jwt"), state="s")
    redirected_error(party.send(browser, asked), CALLBACK, code, state="s")


@must("oidc-discovery-3-24")
@pytest.mark.parametrize("uri", ["https://portal.example/request.jwt", "urn:example:request"])
def test_request_uri_is_refused_when_it_is_not_registered(
    provider: Provider, web: RelyingParty, browser: Browser, uri: str
) -> None:
    assert provider.metadata["request_uri_parameter_supported"] is True
    assert provider.metadata["require_request_uri_registration"] is True
    answer = web.begin(browser, request_uri=uri, state="s")
    redirected_error(answer, CALLBACK, "invalid_request_uri", state="s")


@must("oidc-core-6-2")
def test_request_and_request_uri_together_are_refused(provider: Provider, browser: Browser) -> None:
    party = registered(provider)
    parameters = outer(party, request=request_object(party), request_uri="https://portal.example/r")
    refused_anyhow(party.send(browser, parameters), "invalid_request")


@must("oidc-core-6.3.3-1")
def test_request_without_an_object_is_refused_when_the_client_requires_one(
    provider: Provider, browser: Browser
) -> None:
    party = registered(provider, require_signed_request_object=True)
    refused_anyhow(party.send(browser, outer(party)), "invalid_request", "invalid_request_object")
