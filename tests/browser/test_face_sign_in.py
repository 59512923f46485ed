"""The face as a way to sign in, from the page that asks for it to the next sign-in."""

import pytest

from tests.browser.citizen import NARROW, Citizen
from tests.browser.conftest import Arrive
from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.requirement("R6")]
WHO = "adult"


def look_into_the_camera(product: Product, citizen: Citizen, button: str, goal: str) -> None:
    """Press what leads to the authority's page, look into its camera, and come back to `goal`."""
    citizen.count_screen()
    with citizen.page.expect_navigation(url=f"{product.sandbox}/**"):
        citizen.page.locator(f"{button}:visible").first.click()
    citizen.page.select_option("[name=identifier]", WHO)
    citizen.leave_for(goal, citizen.page.locator("button[value=allow]").click)


def with_face(product: Product, citizen: Citizen) -> None:
    """Somebody proves their name, and adds their face in their own space."""
    person = product.person(WHO)
    citizen.open(f"{product.portal_a}/")
    citizen.follow("#login")
    citizen.types(identifier=person["login"]["identifier"], password=person["login"]["password"])
    citizen.press("action", "sign_in")
    if citizen.step == "verification":
        citizen.types(name=person["name"], document_number=person["documents"][0]["number"])
        citizen.press_main()
    while citizen.step == "consent":
        citizen.press("decision", "allow")
    citizen.open(f"{product.issuer}/account/security")
    citizen.leave_by(citizen.page.locator("a[href$='/add/face']").click)
    citizen.press("method", "sms")  # all that the account reaches, before anything is added
    citizen.types(code=product.code_to(person["phone"]))
    citizen.press_main()
    look_into_the_camera(product, citizen, "button[value=agree]", "ul.sessions")


def test_one_screen_and_nothing_typed_is_all_when_somebody_returns_by_face(
    shared_product: Product, someone: Arrive
) -> None:
    citizen = someone(name="face", viewport=NARROW)
    product = shared_product
    with_face(product, citizen)
    citizen.open(f"{product.portal_a}/")
    citizen.sign_out(product.portal_a)
    citizen.follow("#login")
    citizen.start_counting()

    look_into_the_camera(product, citizen, "button[name=method][value=face]", "#welcome")

    assert citizen.page.locator("#welcome").is_visible()
    assert (citizen.screens, citizen.typed) == (1, 0)
    assert citizen.keeps_within("returning by face")
