"""People, sessions, keys, the trail and staff over the API: masked, with reasons, and audited."""

from datetime import timedelta
from typing import get_args
from uuid import UUID

import pytest

from admin.api.sections import people
from admin.reasons import FREEZE_REASONS, OPEN_REASONS
from idp.foundation.audit import AuditEvent, chain_pending, record
from idp.foundation.keys import AUDIT, KeyPlan, rotate
from idp.staff.roles import Role
from idp.subjects.identifiers import TypedIdentifier
from tests.console.test_sections import NUMBER, PHONE, session_of, verified
from tests.management.conftest import Api, problem
from tests.trail import detail, events

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R18")]
CASE = {"reason": "misuse", "reference": "GD-2026-0042"}


@pytest.mark.parametrize("typed", [PHONE, NUMBER, "13900000042"])
def test_person_is_found_by_a_whole_value_and_shown_masked(api: Api, typed: str) -> None:
    person_id = verified(api.desk)
    response = api.ask(Role.SUPERVISOR, "POST", "/people/search", {"identifier": typed})
    (found,) = response.json()["items"]
    assert found["person_id"] == str(person_id)
    shown = response.content.decode()
    for clear in (PHONE, "13900000042", NUMBER, "陈思远"):
        assert clear not in shown
    assert found["identity_level"] == 1
    assert found["identifiers"][0]["kind"] == "phone"
    told = events("person.searched")[0]
    assert (told.operator, told.channel, told.subject) == (
        "client:api-supervisor",
        "api",
        str(person_id),
    )
    assert typed not in told.detail
    again = api.ask(Role.SUPERVISOR, "GET", f"/people/{person_id}")
    assert again.json() == found


def test_nobody_is_found_and_it_is_recorded_when_the_value_is_unknown(api: Api) -> None:
    response = api.ask(Role.SECURITY, "POST", "/people/search", {"identifier": "+8613911111111"})
    assert response.json() == {"items": []}
    assert detail(events("person.searched")[0]) == {"found": False}
    unknown = UUID(int=5)
    for path in (f"/people/{unknown}", f"/people/{unknown}/sessions", f"/sessions/{unknown}"):
        assert problem(api.ask(Role.SECURITY, "GET", path)) == "not-found"
    assert problem(api.ask(Role.SECURITY, "GET", "/people/chen")) == "invalid"


def test_person_is_frozen_and_opened_again_with_reason_and_case(api: Api) -> None:
    person_id = verified(api.desk)
    session_of(api.desk, person_id)
    url = f"/people/{person_id}"
    read = api.ask(Role.SECURITY, "GET", url)["ETag"]
    frozen = api.ask(Role.SECURITY, "POST", f"{url}/freeze", CASE, If_Match=read)
    assert frozen.json()["status"] == "frozen"
    (change,) = frozen.json()["history"]
    assert (change["reason"], change["reference"]) == ("misuse", "GD-2026-0042")
    told = events("person.status_changed")[0]
    assert told.operator == "client:api-security"
    assert events("api.changed")[0].subject == str(person_id)
    assert api.ask(Role.SECURITY, "GET", f"{url}/sessions").json()["items"] == []
    again = api.ask(Role.SECURITY, "POST", f"{url}/freeze", CASE)
    assert problem(again) == "conflict"
    opening = {"reason": "released", "reference": "GD-2026-0043"}
    late = api.ask(Role.SECURITY, "POST", f"{url}/reopen", opening, If_Match=read)
    assert problem(late) == "changed-meanwhile"
    opened = api.ask(Role.SECURITY, "POST", f"{url}/reopen", opening)
    assert opened.json()["status"] == "active"
    assert len(opened.json()["history"]) == 2


def test_reasons_are_the_consoles() -> None:
    for model, known in ((people.Freezing, FREEZE_REASONS), (people.Opening, OPEN_REASONS)):
        assert set(get_args(model.model_fields["reason"].annotation)) == set(known)


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({}, "#/reason"),
        ({**CASE, "reason": "released"}, "#/reason"),
        ({**CASE, "reason": "because"}, "#/reason"),
        ({**CASE, "reference": "张三 350200198803149915"}, "#/reference"),
        ({**CASE, "reference": "GD-1\n"}, "#/reference"),
    ],
)
def test_person_is_not_frozen_when_reason_or_case_is_missing(
    api: Api, given: dict[str, str], pointer: str
) -> None:
    person_id = verified(api.desk)
    response = api.ask(Role.SECURITY, "POST", f"/people/{person_id}/freeze", given)
    assert problem(response) == "invalid"
    assert response.json()["errors"][0]["pointer"] == pointer
    assert not events("person.status_changed")


def test_sessions_are_found_shown_and_ended(api: Api) -> None:
    person_id = verified(api.desk)
    started = session_of(api.desk, person_id)
    found = api.ask(Role.SUPERVISOR, "POST", "/sessions/search", {"identifier": PHONE}).json()
    assert [each["session_id"] for each in found["items"]] == [str(started.id)]
    assert detail(events("session.searched")[0]) == {"found": 1}
    nobody = api.ask(Role.SUPERVISOR, "POST", "/sessions/search", {"identifier": "x"})
    assert nobody.json() == {"items": []}
    listed = api.ask(Role.SUPERVISOR, "GET", f"/people/{person_id}/sessions").json()
    assert listed == found
    shown = api.ask(Role.SUPERVISOR, "GET", f"/sessions/{started.id}").json()
    assert shown == found["items"][0]
    assert shown["acr"] == "urn:tongxing:acr:ial1:aal1"
    ended = api.ask(Role.SECURITY, "DELETE", f"/sessions/{started.id}")
    assert ended.status_code == 204
    assert events("session.end_ordered")[0].operator == "client:api-security"
    assert problem(api.ask(Role.SECURITY, "DELETE", f"/sessions/{started.id}")) == "not-found"


def test_keys_are_listed_and_a_successor_is_published(api: Api) -> None:
    before = api.ask(Role.SUPERVISOR, "GET", "/keys").json()["items"]
    assert [(each["alg"], each["state"]) for each in before] == [("ES256", "active")]
    made = api.ask(Role.SYSTEM, "POST", "/keys", {"alg": "ES256"})
    assert made.status_code == 201
    assert made.json()["state"] == "next"
    told = events("keys.announced")[0]
    assert (told.operator, told.channel) == ("client:api-system", "api")
    again = api.ask(Role.SYSTEM, "POST", "/keys", {"alg": "ES256"})
    assert again.json()["kid"] == made.json()["kid"]
    wrong = api.ask(Role.SYSTEM, "POST", "/keys", {"alg": "none"})
    assert wrong.json()["errors"][0]["pointer"] == "#/alg"


def test_trail_is_read_page_by_page_and_every_look_is_recorded(api: Api) -> None:
    clock = api.desk.office.clock
    for number in range(3):
        record(AuditEvent(type="test.told", outcome="success", detail={"n": number}), clock=clock)
    path = "/audit/events?type=test.&limit=2"
    first = api.ask(Role.AUDIT, "GET", path).json()
    assert [each["detail"]["n"] for each in first["items"]] == [2, 1]
    rest = api.ask(Role.AUDIT, "GET", f"{path}&cursor={first['next_cursor']}").json()
    assert [each["detail"]["n"] for each in rest["items"]] == [0]
    assert rest["next_cursor"] is None
    assert [detail(each)["events"] for each in events("audit.exported")] == [2, 1]
    for cursor in ("eA", "LTE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5"):
        response = api.ask(Role.AUDIT, "GET", f"/audit/events?cursor={cursor}")
        assert problem(response) == "bad-cursor"


def test_chain_is_proven_and_the_proof_is_recorded(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = api.desk.office.ground
    api.token_of(Role.AUDIT)
    api.token_of(Role.SUPERVISOR)
    rotate(
        ground.clock.now(),
        sealer=ground.sealer,
        plan=KeyPlan(purpose=AUDIT, algorithms=("ES256",)),
    )
    ground.audit_keys.reload()
    chain_pending(ground.clock.now() + timedelta(minutes=5), ring=ground.audit_keys)
    state = api.ask(Role.SUPERVISOR, "GET", "/audit/chain").json()
    assert state["chained"] > 0
    assert state["waiting"] == 0
    proof = api.ask(Role.AUDIT, "POST", "/audit/chain/proof").json()
    assert proof["intact"]
    assert proof["events"] == state["chained"]
    assert detail(events("audit.proven")[0])["intact"]
    monkeypatch.setattr("idp.foundation.audit.trail.MOST_PROVEN", 0)
    assert problem(api.ask(Role.AUDIT, "POST", "/audit/chain/proof")) == "conflict"


def test_staff_are_listed_with_their_names_masked(api: Api) -> None:
    api.desk.office.seed(Role.SYSTEM, Role.AUDIT)
    listed = api.ask(Role.SECURITY, "GET", "/staff").json()["items"]
    assert {each["role"] for each in listed} == {"system", "audit"}
    for persona in (api.desk.office.persona(Role.SYSTEM), api.desk.office.persona(Role.AUDIT)):
        assert persona.name not in str(listed)
    shown = api.ask(Role.AUDIT, "GET", f"/staff/{listed[0]['id']}").json()
    assert shown == listed[0]
    assert problem(api.ask(Role.AUDIT, "GET", f"/staff/{UUID(int=3)}")) == "not-found"


@pytest.mark.parametrize("typed", ["chen@mail.example", " Chen@Mail.Example "])
def test_person_is_found_by_their_address_and_it_is_shown_masked(api: Api, typed: str) -> None:
    person_id, now = verified(api.desk), api.desk.office.clock.now()
    address = TypedIdentifier(kind="email", value="chen@mail.example")
    api.desk.rooms.hall.subjects.people.add_identifier(person_id, address, verified_at=now)
    response = api.ask(Role.SUPERVISOR, "POST", "/people/search", {"identifier": typed})
    (found,) = response.json()["items"]
    assert found["person_id"] == str(person_id)
    assert {"kind": "email", "value": "c***@mail.example"} in found["identifiers"]
    assert "chen@mail.example" not in response.content.decode()
