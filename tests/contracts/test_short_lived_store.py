"""The promises of ShortLivedStore, proven on the real servers.

The embedded Valkey and the one REDIS_URL names.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from idp.foundation.storage import ShortLivedStore, Taken, ValkeyStore
from tests.racing import at_once

pytestmark = pytest.mark.storage

SERVERS = ["embedded", *(["REDIS_URL"] if os.environ.get("REDIS_URL") else [])]


@pytest.fixture(params=SERVERS)
def store(request: pytest.FixtureRequest, embedded_valkey_url: str) -> Iterator[ShortLivedStore]:
    url = os.environ["REDIS_URL"] if request.param == "REDIS_URL" else embedded_valkey_url
    own = ValkeyStore(url, prefix=f"contract-{secrets.token_hex(6)}:")
    yield own
    own.close()


def expire(store: ShortLivedStore, key: str) -> None:
    """Let a record run out now, as the server does it."""
    assert isinstance(store, ValkeyStore)
    assert store.pool.call("PEXPIRE", store.prefix + key, 1) == 1
    while store.pool.call("EXISTS", store.prefix + key):
        pass


def ttl_of(store: ShortLivedStore, key: str) -> int:
    assert isinstance(store, ValkeyStore)
    return int(store.pool.call("TTL", store.prefix + key))


@pytest.mark.parametrize(
    "value",
    [b"", b"code", b"\x00\x01\xff", "通行".encode(), b"x" * 200_000],
    ids=["empty", "ascii", "binary", "chinese", "larger than one read"],
)
def test_get_returns_the_very_bytes_when_put(store: ShortLivedStore, value: bytes) -> None:
    store.put("{journey}:1", value, ttl=60)
    assert store.get("{journey}:1") == value


def test_get_returns_none_when_absent(store: ShortLivedStore) -> None:
    assert store.get("nothing") is None


def test_get_returns_none_when_expired(store: ShortLivedStore) -> None:
    store.put("short", b"1", ttl=60)
    expire(store, "short")
    assert store.get("short") is None


def test_put_renews_value_and_ttl_when_present(store: ShortLivedStore) -> None:
    store.put("key", b"old", ttl=10)
    store.put("key", b"new", ttl=1000)
    assert store.get("key") == b"new"
    assert ttl_of(store, "key") > 900


def test_get_many_keeps_the_order_when_some_are_absent(store: ShortLivedStore) -> None:
    store.put("a", b"1", ttl=60)
    store.put("c", b"3", ttl=60)
    store.put("taken", b"4", ttl=60)
    store.take("taken")
    assert store.get_many("c", "b", "a", "taken") == (b"3", None, b"1", None)
    assert store.get_many() == ()


def test_add_refuses_when_the_key_was_seen(store: ShortLivedStore) -> None:
    assert store.add("jti", b"1", ttl=60) is True
    assert store.add("jti", b"2", ttl=60) is False
    assert store.get("jti") == b"1"


def test_add_refuses_when_a_tombstone_stands(store: ShortLivedStore) -> None:
    store.put("code", b"grant", ttl=60)
    store.take("code")
    assert store.add("code", b"other", ttl=60) is False


def test_replace_changes_the_value_when_it_is_still_the_old(store: ShortLivedStore) -> None:
    store.put("journey", b"1", ttl=60)
    assert store.replace("journey", b"1", b"2", ttl=600) is True
    assert store.get("journey") == b"2"
    assert ttl_of(store, "journey") > 500


@pytest.mark.parametrize("state", ["absent", "changed", "taken"])
def test_replace_refuses_when_the_old_value_is_gone(store: ShortLivedStore, state: str) -> None:
    if state != "absent":
        store.put("journey", b"1", ttl=60)
    if state == "changed":
        store.put("journey", b"9", ttl=60)
    if state == "taken":
        store.take("journey")
    before = store.get("journey")
    assert store.replace("journey", b"1", b"2", ttl=60) is False
    assert store.get("journey") == before


def test_take_returns_the_record_once_and_then_replays_when_asked_again(
    store: ShortLivedStore,
) -> None:
    store.put("code", b"grant \x00 7", ttl=60)
    assert store.take("code") == Taken(value=b"grant \x00 7", replayed=False)
    assert store.take("code") == Taken(value=b"grant \x00 7", replayed=True)
    assert store.get("code") is None
    assert 0 < ttl_of(store, "code") <= 60


def test_take_returns_none_when_absent_or_expired(store: ShortLivedStore) -> None:
    assert store.take("code") is None
    store.put("code", b"grant", ttl=60)
    store.take("code")
    expire(store, "code")
    assert store.take("code") is None


@pytest.mark.spec(
    "RFC 6749 §4.1.2", "The client MUST NOT use the authorization code more than once."
)
def test_take_succeeds_exactly_once_when_200_threads_race(store: ShortLivedStore) -> None:
    store.put("code", b"grant", ttl=60)
    taken = at_once(200, lambda _: store.take("code"))
    assert sorted(one.replayed for one in taken if isinstance(one, Taken)) == [False] + [True] * 199


def test_add_succeeds_exactly_once_when_threads_race(store: ShortLivedStore) -> None:
    assert at_once(50, lambda _: store.add("jti", b"", ttl=60)).count(True) == 1


def test_replace_succeeds_exactly_once_when_two_tabs_submit(store: ShortLivedStore) -> None:
    store.put("journey", b"0", ttl=60)
    results = at_once(50, lambda _: store.replace("journey", b"0", uuid4().bytes, ttl=60))
    assert results.count(True) == 1


def test_delete_forgets_records_and_tombstones(store: ShortLivedStore) -> None:
    store.put("a", b"1", ttl=60)
    store.put("b", b"1", ttl=60)
    store.take("b")
    store.delete("a", "b", "absent")
    store.delete()
    assert store.get("a") is None
    assert store.take("b") is None


def test_increment_counts_from_zero_and_keeps_the_first_ttl(store: ShortLivedStore) -> None:
    assert store.increment("sms:{phone}", ttl=100) == 1
    assert store.increment("sms:{phone}", ttl=9000, by=4) == 5
    assert 0 < ttl_of(store, "sms:{phone}") <= 100
    assert store.get("sms:{phone}") == b"5"


def test_increment_loses_nothing_when_threads_race(store: ShortLivedStore) -> None:
    assert sorted(map(str, at_once(50, lambda _: store.increment("n", ttl=60)))) == sorted(
        map(str, range(1, 51))
    )


@pytest.mark.parametrize("ttl", [0, -1])
def test_writes_are_refused_when_the_ttl_is_not_positive(store: ShortLivedStore, ttl: int) -> None:
    calls: list[Callable[[], object]] = [
        lambda: store.put("k", b"", ttl=ttl),
        lambda: store.add("k", b"", ttl=ttl),
        lambda: store.replace("k", b"", b"", ttl=ttl),
        lambda: store.increment("k", ttl=ttl),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="at least one second"):
            call()


def test_ping_answers_when_the_server_lives(store: ShortLivedStore) -> None:
    store.ping()
