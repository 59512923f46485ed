"""What the methods are handed: audiences, the replay cache, opened secrets and clients' keys."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from idp.clients.authentication.client_keys import ClientKeys
from idp.clients.client import Client

UNDATED_LIFETIME: Final = 300
"""Seconds an assertion may live that has no `iat`, which RFC 7523 §3 leaves to the client."""


class ReplayCache(Protocol):
    """Single use of signed statements; what was issued before a fail-over is refused."""

    def is_first_use(self, key: str, *, issued_at: int, ttl: int) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """`audiences` are the accepted `aud` values; `leeway` and `max_lifetime` are in seconds."""

    audiences: frozenset[str]
    replays: ReplayCache
    open_secret: Callable[[Client], bytes]
    keys: ClientKeys
    leeway: int = 30
    max_lifetime: int = 3600
