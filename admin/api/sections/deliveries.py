"""Deliveries that were given up: which, since when and why; and another try for them."""

from datetime import datetime
from typing import Annotated

from ninja import Query
from pydantic import BaseModel, ConfigDict, Field

from admin.api.asked import CHANNEL, Answer, Asked
from admin.api.paging import Cursor, Page, cursor_of
from idp.foundation.outbox import MOST_AT_ONCE, DeadLetter, Fate

_Number = Annotated[int, Field(ge=1, le=2**63 - 1)]


class Delivery(BaseModel):
    """A delivery that waits for a person. What was to be delivered is not shown."""

    delivery_id: int
    kind: str
    attempts: int
    reason: str = Field(description="Why the last attempt failed.")
    enqueued_at: datetime
    died_at: datetime


class Deliveries(BaseModel):
    """A page of dead deliveries, the newest at its head."""

    items: list[Delivery]
    next_cursor: Cursor


class DeliveryFilter(Page):
    """Which deliveries."""

    kind: str = Field("", max_length=64, description="Of this kind alone.")


class Revival(BaseModel):
    """Which deliveries are to be tried again."""

    model_config = ConfigDict(extra="forbid", strict=True)

    deliveries: list[_Number] = Field(min_length=1, max_length=MOST_AT_ONCE)


class Revived(BaseModel):
    """What became of each."""

    revived: list[int]
    superseded: list[int] = Field(description="The same waits already, and is done without these.")
    not_dead: list[int] = Field(description="They wait, were delivered, or are none.")


def listed(request: Asked, asked: Query[DeliveryFilter]) -> Answer:
    """List the deliveries that were given up."""
    found = request.services.deliveries.listed(
        kind=asked.kind, before=asked.before, limit=asked.limit + 1
    )
    shown = found[: asked.limit]
    cursor = cursor_of(str(shown[-1].id)) if len(found) > asked.limit else None
    return Answer(body=Deliveries(items=[_shown(each) for each in shown], next_cursor=cursor))


def revive(request: Asked, given: Revival) -> Answer:
    """Have deliveries that were given up tried again, as if they were new."""
    fates = request.services.deliveries.revive(
        given.deliveries, operator=request.caller.operator, channel=CHANNEL
    )

    def of(fate: Fate) -> list[int]:
        return [each for each, became in fates.items() if became is fate]

    return Answer(
        body=Revived(
            revived=of(Fate.REVIVED), superseded=of(Fate.SUPERSEDED), not_dead=of(Fate.NOT_DEAD)
        )
    )


def _shown(found: DeadLetter) -> Delivery:
    return Delivery(
        delivery_id=found.id,
        kind=found.kind,
        attempts=found.attempts,
        reason=found.reason,
        enqueued_at=found.enqueued_at,
        died_at=found.died_at,
    )
