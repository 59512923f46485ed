"""The longest ways, and that every kind of person has theirs walked in a browser."""

import re
from pathlib import Path

import pytest

from tests.browser.citizen import NARROW, Citizen
from tests.browser.conftest import Arrive
from tests.browser.personas import PERSONAS
from tests.product import Product, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.requirement("R18")]
OWN_PHONE, NEW_PHONE = "13700000061", "13700000062"


def test_every_kind_of_person_is_walked() -> None:
    walks = "".join(file.read_text() for file in sorted(Path(__file__).parent.glob("test_*.py")))
    walked = set(re.findall(r'assert \w+\.keeps_within\("([^"]+)"\)', walks))
    assert walked == set(PERSONAS)


def type_code(product: Product, citizen: Citizen, phone: str) -> None:
    citizen.types(code=product.code_to(f"+86{phone}"))
    citizen.press_main()


def show_face(product: Product, citizen: Citizen, key: str) -> None:
    """Agree, look into the camera at the authority's own page, and come back to the very task."""
    citizen.count_screen()
    with citizen.page.expect_navigation(url=f"{product.sandbox}/**"):
        citizen.page.locator("button[value=agree]:visible").first.click()
    citizen.page.select_option("[name=identifier]", key)
    with citizen.page.expect_navigation(url=f"{product.issuer}/**"):
        citizen.page.locator("button[value=allow]").click()
    citizen.page.wait_for_function("!document.querySelector('form[data-step=verification]')")
    citizen.page.wait_for_load_state()
    citizen.look()


@pytest.mark.requirement("R3")
def test_new_resident_types_four_fields_on_four_screens_when_a_task_needs_their_face(
    shared_product: Product, someone: Arrive
) -> None:
    product, person = shared_product, shared_product.person("legal_representative")
    citizen = someone(name="level-3", viewport=NARROW)
    citizen.open(f"{product.portal_a}/login?go=task")
    citizen.start_counting()
    citizen.types(identifier=OWN_PHONE)
    citizen.press("method", "sms")
    type_code(product, citizen, OWN_PHONE)
    citizen.types(name=person["name"], document_number=person["documents"][0]["number"])
    citizen.press_main()
    show_face(product, citizen, "legal_representative")
    if citizen.step == "consent":
        citizen.press("decision", "allow")

    assert citizen.page.url == f"{product.portal_a}/"
    assert "本人面容" in citizen.page.inner_text("td[data-claim=level]")
    assert (citizen.screens, citizen.typed) == (4, 4)
    assert citizen.keeps_within("new, level 3")


@pytest.mark.requirement("R5")
def test_account_comes_back_on_three_screens_when_the_phone_is_lost(
    shared_product: Product, someone: Arrive
) -> None:
    product, person = shared_product, shared_product.person("minority_name")
    number = person["documents"][0]["number"]
    citizen = someone(name="lost-phone", viewport=NARROW)
    citizen.open(f"{product.portal_a}/")
    citizen.follow("#login")
    citizen.types(identifier=person["login"]["identifier"], password=person["login"]["password"])
    citizen.press("action", "sign_in")
    citizen.types(name=person["name"], document_number=number)
    citizen.press_main()

    citizen.context.clear_cookies()
    citizen.open(f"{product.portal_b}/")
    citizen.follow("#login")
    citizen.start_counting()
    told_before = len(product.messages(person["phone"]))
    citizen.press("action", "recover")
    citizen.types(name=person["name"], document_number=number, phone=NEW_PHONE)
    citizen.press_main()
    type_code(product, citizen, NEW_PHONE)

    assert (citizen.screens, citizen.typed) == (3, 4)
    assert citizen.keeps_within("phone lost")
    wait_until(lambda: len(product.messages(person["phone"])) > told_before)
    assert NEW_PHONE not in citizen.page.content()
