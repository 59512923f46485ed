"""Every role on every route, as the table of routes says; and nothing beside the table."""

from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse

from admin.access import Route, Rule
from admin.gate import Guarded
from admin.routes import ROUTES
from deploy.composition import house
from idp.staff.roles import Role
from tests.console.conftest import Desk, stranger, words
from tests.trail import detail, events

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R18")]
NOBODY = UUID(int=7)
PARTS = {
    "client_id": "portal-b",
    "person_id": NOBODY,
    "session_id": NOBODY,
    "account_id": NOBODY,
    "token": "unknown",
    "alert_id": NOBODY,
    "device_id": NOBODY,
    "merge_id": NOBODY,
    "kind": "verification",
    "name": "population_library",
    "draft_id": NOBODY,
    "proposal_id": NOBODY,
    "replay_id": NOBODY,
    "number": 7,
}
WRITERS = {
    "console-client-edit": {"system", "department"},
    "console-client-status": {"system", "security"},
    "console-person-unmask": {"security"},
    "console-person-freeze": {"security"},
    "console-person-reopen": {"security"},
    "console-session-end": {"security"},
    "console-keys-rotate": {"system"},
    "console-connector-change": {"system"},
    "console-alerts-acknowledge": {"system", "security"},
    "console-deliveries-revive": {"system"},
    "console-device-invite": {"system"},
    "console-clients-bulk": {"system", "security"},
    "console-person-sessions-end": {"security"},
    "console-person-merge": {"security"},
    "console-merge-undo": {"security"},
    "console-device-change": {"system", "security"},
    "console-audit-proof": {"audit"},
    "console-staff-invite": {"security"},
    "console-member-change": {"security"},
    "console-policy-draft-begin": {"system"},
    "console-policy-draft": {"system"},
    "console-policy-draft-text": {"system"},
    "console-policy-draft-discard": {"system"},
    "console-policy-propose": {"system"},
    "console-policy-withdraw": {"system"},
    "console-policy-rollback": {"system"},
    "console-policy-approve": {"security"},
    "console-policy-reject": {"security"},
    "console-policy-review": {"security"},
    "console-policy-replays": {"system", "security"},
    "console-policy-replay-cancel": {"system", "security"},
}
"""Who may change what, said a second time: a slip in the table is a failure here."""
HARMLESS = {
    "console-client-edit",
    "console-audit-proof",
    "console-alerts-acknowledge",
    "console-deliveries-revive",
    "console-policy-draft-begin",
    "console-policy-draft",
    "console-policy-draft-text",
    "console-policy-draft-discard",
    "console-policy-withdraw",
    "console-policy-replays",
    "console-policy-replay-cancel",
}
"""What nobody proves themselves for once more: it puts nothing in force by itself."""


def address(route: Route) -> str:
    wanted = {name: value for name, value in PARTS.items() if f":{name}>" in route.path}
    return reverse(route.name, kwargs=wanted)


def asked(browser: Any, route: Route, method: str) -> Any:
    return browser.get(address(route)) if method == "GET" else browser.post(address(route))


@pytest.mark.parametrize("role", list(Role))
def test_role_reaches_exactly_what_the_table_says_when_it_tries_everything(
    desk: Desk, role: Role
) -> None:
    for route in ROUTES:
        for method in ("GET", "POST"):
            if route.name == "console-sign-out" and method == "POST":
                continue  # it would end the session; test_sign_in does it
            status = asked(desk.seat(role), route, method).status_code
            if method not in route.rule.methods:
                assert status == 405, (route.name, method)
            elif route.rule.lets(role, method):
                assert status not in {401, 403, 405, 500}, (route.name, method)
            else:
                assert status == 403, (route.name, method)
    refused = events("staff.forbidden")
    assert {detail(each)["role"] for each in refused} == {role.value}


def test_strangers_reach_the_way_in_alone_when_they_try_everything(desk: Desk) -> None:
    assert desk
    for route in ROUTES:
        for method in {"GET", "POST"} & set(route.rule.methods):
            response = asked(stranger(), route, method)
            if route.rule.is_public:
                assert response.status_code in {200, 303, 400, 410}, route.name
            else:
                assert response.status_code == 303, route.name
                assert response["Location"].startswith("/console/sign-in"), route.name


def test_writers_are_those_that_are_said_twice(desk: Desk) -> None:
    assert desk
    table = {
        route.name: {role.value for role in route.rule.writes}
        for route in ROUTES
        if route.rule.writes and route.rule.writes != frozenset(Role)
    }
    reading = {
        "console-people",
        "console-sessions",
        "console-person-merge-find",
    }  # their POST hides what is searched for
    assert {k: v for k, v in table.items() if k not in reading} == WRITERS
    for route in ROUTES:
        is_dangerous = route.name in WRITERS.keys() - HARMLESS
        assert route.rule.asks_again == is_dangerous, route.name


def test_every_address_of_the_console_is_behind_a_rule() -> None:
    found = [each for each in house().addresses() if str(each.pattern).startswith("console")]
    assert len(found) == len(ROUTES)
    for pattern in found:
        guarded = pattern.callback.__wrapped__
        assert isinstance(guarded, Guarded)
        assert isinstance(guarded.route.rule, Rule)
        assert guarded.route.rule.methods
        assert not guarded.csrf_exempt


def test_refusal_says_whose_page_it_is_not_when_a_role_tries(desk: Desk) -> None:
    response = desk.seat(Role.SUPERVISOR).post(
        reverse("console-person-freeze", kwargs={"person_id": NOBODY})
    )
    assert response.status_code == 403
    assert "another role than yours: Supervisor" in words(response)


def test_navigation_shows_what_a_role_may_read_and_nothing_else(desk: Desk) -> None:
    shown = words(desk.seat(Role.DEPARTMENT).get("/console/"))
    assert "Clients" in shown
    for hidden in ("People", "Keys", "Staff "):
        assert f" {hidden} " not in shown.split("Sign-ins")[0]


def test_dangerous_write_asks_again_when_the_second_factor_was_shown_long_ago(desk: Desk) -> None:
    browser = desk.seat(Role.SYSTEM)
    desk.office.clock.advance(minutes=6)
    response = browser.post("/console/keys/rotate", {"alg": "ES256", "back": "/console/keys"})
    assert response["Location"] == "/console/confirm?next=%2Fconsole%2Fkeys"
    elsewhere = browser.post("/console/keys/rotate", {"back": "//evil.example"})
    assert elsewhere["Location"] == "/console/confirm"
    assert "Confirm that it is you to act" in words(browser.get("/console/keys"))
    assert not events("keys.announced")


OWN, ANOTHERS = "portal-b", "portal-a"


def test_department_meets_its_own_clients_alone_on_every_page(desk: Desk) -> None:
    browser = desk.seat(Role.DEPARTMENT)
    listed = words(browser.get("/console/clients"))
    assert OWN in listed
    assert ANOTHERS not in listed
    assert "kiosk" not in listed
    export = browser.get("/console/clients?format=csv").content.decode()
    assert OWN in export
    assert ANOTHERS not in export
    trail = words(browser.get("/console/audit"))
    assert OWN in trail
    assert ANOTHERS not in trail
    assert ANOTHERS not in words(browser.get(f"/console/audit?client_id={ANOTHERS}"))
    assert ANOTHERS not in browser.get("/console/audit?format=csv").content.decode()
    assert ANOTHERS not in words(browser.get("/console/"))
    for url in (
        f"/console/clients/{ANOTHERS}",
        f"/console/clients/{ANOTHERS}/edit",
        f"/console/policies/of/{ANOTHERS}",
    ):
        assert browser.get(url).status_code == 404
    assert browser.post(f"/console/clients/{ANOTHERS}/edit", {}).status_code == 404
    assert browser.post(f"/console/clients/{ANOTHERS}/status", {}).status_code == 403
    assert browser.get(f"/console/clients/{OWN}").status_code == 200


def test_department_cannot_decide_what_is_the_citys_when_it_edits(desk: Desk) -> None:
    browser = desk.seat(Role.DEPARTMENT)
    page = browser.get(f"/console/clients/{OWN}/edit").content.decode()
    assert 'name="minimum_acr"' not in page
    register = desk.console.city.clients
    before = register.find(OWN)
    assert before
    fields = {
        "version": before.version,
        "client_name": "图书馆",
        "redirect_uris": "http://localhost:18711/other",
        "minimum_acr": "urn:tongxing:acr:ial1:aal1",
        "department": "government-services",
    }
    assert browser.post(f"/console/clients/{OWN}/edit", fields).status_code == 303
    after = register.find(OWN)
    assert after
    assert after.city == before.city
    assert after.client.redirect_uris == {"http://localhost:18711/other"}


def test_loopback_address_leads_to_where_passkeys_work(desk: Desk) -> None:
    assert desk
    response = stranger().get("/console/clients?q=x", HTTP_HOST="127.0.0.1:18700")
    assert response["Location"] == "http://localhost:18700/console/clients?q=x"
    assert stranger().post("/console/sign-in", HTTP_HOST="127.0.0.1:18700").status_code == 400
