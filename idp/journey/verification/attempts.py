"""How often name and number may be tried: per person and per document, each day.

A try is reserved before the authority is asked and given back when it cost the person nothing,
so that many windows at once cannot try more often than one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from idp.foundation.clock import SHANGHAI, today_in_shanghai
from idp.foundation.storage import ShortLivedStore

PER_DAY: Final = 5
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAttempts:
    """Counters by the person's id and the document's blind index."""

    store: ShortLivedStore

    def reserve(self, person: str, document: str, *, now: datetime) -> bool:
        """Take a try of both; False, and nothing taken, when either has none left."""
        taken = [
            self.store.increment(_key(each, now), ttl=_DAY) <= PER_DAY
            for each in (person, document)
        ]
        if all(taken):
            return True
        self.give_back(person, document, now=now)
        return False

    def give_back(self, person: str, document: str, *, now: datetime) -> None:
        """What failed was not what the person said."""
        for each in (person, document):
            self.store.increment(_key(each, now), ttl=_DAY, by=-1)

    def left(self, person: str, *, now: datetime) -> int:
        """How many tries a person has left today."""
        used = self.store.get(_key(person, now))
        return max(0, PER_DAY - int(used or 0))


def seconds_until_tomorrow(now: datetime) -> int:
    """Until tries are counted anew: midnight in Asia/Shanghai."""
    local = now.astimezone(SHANGHAI)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return max(1, int((midnight - local).total_seconds()))


def _key(name: str, now: datetime) -> str:
    return f"verify:{today_in_shanghai(now)}:{name}"
