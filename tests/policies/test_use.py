"""What may be done inside a client's system: items, operations, and what is said of them."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from policies.decision import Forbid, Permit, StepUp
from policies.engine import Engine
from policies.facts import Facts, UseFacts
from policies.source import PolicySource, default_policies
from policies.validation import validate_policies

Make = Callable[..., Facts]
OWN = """
@id("editors-update-their-own")
permit (principal, action == Action::"use", resource in Client::"portal")
when {
    context.operation == Operation::"can_update_todo" &&
    principal.hasTag("roles") && principal.getTag("roles").contains("editor") &&
    principal.hasTag("id") && resource.hasTag("ownerID") &&
    resource.getTag("ownerID").containsAny(principal.getTag("id"))
};
@id("no-hard-delete")
forbid (principal, action == Action::"use", resource == Item::"record/record-1")
when { context.operation == Operation::"delete" }
unless { context.operation.hasTag("soft") && context.operation.getTag("soft").contains("true") };
"""
SOURCE = PolicySource(shared=default_policies().shared, by_client={"portal": OWN})
ENGINE = Engine(SOURCE)


def use(facts: Facts, operation: str, **more: object) -> Facts:
    item = {"item_type": "todo", "item_id": "7", **more}
    return replace(facts, use=UseFacts(operation=operation, **item))  # type: ignore[arg-type]


def test_policies_about_items_have_no_problem() -> None:
    assert validate_policies(SOURCE) == ()


@pytest.mark.requirement("R2")
@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, Permit),
        ({"client": {"status": "suspended"}}, Forbid),
        ({"subject": {"status": "frozen"}}, Forbid),
        ({"request": {"channel": "kiosk"}}, Forbid),
        ({"client": {"minimum_ial": 3}}, StepUp),
        ({"request": {"requested_aal": 2}}, StepUp),
    ],
)
def test_shipped_policies_hold_inside_a_client_when_an_item_is_used(
    facts: Make, changes: dict[str, dict[str, object]], kind: type
) -> None:
    assert isinstance(ENGINE.decide(use(facts(**changes), "use")), kind)


@pytest.mark.parametrize(
    ("owner", "roles", "kind"),
    [("morty", ("editor",), Permit), ("rick", ("editor",), Forbid), ("morty", ("viewer",), Forbid)],
)
def test_properties_decide_when_a_clients_own_policy_reads_them(
    facts: Make, owner: str, roles: tuple[str, ...], kind: type
) -> None:
    asked = use(
        facts(),
        "can_update_todo",
        subject=(("id", ("morty",)), ("roles", roles)),
        item=(("ownerID", (owner,)),),
    )
    assert isinstance(ENGINE.decide(asked), kind)


def test_operation_is_denied_when_no_policy_speaks_of_it(facts: Make) -> None:
    assert ENGINE.decide(use(facts(), "paint")) == Forbid(reason="no_permit")


@pytest.mark.parametrize(("soft", "reason"), [("true", "no_permit"), ("false", "no-hard-delete")])
def test_circumstances_decide_when_a_policy_reads_them(facts: Make, soft: str, reason: str) -> None:
    asked = use(
        facts(),
        "delete",
        item_type="record",
        item_id="record-1",
        circumstances=(("soft", (soft,)),),
    )
    decision = ENGINE.decide(asked)
    assert isinstance(decision, Forbid)
    assert decision.reason == reason


def test_engine_tells_which_things_the_policies_name() -> None:
    assert ENGINE.named("portal", "Operation") == ("can_update_todo", "delete", "use")
    assert ENGINE.named("portal", "Item") == ("record/record-1",)
    assert ENGINE.named("other", "Item") == ()
    assert ENGINE.mentions("allowed_channels")
    assert not ENGINE.mentions("device_known")
    assert ENGINE.mentions("hasTag", client_id="portal")
    assert not ENGINE.mentions("hasTag", client_id="another")


def test_facts_of_a_use_survive_when_recorded_and_packed(facts: Make) -> None:
    asked = use(facts(), "x", subject=(("id", ("m",)),), circumstances=(("soft", ("a", "b")),))
    assert Facts.from_record(asked.record()) == asked
    assert Facts.unpacked(asked.packed()) == asked
