"""Connectors to authorities and gateways: how each stands, and what the city says of its use.

How one is reached, and with which secrets, stands in a file that no address shows.
"""

from dataclasses import asdict, replace
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from admin.api.asked import CHANNEL, Answer, Asked
from admin.api.problems import CHANGED_MEANWHILE, NOT_FOUND, Problem
from admin.reasons import REFERENCE, Reason
from idp.channels.connector_desk import Placed, Standing, State
from idp.channels.connector_terms import ChangedBy, ChangedMeanwhile, Override, override_of

_REFERENCE: Final = f"^{REFERENCE.pattern}$"
_WORDS: Final = ("switch", "order", "per_day", "cost")


class Said(BaseModel):
    """What the city says of a connector; null leaves the file's word."""

    switch: bool | None
    order: int | None
    per_day: int | None
    cost: int | None


class Connector(BaseModel):
    """A connector under the terms that hold, and how it fares. Its ETag is of `said` alone."""

    section: str
    name: str
    method: str
    authority: str
    state: State
    is_on: bool
    order: int = Field(description="Lower ones are asked first.")
    per_day: int | None = Field(description="Checks or messages a day; null for no limit.")
    cost: int = Field(description="Of one check, in fen.")
    said: Said
    used_today: int
    answered_today: int
    failed_today: int
    within_seconds: float | None = Field(
        description="How long 95 of 100 waited today at most; null where nobody did."
    )
    cost_today: int = Field(description="In fen.")
    cost_this_month: int = Field(description="In fen.")


class Connectors(BaseModel):
    """Every connector, in the order in which they are asked."""

    items: list[Connector]


class ConnectorChange(BaseModel):
    """What shall be said instead; what is left out stays, null is the file's word again."""

    model_config = ConfigDict(extra="forbid", strict=True)

    switch: bool | None = None
    order: int | None = Field(None, ge=0, le=10_000)
    per_day: int | None = Field(None, ge=0, le=100_000_000)
    cost: int | None = Field(None, ge=0, le=1_000_000)
    reason: Literal["failure", "maintenance", "contract", "incident"]
    reference: str = Field(pattern=_REFERENCE, description="The number of the case.")


def listed(request: Asked) -> Answer:
    """List connectors."""
    found = request.services.connectors.listed(now=request.services.clock.now())
    return Answer(body=Connectors(items=[_shown(each) for each in found]))


def show(request: Asked, section: str, name: str) -> Answer:
    """Show one connector."""
    return _answer(_standing(request, _found(request, section, name)))


def change(request: Asked, section: str, name: str, given: ConnectorChange) -> Answer:
    """Say how a connector is used; it holds on every node within a second."""
    placed = _found(request, section, name)
    before = override_of(section, name) or Override()
    request.require_unchanged(_said(before))
    named = given.model_fields_set.intersection(_WORDS)
    wanted = replace(before, **{word: getattr(given, word) for word in named})
    by = ChangedBy(
        operator=request.caller.operator,
        channel=CHANNEL,
        because=Reason(code=given.reason, reference=given.reference).as_detail(),
        saw=before,
    )
    try:
        request.services.connectors.change(placed, wanted, by)
    except ChangedMeanwhile as problem:
        raise Problem(CHANGED_MEANWHILE) from problem
    return _answer(_standing(request, placed))


def _found(request: Asked, section: str, name: str) -> Placed:
    found = request.services.connectors.find(section, name)
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def _standing(request: Asked, placed: Placed) -> Standing:
    return request.services.connectors.standing(placed, now=request.services.clock.now())


def _answer(standing: Standing) -> Answer:
    return Answer(body=_shown(standing), tagged=_said(standing.override))


def _said(override: Override) -> Said:
    return Said(**asdict(override))


def _shown(standing: Standing) -> Connector:
    placed, terms, today = standing.placed, standing.terms, standing.today
    return Connector(
        section=placed.section,
        name=placed.terms.name,
        method=placed.method,
        authority=placed.authority,
        state=standing.state,
        is_on=terms.is_on,
        order=terms.order,
        per_day=terms.per_day,
        cost=terms.cost,
        said=_said(standing.override),
        used_today=standing.used_today,
        answered_today=today.answered,
        failed_today=today.failed,
        within_seconds=None if today.is_beyond else today.p95,
        cost_today=today.cost,
        cost_this_month=standing.month_cost,
    )
