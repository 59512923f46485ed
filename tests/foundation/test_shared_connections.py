"""Threads that ask the store at the same time: one write carries them, each gets its own answer."""

import pytest

from idp.foundation.storage import StoreRefused, StoreUnavailable, ValkeyStore
from tests.foundation.test_store_connection import Listener
from tests.racing import at_once

pytestmark = pytest.mark.storage

THREADS = 32


def test_every_thread_gets_its_own_answer_when_all_ask_at_once(store: ValkeyStore) -> None:
    def ask(number: int) -> bool:
        mine = str(number).encode()
        return all(
            store.pool.call_many([("ECHO", mine), ("ECHO", mine * 2)]) == [mine, mine * 2]
            and store.pool.call("ECHO", mine) == mine
            for _ in range(50)
        )

    assert at_once(THREADS, ask) == [True] * THREADS


def test_a_refusal_reaches_only_the_thread_that_earned_it(store: ValkeyStore) -> None:
    store.put("text", b"no number", ttl=60)

    def ask(number: int) -> str:
        try:
            store.increment("text" if number == 0 else f"n{number}", ttl=60)
        except StoreRefused:
            return "refused"
        return "counted"

    for _ in range(20):
        assert at_once(8, ask) == ["refused", *["counted"] * 7]


def test_threads_share_a_few_connections_when_many_ask(store: ValkeyStore) -> None:
    met = set(at_once(THREADS, lambda _: store.pool.call("CLIENT", "ID")))
    assert len(met) <= 2


def test_every_thread_hears_of_the_outage_when_the_store_is_silent() -> None:
    listener = Listener(None)
    store = ValkeyStore(listener.url, timeout=0.05)

    def ask(_: int) -> str:
        with pytest.raises(StoreUnavailable) as caught:
            store.get("k")
        return str(caught.value)

    assert set(at_once(8, ask)) == {"the store did not answer in time"}
    listener.close()
