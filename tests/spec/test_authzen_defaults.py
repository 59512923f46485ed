"""OpenID AuthZEN Authorization API 1.0 §7.1.1: what one of several questions takes from the top."""

from typing import Any

import pytest

from idp.protocols.authzen.request import BadRequest, Evaluation, read_evaluations

SHARED: dict[str, Any] = {
    "subject": {"type": "user", "id": "alice"},
    "action": {"name": "write"},
    "resource": {"type": "record", "id": "record-9", "properties": {"status": "archived"}},
}


def asked(**own: Any) -> Evaluation | BadRequest:
    """The one question of a request whose shared parts are `SHARED`."""
    found = read_evaluations({**SHARED, "evaluations": [own]})
    assert found is not None
    (each,) = found.each
    return each


def problem(**own: Any) -> str:
    each = asked(**own)
    assert isinstance(each, BadRequest)
    return str(each)


@pytest.mark.spec("AuthZEN §7.1.1", "top-level keys provide default values")
def test_question_takes_the_type_of_what_all_are_about() -> None:
    each = asked(resource={"id": "record-1"}, subject={"id": "bob"})
    assert isinstance(each, Evaluation)
    assert (each.resource.type, each.resource.id) == ("record", "record-1")
    assert (each.subject.type, each.subject.id) == ("user", "bob")


def test_question_takes_no_properties_of_another_thing() -> None:
    each = asked(resource={"id": "record-1"})
    assert isinstance(each, Evaluation)
    assert each.resource.properties == ()


def test_question_keeps_its_own_type() -> None:
    each = asked(resource={"type": "note", "id": "record-1"})
    assert isinstance(each, Evaluation)
    assert each.resource.type == "note"


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"resource": {"type": "note"}}, "evaluations[0].resource.id is missing"),
        ({"resource": {"type": "", "id": "1"}}, "evaluations[0].resource.type is missing"),
        ({"resource": "record-1"}, "evaluations[0].resource must be an object"),
        ({"action": {}}, "evaluations[0].action.name is missing"),
    ],
    ids=["id", "empty type", "no object", "name"],
)
def test_question_is_not_guessed_when(own: dict[str, Any], said: str) -> None:
    assert problem(**own) == said


def test_question_has_no_type_when_the_shared_part_has_none() -> None:
    found = read_evaluations(
        {**SHARED, "resource": "all", "evaluations": [{"resource": {"id": "1"}}]}
    )
    assert found is not None
    assert str(found.each[0]) == "evaluations[0].resource.type is missing"
