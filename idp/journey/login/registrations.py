"""How many accounts one address may open: as fast as it likes up to a number, then at a pace."""

from dataclasses import dataclass

from idp.conf import Limits
from idp.foundation.storage import ShortLivedStore
from idp.journey.login.addresses import counted_address, pause_of
from idp.journey.risk.counters import RiskCounters
from idp.journey.steps import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrations:
    """Counts new accounts, by phone and by e-mail together."""

    store: ShortLivedStore
    counters: RiskCounters
    limits: Limits

    def pause(self, turn: Turn) -> int:
        """Seconds until this address may open another; 0 where it may now, which this counts."""
        key = f"registrations:{counted_address(turn.browser.remote_address)}"
        return pause_of(self.store, key, per_hour=self.limits.registrations_per_address_hour)

    def happened(self, turn: Turn) -> None:
        """An account was opened."""
        self.counters.registered(turn.browser.remote_address)
