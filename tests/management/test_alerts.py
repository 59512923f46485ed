"""Alerts over the API: listed, shown, and acknowledged once."""

from typing import Any

import pytest
from pytest_django.fixtures import Settings

from idp.staff.roles import Role
from tests.console.conftest import words
from tests.console.test_alerts import CASE, happened, raise_due
from tests.management.conftest import Api, problem
from tests.trail import events

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R14")]


@pytest.fixture
def raised(api: Api) -> list[dict[str, Any]]:
    """Two alerts, the later raised first."""
    happened(api.desk, "token.code_replayed", client_id="portal-a")
    raise_due(api.desk)
    happened(api.desk, "alert.staff_locked", operator="x", detail={"account": "acc-1"})
    raise_due(api.desk)
    items: list[dict[str, Any]] = api.ask(Role.AUDIT, "GET", "/alerts").json()["items"]
    return items


def test_alerts_are_listed_page_by_page_and_by_gravity(
    api: Api, raised: list[dict[str, Any]]
) -> None:
    assert {each["type"] for each in raised} == {"alert.staff_locked", "token.code_replayed"}
    first = api.ask(Role.SUPERVISOR, "GET", "/alerts?limit=1").json()
    rest = api.ask(Role.SUPERVISOR, "GET", f"/alerts?cursor={first['next_cursor']}").json()
    assert [*first["items"], *rest["items"]] == raised
    (serious,) = api.ask(Role.SYSTEM, "GET", "/alerts?severity=serious").json()["items"]
    assert (serious["type"], serious["about"]) == ("alert.staff_locked", "acc-1")
    assert api.ask(Role.AUDIT, "GET", f"/alerts/{serious['alert_id']}").json() == serious


def test_alert_is_acknowledged_once_and_the_console_says_by_which_program(
    api: Api, raised: list[dict[str, Any]], settings: Settings
) -> None:
    path = f"/alerts/{raised[0]['alert_id']}"
    done = api.ask(Role.SECURITY, "POST", f"{path}/acknowledgement", CASE).json()
    assert (done["verdict"], done["acknowledged_by"]) == ("handled", "client:api-security")
    again = api.ask(Role.SYSTEM, "POST", f"{path}/acknowledgement", CASE)
    assert problem(again) == "conflict"
    (event,) = events("staff.alert_acknowledged")
    assert event.channel == "api"
    assert len(api.ask(Role.AUDIT, "GET", "/alerts").json()["items"]) == 1
    assert len(api.ask(Role.AUDIT, "GET", "/alerts?open=false").json()["items"]) == 2
    settings.ROOT_URLCONF = api.desk
    page = words(api.desk.seat(Role.AUDIT).get(f"/console{path}"))
    assert "client:api-security" in page


def test_acknowledgement_is_refused_without_a_case(api: Api, raised: list[dict[str, Any]]) -> None:
    path = f"/alerts/{raised[0]['alert_id']}/acknowledgement"
    refused = api.ask(Role.SYSTEM, "POST", path, {"verdict": "handled"})
    assert problem(refused) == "invalid"
    unknown = "/alerts/00000000-0000-0000-0000-000000000007/acknowledgement"
    assert problem(api.ask(Role.SYSTEM, "POST", unknown, CASE)) == "not-found"
