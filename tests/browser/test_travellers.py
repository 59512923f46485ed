"""From a cold start to the portal, for people whose document is no resident identity card."""

from datetime import date
from typing import Any

import pytest

from connectors.documents.dates import BirthDate
from connectors.documents.mrz.writing import ZoneContents, write_mrz
from tests.browser.citizen import NARROW, WIDE, Citizen
from tests.browser.conftest import Arrive
from tests.product import Product

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.requirement("R3"),
    pytest.mark.requirement("R13"),
]

TRAVELLERS = [
    pytest.param("hongkong", "+85291234567", {"viewport": NARROW, "locale": "zh-HK"}, "回鄉證",
                 id="hong-kong"),
    pytest.param("macau", "+85366123456", {"viewport": WIDE, "locale": "en-GB"},
                 "Hong Kong and Macao residents", id="macao-in-english"),
    pytest.param("taiwan", "+886912345678",
                 {"viewport": NARROW, "locale": "zh-TW", "java_script_enabled": False},
                 "台胞證", id="taiwan-without-scripts"),
]  # fmt: skip


def come(product: Product, citizen: Citizen, phone: str) -> None:
    """To portal A, by a number that nobody has had yet."""
    citizen.open(f"{product.portal_a}/")
    citizen.follow("#login")
    citizen.start_counting()
    citizen.types(identifier=phone)
    citizen.press("method", "sms")
    number = phone if phone.startswith("+") else f"+86{phone}"
    citizen.types(code=product.code_to(number))
    citizen.press_main()
    assert citizen.step == "verification"


def arrive_at_portal(product: Product, citizen: Citizen) -> None:
    if citizen.step == "consent":
        citizen.press("decision", "allow")
    assert citizen.page.url.startswith(product.portal_a)
    assert citizen.page.locator("#welcome").is_visible()


@pytest.mark.parametrize(("key", "phone", "options", "words"), TRAVELLERS)
def test_their_own_permit_is_asked_for_first_when_somebody_comes_from_across_the_border(
    shared_product: Product,
    someone: Arrive,
    key: str,
    phone: str,
    options: dict[str, Any],
    words: str,
) -> None:
    """One screen fewer than allowed; a birth date is picked, since the permit's number has none."""
    product, person = shared_product, shared_product.person(key)
    citizen = someone(name=key, **options)
    come(product, citizen, phone)
    document = person["documents"][0]
    assert words in citizen.page.inner_text(".document-chosen")
    assert citizen.page.locator("button[name=document][value=passport]").is_visible()
    citizen.types(name=person["name"], document_number=document["number"])
    citizen.picks(birth_date=document["birth_date"])
    citizen.press_main()
    assert (citizen.screens, citizen.typed) == (3, 4)
    assert citizen.keeps_within("Hong Kong resident")
    if key == "macau":
        assert citizen.keeps_within("Macao resident in English")
    arrive_at_portal(product, citizen)


def test_passport_is_read_off_its_two_lines_when_a_name_is_longer_than_they_are(
    shared_product: Product, someone: Arrive
) -> None:
    product, person = shared_product, shared_product.person("foreigner_long_name")
    passport = person["documents"][0]
    lines = write_mrz(
        "TD3",
        ZoneContents(
            document_code="P",
            issuer=passport["country"],
            number=passport["number"],
            nationality=passport["country"],
            birth_date=BirthDate(year=1988, month=11, day=5),
            sex=None,
            expires=date.fromisoformat(passport["valid_until"]),
            surname="FERNANDEZ DE CORDOBA VILLANUEVA",
            given_names="MARIA ALEJANDRA DE LOS ANGELES",
        ),
    )
    citizen = someone(name="foreigner", viewport=NARROW, locale="en-GB")
    come(product, citizen, "+447400123456")
    assert "passport" in citizen.page.inner_text(".document-chosen").lower()
    citizen.page.locator("summary", has_text="Photograph it").click()
    citizen.types(zone="\n".join(lines))
    citizen.press("action", "read")
    assert citizen.page.input_value("[name=document_number]") == passport["number"]
    assert citizen.page.input_value("[name=birth_date]") == passport["birth_date"]
    assert citizen.page.input_value("[name=name]") == ""
    citizen.types(name=person["name"])
    citizen.press_main()
    assert (citizen.screens, citizen.typed) == (4, 4)
    assert citizen.keeps_within("foreigner in English")
    arrive_at_portal(product, citizen)
    assert person["name"] in citizen.page.inner_text("#welcome")


def test_foreigner_arrives_by_address_and_passport_when_no_text_message_reaches_them(
    shared_product: Product, someone: Arrive
) -> None:
    """A satellite telephone: the page says so and asks for an address; who knows types that."""
    product, person = shared_product, shared_product.person("foreigner")
    address, passport = "anna.eriksson@mail.example", person["documents"][0]
    citizen = someone(name="foreigner-by-email", viewport=NARROW, locale="en-GB")
    citizen.open(f"{product.portal_a}/")
    citizen.follow("#login")
    citizen.types(identifier="+870 773 123 456")
    citizen.press("method", "sms")
    assert "None of our text messages reaches" in citizen.page.inner_text("main")
    assert citizen.page.get_attribute("[name=identifier]", "type") == "email"
    citizen.press("action", "other_account")

    citizen.start_counting()
    citizen.types(identifier=address)
    citizen.press("method", "sms")
    citizen.types(code=product.code_to(address))
    citizen.press_main()
    assert citizen.step == "verification"
    assert "passport" in citizen.page.inner_text(".document-chosen").lower()
    citizen.types(name=person["name"], document_number=passport["number"])
    citizen.picks(birth_date=passport["birth_date"])
    citizen.press_main()
    assert (citizen.screens, citizen.typed) == (3, 4)
    assert citizen.keeps_within("foreigner by e-mail")
    arrive_at_portal(product, citizen)
    assert person["name"] in citizen.page.inner_text("#welcome")


def test_nothing_is_typed_about_oneself_when_the_network_identity_answers(
    shared_product: Product, someone: Arrive
) -> None:
    product, person = shared_product, shared_product.person("newcomer_5")
    citizen = someone(name="network-identity", viewport=NARROW)
    come(product, citizen, person["phone"].removeprefix("+86"))
    citizen.page.locator("details.more summary").last.click()
    citizen.count_screen()
    with citizen.page.expect_navigation(url=f"{product.sandbox}/network-identity/**"):
        citizen.page.locator("button[name=method][value=network_identity]").click()
    citizen.page.select_option("[name=identifier]", "newcomer_5")
    with citizen.page.expect_navigation(url=f"{product.issuer}/**"):
        citizen.page.locator("button[value=allow]").click()
    citizen.page.wait_for_load_state()
    citizen.look()
    assert (citizen.screens, citizen.typed) == (3, 2)
    arrive_at_portal(product, citizen)
