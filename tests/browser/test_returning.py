"""People who come back: how little is asked of them, and how they may go about it."""

from typing import Any

import pytest
from playwright.sync_api import Page, Request

from tests.browser.citizen import NARROW, Citizen
from tests.browser.conftest import Arrive
from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.requirement("R18")]

MOST_BYTES = 100_000
MOST_TABS = 40


def sign_in(citizen: Citizen, person: dict[str, Any]) -> None:
    citizen.types(identifier=person["login"]["identifier"], password=person["login"]["password"])
    citizen.press("action", "sign_in")


def go_to_login(citizen: Citizen, portal: str) -> None:
    citizen.open(f"{portal}/")
    citizen.follow("#login")


def welcome(citizen: Citizen) -> str:
    while citizen.step == "consent":
        citizen.press("decision", "allow")
    return citizen.page.inner_text("#welcome")


def test_one_field_on_two_screens_is_all_when_somebody_returns_by_sms(
    shared_product: Product, someone: Arrive
) -> None:
    person = shared_product.person("adult_2")
    citizen = someone(name="returning", viewport=NARROW)
    go_to_login(citizen, shared_product.portal_b)
    sign_in(citizen, person)
    welcome(citizen)
    citizen.sign_out(shared_product.portal_b)
    citizen.follow("#login")
    citizen.start_counting()

    citizen.press_main()
    citizen.types(code=shared_product.code_to(person["phone"]))
    citizen.press_main()

    assert citizen.page.locator("#welcome").is_visible()
    assert (citizen.screens, citizen.consents, citizen.typed) == (2, 0, 1)
    assert citizen.keeps_within("returning by SMS")


def test_only_what_is_missing_is_asked_when_a_service_needs_more(
    shared_product: Product, someone: Arrive
) -> None:
    person = shared_product.person("guardian")
    citizen = someone(name="step-up")
    go_to_login(citizen, shared_product.portal_b)
    sign_in(citizen, person)
    welcome(citizen)
    citizen.start_counting()

    go_to_login(citizen, shared_product.portal_a)
    assert citizen.step == "verification"
    assert person["name"] not in citizen.page.content()
    citizen.types(document_number=person["documents"][0]["number"])
    citizen.press_main()

    assert person["name"] in welcome(citizen)
    assert (citizen.screens, citizen.typed) == (1, 1)
    assert citizen.keeps_within("step-up")
    assert citizen.page.url == f"{shared_product.portal_a}/"


def test_kiosk_opens_when_another_phone_signs_in_there(
    shared_product: Product, someone: Arrive
) -> None:
    person = shared_product.person("elder")
    kiosk = someone(name="kiosk-other-phone")
    phone = someone(name="other-phone", viewport=NARROW)
    kiosk.open(f"{shared_product.kiosk}/")
    kiosk.follow("#start")
    phone.open(str(kiosk.page.locator("a[href*=user_code]").get_attribute("href")))
    phone.press("decision", "allow")
    assert phone.step == "login"
    sign_in(phone, person)
    while phone.step:
        phone.press_main()

    kiosk.page.wait_for_selector("#welcome")


def test_login_is_possible_when_there_is_only_a_keyboard(
    shared_product: Product, someone: Arrive
) -> None:
    person = shared_product.person("legal_representative")
    citizen = someone(name="keyboard")
    page = citizen.page
    go_to_login(citizen, shared_product.portal_b)

    tab_to(page, "[name=identifier]")
    page.keyboard.type(person["login"]["identifier"])
    tab_to(page, "[name=password]")
    page.keyboard.type(person["login"]["password"])
    citizen.leave_by(lambda: page.keyboard.press("Enter"))
    while citizen.step == "consent":
        tab_to(page, "button[name=decision][value=allow]")
        citizen.leave_by(lambda: page.keyboard.press("Enter"))

    assert page.locator("#welcome").is_visible()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until something has the focus, and see that this can be seen."""
    for _ in range(MOST_TABS):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            style = "getComputedStyle(document.activeElement)"
            ring = f"{style}.outlineStyle !== 'none' || {style}.boxShadow !== 'none'"
            assert page.evaluate(ring), f"{selector} does not show that it has the focus"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by keyboard")


@pytest.mark.parametrize("with_scripts", [True, False], ids=["with-scripts", "without"])
def test_typed_text_is_kept_when_the_language_is_switched(
    shared_product: Product, someone: Arrive, *, with_scripts: bool
) -> None:
    citizen = someone(name="switching", java_script_enabled=with_scripts)
    go_to_login(citizen, shared_product.portal_a)
    person = shared_product.person("agent")
    citizen.types(identifier="13800000016")

    for words, value in (("English", "en"), ("繁體", "zh-hant"), ("简体", "zh-hans")):
        switch = citizen.page.locator(f"button[name=language][value={value}]").first
        citizen.leave_by(switch.click)
        assert words
        assert citizen.page.input_value("[name=identifier]") == "13800000016"
        assert (
            citizen.page.locator("html").get_attribute("lang")
            == {
                "en": "en",
                "zh-hant": "zh-Hant",
                "zh-hans": "zh-Hans",
            }[value]
        )
    citizen.types(password=person["login"]["password"])
    citizen.press("action", "sign_in")
    assert citizen.step == "verification"
    citizen.types(name="许文", document_number="350200 1991")
    citizen.leave_by(citizen.page.locator("button[name=language][value=en]").first.click)

    assert citizen.page.input_value("[name=name]") == "许文"
    assert citizen.page.input_value("[name=document_number]") == "350200 1991"
    citizen.types(name=person["name"], document_number=person["documents"][0]["number"])
    citizen.leave_by(citizen.page.locator("button[name=view][value=elder]").first.click)
    assert citizen.page.input_value("[name=name]") == person["name"]


def test_first_page_is_light_when_nothing_is_cached(
    shared_product: Product, someone: Arrive
) -> None:
    citizen = someone(name="first-page")
    citizen.page.goto(f"{shared_product.portal_a}/")
    finished: list[Request] = []

    def remember(request: Request) -> None:
        finished.append(request)

    citizen.page.on("requestfinished", remember)
    citizen.page.click("#login")
    citizen.page.wait_for_load_state("networkidle")
    sizes = {request.url: request.sizes() for request in finished}
    weights = {
        url: size["responseBodySize"] + size["responseHeadersSize"] for url, size in sizes.items()
    }

    assert citizen.step == "login"
    assert len(weights) >= 4
    assert sum(weights.values()) <= MOST_BYTES, weights
