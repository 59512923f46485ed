"""Tries are held while an authority thinks, spent when they cost something, and never lost."""

from datetime import UTC, datetime

import pytest

from idp.foundation.storage import ValkeyStore
from idp.journey.verification import attempts
from idp.journey.verification.attempts import CheckAttempts
from tests.waiting import wait_until

pytestmark = pytest.mark.storage
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def test_try_is_spent_only_when_it_cost_something(store: ValkeyStore) -> None:
    tries = CheckAttempts(store=store)
    held = tries.hold("p", "d", now=NOW)
    assert held is not None
    assert tries.left("p", now=NOW) == 4
    tries.settle(held, costs=False)
    assert tries.left("p", now=NOW) == 5
    again = tries.hold("p", "d", now=NOW)
    assert again is not None
    tries.settle(again, costs=True)
    assert tries.left("p", now=NOW) == 4


def test_no_more_than_five_are_held_when_many_windows_ask_at_once(store: ValkeyStore) -> None:
    tries = CheckAttempts(store=store)
    held = [tries.hold("p", f"d{number}", now=NOW) for number in range(7)]
    assert [each is not None for each in held] == [True] * 5 + [False] * 2
    # The document of a refused try was not touched.
    assert tries.left("d6", now=NOW) == 5


def test_nothing_of_the_person_is_held_when_the_document_has_none_left(
    store: ValkeyStore,
) -> None:
    tries = CheckAttempts(store=store)
    for number in range(5):
        held = tries.hold(f"p{number}", "d", now=NOW)
        assert held is not None
        tries.settle(held, costs=True)
    assert tries.hold("somebody", "d", now=NOW) is None
    assert tries.left("somebody", now=NOW) == 5


@pytest.mark.requirement("R1")
@pytest.mark.slow
def test_try_comes_back_by_itself_when_the_process_that_asked_was_killed(
    store: ValkeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "HELD_FOR", 1)
    tries = CheckAttempts(store=store)
    assert tries.hold("p", "d", now=NOW)
    assert tries.left("p", now=NOW) == 4
    # Either hold ends by the store's clock, a moment apart.
    wait_until(lambda: tries.left("p", now=NOW) == 5)
    wait_until(lambda: tries.left("d", now=NOW) == 5)


def test_tries_begin_anew_when_the_day_in_shanghai_does(store: ValkeyStore) -> None:
    tries = CheckAttempts(store=store)
    held = tries.hold("p", "d", now=NOW)
    assert held is not None
    tries.settle(held, costs=True)
    assert tries.left("p", now=NOW.replace(hour=15, minute=59)) == 4
    assert tries.left("p", now=NOW.replace(hour=16)) == 5
