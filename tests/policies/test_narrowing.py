"""Leaving out what cannot apply to a client never changes a decision, an error included."""

from collections.abc import Callable
from dataclasses import replace

import cedarpy
import pytest

from policies import engine
from policies.engine import Engine
from policies.facts import ClientFacts, Facts, UseFacts
from policies.narrowing import ruled_out_by
from policies.source import PolicySource
from policies.vocabulary import SIGN_IN
from tests.policies.conftest import ORDINARY

Make = Callable[..., Facts]
OVERFLOW = "context.request.now_epoch + 9223372036854775807 > 1"
CONDITIONS = [
    'resource.classification == "secret"',
    'resource.classification != "general"',
    'resource.allowed_channels.contains("kiosk")',
    '["a", "b"].contains(resource.department)',
    '["a", resource.status].contains(resource.department)',
    '[resource.department].contains("x")',
    "resource.minimum_ial > 2",
    "resource.minimum_ial >= 2 && resource.minimum_aal < 1",
    "resource.minimum_ial <= 0",
    'resource.minimum_ial == "2"',
    'resource.allowed_channels == "web"',
    'resource.status > "active"',
    "resource.status",
    f'{OVERFLOW} && resource.classification == "secret"',
    f'resource.classification == "secret" && {OVERFLOW}',
    'context.request.network == "10" && resource.classification == "secret"',
    'context.request has network && resource.classification == "secret"',
    'resource.hasTag("a") && resource.classification == "secret"',
    'context.operation == Operation::"x" && resource.classification == "secret"',
    'context.request.hour > 3 && ["x"].contains("y") && resource.department == "secret"',
    'context.request.hour > "3" && resource.department == "secret"',
    '!(context.request.hour == 3 || false) && resource.department == "secret"',
    '-context.request.hour < 3 && resource.department == "secret"',
    'if true then resource.department == "secret" else false',
    '{a: 1}.a == 1 && resource.department == "secret"',
    '[1].contains(1) && resource.department == "secret"',
    'resource.allowed_channels.contains(context.request.channel) && resource.department == "s"',
    'resource.kind == "todo" && resource.department == "secret"',
    "resource.classification == resource.department",
]
SCOPES = [
    "principal, action, resource",
    'principal, action == Action::"sign_in", resource',
    'principal, action == Action::"use", resource',
    'principal, action == Action::"fly", resource',
    'principal, action, resource == Client::"portal"',
    'principal, action, resource in Client::"other"',
    'principal, action, resource == Item::"todo/1"',
    'principal, action in [Action::"use"], resource is Item',
]
SECRET = replace(ORDINARY.client, classification="secret", department="a", minimum_ial=4)
USE = UseFacts(operation="x", item_type="todo", item_id="1")


@pytest.mark.parametrize("word", ["when", "unless"])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_decision_is_the_same_as_with_every_policy_asked(
    monkeypatch: pytest.MonkeyPatch, condition: str, word: str
) -> None:
    compare(monkeypatch, f"forbid (principal, action, resource) {word} {{ {condition} }};")


@pytest.mark.parametrize("scope", SCOPES)
def test_decision_is_the_same_whatever_the_scope(
    monkeypatch: pytest.MonkeyPatch, scope: str
) -> None:
    condition = 'context.request.hour > 3 && resource.classification == "secret"'
    compare(monkeypatch, f"forbid ({scope}) when {{ true }} when {{ {condition} }};")


def compare(monkeypatch: pytest.MonkeyPatch, forbid: str) -> None:
    source = PolicySource(shared=f"permit (principal, action, resource); {forbid}")
    narrowed = Engine(source)
    monkeypatch.setattr(engine, "ruled_out_by", lambda _policy: ())
    whole = Engine(source)
    for client in (ORDINARY.client, SECRET):
        for use in (None, USE):
            facts = replace(ORDINARY, client=client, use=use)
            assert narrowed.decide(facts) == whole.decide(facts)


@pytest.mark.parametrize(
    ("condition", "is_left_out"),
    [
        ('resource.classification == "secret" && context.request.hour < 6', True),
        ('context.request.session_age_s > 900 && resource.department == "tax"', True),
        ('["a"].contains(resource.department)', True),
        ("resource.minimum_ial > 3", True),
        ('resource.allowed_channels.contains("kiosk")', True),
        (f'{OVERFLOW} && resource.classification == "secret"', False),
    ],
)
def test_policy_is_left_out_when_nothing_before_it_can_fail(
    condition: str, *, is_left_out: bool
) -> None:
    text = f"forbid (principal, action, resource) when {{ {condition} }};"
    (policy,) = cedarpy.policies_to_pst(text).static_policies.values()
    client: ClientFacts = ORDINARY.client
    assert any(test(client, SIGN_IN) for test in ruled_out_by(policy)) is is_left_out
