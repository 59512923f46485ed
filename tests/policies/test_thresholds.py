"""Values that no policy tells apart are one question; every other value stays itself."""

from collections.abc import Callable
from dataclasses import replace

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.decision import Permit
from policies.engine import Engine
from policies.facts import Facts
from policies.source import PolicySource
from policies.thresholds import looks_of
from tests.policies.conftest import ORDINARY

Make = Callable[..., Facts]


def looks(condition: str) -> dict[str, object]:
    text = f"forbid (principal, action, resource) when {{ {condition} }};"
    found = looks_of(cedarpy.policies_to_pst(text))
    return {key: look for key, look in found.items() if look is not None}


@pytest.mark.parametrize(
    "condition",
    [
        "context.request.session_age_s + 1 > 900",
        "context.request.session_age_s > context.request.hour",
        "[context.request.session_age_s].contains(3)",
        "if true then context.request.session_age_s - 1 == context.request.hour else false",
        '{ a: context.request.session_age_s }.a == 3 && context.request.network like "1*"',
        "[1, context.request.hour].contains(context.request.session_age_s)",
    ],
)
def test_fact_stays_exact_when_it_is_used_otherwise_than_compared(condition: str) -> None:
    assert "request.session_age_s" not in looks(condition)


@pytest.mark.parametrize(
    "whole",
    [
        "(if context.request.hour > 5 then context.subject else context.subject)",
        "{ all: context }.all.subject",
    ],
)
def test_every_fact_stays_exact_when_a_record_is_handed_on_as_a_whole(
    facts: Make, whole: str
) -> None:
    condition = f"context.subject.ial > 1 && {whole}.ial == 3"
    text = f"permit (principal, action, resource) when {{ {condition} }};"
    engine = Engine(PolicySource(shared=text))
    decided = [isinstance(engine.decide(facts(subject={"ial": ial})), Permit) for ial in range(5)]
    assert decided == [False, False, False, True, False]


def test_fact_is_seen_by_its_limits_when_it_is_only_compared() -> None:
    found = looks(
        "900 < context.request.session_age_s && context.request has network &&"
        ' ["a", "b"].contains(context.request.channel) && context.request.hour != 3 &&'
        " !context.request.device_known && context has subject"
    )
    age, channel = found["request.session_age_s"], found["request.channel"]
    assert callable(age)
    assert callable(channel)
    assert [age(each) for each in (None, 0, 899, 900, 901, 10**9)] == [
        None,
        899,
        899,
        900,
        901,
        901,
    ]
    assert [channel(each) for each in ("a", "b", None)] == ["a", "b", None]
    assert channel("x") == channel("y") != "x"
    network = found["request.network"]
    assert callable(network)
    assert network("10.0.0") == network("10.0.1")


@settings(max_examples=40, deadline=None)
@given(
    age=st.integers(0, 40),
    limits=st.lists(st.integers(0, 40), min_size=1, max_size=4),
    sign=st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
)
def test_answer_is_the_same_as_of_the_exact_fact(age: int, limits: list[int], sign: str) -> None:

    compared = [f"context.request.session_age_s {sign} {limit}" for limit in limits]
    exact = [f"context.request.session_age_s + 0 {sign} {limit}" for limit in limits]
    decisions = []
    for conditions in (compared, exact):
        text = f"permit (principal, action, resource) when {{ {' || '.join(conditions)} }};"

        asked = replace(ORDINARY, request=replace(ORDINARY.request, session_age_s=age))
        decisions.append(Engine(PolicySource(shared=text)).decide(asked))
    assert decisions[0] == decisions[1]


def test_answers_are_remembered_when_only_the_clock_moved(facts: Make) -> None:
    text = "permit (principal, action, resource) when { context.request.now_epoch < 2000000000 };"
    engine = Engine(PolicySource(shared=text))
    for second in range(100):
        engine.decide(facts(request={"now_epoch": 1_790_000_000 + second}))
    (part,) = engine._shared._parts.values()
    assert part._answer.cache_info().misses == 1  # type: ignore[attr-defined]
