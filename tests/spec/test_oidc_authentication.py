"""OpenID Connect Core 1.0 §3.1.2: prompt, max_age, hints, locales, levels."""

import json

import pytest

from policies.levels import Level
from tests.spec.house import Later
from tests.spec.pages import Conduct, step_form
from tests.spec.relying_party import CALLBACK, Provider, RelyingParty, key_for, peek, signed
from tests.spec.verdicts import redirected_error
from tests.spec.wire import Browser

must = pytest.mark.must


def step(browser: Browser, party: RelyingParty, **changes: str) -> str:
    form = step_form(browser.follow(party.begin(browser, **changes)))
    return form.step if form else ""


@must(
    "oidc-core-3.1.2.1-9",
    "oidc-core-3.1.2.3-3..4",
    "oidc-core-3.1.2.6-3..4",
    "oidc-core-15.1-4",
)
def test_prompt_none_is_an_error_when_nobody_is_signed_in(
    web: RelyingParty, browser: Browser
) -> None:
    answer = web.begin(browser, prompt="none", state="s")
    redirected_error(answer, CALLBACK, "login_required", state="s")


@must("oidc-core-3.1.2.1-9", "oidc-core-3.1.2.1-11", "oidc-core-3.1.2.3-3..4")
def test_prompt_none_is_an_error_when_consent_is_missing(
    provider: Provider, signed_in: Browser
) -> None:
    party = provider.party(scope="openid profile")
    answer = party.begin(signed_in, prompt="none", scope="openid profile", state="s")
    redirected_error(answer, CALLBACK, "consent_required", "interaction_required", state="s")


@must("oidc-core-3.1.2.1-9", "oidc-core-3.1.2.3-3")
def test_prompt_none_answers_at_once_when_all_is_known(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    web.authorize(signed_in, citizen)
    answer = web.begin(signed_in, prompt="none")
    assert answer.is_redirect
    assert answer.location_parameters()["code"]


@must("oidc-core-3.1.2.1-9")
@pytest.mark.parametrize("prompt", ["none login", "none consent", "login none"])
def test_prompt_none_is_refused_beside_another_value(
    web: RelyingParty, signed_in: Browser, prompt: str
) -> None:
    answer = web.begin(signed_in, prompt=prompt, state="s")
    redirected_error(answer, CALLBACK, "invalid_request", state="s")


@must("oidc-core-3.1.2.1-10", "oidc-core-3.1.2.3-1..2", "oidc-core-15.1-4", "rfc9700-4.11.2-3")
def test_prompt_login_asks_again_and_moves_auth_time(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, later: Later
) -> None:
    before = web.tokens(signed_in, citizen, max_age="9999")
    later(seconds=30)
    assert step(signed_in.twin(), web, prompt="login") == "login"
    after = web.tokens(signed_in, citizen, prompt="login")
    old, new = peek(before["id_token"])[1], peek(after["id_token"])[1]
    assert new["sub"] == old["sub"]
    assert new["auth_time"] >= old["auth_time"] + 30


@must("oidc-core-3.1.2.1-11")
def test_prompt_consent_asks_again(web: RelyingParty, signed_in: Browser, citizen: Conduct) -> None:
    web.authorize(signed_in, citizen, scope="openid profile")
    assert step(signed_in, web, scope="openid profile", prompt="consent") == "consent"


@must("oidc-core-3.1.2.1-11")
def test_denied_consent_is_an_error(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    refusing = Conduct(person=citizen.person, presses={"consent": ("decision", "deny")})
    authorization = web.authorize(
        signed_in, refusing, scope="openid profile", prompt="consent", state="s"
    )
    redirected_error(authorization.answer, CALLBACK, "access_denied", state="s")


@must("oidc-core-3.1.2.1-12", "oidc-core-15.1-4")
def test_prompt_select_account_lets_the_person_choose(
    web: RelyingParty, signed_in: Browser
) -> None:
    assert step(signed_in, web, prompt="select_account") == "login"


@must("oidc-core-3.1.2.1-12")
def test_prompt_select_account_cannot_be_silent(web: RelyingParty, signed_in: Browser) -> None:
    answer = web.begin(signed_in, prompt="none select_account", state="s")
    redirected_error(answer, CALLBACK, "invalid_request", "account_selection_required", state="s")


@must("oidc-core-3.1.2.1-13..14", "oidc-core-15.1-8")
def test_max_age_asks_again_when_the_session_is_older(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, later: Later
) -> None:
    web.authorize(signed_in, citizen)
    later(seconds=100)
    assert step(signed_in.twin(), web, max_age="50") == "login"
    silent = web.begin(signed_in, max_age="50", prompt="none", state="s")
    redirected_error(silent, CALLBACK, "login_required", state="s")
    _, claims = peek(web.tokens(signed_in, citizen, max_age="50")["id_token"])
    assert claims["iat"] - claims["auth_time"] <= 50
    assert web.begin(signed_in, max_age="200", prompt="none").location_parameters()["code"]


@must("oidc-core-3.1.2.1-13", "oidc-core-3.1.2.2-2")
@pytest.mark.parametrize("max_age", ["-1", "1.5", "soon", "9" * 40])
def test_max_age_is_refused_when_it_is_no_number_of_seconds(
    web: RelyingParty, browser: Browser, max_age: str
) -> None:
    answer = web.begin(browser, max_age=max_age, state="s")
    redirected_error(answer, CALLBACK, "invalid_request", state="s")


@must("oidc-core-3.1.2.1-15", "oidc-core-3.1.2.2-5..6")
def test_id_token_hint_of_the_person_signed_in_is_answered(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    hint = web.tokens(signed_in, citizen)["id_token"]
    assert web.begin(signed_in, prompt="none", id_token_hint=hint).location_parameters()["code"]


@must("oidc-core-3.1.2.1-15", "oidc-core-3.1.2.2-5")
def test_id_token_hint_of_another_person_is_an_error(
    web: RelyingParty, provider: Provider, signed_in: Browser, citizen: Conduct, elder: Conduct
) -> None:
    hint = web.tokens(provider.browser(), elder)["id_token"]
    web.authorize(signed_in, citizen)
    answer = web.begin(signed_in, prompt="none", id_token_hint=hint, state="s")
    redirected_error(answer, CALLBACK, "login_required", state="s")
    authorization = web.authorize(signed_in.twin(), citizen, id_token_hint=hint)
    assert "code" not in authorization.parameters


@must("oidc-core-3.1.2.2-6")
@pytest.mark.parametrize("kind", ["forged", "garbage"])
def test_id_token_hint_is_refused_when_it_is_not_ours(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, kind: str
) -> None:
    _, claims = peek(web.tokens(signed_in, citizen)["id_token"])
    forged = signed(claims, algorithm="ES256", key=key_for("ES256", "forger"))
    hint = forged if kind == "forged" else "x.y.z"
    answer = web.begin(signed_in, prompt="none", id_token_hint=hint, state="s")
    redirected_error(answer, CALLBACK, "invalid_request", "login_required", state="s")


@must("oidc-core-3.1.2.2-4..5", "oidc-core-5.5.1-4")
def test_requested_sub_of_another_person_is_an_error(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    web.authorize(signed_in, citizen)
    claims = json.dumps({"id_token": {"sub": {"value": "somebody-else"}}})
    answer = web.begin(signed_in, prompt="none", claims=claims, state="s")
    redirected_error(answer, CALLBACK, "login_required", "access_denied", state="s")


@must("oidc-core-3.1.2.2-4")
def test_requested_sub_of_the_person_signed_in_is_answered(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    _, known = peek(web.tokens(signed_in, citizen)["id_token"])
    claims = json.dumps({"id_token": {"sub": {"value": known["sub"]}}})
    assert web.begin(signed_in, prompt="none", claims=claims).location_parameters()["code"]


@must("oidc-core-15.1-5")
@pytest.mark.parametrize("display", ["page", "popup", "touch", "wap"])
def test_display_is_understood(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, display: str
) -> None:
    assert web.authorize(signed_in, citizen, display=display).code


@must("oidc-core-15.1-6")
@pytest.mark.parametrize(
    ("ui_locales", "language"),
    [
        ("en", "en"),
        ("zh-CN", "zh-Hans"),
        ("zh-Hant", "zh-Hant"),
        ("zh-HK en", "zh-Hant"),
        ("fr en", "en"),
        ("tlh", "zh-Hans"),
    ],
)
def test_pages_speak_the_language_that_was_asked(
    web: RelyingParty, provider: Provider, ui_locales: str, language: str
) -> None:
    browser = provider.browser(language="")
    page = browser.follow(web.begin(browser, ui_locales=ui_locales, claims_locales=ui_locales))
    assert f'lang="{language}"'.lower() in page.text[:300].lower()


@must("oidc-core-15.1-9")
def test_acr_values_that_are_only_wished_for_do_not_stop_the_login(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    assert web.authorize(signed_in, citizen, acr_values="urn:example:unknown").code


@must("oidc-core-5.5.1.1-2")
def test_essential_acr_that_cannot_be_met_is_an_error(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    web.authorize(signed_in, citizen)
    highest = Level(ial=4, aal=3).acr
    claims = json.dumps({"id_token": {"acr": {"essential": True, "values": [highest]}}})
    answer = web.begin(signed_in, prompt="none", claims=claims, state="s")
    redirected_error(
        answer,
        CALLBACK,
        "unmet_authentication_requirements",
        "login_required",
        "interaction_required",
        state="s",
    )


@must("oidc-core-5.5.1.1-1")
def test_essential_acr_that_is_met_is_told(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    values = [Level(ial=1, aal=1).acr]
    claims = json.dumps({"id_token": {"acr": {"essential": True, "values": values}}})
    _, told = peek(web.tokens(signed_in, citizen, claims=claims)["id_token"])
    assert told["acr"] in values


def test_login_hint_is_filled_in(web: RelyingParty, browser: Browser) -> None:
    page = browser.follow(web.begin(browser, login_hint="hinted-name"))
    form = step_form(page)
    assert form is not None
    assert form.fields["identifier"] == ["hinted-name"]
