"""Owns the news of revoked keys (token ids, sessions): one stream, one listener a process.

Asking costs a look into a dictionary while the stream is heard; when it is silent, the store itself
is asked. Who revokes what, and for how long, is for tokens and sessions.
"""

from contextlib import closing
from typing import Final

import structlog

from idp.foundation.background import BackgroundThread
from idp.foundation.clock import Clock
from idp.foundation.storage.connection import Connection
from idp.foundation.storage.contract import StoreUnavailable
from idp.foundation.storage.valkey import ValkeyStore

LISTEN_MILLISECONDS: Final = 250
SILENCE_SECONDS: Final = 0.9
_BATCH: Final = 1000
_LOG: Final = structlog.get_logger(__name__)
_KEPT_EXTRA_MILLISECONDS: Final = 60_000


class RevocationFeed:
    """What is revoked, heard on every node within about 20 ms, at most `SILENCE_SECONDS`.

    ``longest_ttl`` (seconds) bounds how long any revocation must be remembered, ``limit`` how many
    are held here; beyond it, every question goes to the store until enough have expired.
    """

    def __init__(
        self, store: ValkeyStore, *, clock: Clock, longest_ttl: int = 86_400, limit: int = 200_000
    ) -> None:
        self._store = store
        self._clock = clock
        self._longest_ttl = longest_ttl
        self._limit = limit
        self._stream = store.prefix + "revocations"
        self._known: dict[str, float] = {}
        self._last_heard = float("-inf")
        self._last_purge = float("-inf")
        self._complete_from = float("-inf")
        self._last_entry = "0"
        self._background = BackgroundThread("revocations", self._listen)

    def revoke(self, key: str, *, ttl: int) -> None:
        """Revoke ``key`` everywhere for ``ttl`` seconds.

        Raises StoreUnavailable when nobody was told.
        """
        if not 1 <= ttl <= self._longest_ttl:
            raise ValueError("a revocation lasts between one second and the feed's longest ttl")
        seconds, _ = self._store.pool.call("TIME")
        oldest = int(seconds) * 1000 - self._longest_ttl * 1000 - _KEPT_EXTRA_MILLISECONDS
        mark = ("SET", self._store.prefix + _marker(key), b"\x011", "EX", ttl)
        news = ("XADD", self._stream, "MINID", "~", oldest, "*", "k", key, "t", ttl)
        self._store.pool.call_many([mark, news])
        self._remember(key, ttl)

    def is_revoked(self, key: str) -> bool:
        """Whether ``key`` is revoked.

        Raises StoreUnavailable when neither stream nor store can tell.
        """
        now = self._clock.monotonic()
        until = self._known.get(key)
        if until is not None and until > now:
            return True
        if now - self._last_heard <= SILENCE_SECONDS and now >= self._complete_from:
            return False
        return self._store.get(_marker(key)) is not None

    def is_heard(self) -> bool:
        """Whether the stream is being heard, so that answers come from memory."""
        return self._clock.monotonic() - self._last_heard <= SILENCE_SECONDS

    def start(self) -> None:
        """Start this process's listener, once; call it again after a fork."""
        self._background.start()

    def stop(self) -> None:
        """End the listener and wait for it (at most about one listening period)."""
        self._background.stop()
        self._last_heard = float("-inf")

    def _listen(self) -> None:
        while not self._background.stopping.is_set():
            try:
                connection = self._store.pool.open(timeout=SILENCE_SECONDS)
                with closing(connection):
                    while not self._background.stopping.is_set():
                        self._read_news(connection)
            except (StoreUnavailable, OSError):
                _LOG.warning("revocations are not heard: the store is asked each time")
            except Exception:  # noqa: BLE001 - outermost: it listens again
                _LOG.exception("revocations could not be read")
            self._background.stopping.wait(LISTEN_MILLISECONDS / 1000)

    def _read_news(self, connection: Connection) -> None:
        """Wait for news once.

        After a broken connection the stream is taken up where it broke off.
        """
        block = ("BLOCK", LISTEN_MILLISECONDS, "STREAMS", self._stream, self._last_entry)
        answer = connection.call("XREAD", "COUNT", _BATCH, *block)
        entries = answer[0][1] if answer else []
        for _, fields in entries:
            self._remember(fields[1].decode(), int(fields[3]))
        if entries:
            self._last_entry = entries[-1][0].decode()
        if len(entries) < _BATCH:
            self._heard()

    def _heard(self) -> None:
        now = self._clock.monotonic()
        if now - self._last_purge >= 1:
            self._last_purge = now
            expired = [key for key, until in self._known.copy().items() if until <= now]
            for key in expired:
                self._known.pop(key, None)
        self._last_heard = now

    def _remember(self, key: str, ttl: int) -> None:
        until = self._clock.monotonic() + ttl
        if len(self._known) >= self._limit and key not in self._known:
            # Not held here: until it has run out, memory alone cannot say "not revoked".
            self._complete_from = max(self._complete_from, until)
            return
        self._known[key] = max(until, self._known.get(key, 0.0))


def _marker(key: str) -> str:
    return "revoked:" + key
