"""A journey as the store holds it: a sealed record, and in front what tells two requests apart.

Nothing here locks. `turn` counts the requests that began to act, `version` the changes they left; a
form is good for the very next turn. Keeping and changing records is `journeys`', what a request
leads to is the turns'.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from idp.journey.record import Journey

IN_FLIGHT: Final = timedelta(seconds=1)
"""How long a request that began to answer is believed to be still at it, should it fall silent."""

_END: Final = b"\n"


class Overtaken(Exception):
    """Another request changed the journey, or began to: whoever sees this looks anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was read. `raw` is the stored value, for comparing; `is_mine`: nobody else may act.

    `since` is when the request that acts now began, None while none does.
    """

    journey: Journey
    raw: bytes = field(repr=False)
    version: int = 0
    turn: int = 0
    since: datetime | None = None
    is_mine: bool = False

    def is_being_answered(self, now: datetime) -> bool:
        """Whether another request is at it: a killed server's is forgotten within a second."""
        return self.since is not None and not self.is_mine and abs(now - self.since) < IN_FLIGHT

    @property
    def sealed(self) -> bytes:
        """The record itself."""
        return split(self.raw)[1]


def joined(sealed: bytes, *, version: int, turn: int, since: datetime | None = None) -> bytes:
    """The value to store."""
    instant = since.timestamp() if since else None
    return orjson.dumps([version, turn, instant]) + _END + sealed


def split(raw: bytes) -> tuple[list[Any], bytes]:
    """The inverse: what stands in front, and the sealed record."""
    front, _, sealed = raw.partition(_END)
    values: list[Any] = orjson.loads(front)
    return values, sealed


def begun(kept: Kept, *, now: datetime) -> Kept:
    """The same record once a request has begun to act on it."""
    turn = kept.turn + 1
    raw = joined(kept.sealed, version=kept.version, turn=turn, since=now)
    return replace(kept, raw=raw, turn=turn, since=now, is_mine=True)
