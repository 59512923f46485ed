"""What Cedar is asked, narrowed, rounded and remembered, gets the answer of the whole question."""

from dataclasses import replace
from typing import Any

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.decision import POLICY_ERROR, Forbid, Permit
from policies.engine import Engine
from policies.facts import ClientFacts, Facts, UseFacts
from policies.question import Mentioned
from policies.source import PolicySource
from policies.vocabulary import names_of
from tests.policies.conftest import ORDINARY

SCOPES = (
    "principal, action, resource",
    'principal, action == Action::"sign_in", resource',
    'principal, action == Action::"use", resource',
    'principal, action in [Action::"sign_in", Action::"use"], resource',
    'principal, action, resource == Client::"portal"',
    'principal, action, resource in Client::"portal"',
    'principal, action, resource == Item::"todo/7"',
    'principal == Person::"p-1", action, resource',
    "principal, action, resource is Item",
)
CONDITIONS = (
    "context.subject.ial >= 2",
    "context.subject.ial >= resource.minimum_ial",
    "context.subject.ial + 1 > 2",
    "(if context.request.hour > 5 then context.subject else context.subject).ial == 3",
    "{ all: context }.all.request.hour == 10",
    "context has subject && context.subject has population",
    'context.subject has population && context.subject.population == "foreigner"',
    'context.subject["status"] == "frozen"',
    "context.request.hour < 6 || context.request.hour > 22",
    "context.request.session_age_s > 900",
    'context.request has risk && context.request.risk.contains("new_device")',
    "context.request.now_epoch + 9223372036854775807 > 1",
    'context.request.network == "10.1.1"',
    'resource.classification == "secret"',
    '["a", "b"].contains(resource.department)',
    'resource.department != "a" && resource.minimum_aal < 2',
    "resource.allowed_channels.contains(context.request.channel)",
    'resource["channel"] == "web" && resource has status',
    'if resource.minimum_ial > 1 then resource.department == "a" else false',
    '(if context.subject.aal > 1 then resource else resource).department == "b"',
    'resource in Client::"portal" || resource == Client::"other"',
    'principal == Person::"p-2"',
    'context.operation == Operation::"paint"',
    'resource.kind == "todo"',
    'resource.hasTag("owner") && resource.getTag("owner").contains("a")',
    'principal.hasTag("id") && context.operation.hasTag("soft")',
    "resource is Client",
)


def _all(conditions: list[str]) -> str:
    return " && ".join(f"({each})" for each in conditions)


POLICIES = st.lists(
    st.builds(
        "{0} ({1}) {2} {{ {3} }};".format,
        st.sampled_from(("permit", "forbid")),
        st.sampled_from(SCOPES),
        st.sampled_from(("when", "unless")),
        st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=3).map(_all),
    ),
    min_size=1,
    max_size=8,
)
CLIENTS = st.builds(
    ClientFacts,
    client_id=st.sampled_from(("portal", "other")),
    classification=st.sampled_from(("general", "secret")),
    channel=st.sampled_from(("web", "app")),
    minimum_ial=st.integers(0, 3),
    minimum_aal=st.integers(0, 2),
    allowed_channels=st.frozensets(st.sampled_from(("web", "app"))),
    status=st.sampled_from(("active", "suspended")),
    department=st.sampled_from(("", "a", "b")),
)
TAGS = st.sampled_from(((), (("id", ("a",)), ("owner", ("a", "b")), ("soft", ("true",)))))
USES = st.none() | st.builds(
    UseFacts,
    operation=st.sampled_from(("use", "paint")),
    item_type=st.sampled_from(("todo", "record")),
    item_id=st.sampled_from(("7", "8")),
    subject=TAGS,
    item=TAGS,
    circumstances=TAGS,
)
FACTS = st.builds(
    Facts,
    subject=st.builds(
        lambda **changes: replace(ORDINARY.subject, **changes),
        person_id=st.sampled_from(("p-1", "p-2")),
        ial=st.integers(0, 4),
        aal=st.integers(0, 3),
        status=st.sampled_from(("active", "frozen")),
        population=st.sampled_from((None, "resident", "foreigner")),
    ),
    client=CLIENTS,
    request=st.builds(
        lambda **changes: replace(ORDINARY.request, **changes),
        hour=st.sampled_from((3, 10, 23)),
        session_age_s=st.sampled_from((1, 900, 901)),
        network=st.sampled_from((None, "10.1.1", "10.1.2")),
        risk=st.sampled_from((None, frozenset(), frozenset({"new_device"}))),
    ),
    use=USES,
)


@settings(max_examples=150, deadline=None)
@given(policies=POLICIES, asked=st.lists(FACTS, min_size=2, max_size=4))
def test_decision_is_that_of_plain_cedar_asked_everything(
    policies: list[str], asked: list[Facts]
) -> None:
    """Several questions to one engine: an answer remembered for one must hold for the other."""
    text = "\n".join(policies)
    engine = Engine(PolicySource(shared=text))
    for facts in asked:
        assert _kind(engine.decide(facts)) == _plain(text, facts), facts


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ('resource.classification == "general"', True),
        ('resource.department == "tax"', False),
        ('resource in Client::"portal"', False),
    ],
)
def test_clients_share_an_answer_when_no_policy_tells_them_apart(
    text: str, *, is_one: bool
) -> None:
    parsed = cedarpy.PolicySet.from_str(f"permit (principal, action, resource) when {{ {text} }};")
    mentioned = Mentioned.of(str(parsed), parsed.to_pst())
    other = replace(ORDINARY.client, client_id="other", department="tax")
    keys = {mentioned.client_key(each) for each in (ORDINARY.client, other)}
    assert (len(keys) == 1) is is_one


def _kind(decision: object) -> str:
    if isinstance(decision, Forbid) and decision.reason == POLICY_ERROR:
        return "error"
    return "permit" if isinstance(decision, Permit) else "forbid"


def _plain(text: str, facts: Facts) -> str:
    """Cedar's own answer to all policies, all facts and all entities, nothing left out."""
    client, use = facts.client, facts.use
    attributes = _group("client", client)
    me = {"type": "Client", "id": client.client_id}
    entities: list[dict[str, Any]] = [{"uid": me, "attrs": attributes, "parents": []}]
    context: dict[str, Any] = {
        "subject": _group("subject", facts.subject),
        "request": _group("request", facts.request),
    }
    resource, person = me, {"type": "Person", "id": facts.subject.person_id}
    if use is not None:
        operation = {"type": "Operation", "id": use.operation}
        resource = {"type": "Item", "id": f"{use.item_type}/{use.item_id}"}
        context["operation"] = {"__entity": operation}
        whole = {"kind": use.item_type, **attributes}
        entities += [
            _tagged(person, use.subject),
            {**_tagged(resource, use.item), "attrs": whole, "parents": [me]},
            _tagged(operation, use.circumstances),
        ]
    question = {
        "principal": person,
        "action": {"type": "Action", "id": "sign_in" if use is None else "use"},
        "resource": resource,
        "context": context,
    }
    policies = cedarpy.PolicySet.from_str(text)
    result = cedarpy.is_authorized(question, policies, entities)
    forbids = {
        policy_id
        for policy_id, policy in policies.to_pst().static_policies.items()
        if policy.effect == "forbid"
    }
    if any(f"`{each}`" in error for each in forbids for error in result.diagnostics.errors):
        return "error"
    return "permit" if result.allowed else "forbid"


def _group(name: str, values: object) -> dict[str, Any]:
    found = {each.name: getattr(values, each.name) for each in names_of(name)}  # type: ignore[arg-type]
    return {
        key: sorted(value) if isinstance(value, frozenset) else value
        for key, value in found.items()
        if value is not None
    }


def _tagged(uid: dict[str, str], tags: Any) -> dict[str, Any]:
    return {"uid": uid, "attrs": {}, "parents": [], "tags": {k: list(v) for k, v in tags}}
