"""What the methods are handed: audiences, the replay cache, opened secrets and clients' keys."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from idp.clients.authentication.client_keys import ClientKeys
from idp.clients.client import Client


class ReplayCache(Protocol):
    """The part of the short-lived store used here: write only where nothing is."""

    def add(self, key: str, value: bytes, *, ttl: int) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """`audiences` are the accepted `aud` values; `leeway` and `max_lifetime` are in seconds."""

    audiences: frozenset[str]
    replays: ReplayCache
    open_secret: Callable[[Client], bytes]
    keys: ClientKeys
    leeway: int = 30
    max_lifetime: int = 3600
