"""RFC 9700: what the best current practice adds, beyond the files of the older specifications."""

import pytest

from tests.spec.house import Stored
from tests.spec.pages import Conduct, step_form
from tests.spec.relying_party import CALLBACK, Provider, RelyingParty, peek
from tests.spec.verdicts import error_page
from tests.spec.wire import Browser

must = pytest.mark.must


@must("rfc9700-4.1.3-2", "rfc9700-2.1-1")
@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
@pytest.mark.parametrize("port", [":49152", ":8123", ""])
def test_native_client_may_return_to_any_loopback_port(
    provider: Provider, signed_in: Browser, citizen: Conduct, host: str, port: str
) -> None:
    party = provider.party(
        application_type="native",
        token_endpoint_auth_method="none",
        redirect_uris=[f"http://{host}/callback"],
    )
    target = f"http://{host}{port}/callback"
    authorization = party.authorize(signed_in, citizen, redirect_uri=target)
    assert authorization.answer.location.startswith(target + "?")
    assert party.redeem(authorization).status == 200
    error_page(party.begin(signed_in, redirect_uri=f"http://{host}{port}/other"))


@must("rfc9700-4.1.3-1")
def test_web_client_may_not_return_to_another_port(provider: Provider, browser: Browser) -> None:
    party = provider.party(redirect_uris=["https://portal.example:8443/callback"])
    error_page(party.begin(browser, redirect_uri="https://portal.example:9443/callback"))


@must("rfc9700-2.6-4")
@pytest.mark.parametrize("method", ["GET", "OPTIONS", "POST"])
def test_authorization_endpoint_knows_no_cors(web: RelyingParty, method: str) -> None:
    answer = web.provider.wire.send(
        method,
        web.endpoint("authorization"),
        query=web.request("v" * 43) if method == "GET" else (),
        headers={
            "Origin": "https://portal.example",
            "Access-Control-Request-Method": "GET",
        },
    )
    assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]


@must("rfc9700-2.1-6", "rfc9700-4.12-1", "oidc-core-16.22-1")
def test_no_redirect_after_a_login_repeats_the_posted_form(
    web: RelyingParty, browser: Browser, citizen: Conduct
) -> None:
    web.authorize(browser, citizen)
    redirects = [answer for answer in browser.seen if answer.is_redirect]
    assert redirects
    for answer in redirects:
        assert answer.status in {302, 303}
        assert citizen.person.password not in answer.location


@must("rfc9700-4.16-1", "oidc-core-3.1.2.3-5")
def test_no_page_can_be_framed(web: RelyingParty, browser: Browser, citizen: Conduct) -> None:
    web.authorize(browser, citizen, scope="openid profile")
    error_page(web.begin(browser, client_id="nobody"))
    pages = [answer for answer in browser.seen if answer.media_type == "text/html"]
    assert len(pages) >= 2
    for page in pages:
        assert "frame-ancestors 'none'" in page.header("Content-Security-Policy"), page.url
        assert page.header("X-Frame-Options") in {"DENY", ""}


@must("rfc9700-2.1-2", "rfc9700-4.11.2-2")
@pytest.mark.parametrize(
    "name", ["next", "return_to", "redirect", "post_logout_redirect_uri", "return_path", "url"]
)
def test_no_endpoint_sends_the_browser_to_an_address_it_is_given(
    provider: Provider, signed_in: Browser, name: str
) -> None:
    target = "https://attacker.example/"
    for path in (provider.metadata["end_session_endpoint"], "/account/", "/"):
        for answer in (signed_in.get(path, {name: target}),):
            assert not answer.location.startswith(target)
            assert target not in answer.header("Refresh")


@must("rfc9700-4.11.2-2..3")
def test_error_is_not_redirected_before_a_login_when_the_scope_is_unknown_to_an_unverified_client(
    web: RelyingParty, browser: Browser
) -> None:
    """A request that asks a person goes through the login page first; only prompt=none may not."""
    answer = browser.follow(web.begin(browser, scope="openid wholly-unknown"))
    form = step_form(answer)
    assert form is not None
    assert form.step == "login"


@must("rfc9700-4.9.3-1", "rfc6749-10.3-1", "rfc6749-10.4-1")
def test_no_token_or_secret_stands_in_the_database_in_clear(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, stored: Stored
) -> None:
    authorization = web.authorize(signed_in, citizen)
    tokens = web.redeem(authorization).json()
    content: bytes = stored()
    assert web.client_id.encode() in content, "the search looks in the right place"
    signature = tokens["access_token"].rpartition(".")[2]
    for secret in (authorization.code, tokens["refresh_token"], signature, web.client_secret):
        assert secret.encode() not in content


@must("rfc6749-10.10-1..2", "rfc6749-10.4-5", "rfc6749-2.3.1-6")
def test_codes_tokens_and_secrets_hold_128_random_bits_or_more(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    authorizations = [web.authorize(signed_in, citizen) for _ in range(3)]
    refresh = [web.redeem(item).json()["refresh_token"] for item in authorizations]
    for values in ([item.code for item in authorizations], refresh):
        assert len(set(values)) == len(values)
        assert all(len(value) >= 22 for value in values)
        assert not values[0].startswith(values[1][: len(values[1]) // 2])
    assert len(web.client_secret) >= 43, "256 bits"


@must("rfc9700-4.14.2-2")
def test_refreshed_token_keeps_to_the_resource_that_was_granted(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, resource: str
) -> None:
    tokens = web.tokens(signed_in, citizen, resource=resource)
    again = web.refresh(tokens["refresh_token"]).json()
    assert peek(again["access_token"])[1]["aud"] == peek(tokens["access_token"])[1]["aud"]
    answer = web.refresh(again["refresh_token"], resource=resource + "/elsewhere")
    assert answer.json()["error"] == "invalid_target"


@must("rfc9700-4.13-1")
@pytest.mark.parametrize(
    "header",
    [
        {"X-Forwarded-Host": "attacker.example"},
        {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "attacker.example"},
        {"Forwarded": "host=attacker.example;proto=https"},
        {"X-Forwarded-For": "198.51.100.1", "X-Forwarded-Port": "443"},
        {"Host": "attacker.example"},
    ],
    ids="+".join,
)
def test_headers_of_a_stranger_change_no_address(
    provider: Provider, header: dict[str, str]
) -> None:
    answer = provider.wire.get("/.well-known/openid-configuration", headers=header)
    assert b"attacker.example" not in answer.body
    if answer.status == 200:
        assert answer.json() == provider.metadata


@must("rfc6749-10.8-1", "rfc9700-2.6-1")
def test_secrets_never_stand_in_an_address(
    web: RelyingParty, browser: Browser, citizen: Conduct
) -> None:
    authorization = web.authorize(browser, citizen)
    tokens = web.redeem(authorization).json()
    for answer in browser.seen:
        for secret in (tokens["access_token"], tokens["refresh_token"], web.client_secret):
            assert secret not in answer.url
            assert secret not in answer.location
        assert authorization.code not in answer.url
    assert authorization.answer.location.startswith(CALLBACK)
    assert authorization.answer.header("Referrer-Policy") in {"no-referrer", "same-origin"}
