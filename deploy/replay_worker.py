"""One process of a replay: sets Django up, parses the draft once, then judges stretch by stretch.

It is imported before Django is ready, so what needs Django is imported where it is used.
"""

from typing import TYPE_CHECKING, Final

import django

from deploy.runtime.lifeline import follow_parent
from policies.engine import Engine
from policies.replay import Tally
from policies.source import PolicySource

if TYPE_CHECKING:
    from idp.journey.access.history import Stretch

_drafts: Final[list[Engine]] = []
"""The draft of this process, once it has begun."""


def begin(shared: str, by_client: dict[str, str]) -> None:
    """Make this process ready for one draft; it ends with whoever asked for it."""
    follow_parent()
    django.setup()
    _drafts[:] = [Engine(PolicySource(shared=shared, by_client=by_client))]


def judge(stretch: "Stretch") -> Tally:
    """What the draft would change in a stretch."""
    return tallied(_drafts[0], stretch)


def tallied(engine: Engine, stretch: "Stretch") -> Tally:
    """What an engine would change in a stretch."""
    from idp.journey.access.history import read

    tally = Tally()
    for recorded in read(stretch):
        tally.take(engine, recorded)
    return tally
