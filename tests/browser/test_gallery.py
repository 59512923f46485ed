"""Every page in Chromium: no violation, no console message, nothing lost, nothing cut off."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route

from tests.browser.citizen import NARROW, WIDE
from tests.browser.gallery import AXE, VENDOR, page_address, serving
from tests.browser.samples import LANGUAGES, samples
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.requirement("R18")]

LOOKS = [(language, view) for language in LANGUAGES for view in ("standard", "elder")]
PARTS = 3
"""In so many tests are the pages of a look visited, so that all workers have something to do."""
Scheme = Literal["light", "dark"]
ALL_RULES = "{resultTypes: ['violations']}"
CONTRAST = "{resultTypes: ['violations'], runOnly: ['color-contrast']}"
NO_CONTRAST = "{resultTypes: ['violations'], rules: {'color-contrast': {enabled: false}}}"
_BOTH_SCHEMES: tuple[tuple[Scheme, str], ...] = (("light", ALL_RULES), ("dark", CONTRAST))
_WORDS: tuple[tuple[Scheme, str], ...] = (("light", NO_CONTRAST),)
CHECKS: dict[tuple[str, str], tuple[tuple[Scheme, str], ...]] = {
    ("zh-hans", "standard"): _BOTH_SCHEMES,
    ("zh-hans", "elder"): _BOTH_SCHEMES,
    ("zh-hant", "standard"): _WORDS,
    ("en", "standard"): _WORDS,
}
"""The options of axe by look: each language and each view once. A language changes words alone,
and a view sizes alone, so that nothing is left for the other two; widths are measured in all."""
TARGETS = """Array.from(document.querySelectorAll("button, summary, .button"))
.filter(target => target.offsetParent)
.map(target => [target.innerText, target.getBoundingClientRect().height])"""
LEAST = {"standard": 44, "elder": 60}
"""How high a button is at least, in CSS pixels."""
MOVES_ON = "form-post"
"""The one page that leaves by itself; `stay` keeps it, to look at it."""


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture(scope="module")
def browser(chromium: Browser) -> Browser:
    return chromium


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that remembers every console message and error."""
    context = browser.new_context(viewport=WIDE)
    made = context.new_page()
    yield made
    context.close()


def stay(page: Page) -> None:
    page.route("**/form-post.js", lambda route: route.fulfill(content_type="text/javascript"))


def listen(page: Page) -> list[str]:
    said: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        said.append(f"{message.type}: {message.text}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def test_vendored_axe_is_what_the_manifest_says() -> None:
    manifest = json.loads((VENDOR / "manifest.json").read_text())

    for name, entry in manifest.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == entry["sha256"]


@dataclass(slots=True)
class Findings:
    """What is wrong with the pages of one look."""

    violations: dict[str, list[str]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    wider_than_the_screen: list[str] = field(default_factory=list)
    hard_to_tap: list[tuple[str, str, float]] = field(default_factory=list)


def find_violations(
    page: Page, checks: tuple[tuple[Scheme, str], ...], *, is_dark: bool
) -> Iterator[tuple[str, list[str]]]:
    """`is_dark` is how the page was loaded: that scheme is judged first, for a change is dear."""
    if checks:
        page.add_script_tag(url=AXE)
    for scheme, options in checks[:: -1 if is_dark else 1]:
        if is_dark is not (scheme == "dark"):
            is_dark = scheme == "dark"
            page.emulate_media(color_scheme=scheme)
        for rule in page.evaluate(f"axe.run({options}).then(r => r.violations)"):
            yield f"{scheme} {rule['id']}", [node["html"][:160] for node in rule["nodes"]]


def is_wider_than_its_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def find_small_targets(page: Page, least: int) -> Iterator[tuple[str, float]]:
    for words, height in page.evaluate(TARGETS):
        if round(height) < least:
            yield words, height


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(("language", "view"), LOOKS)
def test_pages_are_accessible_silent_fit_and_easy_to_tap_when_looked_at(
    page: Page, base: str, language: str, view: str, part: int
) -> None:
    """WCAG 2.2 AA by axe in both colour schemes under the product's CSP, without a word on the
    console; whole at 320 pixels; targets of 44 pixels, 60 in the elder view. One load a page
    serves all of it."""
    stay(page)
    found = Findings()
    found.said = listen(page)
    is_dark, checks = False, CHECKS.get((language, view), ())
    for name in sorted(samples(language))[part::PARTS]:
        page.set_viewport_size(WIDE)
        page.goto(base + page_address(name, language, view))
        for rule, nodes in find_violations(page, checks, is_dark=is_dark):
            found.violations[f"{name} {rule}"] = nodes
        is_dark ^= len(checks) > 1  # the other scheme was judged last
        page.set_viewport_size(NARROW)
        if is_wider_than_its_screen(page):
            found.wider_than_the_screen.append(name)
        for words, height in find_small_targets(page, LEAST[view]):
            found.hard_to_tap.append((name, words, height))

    assert found == Findings()


def posted(page: Page) -> dict[str, list[str]]:
    return parse_qs(page.locator("#posted").inner_text())


def test_typed_text_travels_along_when_the_language_is_switched(page: Page, base: str) -> None:
    page.goto(base + page_address("identity", "zh-hans"))
    page.fill("[name=name]", "张明")
    page.fill("[name=document_number]", "110105")

    page.get_by_role("button", name="English").click()

    sent = posted(page)
    assert page.url == f"{base}/journey/view"
    assert sent["language"] == ["en"]
    assert sent["name"] == ["张明"]
    assert sent["document_number"] == ["110105"]
    assert sent["return_path"] == ["/here"]
    assert sent["step_token"] == ["t"]


def test_typed_text_travels_along_when_the_engine_ignores_the_form_attribute(
    page: Page, base: str
) -> None:
    """As in IE 11 mode: the button belongs to the switches' own form."""
    page.add_init_script(
        "document.addEventListener('DOMContentLoaded', function () {"
        " Object.defineProperty(HTMLButtonElement.prototype, 'form', {"
        "  get: function () { return this.closest('form'); } }); });"
    )
    page.goto(base + page_address("code", "zh-hans"))
    page.fill("[name=code]", "123")

    page.get_by_role("button", name="长辈版").click()

    sent = posted(page)
    assert sent["view"] == ["elder"]
    assert sent["code"] == ["123"]


def test_enter_presses_the_main_button_when_typing(page: Page, base: str) -> None:
    page.goto(base + page_address("login", "zh-hans"))
    page.fill("[name=identifier]", "13800000001")

    page.press("[name=identifier]", "Enter")

    sent = posted(page)
    assert sent["action"] == ["sign_in"]
    assert "method" not in sent
    assert "language" not in sent


@pytest.mark.parametrize("view", ["standard", "elder"])
def test_every_step_is_sent_when_scripts_are_off(browser: Browser, base: str, view: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for name, sample in samples("zh-hans").items():
        if not (sample.step or name == MOVES_ON):
            continue
        page.goto(base + page_address(name, "zh-hans", view), wait_until="domcontentloaded")
        with page.expect_navigation(wait_until="domcontentloaded"):
            page.locator("main form button:visible").first.click()
        assert page.title() == "posted", name
    context.close()


def test_answer_travels_on_by_itself_when_scripts_are_on(page: Page, base: str) -> None:
    said = listen(page)

    page.goto(base + page_address(MOVES_ON, "zh-hans"))
    page.wait_for_url(f"{base}/callback")

    assert posted(page) == {"code": ["x"], "state": ["y"]}
    assert said == []


def test_code_can_be_asked_for_again_when_the_countdown_ends(page: Page, base: str) -> None:
    page.clock.install()
    page.goto(base + page_address("code", "en"))
    button = page.get_by_role("button", name="Send a new code")
    assert button.is_disabled()

    page.clock.run_for(59_000)

    assert button.is_enabled()
    assert button.inner_text().strip() == "Send a new code"


def test_number_is_shown_in_groups_when_typed(page: Page, base: str) -> None:
    page.goto(base + page_address("identity", "en"))

    page.fill("[name=document_number]", "11010519491231002x")

    assert page.locator("#document-number-echo").inner_text() == "110105 19491231 002X"


def test_password_is_shown_when_asked_for(page: Page, base: str) -> None:
    page.goto(base + page_address("login", "en"))

    page.get_by_role("button", name="Show").click()

    assert page.locator("#password").get_attribute("type") == "text"


def test_page_is_read_aloud_when_the_elder_view_offers_it(page: Page, base: str) -> None:
    page.add_init_script(
        "window.spoken = []; Object.defineProperty(window, 'speechSynthesis', {value:"
        " {speak: function (u) { window.spoken.push([u.lang, u.text]); },"
        " cancel: function () { window.spoken.push('stop'); }}});"
    )
    page.goto(base + page_address("login", "zh-hans", "elder"))

    page.get_by_role("button", name="朗读这个页面").click()
    page.get_by_role("button", name="停止朗读").click()

    (language, text), stopped = page.evaluate("window.spoken")
    assert language == "zh-CN"
    assert "您的手机号" in text
    assert "朗读" not in text
    assert stopped == "stop"


def test_error_summary_has_the_focus_when_a_form_comes_back(page: Page, base: str) -> None:
    page.goto(base + page_address("login-errors", "en"))

    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"


def test_form_is_sent_once_when_the_button_is_clicked_twice(page: Page, base: str) -> None:
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.method))
    page.goto(base + page_address("consent", "en"))

    page.get_by_role("button", name="Agree and continue").dblclick()
    page.wait_for_url(f"{base}/posted")

    assert posts.count("POST") == 1


def test_page_asks_again_when_the_authority_was_slow(page: Page, base: str) -> None:
    page.clock.install()
    page.goto(base + page_address("waiting", "en"))

    with page.expect_request("**/page/waiting"):
        page.clock.run_for(600_000)


def test_page_stays_when_there_is_no_news_and_while_the_server_is_busy(
    page: Page, base: str
) -> None:
    answers, loads = [204, 503, 200], []
    page.route("**/news/waiting", lambda route: route.fulfill(status=answers.pop(0)))
    page.on("request", lambda request: loads.append(request.url) if "/page/w" in request.url else 0)
    page.clock.install()
    page.goto(base + page_address("waiting", "en"))

    for _ in range(2):
        left = len(answers)
        wait_until(lambda left=left: page.clock.run_for(600_000) or len(answers) < left)
    assert loads == []
    with page.expect_request("**/page/waiting"):
        wait_until(lambda: page.clock.run_for(600_000) or not answers)


def test_waiting_page_asks_when_the_server_says_or_the_person_is_back(
    page: Page, base: str
) -> None:
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=204, headers={"Retry-After": "20"})

    page.route("**/news/waiting", answer)
    page.clock.install(time=0)
    page.clock.pause_at(60_000)
    page.goto(base + page_address("waiting", "en"))
    with page.expect_response("**/news/waiting"):
        page.clock.run_for(600_000)

    began = page.evaluate("Date.now()")
    wait_until(lambda: page.clock.run_for(500) or len(asked) == 2)
    assert 20_000 <= page.evaluate("Date.now()") - began < 600_000

    come_back = "document.dispatchEvent(new Event('visibilitychange'))"
    began = page.evaluate("Date.now()")
    wait_until(lambda: page.evaluate(come_back) or page.clock.run_for(1) or len(asked) == 3)
    assert page.evaluate("Date.now()") - began < 20_000


def test_motion_is_absent_when_the_person_wants_none(page: Page, base: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(base + page_address("waiting", "en"))

    moving = page.evaluate("getComputedStyle(document.querySelector('.busy circle')).animationName")

    assert moving == "none"
