"""Every page of the console in Chromium, by each role: fit to be read, and shut to the others."""

import re
from collections import deque
from collections.abc import Iterable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from admin.access import Route
from admin.routes import ROUTES
from deploy.samples.staff import STAFF
from tests.browser.citizen import NARROW, WIDE, Citizen
from tests.browser.conftest import Arrive
from tests.browser.test_console import at_the_console, press
from tests.browser.test_console_policies import drafted
from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.requirement("R18")]
TWO_PHONES = ("13700000071", "13700000072")
CASE = "GD-2026-0071"
NOT_MET_HERE = {
    "console-sign-in": "whoever signs in meets it, and looks at it",
    "console-second-factor": "whoever signs in meets it, and looks at it",
    "console-language": "goes back to where it was asked for",
    "console-live": "figures for the overview's script",
}
_CONVERTERS = {"int": "[0-9]+", "uuid": "[0-9a-f-]{36}", "str": "[^/]+"}
_SAMPLES = {"int": "7", "uuid": "00000000-0000-0000-0000-000000000007", "str": "nobody"}
STATUS = """async ([address, method]) => {
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    const body = method === "POST" ? new URLSearchParams({csrfmiddlewaretoken: token}) : undefined;
    return (await fetch(address, {method, body, redirect: "manual"})).status;
}"""


def filled(path: str, by: dict[str, str]) -> str:
    return re.sub(r"<(\w+):\w+>", lambda found: by[found[1]], path)


PAGES = [each for each in ROUTES if "GET" in each.rule.methods and each.name not in NOT_MET_HERE]
PATTERNS = [(re.compile(f"/console/{filled(each.path, _CONVERTERS)}"), each) for each in ROUTES]


def route_of(address: str) -> Route | None:
    path = urlsplit(address).path
    fitting = (route for pattern, route in PATTERNS if pattern.fullmatch(path))
    return next((route for route in fitting if "GET" in route.rule.methods), None)


def links(staff: Citizen) -> Iterable[str]:
    found = staff.page.locator(".side a[href], main a[href]").evaluate_all(
        "all => all.map(link => link.href)"
    )
    inside = f"{staff.home}/console/"
    return [each for each in found if each.startswith(inside) and "format=csv" not in each]


def read_everything(staff: Citizen, known: set[str], *begun: str) -> None:
    """Follow links to one page of each kind, until all that this role may read was looked at."""
    role = next(each.role for each in STAFF if each.username == staff.name)
    wanted = {each.name for each in PAGES if each.rule.lets(role, "GET")} - known
    todo = deque([*begun, f"{staff.home}/console/"])
    met: set[str] = set()
    while todo and not wanted <= met:
        address = todo.popleft()
        route = route_of(address)
        if route is None or route.name in met:
            continue
        met.add(route.name)
        if route.name in known:
            staff.page.goto(address)
        else:
            staff.open(address)
            fits_a_narrow_screen(staff)
        todo.extend(links(staff))
    known |= met


def fits_a_narrow_screen(staff: Citizen) -> None:
    """Nothing sticks out sideways, and every picture is one."""
    staff.page.set_viewport_size(NARROW)
    is_wider = "document.documentElement.scrollWidth > window.innerWidth"
    assert not staff.page.evaluate(is_wider), staff.page.url
    broken = "[...document.images].filter(each => !each.naturalWidth).map(each => each.alt)"
    assert staff.page.evaluate(broken) == [], staff.page.url
    staff.page.set_viewport_size(WIDE)


def press_to_a_page(staff: Citizen, action: str) -> None:
    """Press what answers with a page of its own, and look at that."""
    press(staff, action)
    fits_a_narrow_screen(staff)


def claim_one_document_twice(product: Product, someone: Arrive) -> None:
    """Two accounts of one person: an alert, and something to merge."""
    person = product.person("rare_character")
    for phone in TWO_PHONES:
        citizen = someone(name=f"twice-{phone[-2:]}")
        citizen.open(f"{product.portal_a}/")
        citizen.follow("#login")
        citizen.types(identifier=phone)
        citizen.press("method", "sms")
        citizen.types(code=product.code_to(f"+86{phone}"))
        citizen.press_main()
        citizen.types(name=person["name"], document_number=person["documents"][0]["number"])
        citizen.press_main()


def begin_a_draft(system: Citizen) -> str:
    system.open(f"{system.home}/console/policies")
    system.page.select_option("#owner", "portal-b")
    press(system, "/policies/drafts")
    return system.page.url


def plan_a_merge(guard: Citizen) -> None:
    """Find one of the two, see what merging them would do, do it."""
    guard.open(f"{guard.home}/console/people")
    guard.page.fill("[name=q]", TWO_PHONES[0])
    guard.leave_by(lambda: guard.page.keyboard.press("Enter"))
    guard.page.fill("#other", TWO_PHONES[1])
    press_to_a_page(guard, "/merge/find")
    guard.page.locator("[name=originals]").check()
    guard.page.locator("select[name=reason]").select_option("duplicate")
    guard.page.fill("input[name=reference]", CASE)
    press(guard, "/merge")
    assert "/console/merges/" in guard.page.url


def be_asked_first(guard: Citizen) -> None:
    """Several at once: how many is said first, and nothing was done yet."""
    for section, action in (("clients", "/clients/bulk"), ("alerts", "/alerts/acknowledge")):
        guard.open(f"{guard.home}/console/{section}")
        guard.page.locator("[name=chosen]").first.check()
        press_to_a_page(guard, action)
    guard.open(f"{guard.home}/console/people")
    guard.page.fill("[name=q]", TWO_PHONES[0])
    guard.leave_by(lambda: guard.page.keyboard.press("Enter"))
    press_to_a_page(guard, "/sessions/end")


def make_a_link(guard: Citizen) -> str:
    """Invite somebody; where the one-time link leads."""
    guard.open(f"{guard.home}/console/staff")
    guard.page.select_option("#role", "audit")
    press_to_a_page(guard, "/staff/invite")
    return guard.page.inner_text(".good-news .code").strip()


def test_every_page_is_accessible_silent_and_fit_when_it_is_opened(
    chromium: Browser, shared_product: Product, someone: Arrive
) -> None:
    """WCAG 2.2 AA by axe under the console's CSP, without a word on the browser's console; whole at
    320 pixels; in three languages between the roles. A page without a way to it fails."""
    claim_one_document_twice(shared_product, someone)
    registered = shared_product.register(redirect_uris=["https://portal.example/signed/in/there"])
    known: set[str] = set()
    guard = at_the_console(chromium, shared_product, "security", locale="zh-TW")
    plan_a_merge(guard)
    without_a_name = f"{guard.home}/console/clients/{registered['client_id']}"
    merged = guard.page.url
    be_asked_first(guard)
    confirming = f"{guard.home}/console/confirm"
    read_everything(guard, known, merged, without_a_name, confirming, make_a_link(guard))
    system = at_the_console(chromium, shared_product, "system", locale="zh-CN")
    draft = drafted(system)
    system.open(f"{draft}/propose")
    press(system, "/policies/replays")
    system.open(f"{draft}/propose")
    system.page.fill("#reason", "夜间盘点")
    system.leave_by(system.page.locator("button[value=propose]").click)
    proposal = system.page.url
    own_set = f"{system.home}/console/policies/of/portal-b"
    read_everything(system, known, proposal, own_set, begin_a_draft(system))
    auditor = at_the_console(chromium, shared_product, "audit", locale="en-GB")
    read_everything(auditor, known)
    auditor.page.goto(f"{auditor.home}/console/audit")
    press_to_a_page(auditor, "/audit/proof")

    assert {each.name for each in PAGES} - known == set()
    assert NOT_MET_HERE.keys() <= {each.name for each in ROUTES}
    system.open(proposal)
    system.page.fill("#withdraw-reason", "盘点取消")
    press(system, "/withdraw")
    for each in (guard, system, auditor):
        each.context.close()
        assert (each.wrong, each.said) == ({}, []), each.name


@pytest.mark.parametrize("username", [each.username for each in STAFF])
def test_role_is_shown_its_own_and_refused_the_rest_when_it_tries_everything(
    chromium: Browser, shared_product: Product, username: str
) -> None:
    role = next(each.role for each in STAFF if each.username == username)
    staff = at_the_console(chromium, shared_product, username)
    shown = {route.name for each in links(staff) if (route := route_of(each)) is not None}
    sections = {each.name for each in ROUTES if each.section and "<" not in each.path}
    mine = {each.name for each in ROUTES if each.name in sections and role in each.rule.reads}
    assert shown & sections == mine
    wrong = {}
    for route in ROUTES:
        address = f"{staff.home}/console/{filled(route.path, _SAMPLES)}"
        for method in {"GET", "POST"} & set(route.rule.methods):
            if route.rule.lets(role, method):
                continue
            status = staff.page.evaluate(STATUS, [address, method])
            if status != 403:
                wrong[f"{method} {route.name}"] = status
    staff.context.close()
    assert wrong == {}
