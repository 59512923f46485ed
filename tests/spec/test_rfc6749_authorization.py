"""RFC 6749: the authorization endpoint (§3.1, §4.1.1, §4.1.2)."""

from urllib.parse import urlsplit

import pytest

from tests.spec.pages import Conduct, step_form
from tests.spec.relying_party import CALLBACK, Provider, RelyingParty
from tests.spec.verdicts import error_page, redirected_error
from tests.spec.wire import Browser, encoded

must = pytest.mark.must


@must(
    "rfc6749-3.1-1",
    "oidc-core-3.1.2.3-1",
    "rfc9700-4.11.2-3",
)
def test_authorization_asks_for_a_login_when_nobody_is_signed_in(
    web: RelyingParty, browser: Browser
) -> None:
    page = browser.follow(web.begin(browser))
    form = step_form(page)
    assert form is not None
    assert form.step == "login"


@must("rfc6749-3.1-3", "rfc6749-3.2-2", "rfc7009-2-2")
@pytest.mark.parametrize("name", ["authorization", "token", "revocation", "introspection"])
def test_endpoint_address_has_no_fragment(provider: Provider, name: str) -> None:
    parts = urlsplit(provider.metadata[f"{name}_endpoint"])
    assert parts.scheme
    assert parts.netloc
    assert not parts.fragment


@must("rfc6749-3.1-5", "oidc-core-3.1.2.1-1")
@pytest.mark.parametrize("post", [False, True], ids=["GET", "POST"])
def test_authorization_is_answered_by_either_method(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, *, post: bool
) -> None:
    authorization = web.authorize(signed_in, citizen, post=post)
    assert authorization.code


@must("rfc6749-3.1-6")
@pytest.mark.parametrize("name", ["prompt", "max_age", "login_hint", "claims", "acr_values"])
def test_authorization_treats_an_empty_parameter_as_omitted(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, name: str
) -> None:
    assert web.authorize(signed_in, citizen, **{name: ""}).code


@must("rfc6749-3.1-6", "rfc6749-3.1.1-1", "rfc6749-3.1.1-3", "rfc6749-4.1.1-1")
def test_authorization_refuses_when_response_type_is_empty(
    web: RelyingParty, browser: Browser
) -> None:
    answer = web.begin(browser, response_type="", state="s1")
    redirected_error(answer, CALLBACK, "invalid_request", state="s1")


@must("rfc6749-3.1-7", "oidc-core-3.1.2.2-2")
def test_authorization_ignores_a_parameter_it_does_not_know(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    authorization = web.authorize(signed_in, citizen, wholly_unknown="1", foo="bar")
    assert authorization.code
    assert "foo" not in authorization.parameters


@must("rfc6749-3.1-8")
@pytest.mark.parametrize("name", ["scope", "state", "response_type", "nonce", "prompt"])
@pytest.mark.parametrize("post", [False, True], ids=["GET", "POST"])
def test_authorization_refuses_when_a_parameter_is_repeated(
    web: RelyingParty, browser: Browser, name: str, *, post: bool
) -> None:
    request = web.request("v" * 43, prompt="login")
    pairs = [*request.items(), (name, request[name])]
    answer = web.send(browser, pairs, post=post)
    if answer.is_redirect:
        assert answer.location_parameters()["error"] == "invalid_request"
        assert answer.location.startswith(CALLBACK)
    else:
        error_page(answer)


@must("rfc6749-3.1-8", "rfc6749-3.1.2.4-1")
@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_authorization_shows_a_page_when_the_redirect_cannot_be_trusted(
    web: RelyingParty, browser: Browser, name: str
) -> None:
    request = web.request("v" * 43)
    error_page(web.send(browser, [*request.items(), (name, request[name])]))


@must(
    "rfc6749-3.1.1-1..3",
    "rfc6749-4.1.1-1..2",
    "rfc6749-4.1.2.1-2..4",
    "rfc6749-4.1.2.1-6",
    "oidc-core-3.1.2.1-4",
    "oidc-core-3.1.2.2-3",
    "oidc-core-3.1.2.2-7",
    "oidc-core-3.1.2.6-3..4",
)
@pytest.mark.parametrize(
    ("response_type", "codes"),
    [
        pytest.param(None, ("invalid_request",), id="missing"),
        pytest.param("token", ("unsupported_response_type", "unauthorized_client"), id="token"),
        pytest.param(
            "id_token", ("unsupported_response_type", "unauthorized_client"), id="id_token"
        ),
        pytest.param(
            "code token", ("unsupported_response_type", "unauthorized_client"), id="hybrid"
        ),
        pytest.param("sesame", ("unsupported_response_type",), id="unknown"),
    ],
)
def test_authorization_returns_an_error_when_response_type_is_not_code(
    web: RelyingParty, browser: Browser, response_type: str | None, codes: tuple[str, ...]
) -> None:
    answer = web.begin(browser, response_type=response_type, state="keep me")
    redirected_error(answer, CALLBACK, *codes, state="keep me")


@must(
    "rfc6749-4.1.1-3",
    "rfc6749-4.1.2.1-1",
    "oidc-core-3.1.2.1-5",
    "rfc9700-4.11.2-1",
)
@pytest.mark.parametrize("client_id", [None, "", "nobody", "' or 1=1 --", "客户"])
def test_authorization_shows_a_page_when_the_client_is_unknown(
    web: RelyingParty, browser: Browser, client_id: str | None
) -> None:
    error_page(web.begin(browser, client_id=client_id))


FOREIGN = {
    "other host": "https://attacker.example/callback",
    "other path": "https://portal.example/other",
    "added query": CALLBACK + "?x=1",
    "added slash": CALLBACK + "/",
    "other case": "https://portal.example/Callback",
    "host in capitals": "https://PORTAL.example/callback",
    "default port": "https://portal.example:443/callback",
    "dot segments": "https://portal.example/x/../callback",
    "escaped letter": "https://portal.example/%63allback",
    "subdomain": "https://portal.example.attacker.example/callback",
    "user part": "https://portal.example@attacker.example/callback",
    "fragment": CALLBACK + "#x",
    "http": "http://portal.example/callback",
    "not a URI": "callback",
    "javascript": "javascript:alert(1)",
    "line break": CALLBACK + "\r\nSet-Cookie: a=b",
}


@must(
    "rfc6749-3.1.2.3-2..3",
    "rfc6749-3.1.2.4-1",
    "rfc6749-4.1.2.1-1",
    "rfc6749-10.6-3",
    "rfc6749-10.14-1",
    "rfc9700-2.1-1..2",
    "rfc9700-4.1.3-1",
    "rfc9700-4.11.2-1",
    "oidc-core-3.1.2.1-7",
    "oidc-core-3.1.2.6-1",
    "oidc-registration-2-2",
)
@pytest.mark.parametrize("redirect_uri", FOREIGN.values(), ids=FOREIGN.keys())
def test_authorization_shows_a_page_when_the_redirect_uri_is_foreign(
    web: RelyingParty, signed_in: Browser, redirect_uri: str
) -> None:
    error_page(web.begin(signed_in, redirect_uri=redirect_uri))


@must("rfc6749-3.1.2.3-1", "oidc-core-3.1.2.1-6")
def test_authorization_shows_a_page_when_one_of_several_redirect_uris_is_not_named(
    provider: Provider, browser: Browser
) -> None:
    party = provider.party(redirect_uris=[CALLBACK, CALLBACK + "/2"])
    error_page(party.begin(browser, redirect_uri=None))


@must("rfc6749-3.1.2-2")
def test_authorization_keeps_the_query_of_the_redirect_uri(
    provider: Provider, signed_in: Browser, citizen: Conduct
) -> None:
    party = provider.party(redirect_uris=[CALLBACK + "?tenant=sh"])
    authorization = party.authorize(signed_in, citizen)
    assert authorization.parameters["tenant"] == "sh"
    assert authorization.code


@must(
    "rfc6749-4.1.2-1",
    "rfc6749-4.1.2-5",
    "oidc-core-3.1.2.5-1",
)
@pytest.mark.parametrize("state", ["x", "a b+c/d=&?#%", "状态", '"><script>', "x" * 2000])
def test_authorization_returns_code_and_state_unchanged(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, state: str
) -> None:
    authorization = web.authorize(signed_in, citizen, state=state)
    assert authorization.answer.location.startswith(CALLBACK + "?")
    assert authorization.code
    assert authorization.parameters["state"] == state


def test_authorization_returns_no_state_when_none_was_sent(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    assert "state" not in web.authorize(signed_in, citizen, state=None).parameters


@must("rfc6749-3.3-2")
def test_authorization_grants_a_default_scope_or_refuses_when_scope_is_omitted(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    authorization = web.authorize(signed_in, citizen, scope=None, nonce=None)
    if "code" in authorization.parameters:
        assert web.redeem(authorization).json()["scope"]
    else:
        assert authorization.error == "invalid_scope"


@must("rfc6749-4.1.2.1-3..5")
@pytest.mark.parametrize("scope", ["openid 中文", 'openid "x"', "openid \\", "openid\tprofile"])
def test_authorization_errors_keep_to_the_allowed_characters_when_input_does_not(
    web: RelyingParty, browser: Browser, scope: str
) -> None:
    answer = web.begin(browser, scope=scope, state="s")
    parameters = redirected_error(answer, CALLBACK, "invalid_scope", "invalid_request", state="s")
    assert "error_uri" not in parameters or parameters["error_uri"].isascii()


@must("rfc6749-10.12-3", "oidc-core-3.1.2.3-5")
def test_login_is_refused_when_the_form_comes_from_another_origin(
    web: RelyingParty, browser: Browser, citizen: Conduct
) -> None:
    page = browser.follow(web.begin(browser))
    form = step_form(page)
    assert form is not None
    typed = {name: values[0] for name, values in form.fields.items()} | citizen.typed(form)
    answer = browser.post(form.action, typed, origin="https://attacker.example")
    assert not answer.location.startswith(CALLBACK)
    shown = browser.follow(answer)
    assert 'role="alert"' in shown.text or step_form(shown) is not None
    silent = web.begin(browser, prompt="none", state="s")
    redirected_error(silent, CALLBACK, "login_required", state="s")


@must("rfc6749-10.12-3", "oidc-core-3.1.2.4-1")
def test_authorization_asks_for_consent_before_anything_is_released(
    provider: Provider, signed_in: Browser
) -> None:
    party = provider.party(scope="openid profile")
    form = step_form(signed_in.follow(party.begin(signed_in, scope="openid profile")))
    assert form is not None
    assert form.step == "consent"


@must("rfc6749-10.14-1")
def test_authorization_page_escapes_what_a_request_says(
    web: RelyingParty, browser: Browser
) -> None:
    hostile = '"><script>alert(1)</script>'
    answer = web.begin(browser, client_id=hostile, redirect_uri=hostile, state=hostile)
    assert answer.status == 400
    assert "<script>alert" not in answer.text


@must("rfc6749-B-1")
def test_authorization_reads_parameters_as_utf8(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    assert "%E5%9F%8E" in encoded({"state": "城"})
    assert web.authorize(signed_in, citizen, state="城").parameters["state"] == "城"
