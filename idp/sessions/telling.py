"""What is told of a session: which one, whose, what was proven in it, and since when."""

from datetime import datetime

from idp.foundation.audit import AuditEvent
from idp.sessions.models import SessionRow
from idp.sessions.session import Seen, Session
from idp.subjects.levels import IdentityLevel
from idp.subjects.people import Standing
from idp.subjects.populations import population_of
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


def session_of(row: SessionRow, standing: Standing, identity: IdentityLevel) -> Session:
    """A session as the rooms above see it: its level no higher than what still stands proven."""
    return Session(
        id=row.id,
        person_id=row.person_id,
        person_status=standing.status,
        authenticated_at=row.authenticated_at,
        expires_at=row.expires_at,
        level=Level(ial=min(row.identity_level, identity.level), aal=row.authentication_level),
        amr=tuple(row.amr),
        channel=row.channel,
        display_name=standing.masked_name,
        aliases=standing.aliases,
        minor_until=standing.minor_until,
        methods=tuple(sorted({proof.method for proof in identity.because})),
        proven_at=proven_at(identity),
        population=population_of(proof.document_type for proof in identity.because),
        seen=Seen(
            signals=None if row.signals is None else tuple(row.signals),
            device_known=row.device_known,
            own_aal=row.own_level,
            device=row.device,
        ),
    )
