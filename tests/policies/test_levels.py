"""Assurance levels and the facts that carry them stay on their scales."""

from collections.abc import Callable

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.facts import Facts
from policies.levels import ALL_ACR_VALUES, LOWEST, Level

LEVELS = st.builds(Level, ial=st.integers(1, 4), aal=st.integers(1, 3))


@given(level=LEVELS)
def test_acr_names_the_level_it_was_made_from(level: Level) -> None:
    assert Level.parse(level.acr) == level
    assert level.acr in ALL_ACR_VALUES


@pytest.mark.parametrize(
    "acr",
    [
        "",
        "urn:tongxing:acr:ial0:aal1",
        "urn:tongxing:acr:ial5:aal1",
        "urn:tongxing:acr:ial1:aal4",
        "urn:tongxing:acr:ial1:aal1 ",
        "urn:tongxing:acr:ial\u0661:aal1",
        "urn:mace:incommon:iap:silver",
    ],
)
def test_acr_names_no_level_when_it_is_not_ours(acr: str) -> None:
    assert Level.parse(acr) is None


@given(one=LEVELS, other=LEVELS)
def test_raised_level_satisfies_both_and_is_the_least_that_does(one: Level, other: Level) -> None:
    both = one.raised_to(other)
    assert both.satisfies(one)
    assert both.satisfies(other)
    assert both.satisfies(LOWEST)
    assert both.ial in {one.ial, other.ial}
    assert both.aal in {one.aal, other.aal}


def test_levels_are_ordered_only_partly() -> None:
    proven, strong = Level(ial=3, aal=1), Level(ial=2, aal=2)
    assert not proven.satisfies(strong)
    assert not strong.satisfies(proven)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"subject": {"ial": 5}}, id="person-too-high"),
        pytest.param({"subject": {"aal": -1}}, id="person-negative"),
        pytest.param({"client": {"minimum_aal": 4}}, id="client"),
        pytest.param({"request": {"requested_ial": 9}}, id="request"),
    ],
)
def test_facts_are_refused_when_a_level_is_off_its_scale(
    facts: Callable[..., Facts], changes: dict[str, dict[str, int]]
) -> None:
    with pytest.raises(ValueError, match="no such assurance level"):
        facts(**changes)


def test_record_of_facts_is_plain_json(facts: Callable[..., Facts]) -> None:
    record = facts().record()
    assert Facts.from_record(orjson.loads(orjson.dumps(record))) == facts()
