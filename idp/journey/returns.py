"""The way back from other people's pages: one address of ours for everybody who comes from there.

Owns the `state` under which a browser is awaited, and what it brings, until the step that sent it
takes that. Only the browser that left may come back, once; what a second answer says is dropped.
What an answer is worth is the step's to ask, server to server.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from idp.foundation.sealing import Sealer
from idp.foundation.storage import ShortLivedStore

PATH: Final = "journey/return"
"""Below the issuer; partners have it registered, so it never changes."""
STATE: Final = "state"
_MOST_PARAMETERS: Final = 20
_LONGEST: Final = 4_096
_BROUGHT_TTL: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where somebody is awaited: a step of a journey, and the errand they left on."""

    journey_id: str
    step: str
    errand: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """Records in the store; `ttl` in seconds, as long as a journey waits."""

    store: ShortLivedStore
    sealer: Sealer
    issuer: str
    ttl: int = 1_800

    @property
    def address(self) -> str:
        """Where browsers are sent back to."""
        return f"{self.issuer}/{PATH}"

    def expect(self, state: str, place: Place) -> None:
        """Somebody leaves with this `state`."""
        said = orjson.dumps([place.journey_id, place.step, place.errand])
        self.store.put(_key(state), said, ttl=self.ttl)

    def awaited(self, state: str) -> Place | None:
        """Where the browser that brings this `state` belongs; None for a state nobody gave."""
        raw = self.store.get(_key(state)) if state else None
        if raw is None:
            return None
        journey_id, step, errand = orjson.loads(raw)
        return Place(journey_id=journey_id, step=step, errand=errand)

    def bring(self, place: Place, parameters: Mapping[str, str]) -> None:
        """Lay down what a browser brought; the first answer counts."""
        taken = {
            name: value
            for name, value in list(parameters.items())[:_MOST_PARAMETERS]
            if len(name) + len(value) <= _LONGEST
        }
        sealed = self.sealer.seal(orjson.dumps(taken), purpose="return", owner=place.errand)
        self.store.add(f"brought:{place.errand}", sealed, ttl=_BROUGHT_TTL)

    def take(self, errand: str) -> dict[str, str] | None:
        """What was brought for an errand, once; None before, and ever after."""
        taken = self.store.take(f"brought:{errand}")
        if taken is None or taken.replayed:
            return None
        opened = self.sealer.unseal(taken.value, purpose="return", owner=errand)
        parameters: dict[str, str] = orjson.loads(opened)
        return parameters


def _key(state: str) -> str:
    return f"return:{hashlib.sha256(state.encode()).hexdigest()}"
