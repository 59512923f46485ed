"""Replays are refused, also by a store that came back without its memory."""

import pytest

from idp.foundation.storage import ReplayCache, StoreUnavailable, ValkeyStore
from tests.clocks import SetClock
from tests.racing import at_once

pytestmark = pytest.mark.storage


@pytest.fixture
def cache(store: ValkeyStore, clock: SetClock) -> ReplayCache:
    """A cache whose server took over a minute ago."""
    own = ReplayCache(store, clock=clock)
    own.is_first_use("the very first", issued_at=clock.timestamp(), ttl=60)
    clock.move(seconds=60)
    return own


@pytest.mark.spec("RFC 7523 §3", "ensure that JWTs are not replayed")
def test_statement_is_refused_when_it_was_used_before(cache: ReplayCache, clock: SetClock) -> None:
    issued_at = clock.timestamp()
    assert cache.is_first_use("client:jti-1", issued_at=issued_at, ttl=60)
    assert not cache.is_first_use("client:jti-1", issued_at=issued_at, ttl=60)
    assert cache.is_first_use("client:jti-2", issued_at=issued_at - 60, ttl=60)


def test_statement_is_accepted_once_when_threads_race(cache: ReplayCache, clock: SetClock) -> None:
    issued_at = clock.timestamp()
    uses = at_once(50, lambda _: cache.is_first_use("jti", issued_at=issued_at, ttl=60))
    assert uses.count(True) == 1


def test_older_statements_are_refused_when_another_server_took_over(
    cache: ReplayCache, store: ValkeyStore, clock: SetClock
) -> None:
    before = clock.timestamp()
    assert cache.is_first_use("jti-1", issued_at=before, ttl=60)
    store.delete("replays:jti-1")
    store.pool.call("SET", store.prefix + "replays:epoch", f"{'0' * 40} {before - 600}")
    clock.move(seconds=5)
    assert not cache.is_first_use("jti-1", issued_at=before, ttl=60)
    assert cache.is_first_use("jti-2", issued_at=clock.timestamp(), ttl=60)
    clock.move(seconds=5)
    assert cache.is_first_use("jti-3", issued_at=clock.timestamp() - 5, ttl=60)
    assert not cache.is_first_use("jti-4", issued_at=before, ttl=60)


def test_server_is_known_by_its_run(store: ValkeyStore) -> None:
    store.ping()
    assert len(store.pool.server_id) == 40


def test_use_is_refused_when_the_ttl_is_not_positive(cache: ReplayCache) -> None:
    with pytest.raises(ValueError, match="at least one second"):
        cache.is_first_use("jti", issued_at=0, ttl=0)


def test_use_is_refused_when_the_store_is_away(clock: SetClock) -> None:
    cache = ReplayCache(ValkeyStore("unix:///nowhere"), clock=clock)
    with pytest.raises(StoreUnavailable):
        cache.is_first_use("jti", issued_at=0, ttl=60)
