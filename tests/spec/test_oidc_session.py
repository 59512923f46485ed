"""OpenID Connect Session Management 1.0, but for what the iframe's script does in a browser."""

import hashlib
from urllib.parse import urlsplit

import pytest

from idp.protocols.oidc.session_management.session_state import web_origin
from tests.spec.house import HouseUnderTest, Later
from tests.spec.pages import Conduct, forms, submit, walk
from tests.spec.relying_party import CALLBACK, Provider, RelyingParty, peek
from tests.spec.wire import Answer, Browser

must = pytest.mark.must
PORTAL = "https://portal.example"
NOBODY = "none"


def mark(browser: Browser) -> str:
    """What the check cookie says of this browser."""
    (name,) = (each for each in browser.cookies if each.startswith("tx_check"))
    return browser.cookies[name]


def is_unchanged(party: RelyingParty, session_state: str, browser: Browser) -> bool:
    """What the iframe computes for a page of the party in this browser."""
    hashed, salt = session_state.split(".")
    text = f"{party.client_id} {PORTAL} {mark(browser)} {salt}"
    return hashlib.sha256(text.encode()).hexdigest() == hashed


def silent(party: RelyingParty, browser: Browser, **changes: str) -> dict[str, str]:
    answer = browser.follow(party.begin(browser, prompt="none", **changes))
    return answer.location_parameters()


@must("oidc-session-3.3-1..2")
def test_iframe_is_named_in_the_metadata_and_may_stand_in_other_pages(provider: Provider) -> None:
    address = provider.metadata["check_session_iframe"]
    answer = provider.wire.get(address)
    assert (answer.status, answer.media_type) == (200, "text/html")
    policy = answer.header("Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "frame-ancestors http: https:" in policy
    assert "unsafe" not in policy
    assert not answer.header("X-Frame-Options")
    assert not answer.all("Set-Cookie")
    assert '<script src="check_session.js"></script>' in answer.text
    script = provider.wire.get(f"{address}.js")
    assert (script.status, script.media_type) == (200, "text/javascript")
    assert script.header("X-Content-Type-Options") == "nosniff"


@must("oidc-session-2-1..3")
@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_session_state_is_told_when_somebody_signed_in(
    web: RelyingParty, browser: Browser, citizen: Conduct, mode: str
) -> None:
    told = web.authorize(browser, citizen, response_mode=mode).parameters["session_state"]
    assert " " not in told
    assert is_unchanged(web, told, browser)
    again = silent(web, browser)["session_state"]
    assert again != told
    assert is_unchanged(web, again, browser)


def test_session_state_is_not_told_when_the_request_is_plain_oauth(
    web: RelyingParty, browser: Browser, citizen: Conduct
) -> None:
    parameters = web.authorize(browser, citizen, scope="profile").parameters
    assert "code" in parameters
    assert "session_state" not in parameters


def test_session_state_differs_for_each_client(
    web: RelyingParty, provider: Provider, browser: Browser, citizen: Conduct
) -> None:
    told = web.authorize(browser, citizen).parameters["session_state"]
    assert not is_unchanged(provider.party(), told, browser)


def test_session_state_holds_when_the_same_person_proves_themselves_again(
    web: RelyingParty, browser: Browser, citizen: Conduct
) -> None:
    told = web.authorize(browser, citizen).parameters["session_state"]
    assert web.authorize(browser, citizen, prompt="login").code
    assert is_unchanged(web, told, browser)


def test_session_state_changes_when_the_person_signs_out(
    web: RelyingParty, browser: Browser, citizen: Conduct
) -> None:
    told = web.authorize(browser, citizen).parameters["session_state"]
    sign_out(web, browser, citizen)
    assert mark(browser) == NOBODY
    assert not is_unchanged(web, told, browser)


def test_session_state_is_another_when_another_session_was_begun(
    web: RelyingParty, provider: Provider, browser: Browser, citizen: Conduct
) -> None:
    told = web.authorize(browser, citizen).parameters["session_state"]
    other = provider.browser()
    assert web.authorize(other, citizen).code
    assert not is_unchanged(web, told, other)


def test_session_state_changes_when_the_person_signs_out_in_their_own_space(
    web: RelyingParty, browser: Browser, citizen: Conduct
) -> None:
    told = web.authorize(browser, citizen).parameters["session_state"]
    page = browser.get("/account/")
    form = next(form for form in forms(page) if ("action", "sign_out") in form.buttons)
    submit(browser, form, {}, press=("action", "sign_out"))
    assert not is_unchanged(web, told, browser)


def test_session_state_changes_when_the_session_has_run_out(
    web: RelyingParty, browser: Browser, citizen: Conduct, later: Later
) -> None:
    told = web.authorize(browser, citizen).parameters["session_state"]
    later(hours=13)
    refused = silent(web, browser)
    assert refused["error"] == "login_required"
    assert not is_unchanged(web, told, browser)
    assert is_unchanged(web, refused["session_state"], browser)


def test_silent_refusal_tells_the_session_state_when_a_session_was_found(
    web: RelyingParty, browser: Browser, citizen: Conduct
) -> None:
    web.authorize(browser, citizen)
    before = mark(browser)
    refused = silent(web, browser, max_age="0")
    assert refused["error"] == "login_required"
    assert is_unchanged(web, refused["session_state"], browser)
    assert mark(browser) == before


def test_mark_is_mended_when_the_browser_lost_it(
    web: RelyingParty, browser: Browser, citizen: Conduct
) -> None:
    web.authorize(browser, citizen)
    for name in [name for name in browser.cookies if name.startswith("tx_check")]:
        del browser.cookies[name]
    assert is_unchanged(web, silent(web, browser)["session_state"], browser)


def test_mark_holds_no_secret_and_names_nobody(
    web: RelyingParty, provider: Provider, citizen: Conduct
) -> None:
    browser = provider.browser()
    answer = web.redeem(web.authorize(browser, citizen)).json()
    _, claims = peek(answer["id_token"])
    others = [value for name, value in browser.cookies.items() if not name.startswith("tx_check")]
    assert mark(browser) not in {*others, claims["sub"], claims["sid"]}
    (line,) = {
        line
        for answer in browser.seen
        for line in answer.all("Set-Cookie")
        if line.strip().startswith("tx_check") and NOBODY not in line
    }
    assert "HttpOnly" not in line


@must("oidc-session-3.2-1..2", "oidc-session-6-1")
@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        pytest.param(PORTAL, True, id="registered"),
        pytest.param(f"{PORTAL}:443", False, id="not-as-browsers-write-it"),
        pytest.param(f"{PORTAL}/callback", False, id="not-an-origin"),
        pytest.param("http://portal.example", False, id="another-scheme"),
        pytest.param("https://evil.example", False, id="another-site"),
        pytest.param("null", False, id="no-origin"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_iframe_is_told_whether_an_origin_is_expected(
    provider: Provider, web: RelyingParty, origin: str, *, expected: bool
) -> None:
    assert asked(provider, web.client_id, origin).status == (204 if expected else 403)


def test_no_origin_is_expected_when_the_client_is_unknown_or_suspended(
    provider: Provider, house: HouseUnderTest
) -> None:
    party = provider.party()
    assert asked(provider, "nobody", PORTAL).status == 403
    house.suspend(party.client_id)
    assert asked(provider, party.client_id, PORTAL).status == 403


def test_origin_question_is_refused_when_a_parameter_is_repeated(provider: Provider) -> None:
    address = f"{provider.metadata['check_session_iframe']}_origin?origin=a&origin=b"
    assert provider.wire.get(address).status == 400


@pytest.mark.parametrize("suffix", ["", ".js", "_origin"])
def test_iframe_is_refused_when_it_is_posted_to(provider: Provider, suffix: str) -> None:
    answer = provider.wire.post(provider.metadata["check_session_iframe"] + suffix)
    assert (answer.status, answer.header("Allow")) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        (CALLBACK, PORTAL),
        ("https://Portal.Example:443/cb?a=b", PORTAL),
        ("https://portal.example:8443/cb", f"{PORTAL}:8443"),
        ("http://[::1]:8010/cb", "http://[::1]:8010"),
        ("cn.example.app:/callback", "null"),
    ],
)
def test_origin_is_written_as_browsers_write_it(uri: str, origin: str) -> None:
    assert web_origin(uri) == origin


def asked(provider: Provider, client_id: str, origin: str) -> Answer:
    address = provider.metadata["check_session_iframe"] + "_origin"
    return provider.wire.get(address, {"client_id": client_id, "origin": origin})


def sign_out(party: RelyingParty, browser: Browser, citizen: Conduct) -> None:
    page = browser.follow(browser.get(party.provider.metadata["end_session_endpoint"]))
    assert urlsplit(page.url).path == "/oauth2/logout"
    walk(browser, page, citizen)
