"""Policies and decisions over the API; a change of the policies takes two."""

from typing import Any

import pytest

from idp.foundation.clock import microseconds
from idp.journey.models import DecisionRow
from idp.staff.roles import Role
from policies.source import default_policies
from tests.management.conftest import Api, problem
from tests.policies.conftest import ORDINARY
from tests.trail import events

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R18")]
SHIPPED = default_policies().shared
NIGHT = (
    '@id("night") @reason("closed") forbid (principal, action, resource)'
    " when { context.request.hour < 5 };\n"
)
SHUT = '@id("shut") forbid (principal, action, resource);\n'
PROPOSALS = "/policies/proposals"


def proposed(api: Api, text: str = SHIPPED + NIGHT) -> Any:
    given = {"texts": {"*": text}, "reason": "the auditors asked"}
    return api.ask(Role.SYSTEM, "POST", PROPOSALS, given)


def approved(api: Api, proposal: dict[str, Any], sha256: str) -> Any:
    path = f"{PROPOSALS}/{proposal['id']}/approval"
    return api.ask(Role.SECURITY, "POST", path, {"diff_sha256": sha256})


def test_change_of_policies_is_proposed_by_one_role_and_approved_by_another(api: Api) -> None:
    assert api.ask(Role.AUDIT, "GET", "/policies").json()["number"] == 0
    proposal = proposed(api)
    assert proposal.status_code == 201
    body = proposal.json()
    assert "+" + NIGHT.strip() in body["diff"]
    assert api.ask(Role.SECURITY, "GET", PROPOSALS).json()["items"] == [body]
    version = approved(api, body, body["diff_sha256"])
    assert version.status_code == 200
    shown = api.ask(Role.SUPERVISOR, "GET", "/policies").json()
    assert shown == version.json()
    assert shown["texts"] == {"*": SHIPPED + NIGHT}
    assert (shown["author"], shown["approver"]) == ("client:api-system", "client:api-security")
    assert api.ask(Role.AUDIT, "GET", "/policies/versions").json()["items"] == [shown]
    assert api.ask(Role.AUDIT, "GET", PROPOSALS).json()["items"] == []
    every = api.ask(Role.AUDIT, "GET", f"{PROPOSALS}?open=false").json()["items"]
    assert [each["outcome"] for each in every] == ["approved"]
    assert problem(approved(api, body, body["diff_sha256"])) == "conflict"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (SHIPPED + NIGHT.replace("hour", "our"), "our"),
        (SHIPPED, "nothing would change"),
        (SHUT, "no administrator could enter"),
    ],
)
def test_change_of_policies_is_refused_with_what_to_mend(api: Api, text: str, why: str) -> None:
    response = proposed(api, text)
    assert problem(response) == "invalid"
    said = response.json()["errors"]
    assert {each["pointer"] for each in said} == {"#/texts"}
    assert why in str(said) or why == "no administrator could enter"
    assert not events("policies.proposed")


def test_approval_is_refused_when_it_is_of_another_diff_or_of_no_proposal(api: Api) -> None:
    body = proposed(api).json()
    other = approved(api, body, "0" * 64)
    assert other.json()["errors"][0]["pointer"] == "#/diff_sha256"
    unknown = approved(api, {"id": "00000000-0000-0000-0000-000000000007"}, "0" * 64)
    assert problem(unknown) == "not-found"


def test_proposal_is_withdrawn_by_its_author_and_rejected_by_another(api: Api) -> None:
    for who, outcome in ((Role.SYSTEM, "withdrawn"), (Role.SECURITY, "rejected")):
        body = proposed(api).json()
        path = f"{PROPOSALS}/{body['id']}/closing"
        closed = api.ask(who, "POST", path, {"reason": "not now"})
        assert closed.json()["outcome"] == outcome
        assert problem(api.ask(who, "POST", path, {"reason": "not now"})) == "conflict"


def test_decisions_are_listed_page_by_page_and_filtered(api: Api) -> None:
    for outcome, said in ((0, ""), (2, "closed"), (0, "")):
        DecisionRow.objects.create(
            at=microseconds(api.desk.office.clock.now()),
            client_id="portal",
            outcome=outcome,
            said=said,
            facts=ORDINARY.packed(),
        )
    first = api.ask(Role.SECURITY, "GET", "/decisions?limit=2&client_id=portal").json()
    rest = api.ask(Role.SECURITY, "GET", f"/decisions?limit=2&cursor={first['next_cursor']}").json()
    outcomes = [each["outcome"] for each in (*first["items"], *rest["items"])]
    assert outcomes == ["permit", "forbid", "permit"]
    assert rest["next_cursor"] is None
    shown = api.ask(Role.AUDIT, "GET", f"/decisions/{rest['items'][-1]['id']}").json()
    assert shown["decision"] == rest["items"][-1]
    assert (shown["version"], shown["why"]["outcome"]) == (0, "permit")
    assert shown["why"]["policies"]
    for number in (9_999, 2**70):
        assert problem(api.ask(Role.AUDIT, "GET", f"/decisions/{number}")) == "not-found"
    (refused,) = api.ask(Role.AUDIT, "GET", "/decisions?outcome=forbid").json()["items"]
    assert refused["said"] == "closed"
    assert refused["facts"]["subject"]["person_id"] == "p-1"
    assert problem(api.ask(Role.AUDIT, "GET", "/decisions?outcome=maybe")) == "invalid"
    assert api.ask(Role.DEPARTMENT, "GET", "/decisions").json()["items"] == []
    anothers = f"/decisions/{rest['items'][-1]['id']}"
    assert problem(api.ask(Role.DEPARTMENT, "GET", anothers)) == "not-found"
    assert api.ask(Role.DEPARTMENT, "GET", "/decisions?client_id=portal").json()["items"] == []
    DecisionRow.objects.filter(said="closed").update(client_id="portal-b")
    for query in ("", "?client_id=portal-b"):
        own = api.ask(Role.DEPARTMENT, "GET", f"/decisions{query}").json()["items"]
        assert [each["said"] for each in own] == ["closed"]
    DecisionRow.objects.filter(said="closed").update(facts=b"unreadable")
    left = api.ask(Role.AUDIT, "GET", "/decisions?limit=2").json()
    assert len(left["items"]) == 1
    assert left["next_cursor"]
