"""OpenID Connect RP-Initiated Logout 1.0."""

import pytest

from tests.spec.house import Later
from tests.spec.pages import Conduct, forms, step_form, walk
from tests.spec.relying_party import CALLBACK, Provider, RelyingParty, key_for, peek, signed
from tests.spec.verdicts import refused
from tests.spec.wire import Answer, Browser

must = pytest.mark.must
BYE = "https://portal.example/bye"


def leave(party: RelyingParty, browser: Browser, *, post: bool = False, **asked: str) -> Answer:
    send = browser.post if post else browser.get
    return browser.follow(send(party.provider.metadata["end_session_endpoint"], asked))


def is_signed_in(party: RelyingParty, browser: Browser) -> bool:
    answer = party.begin(browser.twin(), prompt="none")
    return "code" in answer.location_parameters()


def goes_to_portal(answer: Answer) -> bool:
    """Whether this answer sends the browser away, by redirect, refresh, link or form."""
    return (
        answer.location.startswith("https://portal.example")
        or BYE in answer.text
        or any(form.action.startswith("https://portal.example") for form in forms(answer))
    )


@must(
    "oidc-rpinitiated-2-3",
    "oidc-rpinitiated-2-6",
)
@pytest.mark.parametrize("post", [False, True], ids=["GET", "POST"])
def test_logout_ends_the_session_and_returns_to_the_portal(
    provider: Provider, browser: Browser, citizen: Conduct, *, post: bool
) -> None:
    party = provider.party(post_logout_redirect_uris=[BYE])
    tokens = party.tokens(browser, citizen)
    assert is_signed_in(party, browser)
    answer = leave(
        party,
        browser,
        post=post,
        id_token_hint=tokens["id_token"],
        post_logout_redirect_uri=BYE,
        state="s 1",
    )
    answer = walk(browser, answer, citizen)
    if answer.is_redirect:
        assert answer.location.startswith(BYE)
        assert answer.location_parameters()["state"] == "s 1"
    else:
        assert BYE + "?state=s" in answer.text
    assert not is_signed_in(party, browser)


@must("oidc-rpinitiated-2-6")
def test_logout_ends_the_refresh_token_that_was_bound_to_the_session(
    web: RelyingParty, browser: Browser, citizen: Conduct
) -> None:
    tokens = web.tokens(browser, citizen)
    walk(browser, leave(web, browser, id_token_hint=tokens["id_token"]), citizen)
    refused(web.refresh(tokens["refresh_token"]), "invalid_grant")


def test_logout_works_with_an_expired_hint(
    provider: Provider, browser: Browser, citizen: Conduct, later: Later
) -> None:
    party = provider.party(post_logout_redirect_uris=[BYE])
    tokens = party.tokens(browser, citizen)
    later(minutes=60)
    answer = leave(party, browser, id_token_hint=tokens["id_token"], post_logout_redirect_uri=BYE)
    assert goes_to_portal(walk(browser, answer, citizen))


@must("oidc-rpinitiated-2-5")
def test_logout_asks_first_when_no_hint_is_given(
    web: RelyingParty, browser: Browser, citizen: Conduct
) -> None:
    web.tokens(browser, citizen)
    page = leave(web, browser)
    form = step_form(page)
    assert form is not None
    assert form.step == "logout"
    assert is_signed_in(web, browser)
    staying = Conduct(person=citizen.person, presses={"logout": ("decision", "deny")})
    walk(browser, page, staying)
    assert is_signed_in(web, browser)
    walk(browser, leave(web, browser), citizen)
    assert not is_signed_in(web, browser)


@must("oidc-rpinitiated-2-5")
def test_logout_asks_first_when_the_hint_is_of_another_person(
    web: RelyingParty, provider: Provider, browser: Browser, citizen: Conduct, elder: Conduct
) -> None:
    other = web.tokens(provider.browser(), elder)["id_token"]
    web.tokens(browser, citizen)
    form = step_form(leave(web, browser, id_token_hint=other))
    assert is_signed_in(web, browser)
    assert form is None or form.step == "logout"


@must(
    "oidc-rpinitiated-2-1..2",
    "oidc-rpinitiated-2-4",
    "oidc-rpinitiated-3-1..2",
    "oidc-rpinitiated-4-1..2",
)
@pytest.mark.parametrize(
    "kind",
    [
        "unregistered target",
        "target with something added",
        "no hint and no client",
        "hint of another client",
        "forged hint",
        "garbage as hint",
        "redirect URI as target",
        "script as target",
    ],
)
def test_logout_does_not_return_to_the_portal_when(
    provider: Provider, browser: Browser, citizen: Conduct, kind: str
) -> None:
    party = provider.party(post_logout_redirect_uris=[BYE])
    other = provider.party(post_logout_redirect_uris=[BYE + "/other"])
    hint = party.tokens(browser, citizen)["id_token"]
    _, claims = peek(hint)
    asked = {"id_token_hint": hint, "post_logout_redirect_uri": BYE, "client_id": party.client_id}
    asked |= {
        "unregistered target": {"post_logout_redirect_uri": "https://portal.example/elsewhere"},
        "target with something added": {"post_logout_redirect_uri": BYE + "/"},
        "no hint and no client": {"id_token_hint": "", "client_id": ""},
        "hint of another client": {"client_id": other.client_id},
        "forged hint": {
            "id_token_hint": signed(claims, algorithm="ES256", key=key_for("ES256", "forger"))
        },
        "garbage as hint": {"id_token_hint": "x.y.z"},
        "redirect URI as target": {"post_logout_redirect_uri": CALLBACK},
        "script as target": {"post_logout_redirect_uri": "javascript:alert(1)"},
    }[kind]
    answer = leave(party, browser, **{name: value for name, value in asked.items() if value})
    assert not goes_to_portal(answer)
    assert not goes_to_portal(walk(browser, answer, citizen))
    assert "javascript:" not in answer.text


def test_logout_is_calm_when_nobody_is_signed_in(
    provider: Provider, browser: Browser, citizen: Conduct
) -> None:
    party = provider.party(post_logout_redirect_uris=[BYE])
    hint = party.tokens(provider.browser(), citizen)["id_token"]
    answer = leave(party, browser, id_token_hint=hint, post_logout_redirect_uri=BYE)
    assert answer.status in {200, 302, 303}
