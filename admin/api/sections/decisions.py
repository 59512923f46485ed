"""Decisions of the policies as they were made: what was answered, about whom, under which facts."""

from datetime import datetime
from typing import Any, Final, Literal

from ninja import Query
from pydantic import BaseModel, Field

from admin.api.asked import Answer, Asked, own_clients
from admin.api.paging import Cursor, Page, cursor_of
from admin.api.problems import NOT_FOUND, Problem
from admin.api.sections.trials import Outcome, outcome_of
from idp.journey.access.history import page
from idp.journey.access.recorded import RecordedDecisions

_LARGEST: Final = 2**63
"""Beyond it no database has a number."""


class Decision(BaseModel):
    """One decision."""

    id: int
    at: datetime
    client_id: str
    outcome: Literal["permit", "step_up", "forbid"]
    said: str = Field(description="The reason of a refusal, the acr of a step-up.")
    facts: dict[str, Any] = Field(description="As the vocabulary of policies names them.")


class Decisions(BaseModel):
    """A page of decisions, the newest first."""

    items: list[Decision]
    next_cursor: Cursor


class Grounds(BaseModel):
    """One decision, the version it was made by, and the policies behind it."""

    decision: Decision
    version: int | None = Field(description="Null where no version decides so any more.")
    why: Outcome | None


class DecisionFilter(Page):
    """Which decisions."""

    client_id: str = Field("", max_length=128)
    outcome: Literal["", "permit", "step_up", "forbid"] = ""


def listed(request: Asked, asked: Query[DecisionFilter]) -> Answer:
    """List recorded decisions; a department's client sees those about its own clients."""
    wanted = own_clients(request)
    if asked.client_id:
        named = frozenset({asked.client_id})
        wanted = named if wanted is None else wanted & named
    found, following = page(
        before=asked.before, clients=wanted, outcome=asked.outcome, size=asked.limit
    )
    return Answer(
        body=Decisions(
            items=[
                Decision(
                    id=each.id,
                    at=each.at,
                    client_id=each.facts.client.client_id,
                    outcome=each.outcome,
                    said=each.said,
                    facts=each.facts.record(),
                )
                for each in found
            ],
            next_cursor=cursor_of(str(following)) if following else None,
        )
    )


def show(request: Asked, number: int) -> Answer:
    """Show one decision and why it came out so; a department's client sees its own clients'."""
    recorded = RecordedDecisions()
    made = recorded.find(number, clients=own_clients(request)) if number < _LARGEST else None
    if made is None or made.facts is None:
        raise Problem(NOT_FOUND)
    grounds = recorded.grounds_of(made)
    shown = Decision(
        id=made.id,
        at=made.at,
        client_id=made.client_id,
        outcome=made.outcome,
        said=made.said,
        facts=made.facts.record(),
    )
    return Answer(
        body=Grounds(
            decision=shown,
            version=grounds.version.number if grounds else None,
            why=outcome_of(grounds.decision) if grounds else None,
        )
    )
