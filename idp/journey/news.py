"""Whether a waiting page has anything new to show: what its script asks, at a fraction of its cost.

Owns where a journey may be waiting for somebody outside, and when its page is to ask again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from idp.foundation.storage import ShortLivedStore
from idp.journey.away import Absences
from idp.journey.record import Journey
from idp.journey.verification.desk import pause_of_check

_PAUSE: Final = 3
"""Seconds, where a browser that came back waits for what it brought: that is given up soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Looks at the one thing that is under way; mostly one store trip, none where nothing is."""

    store: ShortLivedStore
    absences: Absences

    def pause(self, journey: Journey, *, now: datetime) -> int:
        """In how many seconds to ask again; 0: there is something new."""
        progress = journey.progress
        for check in filter(None, (progress.verification_check, progress.login_check)):
            if pause := pause_of_check(self.store, check, now=now):
                return pause
        faces = progress.login_face[:1]
        for errand in filter(None, (progress.verification_visit, progress.login_visit, *faces)):
            if self.absences.is_asking(journey.id, errand):
                return _PAUSE
        return 0
