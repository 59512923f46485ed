"""How often a password may be tried: delays that double per account, free for a known device.

Nobody can lock somebody else out: a device that signed in before keeps a count of its own, and an
address is only slowed. Accounts that do not exist are counted like those that do.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from idp.conf import Limits
from idp.foundation.storage import ShortLivedStore
from idp.journey.login.addresses import counted_address

_COUNTED_FOR: Final = 86_400
_PER_ADDRESS_MINUTE: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Who tries: the account's blind index, the device's hash, and whether it is known there."""

    account: str
    device: str
    is_known_device: bool
    address: str

    @property
    def scope(self) -> str:
        return f"{self.account}:{self.device}" if self.is_known_device else self.account


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordAttempts:
    """Counters in the store: losing them costs a guesser's delay, not anybody's account."""

    store: ShortLivedStore
    limits: Limits = field(default_factory=Limits)

    def wait_for(self, attempt: Attempt, *, now: datetime) -> int:
        """Seconds until this may be tried; 0 for now. Counts the address."""
        address = f"password:address:{counted_address(attempt.address)}:{now:%H%M}"
        if self.store.increment(address, ttl=60) > _PER_ADDRESS_MINUTE:
            return max(1, 60 - now.second)
        until = self.store.get(f"password:wait:{attempt.scope}")
        if until is None:
            return 0
        left = datetime.fromisoformat(until.decode()) - now
        return max(1, int(left.total_seconds()) + 1)

    def failed(self, attempt: Attempt, *, now: datetime) -> None:
        """Count a failure; beyond the free ones each doubles the delay, up to a ceiling."""
        count = self.store.increment(f"password:failures:{attempt.scope}", ttl=_COUNTED_FOR)
        beyond = count - self.limits.login_failures_free
        if beyond < 0:
            return
        seconds = min(2 ** min(beyond, 20), self.limits.login_delay_ceiling)
        until = (now + timedelta(seconds=seconds)).isoformat().encode()
        self.store.put(f"password:wait:{attempt.scope}", until, ttl=seconds)

    def succeeded(self, attempt: Attempt) -> None:
        """Forget the failures of this account, here and from unknown devices."""
        self.store.delete(
            f"password:failures:{attempt.scope}", f"password:failures:{attempt.account}"
        )
