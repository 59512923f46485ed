"""The audit trail: newest first, filtered; how the chain stands; and the proof that it is whole."""

from datetime import datetime
from typing import Any

from ninja import Query
from pydantic import BaseModel, Field

from admin.api.asked import Answer, Asked, own_clients
from admin.api.paging import Cursor, Page, cursor_of
from admin.api.problems import CONFLICT, Problem
from idp.foundation.audit.trail import FILTERS


class Event(BaseModel):
    """One event; parties are identifiers, empty where there is none."""

    id: int
    at: datetime
    type: str
    outcome: str
    actor: str
    operator: str
    channel: str
    client_id: str
    subject: str
    detail: dict[str, Any]
    seq: int | None = Field(description="Its place in the chain; null for a moment.")


class Events(BaseModel):
    """A page of events, the newest first."""

    items: list[Event]
    next_cursor: Cursor


class EventFilter(Page):
    """Which events."""

    type: str = Field("", max_length=80, description="A type, or its beginning up to a dot.")
    outcome: str = Field("", max_length=80)
    client_id: str = Field("", max_length=128)
    subject: str = Field("", max_length=80)
    operator: str = Field("", max_length=136)


class Chain(BaseModel):
    """How far the chain and its signatures have come."""

    chained: int
    waiting: int = Field(description="Events not chained yet, counted up to 20,001.")
    signed_until: int
    signed_at: datetime | None


class Proof(BaseModel):
    """What a proof of the whole chain found."""

    intact: bool
    events: int
    checkpoints: int
    broken_seq: int | None
    reason: str


def listed(request: Asked, asked: Query[EventFilter]) -> Answer:
    """List events; a department's client sees those of its own clients. The look is recorded."""
    filters = {name: getattr(asked, name).strip() for name in FILTERS}
    found = request.services.city.trail.page(
        filters, before=asked.before, clients=own_clients(request), size=asked.limit + 1
    )
    shown = found[: asked.limit]
    request.tell("audit.exported", events=len(shown))
    return Answer(
        body=Events(
            items=[
                Event(
                    id=each.id,
                    at=each.at,
                    type=each.type,
                    outcome=each.outcome,
                    actor=each.actor,
                    operator=each.operator,
                    channel=each.channel,
                    client_id=each.client_id,
                    subject=each.subject,
                    detail=dict(each.detail),
                    seq=each.seq,
                )
                for each in shown
            ],
            next_cursor=cursor_of(str(shown[-1].id)) if len(found) > asked.limit else None,
        )
    )


def state(request: Asked) -> Answer:
    """Say how far the chain has come."""
    found = request.services.city.trail.state()
    return Answer(
        body=Chain(
            chained=found.chained,
            waiting=found.waiting,
            signed_until=found.signed_until,
            signed_at=found.signed_at,
        )
    )


def prove(request: Asked) -> Answer:
    """Prove the whole chain, and say what was found."""
    report = request.services.city.trail.prove()
    if report is None:
        raise Problem(CONFLICT, "the chain is too long for an answer: manage.py audit verify")
    request.tell("audit.proven", events=report.events, intact=report.is_intact)
    return Answer(
        body=Proof(
            intact=report.is_intact,
            events=report.events,
            checkpoints=report.checkpoints,
            broken_seq=report.broken_seq,
            reason=report.reason,
        )
    )
