"""The console in Chromium: a guard with a passkey finds, unmasks and ends; each page is looked at.

The made-up staff's keys stand in the README; here they are loaded into a virtual authenticator.
"""

from base64 import b64encode
from itertools import count
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from deploy.samples.staff import STAFF, StaffPersona
from tests.browser.citizen import NARROW, Citizen, arrive
from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.requirement("R18")]
CASE = "GD-2026-0042"
SIGN_COUNTS = count(1, 1_000)
"""A key never counts backwards, whichever browser it is put to next."""


def persona(username: str) -> StaffPersona:
    return next(each for each in STAFF if each.username == username)


def at_the_console(chromium: Browser, product: Product, username: str) -> Citizen:
    """Sign in as one of the made-up staff, with their passkey."""
    home = f"http://localhost:{urlsplit(product.issuer).port}"
    staff = arrive(chromium, home, name=username)
    wanted = persona(username)
    session = staff.context.new_cdp_session(staff.page)
    session.send("WebAuthn.enable")
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "usb",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    session.send(
        "WebAuthn.addCredential",
        {
            "authenticatorId": made["authenticatorId"],
            "credential": {
                "credentialId": b64encode(wanted.credential_id).decode(),
                "isResidentCredential": True,
                "rpId": "localhost",
                "privateKey": wanted.private_key,
                "userHandle": b64encode(wanted.account_id.bytes).decode(),
                "signCount": next(SIGN_COUNTS),
            },
        },
    )
    staff.open(f"{product.issuer}/console/")
    assert staff.page.url == f"{home}/console/sign-in"
    staff.page.fill("[name=username]", wanted.username)
    staff.page.fill("[name=password]", wanted.password)
    staff.leave_by(lambda: staff.page.keyboard.press("Enter"))
    staff.leave_by(staff.page.locator("[data-passkey-button]").click)
    assert staff.page.url == f"{home}/console/"
    return staff


def press(staff: Citizen, action: str) -> None:
    """Press the button of the form that leads there."""
    staff.leave_by(staff.page.locator(f"form[action$='{action}'] button").first.click)


def test_guard_finds_unmasks_and_ends_when_somebody_calls(
    chromium: Browser, shared_product: Product
) -> None:
    elder = shared_product.person("elder")
    guest = arrive(chromium, shared_product.issuer)
    guest.open(f"{shared_product.issuer}/account/")
    guest.types(identifier=elder["login"]["identifier"], password=elder["login"]["password"])
    guest.press("action", "sign_in")
    guard = at_the_console(chromium, shared_product, "security")
    for section in ("clients", "sessions", "keys", "staff", "alerts", "devices", "people"):
        guard.open(f"{guard.home}/console/{section}")
    guard.page.fill("[name=q]", elder["phone"])
    guard.leave_by(lambda: guard.page.keyboard.press("Enter"))
    assert elder["phone"][-11:] not in guard.page.content()
    guard.page.select_option("#unmask-reason", "hotline")
    guard.page.fill("#unmask-reference", CASE)
    press(guard, "/unmask")
    assert elder["phone"] in guard.page.content()
    press(guard, "/end")
    guest.page.reload()
    assert guest.step == "login"
    guard.page.set_viewport_size(NARROW)
    guard.open(f"{guard.home}/console/")
    press(guard, "/sign-out")
    for each in (guard, guest):
        each.context.close()
    assert (guard.wrong, guard.said, guest.said) == ({}, [], [])


def test_every_page_of_a_role_reads_well_when_it_is_opened(
    chromium: Browser, shared_product: Product
) -> None:
    """axe finds nothing and the browser says nothing on any page of the navigation, also narrow."""
    staff = at_the_console(chromium, shared_product, "system")
    staff.page.locator("[data-live-is=on]:visible").wait_for()
    addresses = staff.page.locator(".side a").evaluate_all("all => all.map(a => a.href)")
    for address in addresses:
        staff.open(address)
    within = "main td a, main .actions a.button"
    for address in addresses:
        staff.open(address)
        first = staff.page.locator(within).first
        if first.count():
            staff.leave_by(first.click)
    staff.page.set_viewport_size(NARROW)
    for address in addresses:
        staff.open(address)
    staff.context.close()
    assert (staff.wrong, staff.said) == ({}, [])
