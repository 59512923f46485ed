"""The console in Chromium: a guard with a passkey finds, unmasks and ends; each page is looked at.

The made-up staff's keys stand in the README; here they are loaded into a virtual authenticator.
"""

import time
from base64 import b32decode, b64encode
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
from django_otp.oath import TOTP
from playwright.sync_api import Browser

from deploy.samples.staff import STAFF, StaffPersona
from tests.browser.citizen import NARROW, Citizen, arrive
from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.requirement("R18")]
CASE = "GD-2026-0042"
SIGN_COUNTS = count(1, 1_000)
"""A key never counts backwards, whichever browser it is put to next."""
APP_STEPS = {each.username: count(-1) for each in STAFF}


def persona(username: str) -> StaffPersona:
    return next(each for each in STAFF if each.username == username)


def at_the_console(chromium: Browser, product: Product, username: str, **options: Any) -> Citizen:
    """Sign in as one of the made-up staff, with their passkey."""
    home = f"http://localhost:{urlsplit(product.issuer).port}"
    staff = arrive(chromium, home, name=username, **options)
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
    if staff.page.locator("[data-passkey-button]").count():
        staff.leave_by(staff.page.locator("[data-passkey-button]").click)
    else:
        staff.page.fill("[name=code]", code_of_the_app(wanted))
        staff.leave_by(lambda: staff.page.keyboard.press("Enter"))
    assert staff.page.url == f"{home}/console/"
    return staff


def code_of_the_app(wanted: StaffPersona) -> str:
    """Each code is taken once: who comes back within half a minute has the next one."""
    app = TOTP(b32decode(wanted.totp_secret))
    app.time = time.time()  # noqa: TID251 - the app's own clock
    app.drift = next(APP_STEPS[wanted.username])
    return f"{app.token():06d}"


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
    assert CASE in guard.page.inner_text("main table:has-text('person.unmasked')")
    is_read_by_the_audit(chromium, shared_product, elder["phone"])
    guard.open(f"{guard.home}/console/sessions")
    guard.page.fill("[name=q]", elder["phone"])
    guard.leave_by(lambda: guard.page.keyboard.press("Enter"))
    press(guard, "/end")
    guest.page.reload()
    assert guest.step == "login"
    guard.page.set_viewport_size(NARROW)
    guard.open(f"{guard.home}/console/")
    press(guard, "/sign-out")
    for each in (guard, guest):
        each.context.close()
    assert (guard.wrong, guard.said, guest.said) == ({}, [], [])


def is_read_by_the_audit(chromium: Browser, product: Product, phone: str) -> None:
    """Another administrator finds who looked and why; sees, and may see, nothing of what was."""
    auditor = at_the_console(chromium, product, "audit")
    auditor.open(f"{auditor.home}/console/audit?type=person.unmasked")
    trail = auditor.page.inner_text("main")
    assert f"{persona('security').name} (security)" in trail
    assert CASE in trail
    assert phone[-11:] not in auditor.page.content()
    assert auditor.page.locator("main a[href*='/console/people/']").count() == 0
    auditor.context.close()
    assert (auditor.wrong, auditor.said) == ({}, [])
