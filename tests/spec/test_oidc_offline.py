"""OpenID Connect Core 1.0 §11 and §4: access while the person is away; logins others begin."""

import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.spec.house import Later
from tests.spec.pages import Conduct, step_form, submit, walk
from tests.spec.relying_party import Provider, RelyingParty
from tests.spec.verdicts import redirected_error, refused
from tests.spec.wire import Browser

must = pytest.mark.must
ASKED = "openid offline_access"


@pytest.fixture
def party(provider: Provider) -> RelyingParty:
    return provider.party(grant_types=["authorization_code", "refresh_token"], scope=ASKED)


@must("oidc-core-11-1..3", "oidc-core-11-5")
@pytest.mark.parametrize("prompt", ["consent", None])
def test_offline_access_is_given_only_with_consent(
    party: RelyingParty, signed_in: Browser, citizen: Conduct, prompt: str | None
) -> None:
    form = step_form(signed_in.follow(party.begin(signed_in, scope=ASKED, prompt=prompt)))
    if form is None:
        tokens = party.tokens(signed_in, citizen, scope=ASKED)
        assert "offline_access" not in tokens["scope"].split()
        return
    assert form.step == "consent"
    refusing = Conduct(person=citizen.person, presses={"consent": ("decision", "deny")})
    refusal = party.authorize(signed_in, refusing, scope=ASKED, prompt="consent", state="s")
    redirected_error(refusal.answer, party.redirect_uri, "access_denied", state="s")
    silent = party.begin(signed_in, scope=ASKED, prompt="none", state="s")
    redirected_error(
        silent, party.redirect_uri, "consent_required", "interaction_required", state="s"
    )


@must("oidc-core-11-2")
def test_offline_refresh_token_outlives_the_session_and_no_other_does(
    party: RelyingParty, provider: Provider, citizen: Conduct
) -> None:
    browser = provider.browser()
    offline = party.tokens(browser, citizen, scope=ASKED, prompt="consent")
    online = party.tokens(browser, citizen, scope="openid")
    endpoint = provider.metadata["end_session_endpoint"]
    hint = {"id_token_hint": online["id_token"]}
    walk(browser, browser.get(endpoint, hint), citizen)
    assert party.refresh(offline["refresh_token"]).status == 200
    refused(party.refresh(online["refresh_token"]), "invalid_grant")


@must("oidc-core-11-3..4")
def test_offline_access_is_ignored_when_the_client_cannot_refresh(
    provider: Provider, signed_in: Browser, citizen: Conduct
) -> None:
    party = provider.party(grant_types=["authorization_code"], scope=ASKED)
    tokens = party.tokens(signed_in, citizen, scope=ASKED)
    assert tokens.get("scope", "openid") == "openid"
    assert "refresh_token" not in tokens


@must("oidc-core-4-1..2")
def test_page_that_leads_back_to_a_portal_begins_the_login_there_with_iss(
    provider: Provider, browser: Browser, citizen: Conduct, later: Later
) -> None:
    party = provider.party(initiate_login_uri="https://portal.example/login?from=city")
    form = step_form(browser.follow(party.begin(browser)))
    assert form is not None
    later(minutes=35)
    page = browser.follow(submit(browser, form, citizen.typed(form)))
    links = [unescape(link) for link in re.findall(r'href="([^"]+)"', page.text)]
    target = next(link for link in links if link.startswith("https://portal.example/login?"))
    given = dict(parse_qsl(urlsplit(target).query))
    assert given["from"] == "city"
    assert given["iss"] == provider.issuer
