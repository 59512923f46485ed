"""Sessions of people: found by the person or the session's id, and ended."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from admin.api.asked import Answer, Asked
from admin.api.problems import NOT_FOUND, Problem
from admin.api.sections.people import Search
from admin.sections.sessions import ENDED_BY_STAFF
from idp.sessions.session import Session as LiveSession


class Session(BaseModel):
    """A live session."""

    session_id: UUID
    person_id: UUID
    acr: str
    amr: list[str]
    channel: str
    authenticated_at: datetime
    expires_at: datetime
    clients: list[str]


class Sessions(BaseModel):
    """A person's live sessions, the newest first."""

    items: list[Session]


class Ended(BaseModel):
    """How many sessions were ended."""

    sessions: int


def search(request: Asked, given: Search) -> Answer:
    """Find the live sessions of a person by a whole value; the search is recorded."""
    person_id = request.services.city.casebook.find(given.identifier)
    found = _of_person(request, person_id) if person_id else []
    request.tell("session.searched", found=len(found))
    return Answer(body=Sessions(items=found))


def of_person(request: Asked, person_id: UUID) -> Answer:
    """List the live sessions of a person."""
    if request.services.city.casebook.open(person_id, now=request.services.clock.now()) is None:
        raise Problem(NOT_FOUND)
    return Answer(body=Sessions(items=_of_person(request, person_id)))


def show(request: Asked, session_id: UUID) -> Answer:
    """Show one live session."""
    return Answer(body=_session(request, _found(request, session_id)))


def end(request: Asked, session_id: UUID) -> Answer:
    """End a session everywhere, and tell its clients."""
    session = _found(request, session_id)
    person_id = str(session.person_id)
    request.tell("session.end_ordered", subject=person_id, session=str(session_id))
    request.services.city.sessions.end(
        session_id, reason=ENDED_BY_STAFF, now=request.services.clock.now()
    )
    return Answer(status=204, subject=person_id)


def end_all(request: Asked, person_id: UUID) -> Answer:
    """End every session of a person everywhere, and tell the clients."""
    now = request.services.clock.now()
    if request.services.city.casebook.open(person_id, now=now) is None:
        raise Problem(NOT_FOUND)
    live = request.services.city.sessions.of_person(person_id, now=now)
    for each in live:
        session = str(each.id)
        request.tell("session.end_ordered", subject=str(person_id), session=session, of=len(live))
        request.services.city.sessions.end(each.id, reason=ENDED_BY_STAFF, now=now)
    return Answer(body=Ended(sessions=len(live)), subject=str(person_id))


def _found(request: Asked, session_id: UUID) -> LiveSession:
    now = request.services.clock.now()
    session = request.services.city.sessions.find(session_id, now=now)
    if session is None:
        raise Problem(NOT_FOUND)
    return session


def _of_person(request: Asked, person_id: UUID) -> list[Session]:
    now = request.services.clock.now()
    live = request.services.city.sessions.of_person(person_id, now=now)
    return [_session(request, each) for each in live]


def _session(request: Asked, session: LiveSession) -> Session:
    participants = request.services.city.sessions.participants(session.id)
    return Session(
        session_id=session.id,
        person_id=session.person_id,
        acr=session.level.acr,
        amr=list(session.amr),
        channel=session.channel,
        authenticated_at=session.authenticated_at,
        expires_at=session.expires_at,
        clients=[each.client_id for each in participants],
    )
