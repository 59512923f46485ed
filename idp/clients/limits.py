"""How fast one client may ask: a bucket per client in this process, no store trip.

A node's limit, not the city's: with n nodes a client may ask n times as fast.
"""

from dataclasses import dataclass

from idp.foundation.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What is left to a client: requests now, and seconds until the next (0 while there are)."""

    remaining: int
    wait: float


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class ClientLimits:
    """`rate` requests a second for each client, twice that at once; 0 for no limit."""

    def __init__(self, *, clock: Clock, rate: float) -> None:
        self._clock = clock
        self._rate = rate
        self._burst = 2 * rate
        self._buckets: dict[str, _Bucket] = {}

    def admits(self, client_id: str) -> bool:
        """Count a request and say whether it is within the limit.

        Threads may race for the last token of a bucket; a limit need not be exact.
        """
        if not self._rate:
            return True
        now = self._clock.monotonic()
        bucket = self._buckets.get(client_id)
        if bucket is None:
            bucket = self._buckets[client_id] = _Bucket(self._burst, now)
        filled = bucket.tokens + (now - bucket.filled_at) * self._rate
        bucket.filled_at = now
        bucket.tokens = min(self._burst, filled)
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    def allowance(self, client_id: str) -> Allowance:
        """As of the client's last counted request, for answers that say so."""
        bucket = self._buckets.get(client_id)
        if bucket is None:
            return Allowance(remaining=int(self._burst), wait=0.0)
        wait = (1 - bucket.tokens) / self._rate if bucket.tokens < 1 else 0.0
        return Allowance(remaining=int(bucket.tokens), wait=wait)
