"""A policy changes under four eyes, replayed first, and the next citizen who signs in obeys it."""

import pytest
from playwright.sync_api import Browser

from tests.browser.citizen import NARROW, Citizen
from tests.browser.conftest import Arrive
from tests.browser.test_console import at_the_console, press
from tests.browser.test_returning import go_to_login, sign_in, welcome
from tests.product import Product
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.requirement("R2"),
    pytest.mark.requirement("R18"),
]
CLIENT = "portal-b"
REASON = "库房盘点，网上暂停一晚"


def drafted(system: Citizen) -> str:
    """Begin a set for one client and write one policy with the form; the draft's address."""
    system.open(f"{system.home}/console/policies")
    system.page.select_option("#owner", CLIENT)
    press(system, "/policies/drafts")
    draft = system.page.url
    system.leave_by(system.page.locator("a[href*='open=new']").click)
    system.page.fill("#name", "closed-for-the-night")
    system.page.fill("#reason", "closed")
    system.page.select_option("[name=when-0-fact]", "request.channel")
    system.page.fill("[name=when-0-value]", "web")
    system.leave_by(system.page.locator("button[value=save]").click)
    system.open(f"{draft}/text")
    assert "closed-for-the-night" in system.page.input_value("#text")
    return draft


def replayed(system: Citizen, draft: str) -> None:
    """Ask the draft about what was decided, and wait for its answer."""
    system.open(f"{draft}/propose")
    press(system, "/policies/replays")
    system.page.locator(".state.good").first.wait_for()
    system.look()
    assert CLIENT in system.page.inner_text("table")


def test_next_citizen_obeys_a_policy_once_a_second_administrator_approved_it(
    chromium: Browser, shared_product: Product, someone: Arrive
) -> None:
    person = shared_product.person("adult")
    before = someone(name="let-in")
    go_to_login(before, shared_product.portal_b)
    sign_in(before, person)
    assert welcome(before)

    system = at_the_console(chromium, shared_product, "system")
    draft = drafted(system)
    replayed(system, draft)
    system.open(f"{draft}/propose")
    system.page.fill("#reason", REASON)
    system.leave_by(system.page.locator("button[value=propose]").click)
    assert not system.page.locator("form[action$='/approve']").count()

    guard = at_the_console(chromium, shared_product, "security")
    guard.open(f"{guard.home}/console/policies")
    guard.leave_by(guard.page.locator(".attention a").first.click)
    press(guard, "/approve")
    await_everywhere(guard)

    after = someone(name="refused")
    go_to_login(after, shared_product.portal_b)
    sign_in(after, person)
    assert after.page.locator("#welcome").count() == 0
    assert after.step == "access"

    find_refusal(guard)
    assert "closed-for-the-night" in guard.page.inner_text("main")
    go_back(system, guard)
    for each in (system, guard):
        each.context.close()
    assert (system.wrong, system.said, guard.wrong, guard.said) == ({}, [], {}, [])


def find_refusal(guard: Citizen) -> None:
    """The refusal is listed a moment after it was made, and says why."""
    guard.open(f"{guard.home}/console/decisions?client={CLIENT}&outcome=forbid")

    def is_listed() -> bool:
        guard.page.reload()
        return bool(guard.page.locator("tbody a").count())

    wait_until(is_listed)
    guard.leave_by(guard.page.locator("tbody a").first.click)


def await_everywhere(staff: Citizen) -> None:
    """Until every serving process decides by it, which the page tells."""

    def is_everywhere() -> bool:
        staff.page.reload()
        return not staff.page.locator(".behind").count()

    wait_until(is_everywhere)


def go_back(system: Citizen, guard: Citizen) -> None:
    """One administrator rolls back at once, on a narrow screen; the other reviews it."""
    system.page.set_viewport_size(NARROW)
    system.open(f"{system.home}/console/policies/versions/0")
    press(system, "/rollback")
    guard.open(system.page.url)
    guard.page.fill("#verdict", "盘点已结束")
    press(guard, "/review")
    await_everywhere(guard)
