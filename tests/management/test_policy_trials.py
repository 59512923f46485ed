"""Policies over the API: tried before they bite, changed by one alone, and reviewed by another."""

from typing import Any

import pytest

from deploy.replays import carry_out_next
from idp.journey.access.replays import MOST_AT_ONCE, Replays
from idp.journey.models import DecisionRow
from idp.staff.roles import Role
from tests.console.test_policy_replays import decided, facts
from tests.management.conftest import Api, problem
from tests.management.test_policies import NIGHT, PROPOSALS, SHIPPED, SHUT, proposed
from tests.racing import at_once
from tests.trail import detail, events

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.requirement("R2"),
    pytest.mark.requirement("R18"),
]
EMERGENCY, REPLAYS, WHAT_IF = "/policies/emergency", "/policies/replays", "/policies/what-if"
CHANGE = {"texts": {"*": SHIPPED + NIGHT}}


def in_emergency(api: Api, text: str = SHIPPED + NIGHT) -> Any:
    given = {"texts": {"*": text}, "reason": "an attack at night"}
    return api.ask(Role.SYSTEM, "POST", EMERGENCY, given)


def asked(api: Api, role: Role = Role.SYSTEM, **question: Any) -> Any:
    return api.ask(role, "POST", WHAT_IF, question)


def test_emergency_is_in_force_at_once_and_waits_for_the_review_of_another_role(api: Api) -> None:
    made = in_emergency(api)
    assert made.status_code == 201
    assert (made.json()["origin"], made.json()["approver"]) == ("emergency", "")
    assert api.ask(Role.AUDIT, "GET", "/policies").json() == made.json()
    assert api.ask(Role.AUDIT, "GET", "/policies/versions/1").json() == made.json()
    (due,) = api.ask(Role.SECURITY, "GET", "/policies/reviews").json()["items"]
    assert (due["version"], due["reviewer"]) == (1, "")
    again = in_emergency(api, SHIPPED)
    assert problem(again) == "conflict"
    assert "review" in again.json()["detail"]
    path = "/policies/versions/1/review"
    done = api.ask(Role.SECURITY, "POST", path, {"reason": "it was right"})
    assert (done.json()["reviewer"], done.json()["verdict"]) == (
        "client:api-security",
        "it was right",
    )
    assert api.ask(Role.SECURITY, "GET", "/policies/reviews").json()["items"] == []
    assert problem(api.ask(Role.SECURITY, "POST", path, {"reason": "again"})) == "conflict"


def test_emergency_that_locks_everybody_out_is_refused_with_the_proof(api: Api) -> None:
    refused = in_emergency(api, SHUT)
    assert problem(refused) == "invalid"
    assert {each["pointer"] for each in refused.json()["errors"]} == {"#/texts"}
    assert api.ask(Role.AUDIT, "GET", "/policies").json()["number"] == 0


def test_earlier_version_comes_back_with_one_request(api: Api) -> None:
    in_emergency(api)
    api.ask(Role.SECURITY, "POST", "/policies/versions/1/review", {"reason": "it was right"})
    reason = {"reason": "the attack is over"}
    made = api.ask(Role.SYSTEM, "POST", "/policies/versions/0/rollback", reason)
    assert (made.status_code, made.json()["origin"]) == (201, "rolled_back")
    assert made.json()["texts"] == {}  # nothing but what the product ships
    at_night = asked(api, client_id="portal-b", facts={"request.hour": "3"}).json()
    assert at_night["decision"]["outcome"] == "permit"
    assert problem(api.ask(Role.SYSTEM, "POST", "/policies/versions/9/rollback", reason)) == (
        "not-found"
    )
    same = api.ask(Role.SYSTEM, "POST", "/policies/versions/2/rollback", reason)
    assert problem(same) == "conflict"
    assert problem(api.ask(Role.AUDIT, "GET", "/policies/versions/9")) == "not-found"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param(EMERGENCY, {**CHANGE, "reason": "an attack"}, id="emergency"),
        pytest.param("/policies/versions/0/rollback", {"reason": "an error"}, id="rollback"),
    ],
)
def test_nothing_comes_into_force_when_other_policies_are_than_those_that_were_read(
    api: Api, path: str, body: dict[str, Any]
) -> None:
    read = api.ask(Role.SYSTEM, "GET", "/policies")["ETag"]
    in_emergency(api)
    late = api.ask(Role.SYSTEM, "POST", path, body, If_Match=read)
    assert problem(late) == "changed-meanwhile"
    now = api.ask(Role.SYSTEM, "GET", "/policies")
    assert now.json()["number"] == 1
    assert late["ETag"] == now["ETag"]


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_one_alone_goes_back_when_two_at_once_read_the_same_policies(api: Api) -> None:
    first = in_emergency(api).json()["number"]
    path = f"/policies/versions/{first}/review"
    api.ask(Role.SECURITY, "POST", path, {"reason": "it was right"})
    in_emergency(api, SHIPPED + NIGHT.replace("5", "4"))
    read = api.ask(Role.SYSTEM, "GET", "/policies")["ETag"]

    def go_back(number: int) -> Any:
        path = f"/policies/versions/{(0, first)[number]}/rollback"
        return api.ask(Role.SYSTEM, "POST", path, {"reason": "an error"}, If_Match=read)

    answers: list[Any] = at_once(2, go_back)
    assert sorted(each.status_code for each in answers) == [201, 412]
    (made,) = [each.json() for each in answers if each.status_code == 201]
    assert api.ask(Role.SYSTEM, "GET", "/policies").json() == made


def test_what_if_tells_the_decision_and_what_would_change_it(api: Api) -> None:
    told = asked(api, **CHANGE, client_id="portal-b", facts={"request.hour": "3"}).json()
    assert told["decision"] == {
        "outcome": "forbid",
        "said": "closed",
        "policies": ["night"],
        "obligations": {},
    }
    hours = next(each for each in told["changes"] if each["fact"] == "request.hour")
    assert hours["values"] == [str(hour) for hour in range(5, 24)]
    assert told["without"]["night"]["outcome"] == "permit"
    now = asked(api, client_id="portal-b", facts={"request.hour": "3"}).json()
    assert now["decision"]["outcome"] == "permit"
    proposal = proposed(api).json()
    same = asked(api, proposal_id=proposal["id"], facts={"request.hour": "3"}).json()
    assert same["decision"] == told["decision"]
    assert not DecisionRow.objects.exists()


@pytest.mark.parametrize(
    ("question", "pointer"),
    [
        ({"facts": {"request.tide": "high"}}, "#/facts"),
        ({"facts": {"subject.ial": "much"}}, "#/facts"),
        ({"client_id": "nobody", "facts": {}}, "#/facts"),
        ({"texts": {"*": "permit everybody"}}, "#/texts"),
        ({"version": 9}, "#/version"),
        ({"proposal_id": "7"}, "#/proposal_id"),
        ({"version": 0, "texts": {"*": SHIPPED}}, "#/"),
    ],
)
def test_question_is_refused_with_where_it_is_wrong(
    api: Api, question: dict[str, Any], pointer: str
) -> None:
    refused = asked(api, **question)
    assert problem(refused) == "invalid"
    assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]


def test_department_asks_of_its_own_clients_and_of_what_is_in_force(api: Api) -> None:
    own = asked(api, Role.DEPARTMENT, client_id="portal-b", facts={})
    assert own.json()["decision"]["outcome"] == "permit"
    for question in ({"client_id": "portal-a"}, {}, {"client_id": "portal-b", **CHANGE}):
        assert problem(asked(api, Role.DEPARTMENT, **question)) == "not-found"


def test_replay_is_ordered_carried_out_and_read(api: Api) -> None:
    decided(api.desk, facts(), facts(channel="app"))
    ordered = api.ask(Role.SYSTEM, "POST", REPLAYS, {"texts": {"*": SHUT}, "days": 3})
    assert ordered.status_code == 202
    assert (ordered.json()["state"], ordered.json()["days"]) == ("waiting", 3)
    assert detail(events("policies.replay_ordered")[0])["days"] == 3
    assert events("policies.replay_ordered")[0].channel == "api"
    assert carry_out_next(Replays(clock=api.desk.office.clock))
    shown = api.ask(Role.AUDIT, "GET", f"{REPLAYS}/{ordered.json()['id']}").json()
    assert (shown["state"], shown["done"], shown["total"]) == ("done", 2, 2)
    assert shown["totals"]["newly_refused"] == 2
    assert {each["channel"] for each in shown["effects"]} == {"web", "app"}
    assert all(each["people"] == 1 for each in shown["effects"])
    assert api.ask(Role.AUDIT, "GET", REPLAYS).json()["items"] == [shown]
    ended = api.ask(Role.SYSTEM, "POST", f"{REPLAYS}/{shown['id']}/cancel", {})
    assert problem(ended) == "conflict"


def test_replay_is_cancelled_and_no_more_are_taken_than_may_wait(api: Api) -> None:
    found = [api.ask(Role.SYSTEM, "POST", REPLAYS, CHANGE) for _ in range(MOST_AT_ONCE + 1)]
    assert problem(found[-1]) == "conflict"
    path = f"{REPLAYS}/{found[0].json()['id']}"
    assert api.ask(Role.SECURITY, "POST", f"{path}/cancel", {}).json()["state"] == "cancelled"
    (event,) = events("policies.replay_cancelled")
    assert (event.operator, event.channel) == ("client:api-security", "api")
    assert api.ask(Role.SYSTEM, "POST", REPLAYS, CHANGE).status_code == 202
    unknown = f"{REPLAYS}/00000000-0000-0000-0000-000000000007"
    assert problem(api.ask(Role.AUDIT, "GET", unknown)) == "not-found"
    assert problem(api.ask(Role.SYSTEM, "POST", REPLAYS, {"days": 91})) == "invalid"


def test_proposal_that_a_replay_was_ordered_of_is_named_by_it(api: Api) -> None:
    proposal = proposed(api).json()
    ordered = api.ask(Role.SECURITY, "POST", REPLAYS, {"proposal_id": proposal["id"]})
    assert ordered.json()["candidate"] == f"proposal:{proposal['id']}"
    assert api.ask(Role.AUDIT, "GET", f"{PROPOSALS}").json()["items"] == [proposal]
