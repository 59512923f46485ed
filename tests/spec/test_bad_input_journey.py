"""Bad input at the pages: forged, replayed and foreign steps, fixed sessions, guessing, floods."""

import re
from datetime import timedelta

import pytest

from idp.foundation.clock import SHANGHAI, SystemClock
from tests.spec.house import Inbox, Later
from tests.spec.pages import Conduct, Form, Person, step_form, submit, walk
from tests.spec.relying_party import Provider, RelyingParty
from tests.spec.verdicts import error_page
from tests.spec.wire import Answer, Browser

WRONG = "certainly wrong 1"


def login_page(party: RelyingParty, browser: Browser) -> tuple[Form, Answer]:
    page = browser.follow(party.begin(browser))
    form = step_form(page)
    assert form is not None
    assert form.step == "login"
    return form, page


def attempt(party: RelyingParty, browser: Browser, identifier: str, password: str) -> Answer:
    form, _ = login_page(party, browser)
    typed = {"identifier": identifier, "password": password}
    return browser.follow(submit(browser, form, typed))


def visible(page: Answer) -> str:
    """A page without what differs from request to request: tokens, typed text, numbers."""
    text = re.sub(r'(value|id|for|href|action|formaction|content|nonce)="[^"]*"', "", page.text)
    return re.sub(r"[0-9]+|\s+", " ", text)


def morning(later: Later) -> None:
    """Wait for the next day: what is counted by the day must not be spread over two."""
    now = SystemClock().now().astimezone(SHANGHAI)
    begins = (now + timedelta(days=1)).replace(hour=8, minute=0)
    later(seconds=(begins - now).total_seconds())


def test_step_is_refused_when_posted_from_another_browser(
    web: RelyingParty, provider: Provider, browser: Browser, citizen: Conduct
) -> None:
    form, _ = login_page(web, browser)
    thief = provider.browser()
    answer = thief.follow(submit(thief, form, citizen.typed(form)))
    assert not answer.location.startswith(web.redirect_uri)
    shown = step_form(answer)
    assert shown is None or shown.step == "login"
    silent = web.begin(thief, prompt="none")
    assert silent.location_parameters()["error"] == "login_required"


def test_step_posted_twice_ends_well(web: RelyingParty, browser: Browser, citizen: Conduct) -> None:
    form, _ = login_page(web, browser)
    first = walk(browser, submit(browser, form, citizen.typed(form)), citizen)
    assert first.location_parameters()["code"]
    again = walk(browser, submit(browser, form, citizen.typed(form)), citizen)
    if again.location.startswith(web.redirect_uri):
        assert again.location == first.location, "one journey, one code"
    else:
        assert again.status in {200, 400, 404, 409, 410}


@pytest.mark.parametrize("change", ["emptied", "changed", "left out"])
def test_step_is_refused_when_its_hidden_fields_are(
    web: RelyingParty, browser: Browser, citizen: Conduct, change: str
) -> None:
    form, _ = login_page(web, browser)
    hidden = [name for name in form.fields if name not in {"identifier", "password"}]
    assert hidden, "a step carries its own token"
    for name in hidden:
        if change == "left out":
            del form.fields[name]
        else:
            form.fields[name] = ["" if change == "emptied" else "x" + form.fields[name][0]]
    answer = browser.follow(submit(browser, form, citizen.typed(form)))
    assert not answer.location.startswith(web.redirect_uri)
    assert answer.status in {200, 400, 403, 404, 410}


def test_journey_is_refused_when_it_has_expired(
    web: RelyingParty, browser: Browser, citizen: Conduct, later: Later
) -> None:
    form, _ = login_page(web, browser)
    later(hours=2)
    answer = browser.follow(submit(browser, form, citizen.typed(form)))
    assert not answer.location.startswith(web.redirect_uri)
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize("value", ["0", "x" * 43, "' or 1=1 --", "../../../etc/passwd", "值"])
def test_unknown_journey_is_a_page_that_says_what_to_do(
    web: RelyingParty, browser: Browser, value: str
) -> None:
    form, page = login_page(web, browser)
    token = re.search(r"/journey/([^/?\"]+)", page.url + form.action)
    if token is None:
        pytest.fail(f"no journey in {page.url}")
    answer = browser.get(page.url.replace(token[1], value.encode().hex()))
    assert answer.status in {400, 404, 410}
    assert 'role="alert"' in answer.text


def test_login_changes_the_session_cookie(
    web: RelyingParty, provider: Provider, citizen: Conduct
) -> None:
    known = provider.browser()
    web.authorize(known, citizen)
    names = set(known.cookies)
    fixed = provider.browser()
    fixed.cookies = dict.fromkeys(names, "fixed-by-an-attacker-0123456789abcdef0123456789")
    web.authorize(fixed, citizen)
    assert "code" in web.begin(fixed, prompt="none").location_parameters()
    attacker = provider.browser()
    attacker.cookies = dict.fromkeys(names, "fixed-by-an-attacker-0123456789abcdef0123456789")
    silent = web.begin(attacker, prompt="none")
    assert silent.location_parameters()["error"] == "login_required"


def test_login_again_ends_the_old_cookie(
    web: RelyingParty, provider: Provider, citizen: Conduct
) -> None:
    browser = provider.browser()
    web.authorize(browser, citizen)
    stolen = browser.twin()
    web.authorize(browser, citizen, prompt="login")
    silent = web.begin(stolen, prompt="none")
    assert silent.location_parameters().get("error") == "login_required"


def test_cookies_are_for_the_browser_alone(
    web: RelyingParty, browser: Browser, citizen: Conduct
) -> None:
    web.authorize(browser, citizen)
    lines = [line.strip() for answer in browser.seen for line in answer.all("Set-Cookie")]
    assert lines
    for line in lines:
        # The mark by which a service's page notices a changed session is there for scripts.
        assert ("httponly" in line.lower()) is not line.startswith("tx_check"), line
        assert "samesite=" in line.lower(), line
        assert "domain=" not in line.lower(), line


def test_wrong_password_says_the_same_whether_the_account_exists(
    web: RelyingParty, provider: Provider, citizen: Conduct
) -> None:
    known = attempt(web, provider.browser(), citizen.person.identifier, WRONG)
    unknown = attempt(web, provider.browser(), "13900000000", WRONG)
    assert known.status == unknown.status
    assert 'role="alert"' in known.text
    assert visible(known) == visible(unknown)


def test_code_is_promised_the_same_whether_the_phone_is_known(
    web: RelyingParty, provider: Provider, citizen: Conduct
) -> None:
    pages = []
    for phone in (citizen.person.phone, "13911112222"):
        browser = provider.browser()
        form, _ = login_page(web, browser)
        typed = {"identifier": phone, "password": ""}
        pages.append(browser.follow(submit(browser, form, typed, press=("method", "sms"))))
    assert pages[0].status == pages[1].status
    assert visible(pages[0]) == visible(pages[1])


@pytest.mark.must("rfc6749-10.10-3")
def test_guessing_a_password_becomes_slow_but_shuts_nobody_out(
    web: RelyingParty, provider: Provider, stranger: Conduct, later: Later
) -> None:
    thief = provider.browser()
    for _ in range(8):
        attempt(web, thief, stranger.person.identifier, WRONG)
    person = stranger.person
    throttled = attempt(web, thief, person.identifier, person.password)
    assert not throttled.location.startswith(web.redirect_uri)
    later(hours=1)
    assert web.authorize(provider.browser(), stranger).code


def test_text_messages_to_one_phone_are_limited(
    web: RelyingParty, provider: Provider, inbox: Inbox
) -> None:
    phone = "13922223333"
    for _ in range(5):
        browser = provider.browser()
        form, _ = login_page(web, browser)
        browser.follow(
            submit(browser, form, {"identifier": phone, "password": ""}, press=("method", "sms"))
        )
    assert len(inbox(phone)) <= 1


def test_text_messages_to_one_phone_are_limited_by_the_day(
    web: RelyingParty, provider: Provider, inbox: Inbox, later: Later
) -> None:
    phone = "13922224444"
    morning(later)
    for _ in range(14):
        browser = provider.browser()
        form, _ = login_page(web, browser)
        browser.follow(
            submit(browser, form, {"identifier": phone, "password": ""}, press=("method", "sms"))
        )
        later(minutes=2)
    assert len(inbox(phone)) <= 10


def test_guessing_a_text_message_code_ends_after_a_few_tries(
    web: RelyingParty, provider: Provider, citizen: Conduct, inbox: Inbox
) -> None:
    browser = provider.browser()
    phone = "13922225555"
    form, _ = login_page(web, browser)
    page = browser.follow(
        submit(browser, form, {"identifier": phone, "password": ""}, press=("method", "sms"))
    )
    (message,) = inbox(phone)
    wrong = "000000" if message["code"] != "000000" else "111111"
    for _ in range(6):
        asked = step_form(page)
        if asked is None or "code" not in asked.fields:
            break
        page = browser.follow(submit(browser, asked, {"code": wrong}))
    asked = step_form(page)
    if asked is not None and "code" in asked.fields:
        page = browser.follow(submit(browser, asked, {"code": message["code"]}))
    assert not page.location.startswith(web.redirect_uri)
    assert web.begin(browser, prompt="none").location_parameters()["error"] == "login_required"
    assert citizen


@pytest.mark.parametrize(
    "person",
    [
        Person(identifier="x" * 5000, password="x" * 5000),
        Person(identifier="' or 1=1 --", password="' or 1=1 --"),
        Person(identifier="\x00", password="\x00"),
        Person(identifier="<script>alert(1)</script>", password="x"),
        Person(identifier="１３９００００００００", password="ｘ"),
    ],
    ids=["long", "SQL", "NUL", "script", "full width"],
)
def test_hostile_text_in_the_login_form_is_answered_calmly(
    web: RelyingParty, browser: Browser, person: Person
) -> None:
    answer = attempt(web, browser, person.identifier, person.password)
    assert answer.status in {200, 400}
    assert "<script>alert" not in answer.text
    assert 'role="alert"' in answer.text


def test_error_page_names_no_secret(web: RelyingParty, browser: Browser) -> None:
    answer = web.begin(browser, client_id="nobody")
    error_page(answer)
    assert "Traceback" not in answer.text
    assert "Django" not in answer.text
