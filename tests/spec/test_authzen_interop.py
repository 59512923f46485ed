"""The working group's interop: a Todo list whose system asks for every permission of five people.

Roles are the system's own and come with the question; whose a Todo is stands with the Todo.
"""

from collections.abc import Iterator

import pytest

from idp.foundation.clock import SystemClock
from idp.journey.access.versions import declare
from tests.spec.authzen_fixture import Pep, system
from tests.spec.house import HouseUnderTest
from tests.spec.relying_party import Provider
from tests.spec.wire import Browser

pytestmark = pytest.mark.requirement("R2")
TODO = """
@id("everybody-with-a-role-reads")
permit (principal, action == Action::"use", resource)
when {
    context.operation in [Operation::"can_read_user", Operation::"can_read_todos"] &&
    principal.hasTag("roles") &&
    principal.getTag("roles").containsAny(["viewer", "editor", "admin", "evil_genius"])
};

@id("editors-create")
permit (principal, action == Action::"use", resource)
when {
    context.operation == Operation::"can_create_todo" && resource.kind == "todo" &&
    principal.hasTag("roles") &&
    principal.getTag("roles").containsAny(["editor", "admin", "evil_genius"])
};

@id("editors-change-their-own")
permit (principal, action == Action::"use", resource)
when {
    context.operation in [Operation::"can_update_todo", Operation::"can_delete_todo"] &&
    principal.hasTag("roles") &&
    principal.getTag("roles").containsAny(["editor", "admin", "evil_genius"]) &&
    principal.hasTag("id") && resource.hasTag("ownerID") &&
    resource.getTag("ownerID").containsAny(principal.getTag("id"))
};

@id("evil-geniuses-update-any")
permit (principal, action == Action::"use", resource)
when {
    context.operation == Operation::"can_update_todo" &&
    principal.hasTag("roles") && principal.getTag("roles").contains("evil_genius")
};

@id("admins-delete-any")
permit (principal, action == Action::"use", resource)
when {
    context.operation == Operation::"can_delete_todo" &&
    principal.hasTag("roles") && principal.getTag("roles").contains("admin")
};
"""
ROLES = {
    "Rick": ["admin", "evil_genius"],
    "Morty": ["editor"],
    "Summer": ["editor"],
    "Beth": ["viewer"],
    "Jerry": ["viewer"],
}
ASKED = (
    ("can_read_user", "user", ""),
    ("can_read_todos", "todo", ""),
    ("can_create_todo", "todo", ""),
    ("can_update_todo", "todo", "own"),
    ("can_update_todo", "todo", "another's"),
    ("can_delete_todo", "todo", "own"),
    ("can_delete_todo", "todo", "another's"),
)
EXPECTED = {
    "Rick": [True, True, True, True, True, True, True],
    "Morty": [True, True, True, True, False, True, False],
    "Summer": [True, True, True, True, False, True, False],
    "Beth": [True, True, False, False, False, False, False],
    "Jerry": [True, True, False, False, False, False, False],
}


@pytest.fixture(scope="module")
def todo(
    house: HouseUnderTest, provider: Provider, once_signed_in: dict[str, Browser]
) -> Iterator[Pep]:
    pep = system(house, provider, once_signed_in)
    declare(pep.party.client_id, TODO, clock=SystemClock())
    house.house.rooms.hall.policies.reload()
    yield pep
    declare(pep.party.client_id, "", clock=SystemClock())
    house.house.rooms.hall.policies.reload()


def question(pep: Pep, operation: str, kind: str, whose: str) -> dict[str, object]:
    owner = {"own": pep.alice, "another's": pep.bob}.get(whose)
    properties = {"ownerID": owner} if owner else {}
    item = {"type": kind, "id": "7240d0db-8ff0-41ec-98b2-34a096273b9f", "properties": properties}
    return {"action": {"name": operation}, "resource": item}


@pytest.mark.parametrize("person", ROLES)
def test_each_permission_of_the_todo_list_is_decided_as_the_interop_expects(
    todo: Pep, person: str
) -> None:
    subject = {"type": "user", "id": todo.alice, "properties": {"roles": ROLES[person]}}
    questions = [question(todo, *each) for each in ASKED]
    alone = [todo.ask("evaluation", {"subject": subject, **each}).json() for each in questions]
    assert [each["decision"] for each in alone] == EXPECTED[person]
    together = todo.ask("evaluations", {"subject": subject, "evaluations": questions}).json()
    assert together["evaluations"] == alone
    asked = {"subject": subject, "resource": questions[4]["resource"]}
    found = todo.ask("search/action", asked).json()["results"]
    expected = {
        name
        for (name, _kind, whose), is_permitted in zip(ASKED, EXPECTED[person], strict=True)
        if is_permitted and whose != "own"
    }
    assert {each["name"] for each in found} == expected | {"use"}
