"""Owns refusing what was seen before (``jti``, DPoP proofs), also after the store lost its memory.

A fail-over or a restart can bring back a store that forgot the last uses; what was issued before it
is then refused, since nobody can say any more whether it was used. Whoever asks again gets a new
one.
"""

from typing import Final

from idp.foundation.clock import Clock
from idp.foundation.storage.valkey import ValkeyStore

_EPOCH: Final = "replays:epoch"


class ReplayCache:
    """Single use of signed statements, in one round trip. Thread-safe."""

    __slots__ = ("_clock", "_store")

    def __init__(self, store: ValkeyStore, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def is_first_use(self, key: str, *, issued_at: int, ttl: int) -> bool:
        """Whether ``key`` is used for the first time; remembered for ``ttl`` seconds.

        ``issued_at`` is the statement's ``iat`` in seconds since the epoch. False for a replay, and
        for what was issued before the present server took over. Raises StoreUnavailable.
        """
        if ttl < 1:
            raise ValueError("a ttl is at least one second")
        prefix = self._store.prefix
        use = ("SET", prefix + "replays:" + key, b"\x01", "EX", ttl, "NX")
        written, epoch = self._store.pool.call_many([use, ("GET", prefix + _EPOCH)])
        return written is not None and issued_at >= self._began_at(epoch)

    def begin(self) -> None:
        """Note when the present server took over, before the first statement asks.

        Else a statement made a moment earlier would be refused. Raises StoreUnavailable.
        """
        self._began_at(self._store.pool.call("GET", self._store.prefix + _EPOCH))

    def _began_at(self, epoch: bytes | None) -> int:
        """When the present server took over.

        The first one to notice a new server writes it down.
        """
        server, _, instant = (epoch or b"").decode().partition(" ")
        present = self._store.pool.server_id
        if server == present and instant:
            return int(instant)
        now = self._clock.timestamp()
        self._store.pool.call("SET", self._store.prefix + _EPOCH, f"{present} {now}")
        return now
