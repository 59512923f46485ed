"""OAuth 2.0 Form Post Response Mode."""

import pytest

from tests.spec.pages import Conduct, forms
from tests.spec.relying_party import CALLBACK, RelyingParty
from tests.spec.wire import Browser

must = pytest.mark.must


@must("form-post-2-1..3")
def test_response_is_a_form_posted_to_the_redirect_uri(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    authorization = web.authorize(signed_in, citizen, response_mode="form_post", state='a"&<b')
    page = authorization.answer
    assert page.status == 200
    assert page.media_type == "text/html"
    form = next(form for form in forms(page) if "code" in form.fields)
    assert form.action == CALLBACK
    assert form.method == "POST"
    assert form.fields["state"] == ['a"&<b']
    assert "no-store" in page.header("Cache-Control")
    assert "https://portal.example" in page.header("Content-Security-Policy")
    assert web.redeem(authorization).status == 200


@must("form-post-2-1..2")
def test_error_is_a_form_posted_to_the_redirect_uri(web: RelyingParty, browser: Browser) -> None:
    page = web.begin(browser, response_mode="form_post", prompt="none", state="s")
    form = next(form for form in forms(page) if "error" in form.fields)
    assert form.action == CALLBACK
    assert form.method == "POST"
    assert form.fields["error"] == ["login_required"]
    assert form.fields["state"] == ["s"]
    assert form.fields["iss"] == [web.provider.issuer]


def test_unknown_response_mode_is_refused(web: RelyingParty, browser: Browser) -> None:
    answer = web.begin(browser, response_mode="carrier_pigeon", state="s")
    assert answer.location_parameters()["error"] == "invalid_request"
