"""A request that is sent again under its key is answered as it was, and done once."""

from datetime import timedelta
from typing import Any

import pytest

from admin.api.models import AnswerRow
from admin.api.repeating import forget_answers
from deploy.composition.management_tasks import management_tasks
from idp.clients.models import ClientRow
from idp.staff.roles import Role
from tests.console.test_sections import verified
from tests.management.conftest import Api, problem
from tests.racing import at_once
from tests.trail import events

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.storage,
    pytest.mark.spec(
        "draft-ietf-httpapi-idempotency-key-header-07 §2.6",
        "the resource SHOULD respond with the result of the previously completed operation",
    ),
]
KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
NEW = {"metadata": {"grant_types": ["client_credentials"]}}


def created(api: Api, key: str = KEY, body: Any = NEW, who: Role | str = Role.SYSTEM) -> Any:
    return api.ask(who, "POST", "/clients", body, Idempotency_Key=key)


def test_repetition_is_answered_as_the_first_was_and_done_once(api: Api) -> None:
    first = created(api)
    assert first.status_code == 201
    again = created(api)
    assert again.status_code == 201
    assert again.content == first.content
    assert again["Location"] == first["Location"]
    assert again["ETag"] == first["ETag"]
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert len(events("client.onboarded")) == len(events("api.changed")) == 1


def test_key_is_the_same_with_its_quotes_and_without(api: Api) -> None:
    assert created(api, f'"{KEY}"').json() == created(api, KEY).json()


def test_key_is_refused_when_it_comes_with_another_request(api: Api) -> None:
    created(api)
    other = created(api, body={**NEW, "department": "tax"})
    assert problem(other) == "key-reused"
    elsewhere = api.ask(Role.SYSTEM, "POST", "/keys", {"alg": "ES256"}, Idempotency_Key=KEY)
    assert problem(elsewhere) == "key-reused"
    assert not events("keys.announced")


def test_key_is_a_clients_own_when_another_sends_it(api: Api) -> None:
    api.declare("second", "system")
    mine, theirs = created(api), created(api, who=api.token("second"))
    assert theirs.status_code == 201
    assert mine.json()["client"]["client_id"] != theirs.json()["client"]["client_id"]


@pytest.mark.parametrize("key", ["", "short", "has space in it", "x" * 129, '"'])
def test_key_is_refused_when_it_is_not_well_formed(api: Api, key: str) -> None:
    response = created(api, key)
    assert problem(response) == "bad-request"
    assert response.json()["errors"][0]["parameter"] == "Idempotency-Key"


def test_key_stays_free_when_the_request_was_refused(api: Api) -> None:
    assert problem(created(api, body={"metadata": {"redirect_uris": ["?"]}})) == "invalid"
    assert not AnswerRow.objects.exists()
    assert created(api).status_code == 201


def test_repetition_needs_its_role_still(api: Api) -> None:
    created(api)
    api.declare("api-system", "audit")
    api.desk.rooms.clients.directory.reload()
    assert problem(created(api)) == "other-role"


def test_repetition_of_a_removal_is_answered_though_the_thing_is_gone(api: Api) -> None:
    client_id = created(api).json()["client"]["client_id"]
    etag = api.ask(Role.SYSTEM, "GET", f"/clients/{client_id}")["ETag"]
    asked = {"If_Match": etag, "Idempotency_Key": "the removal"[4:] + "-0001"}
    for replayed in (False, True):
        response = api.ask(Role.SYSTEM, "DELETE", f"/clients/{client_id}", **asked)
        assert response.status_code == 204
        assert ("Idempotent-Replayed" in response) is replayed
    assert len(events("client.removed")) == 1


def test_repetition_of_a_freezing_is_answered_though_it_could_not_be_done_again(api: Api) -> None:
    person_id = verified(api.desk)
    case = {"reason": "misuse", "reference": "GD-2026-0042"}
    path = f"/people/{person_id}/freeze"
    first, again = (
        api.ask(Role.SECURITY, "POST", path, case, Idempotency_Key=KEY) for _ in range(2)
    )
    assert first.json() == again.json()
    assert len(events("person.status_changed")) == 1


def test_answer_is_kept_sealed_and_for_a_day(api: Api) -> None:
    secret = created(api).json()["client_secret"]
    row = AnswerRow.objects.get()
    assert secret.encode() not in bytes(row.sealed_body)
    api.desk.office.clock.advance(hours=25)
    token = api.token("api-system")
    assert created(api, who=token).json()["client_secret"] != secret
    assert ClientRow.objects.filter(origin="onboarded").count() == 2
    now = api.desk.office.clock.now()
    assert forget_answers(now - timedelta(hours=1)) == 0
    (task,) = management_tasks(api.desk.office.ground)
    api.desk.office.clock.advance(hours=25)
    task.run()
    assert not AnswerRow.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_request_is_done_once_when_it_arrives_several_times_at_once(api: Api) -> None:
    token = api.token_of(Role.SYSTEM)
    answers: list[Any] = at_once(4, lambda _: created(api, who=token))
    assert {each.status_code for each in answers} == {201}
    assert len({each.content for each in answers}) == 1
    assert len(events("client.onboarded")) == 1
