"""RFC 7636 and RFC 9700 §2.1.1: proof key for code exchange."""

import secrets

import pytest

from tests.spec.pages import Conduct
from tests.spec.relying_party import CALLBACK, Provider, RelyingParty, s256
from tests.spec.verdicts import redirected_error, refused
from tests.spec.wire import Browser

must = pytest.mark.must


@must(
    "rfc7636-4.2-1",
    "rfc7636-4.4-1..2",
    "rfc7636-4.6-1",
    "rfc9700-2.1.1-4",
)
@pytest.mark.parametrize("kind", ["public", "web"])
def test_code_is_redeemed_when_the_verifier_fits(
    request: pytest.FixtureRequest, signed_in: Browser, citizen: Conduct, kind: str
) -> None:
    party: RelyingParty = request.getfixturevalue(kind)
    authorization = party.authorize(signed_in, citizen)
    assert authorization.request["code_challenge"] not in authorization.answer.location
    assert authorization.verifier not in authorization.answer.location
    assert party.redeem(authorization).status == 200


@must("rfc7636-4.3-1", "rfc7636-4.4.1-1", "rfc9700-2.1.1-2")
def test_public_client_is_refused_without_a_code_challenge(
    public: RelyingParty, browser: Browser
) -> None:
    answer = public.begin(browser, code_challenge=None, code_challenge_method=None, state="s")
    redirected_error(answer, public.redirect_uri, "invalid_request", state="s")


@must("rfc7636-4.4.1-2")
@pytest.mark.parametrize("method", ["plain", "S512", "s256", None])
def test_challenge_is_refused_when_its_method_is_not_s256(
    web: RelyingParty, browser: Browser, method: str | None
) -> None:
    answer = web.begin(browser, code_challenge_method=method, state="s")
    redirected_error(answer, CALLBACK, "invalid_request", state="s")


@must("rfc7636-4.4.1-2")
@pytest.mark.parametrize("challenge", ["short", "x" * 129, "+" * 43, "=" * 43, "挑战" * 22])
def test_challenge_is_refused_when_malformed(
    web: RelyingParty, browser: Browser, challenge: str
) -> None:
    answer = web.begin(browser, code_challenge=challenge, state="s")
    redirected_error(answer, CALLBACK, "invalid_request", state="s")


@must(
    "rfc7636-4.5-1..2",
    "rfc7636-4.6-2",
    "rfc9700-2.1.1-5",
    "rfc9700-4.8.2-1..2",
)
@pytest.mark.parametrize("kind", ["public", "web"])
@pytest.mark.parametrize("wrong", ["other", "missing", "challenge itself", "too short"])
def test_code_is_refused_when_the_verifier_does_not_fit(
    request: pytest.FixtureRequest, signed_in: Browser, citizen: Conduct, kind: str, wrong: str
) -> None:
    party: RelyingParty = request.getfixturevalue(kind)
    authorization = party.authorize(signed_in, citizen)
    verifier = {
        "other": secrets.token_urlsafe(32),
        "missing": None,
        "challenge itself": authorization.request["code_challenge"],
        "too short": "x",
    }[wrong]
    answer = party.redeem(authorization, code_verifier=verifier)
    refused(answer, "invalid_grant", "invalid_request")
    if verifier and len(verifier) >= 43:
        assert answer.json()["error"] == "invalid_grant"


@must("rfc9700-2.1.1-6", "rfc9700-4.8.2-3")
def test_code_is_refused_when_a_verifier_comes_without_an_earlier_challenge(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    authorization = web.authorize(
        signed_in, citizen, code_challenge=None, code_challenge_method=None
    )
    refused(web.redeem(authorization), "invalid_grant", "invalid_request")


@must("rfc9700-2.1.1-7", "rfc9700-4.7.1-4", "rfc7636-4.2-1")
def test_discovery_tells_that_pkce_is_supported(provider: Provider) -> None:
    assert provider.metadata["code_challenge_methods_supported"] == ["S256"]


def test_s256_is_computed_as_in_the_appendix() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert s256(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
