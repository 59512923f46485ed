"""What people do to pages: every one of these ends well, or says what to do now."""

from typing import Any

import pytest
import redis

from deploy.settings.locations import Locations
from tests.browser.citizen import Citizen
from tests.browser.conftest import Arrive
from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.requirement("R18")]

PERSON = "macau"


def go_to_login(citizen: Citizen, portal: str) -> None:
    citizen.open(f"{portal}/")
    citizen.follow("#login")


def sign_in(citizen: Citizen, person: dict[str, Any]) -> None:
    type_login(citizen, person)
    citizen.press("action", "sign_in")


def type_login(citizen: Citizen, person: dict[str, Any]) -> None:
    citizen.types(identifier=person["login"]["identifier"], password=person["login"]["password"])


def allow_all(citizen: Citizen) -> None:
    while citizen.step == "consent":
        citizen.press("decision", "allow")


def require_way_on(citizen: Citizen, portal: str) -> None:
    """The page says what happened, and its button leads to the service's own start."""
    assert citizen.page.locator("[role=alert] h1").is_visible()
    citizen.follow("a.button-main")
    assert citizen.page.url.startswith((portal, citizen.home))
    assert citizen.page.locator("#login, #welcome, form[data-step=login]").first.is_visible()


@pytest.fixture
def person(shared_product: Product) -> dict[str, Any]:
    return shared_product.person(PERSON)


def test_both_tabs_end_well_when_one_person_uses_two(
    shared_product: Product, someone: Arrive, person: dict[str, Any]
) -> None:
    citizen = someone(name="two-tabs")
    go_to_login(citizen, shared_product.portal_b)
    first = citizen.page
    second = citizen.open_tab()
    go_to_login(citizen, shared_product.portal_b)
    sign_in(citizen, person)
    allow_all(citizen)
    assert second.locator("#welcome").is_visible()

    citizen.page = first
    citizen.types(identifier=person["login"]["identifier"])
    citizen.leave_by(first.locator("button[name=action][value=sign_in]").first.click)

    allow_all(citizen)
    assert first.locator("#welcome").is_visible()


def test_page_tells_what_to_do_when_somebody_goes_back_after_agreeing(
    shared_product: Product, someone: Arrive
) -> None:
    citizen = someone(name="back", locale="en-GB", tolerated=(409, 410))
    go_to_login(citizen, shared_product.portal_a)
    person = shared_product.person("permanent_resident")
    sign_in(citizen, person)
    citizen.page.go_back()
    citizen.page.wait_for_load_state()
    assert citizen.step in {"login", "verification"}
    citizen.page.go_forward()
    citizen.page.wait_for_load_state()
    assert citizen.step == "verification"

    card = person["documents"][0]
    citizen.press("document", card["type"])
    citizen.types(name=person["name"], document_number=card["number"])
    citizen.picks(birth_date=card["birth_date"])
    citizen.press_main()
    assert citizen.step == "consent"
    allow_all(citizen)
    assert citizen.page.locator("#welcome").is_visible()
    citizen.page.go_back()
    citizen.page.wait_for_load_state()

    if citizen.page.locator("[role=alert]").count():
        require_way_on(citizen, shared_product.portal_a)
    else:
        assert citizen.page.locator("#welcome, form[data-step], #login").first.is_visible()


def test_page_says_so_when_the_address_is_opened_in_another_browser(
    shared_product: Product, someone: Arrive, person: dict[str, Any]
) -> None:
    citizen = someone(name="here")
    go_to_login(citizen, shared_product.portal_b)
    other = someone(name="elsewhere", tolerated=(403,))

    answer = other.open(citizen.page.url)

    assert answer is not None
    assert answer.status == 403
    require_way_on(other, shared_product.portal_b)
    sign_in(citizen, person)
    allow_all(citizen)
    assert citizen.page.locator("#welcome").is_visible()


def test_page_leads_back_when_the_step_has_expired(
    shared_product: Product, someone: Arrive, person: dict[str, Any]
) -> None:
    citizen = someone(name="expired", tolerated=(410,))
    go_to_login(citizen, shared_product.portal_b)
    forget_journey(shared_product, citizen.page.url.split("/")[4])

    sign_in(citizen, person)

    assert citizen.page.locator("[role=alert]").is_visible()
    require_way_on(citizen, shared_product.portal_b)


def forget_journey(product: Product, journey_id: str) -> None:
    """What half an hour does to it."""
    socket_path = str(Locations(data=product.data).store_socket)
    with redis.Redis(unix_socket_path=socket_path) as store:
        assert store.delete(f"tx:journey:{journey_id}") == 1


@pytest.mark.parametrize("with_scripts", [True, False], ids=["with-scripts", "without"])
def test_journey_goes_on_when_the_button_is_clicked_twice(
    shared_product: Product, someone: Arrive, person: dict[str, Any], *, with_scripts: bool
) -> None:
    citizen = someone(name="twice", java_script_enabled=with_scripts)
    go_to_login(citizen, shared_product.portal_a)
    type_login(citizen, person)

    button = citizen.page.locator("button[name=action][value=sign_in]").first
    citizen.leave_for("form[data-step=verification]", button.dblclick)


def test_one_code_is_sent_when_the_button_is_clicked_twice(
    shared_product: Product, someone: Arrive
) -> None:
    citizen = someone(name="one-code", java_script_enabled=False)
    go_to_login(citizen, shared_product.portal_b)
    citizen.types(identifier="13900000071")

    button = citizen.page.locator("button[name=method][value=sms]")
    citizen.leave_for("[name=code]", button.dblclick)

    assert len(shared_product.messages("+8613900000071")) == 1


def test_page_tells_what_to_do_when_cookies_are_cleared_on_the_way(
    shared_product: Product, someone: Arrive, person: dict[str, Any]
) -> None:
    citizen = someone(name="no-cookies", tolerated=(403,))
    go_to_login(citizen, shared_product.portal_b)
    citizen.context.clear_cookies()

    sign_in(citizen, person)

    assert citizen.page.locator("[role=alert]").first.is_visible()
    if citizen.step:
        sign_in(citizen, person)
    require_way_on(citizen, shared_product.portal_b)


def test_session_is_asked_for_again_when_cookies_are_cleared_after_the_login(
    shared_product: Product, someone: Arrive, person: dict[str, Any]
) -> None:
    citizen = someone(name="no-session", tolerated=(403,))
    go_to_login(citizen, shared_product.portal_a)
    sign_in(citizen, person)
    assert citizen.step == "verification"
    citizen.context.clear_cookies()
    citizen.page.reload()

    assert citizen.page.locator("[role=alert] h1").is_visible()
    citizen.follow("a.button-main")
    assert citizen.page.locator("#login, form[data-step=login]").first.is_visible()
