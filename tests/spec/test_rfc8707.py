"""RFC 8707: resource indicators."""

import pytest

from tests.spec.pages import Conduct
from tests.spec.relying_party import CALLBACK, RelyingParty, peek
from tests.spec.verdicts import redirected_error, refused
from tests.spec.wire import Browser

must = pytest.mark.must
MALFORMED = {
    "relative": "/api",
    "no scheme": "api.example/app",
    "fragment": "https://api.example/app#part",
    "empty fragment": "https://api.example/app#",
    "not a URI": "::",
    "spaces": "https://api example/",
    "unknown": "https://unknown.example/api",
}


@must("rfc8707-2-1..2")
@pytest.mark.parametrize("resource", MALFORMED.values(), ids=MALFORMED.keys())
def test_authorization_is_refused_when_the_resource_is_malformed_or_unknown(
    web: RelyingParty, browser: Browser, resource: str
) -> None:
    answer = web.begin(browser, resource=resource, state="s")
    redirected_error(answer, CALLBACK, "invalid_target", state="s")


@must("rfc8707-2-1..2")
@pytest.mark.parametrize("resource", MALFORMED.values(), ids=MALFORMED.keys())
def test_token_is_refused_when_the_resource_is_malformed_or_unknown(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, resource: str
) -> None:
    authorization = web.authorize(signed_in, citizen)
    refused(web.redeem(authorization, resource=resource), "invalid_target")


def test_token_is_meant_for_the_resource_that_was_asked(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, resource: str
) -> None:
    tokens = web.tokens(signed_in, citizen, resource=resource)
    assert peek(tokens["access_token"])[1]["aud"] in (resource, [resource])


def test_token_is_refused_for_a_resource_outside_the_grant(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, resource: str
) -> None:
    authorization = web.authorize(signed_in, citizen, resource=resource)
    answer = web.redeem(authorization, resource=resource + "/elsewhere")
    refused(answer, "invalid_target")
