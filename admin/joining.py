"""Two accounts of one person, as staff merge and part them: the console and the API wish alike."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from admin.reasons import Reason
from idp.subjects.merging import Merging, Wish
from idp.subjects.statuses import Actor
from idp.subjects.ties import Tie


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two accounts that staff hold for one person's; `saw_originals` of both documents."""

    one: UUID
    other: UUID
    saw_originals: bool = False


def wish_of(
    merging: Merging, pair: Pair, by: Actor, *, reason: Reason | None, now: datetime
) -> Wish:
    """Who is proven higher survives, else the older account; without a reason it is but planned."""
    survivor = merging.survivor_of_two(pair.one, pair.other, now=now)
    return Wish(
        survivor=survivor,
        retired=pair.other if survivor == pair.one else pair.one,
        by=by,
        rule=Tie.OPERATOR if pair.saw_originals else None,
        reference=reason.in_words() if reason else "",
    )
