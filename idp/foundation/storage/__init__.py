"""Short-lived records in Valkey or Redis: codes, journeys, replay caches, counters, revocations.

Owns how they are kept; what a record means, and the final judgement on single use, is in the
database of its room.
"""

from idp.foundation.storage.connection import StoreRefused
from idp.foundation.storage.contract import ShortLivedStore, StoreUnavailable, Taken
from idp.foundation.storage.replays import ReplayCache
from idp.foundation.storage.revocations import RevocationFeed
from idp.foundation.storage.valkey import ValkeyStore

__all__ = [
    "ReplayCache",
    "RevocationFeed",
    "ShortLivedStore",
    "StoreRefused",
    "StoreUnavailable",
    "Taken",
    "ValkeyStore",
]
