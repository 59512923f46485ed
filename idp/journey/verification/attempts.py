"""How often name and number may be tried: per person and per document, each day.

A try is held before the authority is asked and becomes a counted one only when it cost the person
something, so that many windows at once cannot try more often than one. A hold ends by itself: if
the process that asked is killed, nobody has lost a try.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from idp.foundation.clock import SHANGHAI, today_in_shanghai
from idp.foundation.storage import ShortLivedStore

PER_DAY: Final = 5
HELD_FOR: Final = 60
"""Seconds: longer than any check takes."""
_DAY: Final = 86_400
_HELD: Final = b"held"
_SPENT: Final = b"spent"

Held = tuple[str, ...]
"""The tries held for one check, to be settled when it has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAttempts:
    """Tries by the person's id and the document's blind index: so many places for each day."""

    store: ShortLivedStore

    def hold(self, person: str, document: str, *, now: datetime) -> Held | None:
        """Hold a try of both; None, and nothing held, when either has none left."""
        held: list[str] = []
        for each in (person, document):
            place = self._free_place(each, now)
            if place is None:
                self.settle(tuple(held), costs=False)
                return None
            held.append(place)
        return tuple(held)

    def settle(self, held: Held, *, costs: bool) -> None:
        """The check has ended: count its tries, or let them go."""
        if costs:
            for place in held:
                self.store.put(place, _SPENT, ttl=_DAY)
        elif held:
            self.store.delete(*held)

    def left(self, person: str, *, now: datetime) -> int:
        """How many tries a person has left today."""
        taken = self.store.get_many(*_places(person, now))
        return sum(each is None for each in taken)

    def _free_place(self, name: str, now: datetime) -> str | None:
        for place in _places(name, now):
            if self.store.add(place, _HELD, ttl=HELD_FOR):
                return place
        return None


def seconds_until_tomorrow(now: datetime) -> int:
    """Until tries are counted anew: midnight in Asia/Shanghai."""
    local = now.astimezone(SHANGHAI)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return max(1, int((midnight - local).total_seconds()))


def _places(name: str, now: datetime) -> tuple[str, ...]:
    day = today_in_shanghai(now)
    return tuple(f"verify:{day}:{{{name}}}:{place}" for place in range(PER_DAY))
