"""Sessions of people: found by the person or the session's id, and ended."""

from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse

from admin.console import Asked, Console, tell
from admin.gate import see_other
from admin.pages import render
from idp.sessions.session import Session
from idp.staff.roles import Role

ENDED_BY_STAFF: Final = "ended_by_operator"


def sessions(console: Console, asked: Asked) -> HttpResponse:
    """Find the live sessions of a person, or one session."""
    context: dict[str, Any] = {"section": "sessions", "may_end": asked.member.role is Role.SECURITY}
    if asked.request.method == "POST":
        found = _found(console, asked.request.POST.get("q", "")[:200])
        detail: dict[str, object] = {"found": len(found)}
        tell(console, asked, "session.searched", detail=detail)
        context |= {"found": [_shown(console, each) for each in found], "is_searched": True}
    return render(console, asked, "sessions", context)


def end(console: Console, asked: Asked, session_id: UUID) -> HttpResponse:
    """End a session everywhere, and tell its clients."""
    session = console.city.sessions.find(session_id, now=console.clock.now())
    if session is None:
        return see_other("/console/sessions")
    tell(
        console,
        asked,
        "session.end_ordered",
        subject=str(session.person_id),
        detail={"session": str(session_id)},
    )
    console.city.sessions.end(session_id, reason=ENDED_BY_STAFF, now=console.clock.now())
    return see_other(f"/console/people/{session.person_id}")


def _found(console: Console, typed: str) -> tuple[Session, ...]:
    now = console.clock.now()
    try:
        session = console.city.sessions.find(UUID(typed.strip()), now=now)
    except ValueError:
        session = None
    if session is not None:
        return (session,)
    person_id = console.city.casebook.find(typed)
    return console.city.sessions.of_person(person_id, now=now) if person_id else ()


def _shown(console: Console, session: Session) -> dict[str, Any]:
    return {
        "session": session,
        "clients": [each.client_id for each in console.city.sessions.participants(session.id)],
    }
