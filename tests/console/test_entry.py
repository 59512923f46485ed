"""Who enters the console is the policies' to say as well, and a change that shuts it is refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client as Browser

from idp.foundation.version import LEASE_SECONDS
from idp.journey.access.city_policies import EVERYONE
from idp.journey.access.console_entry import CONSOLE
from idp.journey.access.lockout import administrators_of_roles, locked_out
from idp.journey.models import PolicyRow
from idp.staff.models import StaffSession
from idp.staff.roles import Role, must_resist_phishing
from policies.source import PolicySource, default_policies
from tests.console.conftest import Desk, stranger, words
from tests.console.test_sign_in import code, first, options
from tests.trail import detail, events

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R18")]
SHIPPED = default_policies().shared
OFFICE = """
@id("office-only") @reason("not_the_office")
@says_zh_hans("请在办公网登录。") @says_zh_hant("請在辦公網登入。")
@says_en("Come in from the office.")
forbid (principal, action, resource == Client::"console")
unless { context.request has network && context.request.network == "10.1.2" };
"""
HARDWARE = """
@id("hardware") @obligation("step_up") @acr("urn:tongxing:acr:ial1:aal3")
forbid (principal, action, resource == Client::"console") unless { context.subject.aal >= 3 };
"""
PASSKEY = """
@id("by-passkey") @obligation("reverify") @by("passkey")
forbid (principal, action, resource == Client::"console");
"""
SHORT = """
@id("short") @obligation("shorten_session") @minutes("30")
forbid (principal, action, resource == Client::"console");
"""
TOLD = """
@id("told") @obligation("notify") @to("security person")
forbid (principal, action, resource == Client::"console");
"""


def put_in_force(desk: Desk, *texts: str) -> None:
    row = {"text": SHIPPED + "".join(texts), "updated_at": desk.office.clock.now()}
    PolicyRow.objects.update_or_create(client_id=EVERYONE, defaults=row)
    desk.rooms.hall.policies.reload()


def shown_both(desk: Desk, role: Role, browser: Browser | None = None, **where: str) -> Any:
    """The answer to the second factor of a persona who shows both."""
    found = first(desk, role, browser)
    persona = desk.office.persona(role)
    if must_resist_phishing(role):
        page = found.get("/console/second-factor")
        shown = {"passkey": desk.office.holder(persona).get(options(page))}
    else:
        shown = {"code": code(desk, persona.totp_secret)}
    return found.post("/console/second-factor", shown, **where)


def test_policy_keeps_staff_out_of_the_console_in_its_own_words(desk: Desk) -> None:
    put_in_force(desk, OFFICE)
    browser = stranger(REMOTE_ADDR="198.51.100.7")
    refused = shown_both(desk, Role.SYSTEM, browser)
    assert refused.status_code == 403
    assert "Come in from the office." in words(refused)
    assert not StaffSession.objects.exists()
    assert browser.get("/console/")["Location"] == "/console/sign-in"
    (event,) = events("staff.kept_out")
    assert event.operator == str(desk.office.persona(Role.SYSTEM).account_id)
    assert detail(event)["policies"] == ["office-only"]
    inside = stranger(REMOTE_ADDR="10.1.2.33")
    assert shown_both(desk, Role.SYSTEM, inside)["Location"] == "/console/"


@pytest.mark.parametrize("asked", [HARDWARE, PASSKEY])
def test_staff_are_told_when_the_policies_ask_for_a_stronger_factor(desk: Desk, asked: str) -> None:
    put_in_force(desk, asked)
    refused = shown_both(desk, Role.AUDIT)
    assert refused.status_code == 403
    assert "Sign in again with your passkey or your certificate" in words(refused)
    assert not StaffSession.objects.exists()


def test_passkey_satisfies_the_policy_that_names_it(desk: Desk) -> None:
    put_in_force(desk, PASSKEY)
    assert shown_both(desk, Role.SECURITY)["Location"] == "/console/"


def test_session_of_staff_ends_when_the_policy_says(desk: Desk) -> None:
    put_in_force(desk, SHORT)
    assert shown_both(desk, Role.SECURITY)["Location"] == "/console/"
    session = StaffSession.objects.get()
    assert session.expires_at - session.started_at == timedelta(minutes=30)


def test_security_office_hears_of_an_entry_that_a_policy_watches(desk: Desk) -> None:
    put_in_force(desk, TOLD)
    shown_both(desk, Role.SUPERVISOR)
    (event,) = events("access.alert")
    assert event.operator == str(desk.office.persona(Role.SUPERVISOR).account_id)
    assert event.client_id == CONSOLE


def test_confirming_asks_the_policies_again_and_ends_the_session_they_refuse(desk: Desk) -> None:
    browser = desk.seat(Role.SYSTEM)
    persona = desk.office.persona(Role.SYSTEM)
    page = browser.get("/console/confirm")
    put_in_force(desk, OFFICE)
    shown = {"passkey": desk.office.holder(persona).get(options(page))}
    refused = browser.post("/console/confirm", shown)
    assert refused.status_code == 403
    assert browser.get("/console/")["Location"] == "/console/sign-in"
    assert StaffSession.objects.get().end_reason == "policies"


def test_node_without_a_lease_lets_no_staff_in(desk: Desk) -> None:
    def unreadable() -> None:
        raise DatabaseError

    desk.rooms.ground.watch.register(unreadable)
    desk.office.clock.advance(seconds=LEASE_SECONDS + 1)
    assert shown_both(desk, Role.SYSTEM).status_code == 503
    assert not StaffSession.objects.exists()


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        pytest.param(OFFICE, True, id="an office that somebody can walk to"),
        pytest.param(PASSKEY, True, id="a way that administrators have"),
        pytest.param(PASSKEY.replace("passkey", "sms"), False, id="a way that they never have"),
        pytest.param(HARDWARE, False, id="a level above what they can prove"),
        pytest.param(HARDWARE.replace("aal3", "aal2").replace(">= 3", ">= 2"), True, id="aal2"),
    ],
)
def test_change_locks_out_where_no_administrator_could_satisfy_it(
    text: str, *, is_open: bool
) -> None:
    source = PolicySource(shared=SHIPPED + text)
    assert (locked_out(source, administrators_of_roles()) == ()) is is_open
