"""A journey as the store holds it: a sealed record, and in front what tells two requests apart.

Nothing here locks. `version` counts changes of the record; a form answers the version it was made
for, once. Keeping and changing records is `journeys`', what a request leads to is the turns'.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from idp.journey.record import Journey

IN_FLIGHT: Final = timedelta(seconds=1)
"""How long a request that began to answer is believed to be still at it, should it fall silent."""

_REMEMBERED: Final = 8
"""How many answered forms are told apart from new ones; older ones are of older versions."""
_END: Final = b"\n"


class Overtaken(Exception):
    """Another request changed the journey, or began to: whoever sees this looks anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was read. `raw` is the stored value, for comparing; `is_mine`: nobody else may act.

    `answered` are the last forms that were acted on; `since` is when the request that acts now
    began, None while none does.
    """

    journey: Journey
    raw: bytes = field(repr=False)
    version: int = 0
    answered: tuple[str, ...] = ()
    since: datetime | None = None
    is_mine: bool = False

    def is_being_answered(self, now: datetime) -> bool:
        """Whether another request is at it: a killed server's is forgotten within a second."""
        return self.since is not None and not self.is_mine and abs(now - self.since) < IN_FLIGHT

    @property
    def sealed(self) -> bytes:
        """The record itself."""
        return split(self.raw)[1]


def joined(
    sealed: bytes, *, version: int, answered: tuple[str, ...] = (), since: datetime | None = None
) -> bytes:
    """The value to store."""
    instant = since.timestamp() if since else None
    return orjson.dumps([version, answered[-_REMEMBERED:], instant]) + _END + sealed


def split(raw: bytes) -> tuple[list[Any], bytes]:
    """The inverse: what stands in front, and the sealed record."""
    front, _, sealed = raw.partition(_END)
    values: list[Any] = orjson.loads(front)
    return values, sealed


def begun(kept: Kept, form: str, *, now: datetime) -> Kept:
    """The same record once a request has begun to act on it, for this form (or none)."""
    answered = (*kept.answered, form) if form else kept.answered
    raw = joined(kept.sealed, version=kept.version, answered=answered, since=now)
    return replace(kept, raw=raw, answered=answered, since=now, is_mine=True)
