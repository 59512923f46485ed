"""Corners of the end-session endpoint: foreign methods, cross-site posts, stale confirmations."""

import pytest

from tests.spec.pages import Conduct, step_form, submit
from tests.spec.relying_party import Provider, RelyingParty
from tests.spec.wire import Answer, Browser

pytestmark = pytest.mark.storage


def end_session(provider: Provider) -> str:
    return str(provider.metadata["end_session_endpoint"])


def confirmation(provider: Provider, browser: Browser) -> Answer:
    page = browser.get(end_session(provider))
    assert step_form(page) is not None
    return page


def decide(browser: Browser, page: Answer, decision: str) -> Answer:
    form = step_form(page)
    assert form is not None
    return submit(browser, form, {}, press=("decision", decision))


def signed_in(provider: Provider, web: RelyingParty, who: Conduct) -> Browser:
    browser = provider.browser()
    assert web.authorize(browser, who).code
    return browser


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/account/").status == 200


def test_logout_endpoint_refuses_other_methods(provider: Provider) -> None:
    answer = provider.wire.send("DELETE", end_session(provider))
    assert (answer.status, answer.header("Allow")) == (405, "GET, POST")


def test_cross_site_logout_by_post_comes_again_by_get(
    provider: Provider, web: RelyingParty, citizen: Conduct
) -> None:
    browser = signed_in(provider, web, citizen)
    answer = provider.wire.post(end_session(provider), {"client_id": web.client_id})
    assert answer.status == 303
    assert step_form(browser.get(answer.location)) is not None


def test_person_who_stays_is_still_signed_in(
    provider: Provider, web: RelyingParty, citizen: Conduct
) -> None:
    browser = signed_in(provider, web, citizen)
    assert decide(browser, confirmation(provider, browser), "deny").is_redirect
    assert is_signed_in(browser)


@pytest.mark.spec("RFC 9700 §4.7", "a confirmation belongs to the session it was shown to")
def test_confirmation_of_another_session_ends_nothing(
    provider: Provider, web: RelyingParty, citizen: Conduct, elder: Conduct
) -> None:
    page = confirmation(provider, signed_in(provider, web, elder))
    browser = signed_in(provider, web, citizen)
    assert decide(browser, page, "allow").status == 400
    assert is_signed_in(browser)


def test_confirmation_works_once(provider: Provider, web: RelyingParty, citizen: Conduct) -> None:
    browser = signed_in(provider, web, citizen)
    page = confirmation(provider, browser)
    again = browser.twin()
    assert decide(browser, page, "allow").status == 200
    assert decide(again, page, "allow").status == 400


def test_confirmation_after_the_session_ended_elsewhere_is_calm(
    provider: Provider, web: RelyingParty, citizen: Conduct
) -> None:
    browser = signed_in(provider, web, citizen)
    elsewhere = browser.twin()
    page = confirmation(provider, browser)
    decide(elsewhere, confirmation(provider, elsewhere), "allow")
    assert decide(browser, page, "allow").status == 200


@pytest.mark.spec("RFC 9700 §4.16", "the confirmation's form may lead to the asking client alone")
def test_confirmation_may_lead_to_the_asking_client_alone(
    provider: Provider, citizen: Conduct
) -> None:
    party = provider.party(post_logout_redirect_uris=["https://portal.example/bye"])
    browser = signed_in(provider, party, citizen)
    asked = {"client_id": party.client_id, "post_logout_redirect_uri": "https://portal.example/bye"}
    with_return = browser.get(end_session(provider), asked).header("Content-Security-Policy")
    assert "form-action 'self' https://portal.example;" in with_return
    plain = browser.get(end_session(provider)).header("Content-Security-Policy")
    assert "form-action 'self' ;" in plain
