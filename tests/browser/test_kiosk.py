"""An elder without a phone at the kiosk: from a cold start to their errand, nothing typed."""

import json
import urllib.request
from typing import Any

import pytest

from tests.browser.citizen import Citizen
from tests.browser.conftest import Arrive
from tests.product import Product

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.requirement("R7"),
    pytest.mark.requirement("R10"),
]


def present(product: Product, device: str, key: str | None) -> None:
    """Lay somebody's card on a simulated reader, or stand them before a simulated camera."""
    body = json.dumps({"present": {"person": key} if key else None}).encode()
    request = urllib.request.Request(
        f"{product.sandbox}/devices/{device}",
        data=body,
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=5).close()


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="with-scripts"),
        pytest.param({"java_script_enabled": False, "locale": "zh-HK"}, id="without-scripts"),
    ],
)
def test_card_and_face_are_all_when_an_elder_has_no_phone(
    shared_product: Product, someone: Arrive, options: dict[str, Any]
) -> None:
    product, person = shared_product, shared_product.person("elder_without_phone")
    kiosk = someone(name="elder-at-the-kiosk", **options)
    kiosk.open(f"{product.kiosk}/")
    kiosk.follow("#card")
    kiosk.start_counting()
    assert kiosk.step == "login"

    lay_card(product, kiosk)
    kiosk.press("action", "agree")
    look(product, kiosk)

    if kiosk.step == "consent":
        asked = kiosk.page.locator("input[name=claim]")
        assert [box.get_attribute("value") for box in asked.all()] == ["name"]
        kiosk.press("decision", "allow")
    assert person["name"] in kiosk.page.inner_text("#welcome")
    assert (kiosk.screens, kiosk.typed) == (2, 0)
    assert kiosk.keeps_within("elder at a kiosk")
    leave(product, kiosk)


def lay_card(product: Product, kiosk: Citizen) -> None:
    """The page that waits for the card goes on by itself: that is a screen acted on."""
    kiosk.count_screen()
    present(product, "reader-kiosk-1", "elder_without_phone")
    kiosk.page.locator("button[value=agree]").wait_for()
    kiosk.look()


def look(product: Product, kiosk: Citizen) -> None:
    """Look into the camera until the authority has answered."""
    present(product, "camera-kiosk-1", "elder_without_phone")
    kiosk.page.locator("button[value=agree], button[value=check]").wait_for(state="detached")
    kiosk.page.wait_for_load_state()


def leave(product: Product, kiosk: Citizen) -> None:
    """End: the card is taken along, and the next person finds nobody signed in."""
    present(product, "reader-kiosk-1", None)
    present(product, "camera-kiosk-1", None)
    with kiosk.page.expect_navigation():
        kiosk.page.locator("#end").click()
    kiosk.page.wait_for_load_state()
    kiosk.photograph()
    kiosk.open(f"{product.kiosk}/")
    kiosk.follow("#card")
    assert kiosk.step == "login"
    assert kiosk.page.locator("button[value=agree]").count() == 0
