"""The main job, walked in Chromium from the first visit to the last logout."""

import json
from typing import Any

import pytest

from tests.browser.camera import read_qr_code
from tests.browser.citizen import NARROW, WIDE, Citizen
from tests.browser.conftest import Arrive
from tests.product import Product, wait_until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.requirement("R8"),
    pytest.mark.requirement("R18"),
]

LOOKS = [
    pytest.param("newcomer", {"viewport": NARROW}, "", id="on-a-phone"),
    pytest.param(
        "newcomer_2", {"viewport": WIDE, "locale": "en-GB"}, "", id="at-a-desk-in-english"
    ),
    pytest.param(
        "newcomer_3",
        {"viewport": NARROW, "locale": "zh-HK", "java_script_enabled": False},
        "",
        id="without-scripts-in-traditional-characters",
    ),
    pytest.param("newcomer_4", {"viewport": NARROW}, "elder", id="in-the-elder-view"),
]


@pytest.mark.parametrize(("key", "options", "view"), LOOKS)
def test_one_login_opens_every_door_and_one_logout_closes_all_when_somebody_is_new(
    shared_product: Product, someone: Arrive, key: str, options: dict[str, Any], view: str
) -> None:
    product, person = shared_product, shared_product.person(key)
    citizen = someone(name=key, **options)

    register(product, citizen, person, view=view)
    assert (citizen.screens, citizen.typed) == (3, 4)
    assert citizen.keeps_within("new, level 2")
    assert person["name"] in citizen.page.inner_text("#welcome")

    enter_second_portal(product, citizen)
    assert (citizen.screens, citizen.typed) == (0, 0)
    assert citizen.keeps_within("signed in elsewhere")

    kiosk = someone(name=f"{key}-kiosk")
    sign_in_at_kiosk(product, kiosk, citizen)
    assert person["name"] in kiosk.page.inner_text("#welcome")

    log_out(product, citizen)
    citizen.open(product.portal_b)
    assert citizen.page.locator("#login").is_visible()
    kiosk.page.wait_for_selector("#ended")


def register(product: Product, citizen: Citizen, person: dict[str, Any], *, view: str) -> None:
    """Come to portal A, make an account with a code, and prove who one is."""
    citizen.open(f"{product.portal_a}/")
    citizen.follow("#login")
    if view:
        citizen.leave_by(citizen.page.locator(f"button[name=view][value={view}]").first.click)
    citizen.start_counting()
    assert citizen.steps_in_all() == 3
    phone = person["phone"].removeprefix("+86")
    citizen.types(identifier=phone)
    if view == "elder":
        citizen.press_main()
    else:
        citizen.press("method", "sms")
    citizen.types(code=product.code_to(person["phone"]))
    citizen.press_main()
    assert citizen.step == "verification"
    assert citizen.steps_in_all() == 3
    citizen.types(name=person["name"], document_number=person["documents"][0]["number"])
    citizen.press_main()
    assert citizen.steps_in_all() == 3
    allow(citizen)


def allow(citizen: Citizen) -> None:
    """Agree on the one consent page, which tells all there is to know."""
    assert citizen.step == "consent"
    citizen.press("decision", "allow")


def enter_second_portal(product: Product, citizen: Citizen) -> None:
    citizen.start_counting()
    citizen.open(f"{product.portal_b}/")
    citizen.follow("#login")
    if citizen.step == "consent":
        allow(citizen)
    assert citizen.page.url.startswith(product.portal_b)
    assert citizen.page.locator("#welcome").is_visible()


def sign_in_at_kiosk(product: Product, kiosk: Citizen, phone: Citizen) -> None:
    """The kiosk shows a code; the phone's camera reads it and opens the address that is in it."""
    kiosk.open(f"{product.kiosk}/")
    kiosk.follow("#start")
    kiosk.page.wait_for_selector("img.qr")
    link = read_qr_code(kiosk.page)
    assert link == kiosk.page.locator("a[href*=user_code]").get_attribute("href")
    phone.open(link)
    phone.press("decision", "allow")
    while phone.step:
        phone.press_main()
    kiosk.page.wait_for_selector("#welcome")
    kiosk.look()


def log_out(product: Product, citizen: Citizen) -> None:
    """Leave at portal A; the other portal hears of it without this browser."""
    citizen.open(f"{product.portal_a}/")
    citizen.sign_out(product.portal_a)
    wait_until(lambda: not is_signed_in(product.portal_b, citizen))
    assert not is_signed_in(product.portal_a, citizen)


def is_signed_in(portal: str, citizen: Citizen) -> bool:
    """What the portal itself remembers of this browser."""
    answer = citizen.context.request.get(f"{portal}/status")
    return bool(json.loads(answer.text())["signed_in"])
