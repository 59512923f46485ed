"""Browsers that left for other people's pages: how far each errand came, sealed, in the store.

Owns the record of an errand that no thread waits for. Who may bring something back is
`idp.journey.returns`', what an errand is for and what comes of it the step's that sent it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import orjson

from idp.foundation.releases import made_of
from idp.foundation.sealing import Sealer
from idp.foundation.storage import ShortLivedStore

UNDERWAY: Final = 60
"""Seconds after which an outside party that was asked counts as silent."""
KEPT: Final = 1_800


class Phase(StrEnum):
    """How far an errand came."""

    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"
    DONE = "done"


_ASKING: Final = frozenset({Phase.OPENING, Phase.CLOSING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """An errand as it stands.

    Attributes:
        outcome: what came of it, in the words of who sent it.
        url: where the browser goes.
        kept: what the adapter needs once the browser is back.
        found: what was learned.
    """

    phase: Phase
    outcome: str = ""
    url: str = field(default="", repr=False)
    kept: Mapping[str, str] = field(default_factory=dict, repr=False)
    found: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absences:
    """Records by the errand's id, opened only for the journey it belongs to."""

    store: ShortLivedStore
    sealer: Sealer

    def write(self, journey_id: str, errand: str, underway: Underway) -> None:
        """Keep how it stands; what is being asked is forgotten soon, for its process may die."""
        said = {
            "phase": underway.phase,
            "outcome": underway.outcome,
            "url": underway.url,
            "kept": dict(underway.kept),
            "found": dict(underway.found),
        }
        sealed = self.sealer.seal(orjson.dumps(said), purpose="away", owner=journey_id)
        ttl = UNDERWAY if underway.phase in _ASKING else KEPT
        self.store.put(f"away:{errand}", sealed, ttl=ttl)

    def look(self, journey_id: str, errand: str) -> Underway | None:
        """How it stands; None for one that nobody remembers."""
        raw = self.store.get(f"away:{errand}")
        if raw is None:
            return None
        values = orjson.loads(self.sealer.unseal(raw, purpose="away", owner=journey_id))
        return made_of(Underway, {**values, "phase": Phase(values["phase"])})

    def is_asking(self, journey_id: str, errand: str) -> bool:
        """Whether somebody outside is asked now, and the browser waits here for the answer."""
        underway = self.look(journey_id, errand)
        return underway is not None and underway.phase in _ASKING

    def is_leaving(self, errand: str) -> bool:
        """Whether the browser is to be sent off by itself: the first time alone."""
        return self.store.add(f"away-left:{errand}", b"1", ttl=KEPT)
