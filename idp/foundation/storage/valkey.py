"""Owns the short-lived store on Valkey or Redis 6.2: how records and tombstones look there.

A record is one tag byte and the value; a counter is plain digits. Which keys exist is their rooms'
affair.
"""

import hashlib
from typing import Any, Final

from idp.foundation.storage.connection import Argument, StoreRefused
from idp.foundation.storage.contract import Taken
from idp.foundation.storage.pool import ConnectionPool

_TAKEN: Final = b"\x00"
_LIVE: Final = b"\x01"


class _Script:
    """A Lua script and the hash by which the server remembers it."""

    __slots__ = ("sha", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self.sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()


_TAKE: Final = _Script("""\
local value = redis.call('GET', KEYS[1])
if not value then return false end
if string.byte(value) == 0 then return {1, string.sub(value, 2)} end
redis.call('SETRANGE', KEYS[1], 0, '\\0')
return {0, string.sub(value, 2)}
""")

_REPLACE: Final = _Script("""\
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
""")

_INCREMENT: Final = _Script("""\
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('TTL', KEYS[1]) < 0 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return count
""")


class ValkeyStore:
    """The `ShortLivedStore` on one server; thread-safe, and safe to use again after a fork."""

    __slots__ = ("pool", "prefix")

    def __init__(self, url: str, *, prefix: str = "tx:", timeout: float = 2.0) -> None:
        """Connects on first use. ``timeout`` in seconds for connecting and for every answer."""
        self.pool = ConnectionPool(url, timeout=timeout)
        self.prefix = prefix

    def put(self, key: str, value: bytes, *, ttl: int) -> None:
        self.pool.call("SET", self.prefix + key, _LIVE + value, "EX", _positive(ttl))

    def add(self, key: str, value: bytes, *, ttl: int) -> bool:
        answer = self.pool.call("SET", self.prefix + key, _LIVE + value, "EX", _positive(ttl), "NX")
        return answer is not None

    def replace(self, key: str, old: bytes, new: bytes, *, ttl: int) -> bool:
        return bool(self._eval(_REPLACE, key, _LIVE + old, _LIVE + new, _positive(ttl)))

    def get(self, key: str) -> bytes | None:
        return _live(self.pool.call("GET", self.prefix + key))

    def get_many(self, *keys: str) -> tuple[bytes | None, ...]:
        if not keys:
            return ()
        answers = self.pool.call("MGET", *(self.prefix + key for key in keys))
        return tuple(_live(answer) for answer in answers)

    def take(self, key: str) -> Taken | None:
        answer = self._eval(_TAKE, key)
        if answer is None:
            return None
        return Taken(value=answer[1], replayed=bool(answer[0]))

    def delete(self, *keys: str) -> None:
        if keys:
            self.pool.call("DEL", *(self.prefix + key for key in keys))

    def increment(self, key: str, *, ttl: int, by: int = 1) -> int:
        return int(self._eval(_INCREMENT, key, by, _positive(ttl)))

    def ping(self) -> None:
        self.pool.call("PING")

    def close(self) -> None:
        """Close idle connections; the store may be used again afterwards."""
        self.pool.close()

    def _eval(self, script: _Script, key: str, *arguments: Argument) -> Any:
        name = self.prefix + key
        try:
            return self.pool.call("EVALSHA", script.sha, 1, name, *arguments)
        except StoreRefused as refusal:
            if not str(refusal).startswith("NOSCRIPT"):
                raise
        return self.pool.call("EVAL", script.source, 1, name, *arguments)


def _live(stored: bytes | None) -> bytes | None:
    if not stored:
        return None
    tag = stored[:1]
    if tag == _LIVE:
        return stored[1:]
    return None if tag == _TAKEN else stored


def _positive(ttl: int) -> int:
    if ttl < 1:
        raise ValueError("a ttl is at least one second")
    return ttl
