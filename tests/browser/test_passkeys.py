"""Passkeys, app codes and recovery codes in Chromium, with its own virtual authenticator.

On `localhost`: browsers make no passkeys for a bare address (Web Authentication Level 3 §5.1.3).
"""

import re
import time
from base64 import b32decode
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django_otp.oath import TOTP
from playwright.sync_api import Browser, CDPSession

from tests.browser.citizen import NARROW, Citizen, arrive
from tests.product import Product, running, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.requirement("R18")]
Arrive = Callable[..., Citizen]
SECURITY = "/account/security"


@pytest.fixture(scope="module")
def named_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running(tmp_path_factory.mktemp("named") / "data", host="localhost") as made:
        yield made


@pytest.fixture
def somebody(chromium: Browser, named_product: Product) -> Iterator[Arrive]:
    arrived: list[Citizen] = []

    def come(**options: Any) -> Citizen:
        arrived.append(arrive(chromium, named_product.issuer, **options))
        return arrived[-1]

    yield come
    for citizen in arrived:
        citizen.context.close()
    assert [citizen.wrong for citizen in arrived if citizen.wrong] == []
    assert [citizen.said for citizen in arrived if citizen.said] == []


class Device:
    """The virtual authenticator of one citizen's page (Web Authentication Level 3 §11)."""

    def __init__(self, citizen: Citizen) -> None:
        self.session: CDPSession = citizen.context.new_cdp_session(citizen.page)
        self.session.send("WebAuthn.enable")
        made = self.session.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        self.id = made["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("WebAuthn.getCredentials")["credentials"]
        return found

    def count_from(self, uses: int) -> None:
        """The same key with another count: as of much use, or as of a copy made before it."""
        (credential,) = self.credentials()
        self._ask("WebAuthn.clearCredentials")
        self._ask("WebAuthn.addCredential", credential={**credential, "signCount": uses})

    def rest(self) -> None:
        """Nobody touches the device: the browser's own suggestions wait."""
        self._ask("WebAuthn.setAutomaticPresenceSimulation", enabled=False)

    def wake(self) -> None:
        """From now on somebody touches it whenever it asks."""
        self._ask("WebAuthn.setAutomaticPresenceSimulation", enabled=True)

    def _ask(self, command: str, **values: Any) -> Any:
        return self.session.send(command, {"authenticatorId": self.id, **values})


def sign_in(citizen: Citizen, person: dict[str, Any]) -> None:
    citizen.types(identifier=person["login"]["identifier"], password=person["login"]["password"])
    citizen.press("action", "sign_in")


def sign_out(citizen: Citizen) -> None:
    """End the session here, and forget which account this browser knew."""
    citizen.context.clear_cookies()


def prove_phone(citizen: Citizen, product: Product, person: dict[str, Any]) -> None:
    citizen.press("method", "sms")
    citizen.types(code=product.code_to(person["phone"]))
    citizen.press("action", "sign_in")


def touch(citizen: Citizen) -> None:
    citizen.count_screen()
    citizen.leave_by(citizen.page.locator("[data-passkey-button]").click)


def add_passkey(citizen: Citizen, product: Product, person: dict[str, Any]) -> None:
    """The one question after a sign-in on a device that could hold one."""
    citizen.open(f"{product.issuer}{SECURITY}")
    sign_in(citizen, person)
    assert "Faster next time?" in citizen.page.inner_text("h1")
    touch(citizen)
    assert citizen.page.url == f"{product.issuer}{SECURITY}"


def test_passkey_signs_in_with_one_touch_when_it_was_added_in_the_space(
    named_product: Product, somebody: Arrive
) -> None:
    person = named_product.person("guardian")
    citizen = somebody(name="passkey", locale="en-GB")
    device = Device(citizen)
    citizen.open(f"{named_product.issuer}{SECURITY}")
    sign_in(citizen, person)
    citizen.press("action", "not_now")
    citizen.leave_by(citizen.page.locator(f"a[href='{SECURITY}/add/passkey']").click)
    prove_phone(citizen, named_product, person)
    touch(citizen)
    assert citizen.page.url == f"{named_product.issuer}{SECURITY}"
    assert "Passkey" in citizen.page.inner_text("main")
    wait_until(lambda: "passkey" in named_product.messages(person["phone"])[0]["text"])

    sign_out(citizen)
    device.rest()
    citizen.open(f"{named_product.portal_b}/")
    citizen.follow("#login")
    citizen.start_counting()
    device.wake()
    touch(citizen)
    if citizen.step == "consent":
        citizen.press("decision", "allow")
    assert citizen.page.url == f"{named_product.portal_b}/"
    assert citizen.page.locator("#welcome").is_visible()
    assert (citizen.screens, citizen.typed) == (1, 0)
    assert citizen.keeps_within("returning by passkey")
    assert device.credentials()[0]["signCount"] > 1


def test_passkey_is_all_that_is_asked_when_a_task_needs_a_second_proof(
    named_product: Product, somebody: Arrive
) -> None:
    person = named_product.person("agent")
    citizen = somebody(name="passkey-step-up", locale="en-GB")
    device = Device(citizen)
    add_passkey(citizen, named_product, person)
    page = citizen.page.locator(f"a[href^='{SECURITY}/']:not([href*=add])").last
    way = str(page.get_attribute("href"))

    sign_out(citizen)
    device.rest()
    citizen.open(f"{named_product.issuer}/account/")
    sign_in(citizen, person)
    device.wake()
    citizen.start_counting()
    citizen.open(f"{named_product.issuer}{way}")
    assert citizen.step == "login"
    touch(citizen)
    assert citizen.page.url == f"{named_product.issuer}{way}"
    assert (citizen.screens, citizen.typed) == (1, 0)


def test_copied_passkey_is_refused_when_its_counter_went_back(
    named_product: Product, somebody: Arrive
) -> None:
    person = named_product.person("legal_representative")
    citizen = somebody(name="passkey-copy", locale="en-GB")
    # Else the browser's suggestions answer each page anew: this device is touched at all times.
    citizen.page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = undefined")
    device = Device(citizen)
    add_passkey(citizen, named_product, person)
    sign_out(citizen)
    device.count_from(50)
    citizen.open(f"{named_product.issuer}/account/")
    touch(citizen)
    assert citizen.page.url == f"{named_product.issuer}/account/"

    sign_out(citizen)
    device.count_from(0)
    citizen.open(f"{named_product.issuer}/account/")
    touch(citizen)
    assert "This passkey could not be used" in citizen.page.inner_text("[role=alert]")


def test_app_and_recovery_codes_serve_when_the_screen_is_narrow(
    named_product: Product, somebody: Arrive
) -> None:
    person = named_product.person("elder")
    citizen = somebody(name="codes", viewport=NARROW)
    citizen.open(f"{named_product.issuer}{SECURITY}")
    sign_in(citizen, person)
    citizen.leave_by(citizen.page.locator(f"a[href='{SECURITY}/add/totp']").click)
    prove_phone(citizen, named_product, person)
    found = re.search(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", citizen.page.inner_text("main"))
    assert found
    app = TOTP(b32decode(found[0].replace(" ", "")))
    app.time = time.time()  # noqa: TID251 - the app's own clock
    citizen.types(code=f"{app.token():06d}")
    citizen.press("action", "add")
    citizen.leave_by(citizen.page.locator(f"a[href='{SECURITY}/add/recovery_code']").click)
    citizen.press("action", "add")
    codes = citizen.page.locator("ol.codes li").all_inner_texts()
    assert len(codes) == 10
    citizen.press("action", "kept")
    citizen.leave_by(citizen.page.locator(f"a[href^='{SECURITY}/']").first.click)

    sign_out(citizen)
    citizen.open(f"{named_product.issuer}{SECURITY}/add/recovery_code")
    sign_in(citizen, person)
    citizen.open(f"{named_product.issuer}{SECURITY}/add/recovery_code")
    citizen.press("method", "recovery_code")
    citizen.types(code=codes[0])
    citizen.press("action", "sign_in")
    assert citizen.page.locator("button[value=add]").is_visible()


def test_page_says_why_when_there_are_no_scripts(named_product: Product, somebody: Arrive) -> None:
    citizen = somebody(name="no-scripts", java_script_enabled=False, locale="en-GB")
    citizen.open(f"{named_product.issuer}/account/")
    assert "with JavaScript" in citizen.page.inner_text("main")
    assert not citizen.page.locator("[data-passkey-button]").is_visible()
    sign_in(citizen, named_product.person("adult_2"))
    assert citizen.page.url == f"{named_product.issuer}/account/"
