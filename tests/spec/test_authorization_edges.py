"""Corners of the authorization endpoint: foreign methods, cross-site posts, suspended clients."""

import secrets

import pytest

from tests.spec.house import HouseUnderTest
from tests.spec.pages import Conduct, walk
from tests.spec.relying_party import Provider, RelyingParty, returned
from tests.spec.wire import Browser

pytestmark = pytest.mark.storage


def test_authorization_endpoint_refuses_other_methods(provider: Provider) -> None:
    answer = provider.wire.send("DELETE", provider.metadata["authorization_endpoint"])
    assert (answer.status, answer.header("Allow")) == (405, "GET, POST")
    assert answer.media_type == "text/html"


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1", "POST of a form is answered as GET is")
def test_cross_site_post_comes_again_by_get_and_finds_the_session(
    provider: Provider, web: RelyingParty, citizen: Conduct
) -> None:
    browser = provider.browser()
    assert web.authorize(browser, citizen).code
    # A browser sends no SameSite=Lax cookie with another site's POST, and sends it after a 303.
    foreign = Browser(wire=provider.wire)
    request = web.request(secrets.token_urlsafe(32), resource="https://api.portal.example/records")
    parked = foreign.post(web.endpoint("authorization"), request, origin="https://portal.example")
    assert parked.status == 303
    answer = browser.get(parked.location)
    assert "code" in returned(walk(browser, answer, citizen))


def test_parked_request_is_told_on_a_page_when_it_is_gone(provider: Provider) -> None:
    address = provider.metadata["authorization_endpoint"]
    answer = provider.wire.get(address, {"parked": "nobody-parked-this"})
    assert answer.status == 400
    assert answer.media_type == "text/html"


def test_journey_ends_in_an_error_when_the_client_is_suspended_meanwhile(
    provider: Provider, house: HouseUnderTest, citizen: Conduct
) -> None:
    party = provider.party()
    browser = provider.browser()
    page = browser.follow(party.begin(browser))
    house.suspend(party.client_id)
    parameters = returned(walk(browser, page, citizen))
    assert parameters["error"] in {"unauthorized_client", "access_denied"}


def test_silent_login_for_another_person_ends_in_login_required(
    provider: Provider, web: RelyingParty, citizen: Conduct
) -> None:
    browser = provider.browser()
    assert web.authorize(browser, citizen).code
    answer = web.begin(browser, prompt="none", claims='{"id_token": {"sub": {"value": "someone"}}}')
    assert returned(answer)["error"] in {"login_required", "account_selection_required"}
