"""Obligations: what comes with a permit; the strictest holds, and none ever lets anybody in."""

from collections.abc import Callable

import pytest

from policies.decision import POLICY_ERROR, Forbid, Permit, StepUp
from policies.engine import Engine
from policies.facts import Facts
from policies.obligations import NOTHING_ASKED, Obligations
from policies.source import PolicySource, default_policies
from policies.validation import validate_policies
from policies.what_if import told

Make = Callable[..., Facts]
BASE = default_policies().shared


def owing(*policies: tuple[str, str, str, str]) -> Engine:
    """The shipped policies and obligations: name, kind, parameter, condition."""
    parameters = {
        "mask_claims": "claims",
        "shorten_session": "minutes",
        "reverify": "within",
        "notify": "to",
    }
    text = "".join(
        f'@id("{name}") @obligation("{kind}") @{parameters[kind]}("{value}")'
        f" forbid (principal, action, resource) when {{ {condition} }};\n"
        for name, kind, value, condition in policies
    )
    return Engine(PolicySource(shared=BASE + text))


@pytest.mark.requirement("R2")
def test_permit_carries_the_strictest_of_each_when_several_policies_ask(facts: Make) -> None:
    engine = owing(
        ("a", "mask_claims", "phone_number", "true"),
        ("b", "mask_claims", "birthdate phone_number", "true"),
        ("c", "shorten_session", "60", "true"),
        ("d", "shorten_session", "20", "true"),
        ("e", "reverify", "15", "true"),
        ("f", "notify", "person", "true"),
        ("g", "notify", "security", "context.request.hour < 6"),
    )
    decision = engine.decide(facts())
    assert decision == Permit(
        determining=("active-person-signs-in",),
        obligations=Obligations(
            masked_claims=frozenset({"phone_number", "birthdate"}),
            session_minutes=20,
            reverify_minutes=15,
            notified=frozenset({"person"}),
            determining=("a", "b", "c", "d", "e", "f"),
        ),
    )
    assert "mask_claims birthdate phone_number" in told(decision)
    record = decision.obligations.record() if isinstance(decision, Permit) else {}
    assert record["notify"] == ["person"]


def test_permit_asks_nothing_when_no_condition_is_met(facts: Make) -> None:
    decision = owing(("a", "reverify", "15", "false")).decide(facts())
    assert isinstance(decision, Permit)
    assert decision.obligations == NOTHING_ASKED
    assert told(decision) == "permit"


def test_obligation_lets_nobody_in_when_the_policies_refuse(facts: Make) -> None:
    engine = owing(("a", "notify", "person", "true"))
    frozen = engine.decide(facts(subject={"status": "frozen"}))
    assert frozen == Forbid(reason="person_frozen", determining=("frozen-person",))
    assert told(frozen) == "forbid (person_frozen)"
    stepped = engine.decide(facts(client={"minimum_ial": 3}))
    assert isinstance(stepped, StepUp)
    assert told(stepped) == "step up to ial3, aal1"


def test_obligation_that_cannot_be_evaluated_forbids(facts: Make) -> None:
    engine = owing(
        ("a", "notify", "person", "context.request.session_age_s + 9223372036854775807 > 1")
    )
    assert engine.decide(facts()) == Forbid(reason=POLICY_ERROR, determining=("a",))


@pytest.mark.requirement("R2")
def test_permit_names_the_ways_to_prove_oneself_when_policies_do(facts: Make) -> None:
    text = """
    @id("a") @obligation("reverify") @by("passkey card") forbid (principal, action, resource);
    @id("b") @obligation("reverify") @by("password") @within("15")
    forbid (principal, action, resource);
    @id("c") @obligation("reverify") @within("30") forbid (principal, action, resource);
    """
    source = PolicySource(shared=BASE + text)
    assert validate_policies(source) == ()
    decision = Engine(source).decide(facts())
    assert isinstance(decision, Permit)
    owing = decision.obligations
    assert owing.reverify_by == {frozenset({"card", "passkey"}), frozenset({"password"})}
    assert owing.reverify_minutes == 15
    assert owing.record()["reverify_by"] == [["card", "passkey"], ["password"]]
    assert "reverify_by card or passkey password" in told(decision)


@pytest.mark.parametrize(
    ("annotations", "code"),
    [
        ('@obligation("reverify") @by("")', "by"),
        ('@obligation("reverify") @by("passkey fax")', "by"),
        ('@obligation("reverify") @by("sms") @within("0")', "reverify"),
        ('@obligation("notify") @to("person") @by("sms")', "stray"),
        ('@by("sms")', "stray"),
    ],
)
def test_problem_is_told_when_the_ways_are_malformed(annotations: str, code: str) -> None:
    text = f'@id("x") {annotations} forbid (principal, action, resource);'
    (problem,) = validate_policies(PolicySource(shared=text))
    assert (problem.code, problem.detail[0]) == ("malformed_obligation", code)
