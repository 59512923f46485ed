"""Alerts: what wants somebody's attention, and the word of whoever saw to it."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from ninja import Query
from pydantic import BaseModel, ConfigDict, Field

from admin.api.asked import CHANNEL, Answer, Asked
from admin.api.paging import Cursor, Page
from admin.api.problems import CONFLICT, NOT_FOUND, Problem
from admin.reasons import REFERENCE
from idp.staff.alerts import Raised, Verdict
from idp.staff.alerts.desk import LONGEST_NOTE
from idp.staff.alerts.desk import Answer as Word

_END_OF_TIME: Final = 10**17 - 1
_REFERENCE: Final = f"^{REFERENCE.pattern}$"


class Alert(BaseModel):
    """One alert, however often it was raised."""

    alert_id: UUID
    type: str
    severity: Literal["serious", "notice"]
    client_id: str
    subject: str
    about: str
    times: int
    event: int = Field(description="The event of the audit trail that raised it first.")
    raised_at: datetime
    last_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str
    verdict: Literal["", "handled", "false_alarm", "passed_on"]
    reference: str
    note: str


class Alerts(BaseModel):
    """A page of alerts, the latest first raised at its head."""

    items: list[Alert]
    next_cursor: Cursor


class AlertFilter(Page):
    """Which alerts."""

    open: bool = Field(True, description="Those that nobody saw to; false for all.")
    severity: Literal["", "serious", "notice"] = ""


class Acknowledgement(BaseModel):
    """What came of an alert."""

    model_config = ConfigDict(extra="forbid", strict=True)

    verdict: Literal["handled", "false_alarm", "passed_on"]
    reference: str = Field(pattern=_REFERENCE, description="The number of the case.")
    note: str = Field("", max_length=LONGEST_NOTE, description="For colleagues; nobody's data.")


def listed(request: Asked, asked: Query[AlertFilter]) -> Answer:
    """List alerts."""
    found = [
        each
        for each in request.services.alerts.listed()
        if (each.is_open or not asked.open) and asked.severity in {"", each.severity}
    ]
    shown, cursor = asked.of(sorted(found, key=_place), _place)
    return Answer(body=Alerts(items=[_alert(each) for each in shown], next_cursor=cursor))


def show(request: Asked, alert_id: UUID) -> Answer:
    """Show one alert."""
    return Answer(body=_alert(_found(request, alert_id)))


def acknowledge(request: Asked, alert_id: UUID, given: Acknowledgement) -> Answer:
    """Say what came of an alert; the one who says it first is right."""
    found = _found(request, alert_id)
    word = Word(verdict=Verdict(given.verdict), reference=given.reference, note=given.note)
    done = request.services.alerts.acknowledge(
        [found.id], word, operator=request.caller.operator, channel=CHANNEL
    )
    if not done:
        raise Problem(CONFLICT, "somebody saw to it before")
    return Answer(body=_alert(_found(request, alert_id)))


def _place(alert: Raised) -> str:
    """Where it stands in the list for ever: the later it was raised, the further ahead."""
    ago = _END_OF_TIME - int(alert.raised_at.timestamp() * 1_000_000)
    return f"{ago:017d} {alert.id}"


def _found(request: Asked, alert_id: UUID) -> Raised:
    found = request.services.alerts.find(alert_id)
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def _alert(found: Raised) -> Alert:
    return Alert(
        alert_id=found.id,
        type=found.type,
        severity=found.severity,  # type: ignore[arg-type]  # one of the two
        client_id=found.client_id,
        subject=found.subject,
        about=found.about,
        times=found.times,
        event=found.event,
        raised_at=found.raised_at,
        last_at=found.last_at,
        acknowledged_at=found.acknowledged_at,
        acknowledged_by=found.acknowledged_by,
        verdict=found.verdict,  # type: ignore[arg-type]  # one of the three, "" before
        reference=found.reference,
        note=found.note,
    )
