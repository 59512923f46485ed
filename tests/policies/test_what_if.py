"""What if: the decision, the policies behind it, and what would change it."""

from collections.abc import Callable

import pytest

from policies.decision import Forbid, Permit, StepUp, kind_of
from policies.facts import Facts
from policies.source import PolicySource, default_policies
from policies.what_if import what_if

Make = Callable[..., Facts]
NIGHT = """
@id("closed-at-night") @reason("closed")
forbid (principal, action, resource) when { context.request.hour < 6 };
@id("risky") @reason("risky")
forbid (principal, action, resource)
when { context.request has risk && context.request.risk.contains("new_network") };
@id("masked") @obligation("mask_claims") @claims("phone_number")
forbid (principal, action, resource) when { context.request.weekday > 5 };
"""
SOURCE = PolicySource(shared=default_policies().shared, by_client={"portal": NIGHT})


@pytest.mark.requirement("R2")
def test_what_if_names_the_policies_and_what_would_change_a_refusal(facts: Make) -> None:
    found = what_if(SOURCE, facts(request={"hour": 3}))
    assert found.decision == Forbid(reason="closed", determining=("closed-at-night",))
    assert found.deciding == ("closed-at-night",)
    (hours,) = [each for each in found.changes if each.fact == "request.hour"]
    assert hours.values == tuple(str(hour) for hour in range(6, 24))
    assert isinstance(hours.decision, Permit)
    assert [(name, kind_of(then)) for name, then in found.without] == [
        ("closed-at-night", "permit")
    ]


def test_what_if_names_the_least_level_when_it_is_too_low(facts: Make) -> None:
    found = what_if(SOURCE, facts(subject={"ial": 1}, client={"minimum_ial": 3, "minimum_aal": 2}))
    assert isinstance(found.decision, StepUp)
    levels = {each.values: kind_of(each.decision) for each in found.changes}
    assert levels[("urn:tongxing:acr:ial3:aal2",)] == "permit"


def test_what_if_names_the_signal_to_lose_when_risk_refuses(facts: Make) -> None:
    risk = frozenset({"new_network", "late"})
    found = what_if(SOURCE, facts(request={"risk": risk}))
    (change,) = [each for each in found.changes if each.fact == "request.risk"]
    assert change.values == ("none", "late")


def test_what_if_tells_of_obligations_that_would_come_or_go(facts: Make) -> None:
    found = what_if(SOURCE, facts())
    (days,) = [each for each in found.changes if each.fact == "request.weekday"]
    assert days.values == ("6", "7")
    kinds = {each.fact: kind_of(each.decision) for each in found.changes}
    assert kinds["subject.status"] == "forbid"
    assert "subject.population" not in kinds
