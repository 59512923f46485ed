"""What the example for sign-ins at high risk asks, of whom, and how a draft of it is tried."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from policies.decision import Permit, StepUp, kind_of
from policies.engine import Engine
from policies.facts import Facts
from policies.levels import Level
from policies.obligations import NOTHING_ASKED
from policies.replay import Recorded, replay
from policies.source import cautious_policies, default_policies
from policies.validation import validate_policies
from policies.vocabulary import RISK_LEVELS, SIGNALS
from policies.what_if import what_if

Make = Callable[..., Facts]
SOURCE = cautious_policies()
CAUTIOUS = Engine(SOURCE)
HIGH = {"risk": frozenset({"new_device", "failed_attempts"}), "risk_level": "high"}

pytestmark = pytest.mark.requirement("R2")


def test_example_is_valid_beside_the_shipped_policies() -> None:
    assert validate_policies(SOURCE) == ()
    assert SOURCE.shared.startswith(default_policies().shared)


def test_second_proof_is_asked_at_high_risk_of_who_has_one(facts: Make) -> None:
    decision = CAUTIOUS.decide(facts(subject={"own_aal": 2}, request=HIGH))
    assert decision == StepUp(level=Level(ial=1, aal=2), determining=("high-risk-second-proof",))


def test_who_has_no_second_proof_is_let_in_for_a_while_and_told(facts: Make) -> None:
    decision = CAUTIOUS.decide(facts(subject={"own_aal": 1}, request=HIGH))
    assert isinstance(decision, Permit)
    assert decision.obligations.session_minutes == 30
    assert decision.obligations.notified == frozenset({"person", "security"})


@pytest.mark.parametrize(
    ("subject", "request_"),
    [
        pytest.param({"own_aal": 2, "aal": 2}, HIGH, id="proven twice"),
        pytest.param({"own_aal": 2}, {"risk_level": "medium"}, id="medium"),
        pytest.param({"own_aal": 2}, {"risk_level": "low"}, id="low"),
        pytest.param({"own_aal": 2}, {}, id="nobody looked"),
    ],
)
def test_nothing_more_is_asked_when_it_is_ordinary(
    facts: Make, subject: dict[str, Any], request_: dict[str, Any]
) -> None:
    decision = CAUTIOUS.decide(facts(subject=subject, request=request_))
    assert isinstance(decision, Permit)
    assert decision.obligations == NOTHING_ASKED


def test_what_if_says_which_risk_and_which_authenticators_would_change_it(facts: Make) -> None:
    found = what_if(SOURCE, facts(subject={"own_aal": 2}, request=HIGH))
    changes = {each.fact: each for each in found.changes}
    assert changes["request.risk_level"].values == ("low", "medium")
    assert changes["subject.own_aal"].values == ("1",)
    named = ("request.risk_level", "subject.own_aal")
    assert {kind_of(changes[each].decision) for each in named} == {"permit"}


def test_replay_counts_those_a_draft_would_step_up(facts: Make) -> None:
    risky = facts(subject={"own_aal": 2, "person_id": "p-2"}, request=HIGH)
    recorded = [Recorded(each, "permit") for each in (risky, facts(), risky)]
    (*_earlier, last) = replay(CAUTIOUS, recorded, of=3)
    assert (last.done, last.total("newly_stepped_up"), last.changed) == (3, 2, 2)
    assert last.effects[0].examples == ("p-2",)


def test_facts_of_risk_come_back_from_their_records(facts: Make) -> None:
    found = facts(subject={"own_aal": 3}, request={**HIGH, "device_known": False})
    assert Facts.unpacked(found.packed()) == found
    assert Facts.from_record(orjson.loads(orjson.dumps(found.record()))) == found


def test_record_of_before_is_read_without_them(facts: Make) -> None:
    found = facts(subject={"own_aal": 2}, request=HIGH)
    subject, client, request = orjson.loads(found.packed())
    older = Facts.unpacked(orjson.dumps([subject[:10], client, request[:11]]))
    assert older == replace(
        found,
        subject=replace(found.subject, own_aal=None),
        request=replace(found.request, risk_level=None),
    )


def test_policies_may_name_every_signal_and_level() -> None:
    named = " || ".join(f'context.request.risk.contains("{each}")' for each in SIGNALS)
    levels = ", ".join(f'"{each}"' for each in RISK_LEVELS)
    text = f"""
    @id("signals") forbid (principal, action, resource)
    when {{ context.request has risk && ({named}) }};
    @id("levels") forbid (principal, action, resource)
    when {{ context.request has risk_level && [{levels}].contains(context.request.risk_level) }};
    """
    assert validate_policies(replace(SOURCE, by_client={"portal": text})) == ()
