"""Merging and parting two accounts over the API, and acting on several things at once."""

from typing import get_args
from uuid import UUID

import pytest

from admin.api.sections import merges
from admin.reasons import MERGE_REASONS, SPLIT_REASONS
from idp.staff.roles import Role
from idp.subjects.models import Merge, Person
from tests.console.test_merges import OTHER, pair
from tests.console.test_sections import PHONE, session_of, verified
from tests.management.conftest import DEPARTMENT, Api, problem
from tests.trail import detail, events

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R5")]
WHY = {"reason": "duplicate", "reference": "GD-2026-11"}
MISTAKE = {"reason": "mistake", "reference": "GD-12"}


def test_plan_tells_why_two_cannot_be_merged_when_nothing_ties_them(api: Api) -> None:
    one, other = pair(api.desk)
    told = api.ask(Role.SECURITY, "POST", f"/people/{one}/merge-plan", {"identifier": OTHER})
    plan = told.json()
    assert (plan["survivor"], plan["retired"]) == (str(one), str(other))
    assert (plan["is_possible"], plan["problems"]) == (False, ["no evidence ties the two"])
    assert OTHER[3:] not in told.content.decode()
    assert detail(events("person.searched")[-1]) == {"found": True, "for": "merge"}
    given = {"other": str(other), **WHY}
    refused = api.ask(Role.SECURITY, "POST", f"/people/{one}/merges", given)
    assert problem(refused) == "conflict"
    assert refused.json()["detail"] == "no evidence ties the two"
    assert not Merge.objects.exists()


def test_two_are_merged_and_parted_again_when_an_operator_saw_the_originals(api: Api) -> None:
    one, other = pair(api.desk)
    given = {"other": str(one), "saw_originals": True, **WHY}
    done = api.ask(
        Role.SECURITY, "POST", f"/people/{other}/merges", given, Idempotency_Key='"merge-of-two"'
    )
    again = api.ask(
        Role.SECURITY, "POST", f"/people/{other}/merges", given, Idempotency_Key='"merge-of-two"'
    )
    assert done.status_code == again.status_code == 201
    merge = done.json()
    assert merge == again.json()
    assert (merge["survivor"], merge["retired"]) == (str(one), str(other))
    assert (merge["rule"], merge["reference"]) == ("operator", "duplicate GD-2026-11")
    told = events("person.merged")[-1]
    assert (told.operator, told.channel) == ("client:api-security", "api")
    path = f"/merges/{merge['merge_id']}"
    assert done["Location"] == f"/api/v1{path}"
    assert api.ask(Role.SUPERVISOR, "GET", path).json() == merge
    of_both = [
        api.ask(Role.SUPERVISOR, "GET", f"/people/{each}/merges").json() for each in (one, other)
    ]
    assert of_both == [{"items": [merge]}] * 2
    parted = api.ask(Role.SECURITY, "POST", f"{path}/undo", MISTAKE)
    assert parted.json()["state"] == "undone"
    assert Person.objects.get(id=other).merged_into_id is None
    assert problem(api.ask(Role.SECURITY, "POST", f"{path}/undo", MISTAKE)) == "conflict"


@pytest.mark.parametrize("typed", ["nobody", PHONE])
def test_nobody_is_planned_for_when_the_value_finds_nobody_else(api: Api, typed: str) -> None:
    one = verified(api.desk)
    refused = api.ask(Role.SECURITY, "POST", f"/people/{one}/merge-plan", {"identifier": typed})
    assert [each["pointer"] for each in refused.json()["errors"]] == ["#/identifier"]
    assert events("person.searched")
    for other in (one, UUID(int=5)):
        given = {"other": str(other), **WHY}
        refused = api.ask(Role.SECURITY, "POST", f"/people/{one}/merges", given)
        assert [each["pointer"] for each in refused.json()["errors"]] == ["#/other"]


def test_nothing_is_found_when_person_or_merge_are_unknown(api: Api) -> None:
    nobody = UUID(int=5)
    for method, path, body in (
        ("POST", f"/people/{nobody}/merge-plan", {"identifier": PHONE}),
        ("POST", f"/people/{nobody}/merges", {"other": str(nobody), **WHY}),
        ("GET", f"/people/{nobody}/merges", None),
        ("GET", f"/merges/{nobody}", None),
        ("POST", f"/merges/{nobody}/undo", MISTAKE),
        ("DELETE", f"/people/{nobody}/sessions", None),
    ):
        assert problem(api.ask(Role.SECURITY, method, path, body)) == "not-found"


def test_every_session_of_a_person_ends_at_once(api: Api) -> None:
    person_id = verified(api.desk)
    for _ in range(2):
        session_of(api.desk, person_id)
    ended = api.ask(Role.SECURITY, "DELETE", f"/people/{person_id}/sessions")
    assert ended.json() == {"sessions": 2}
    assert api.ask(Role.SECURITY, "GET", f"/people/{person_id}/sessions").json() == {"items": []}
    assert len(events("session.end_ordered")) == 2
    again = api.ask(Role.SECURITY, "DELETE", f"/people/{person_id}/sessions")
    assert again.json() == {"sessions": 0}


def test_several_clients_are_suspended_and_let_work_again_together(api: Api) -> None:
    for client_id in ("first", "second"):
        api.declare(client_id, "", department=DEPARTMENT)
    given = {"client_ids": ["first", "second"], "status": "suspended"}
    path = "/client-status-changes"
    assert api.ask(Role.SECURITY, "POST", path, given).json() == {"client_ids": ["first", "second"]}
    assert api.ask(Role.SYSTEM, "GET", "/clients/first").json()["status"] == "suspended"
    assert api.ask(Role.SECURITY, "POST", path, given).json() == {"client_ids": []}
    back = {"client_ids": ["second"], "status": "active"}
    assert api.ask(Role.SYSTEM, "POST", path, back).json() == {"client_ids": ["second"]}


def test_no_client_changes_when_one_of_several_is_unknown(api: Api) -> None:
    api.declare("first", "")
    path = "/client-status-changes"
    given = {"client_ids": ["first", "nobody"], "status": "suspended"}
    refused = api.ask(Role.SECURITY, "POST", path, given)
    assert [each["pointer"] for each in refused.json()["errors"]] == ["#/client_ids/1"]
    assert api.ask(Role.SYSTEM, "GET", "/clients/first").json()["status"] == "active"
    twice = {"client_ids": ["first", "first"], "status": "suspended"}
    assert problem(api.ask(Role.SECURITY, "POST", path, twice)) == "invalid"


def test_reasons_are_the_consoles() -> None:
    for model, known in ((merges.NewMerge, MERGE_REASONS), (merges.Parting, SPLIT_REASONS)):
        assert set(get_args(model.model_fields["reason"].annotation)) == set(known)
