"""What is told of a session: which one, whose, what was proven in it, and since when."""

from datetime import datetime

from idp.foundation.audit import AuditEvent
from idp.sessions.models import SessionRow
from idp.subjects.levels import IdentityLevel
from policies.levels import Level


def session_event(event_type: str, row: SessionRow, detail: dict[str, object]) -> AuditEvent:
    return AuditEvent(
        type=event_type,
        outcome="success",
        subject=str(row.person_id),
        channel=row.channel,
        detail={"session": str(row.id), **detail},
    )


def proven_in(row: SessionRow) -> dict[str, object]:
    acr = Level(ial=row.identity_level, aal=row.authentication_level).acr
    return {"amr": row.amr, "acr": acr}


def proven_at(identity: IdentityLevel) -> datetime | None:
    """The instant of the oldest evidence a level rests on."""
    return min((proof.checked_at for proof in identity.because), default=None)
