"""People: found by an identifier, masked; unmasked for a while with a reason; frozen.

Nobody can leaf through people. Every look behind the mask is an event with its reason.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpResponse

from admin.console import Asked, Console, tell
from admin.gate import see_other
from admin.pages import render
from admin.reasons import (
    FREEZE_REASONS,
    OPEN_REASONS,
    STATUS_CAUSES,
    UNMASK_REASONS,
    read_reason,
    reason_in_words,
)
from admin.sections.merges import STATES as MERGE_STATES
from admin.words import document_name, identifier_name, status_name
from idp.staff.roles import Role
from idp.subjects.casebook import Case
from idp.subjects.models import Merge
from idp.subjects.statuses import Actor, ActorKind, Cause, StatusRefused
from idp.subjects.statuses import Reason as StatusReason

UNMASKED_SECONDS: Final = 300


def people(console: Console, asked: Asked) -> HttpResponse:
    """Find a person by phone, e-mail address, user name, document number or id."""
    context: dict[str, Any] = {"section": "people"}
    if asked.request.method == "POST":
        person_id = console.city.casebook.find(asked.request.POST.get("q", "")[:200])
        tell(
            console,
            asked,
            "person.searched",
            subject=str(person_id or ""),
            detail={"found": person_id is not None},
        )
        if person_id is not None:
            return see_other(f"/console/people/{person_id}")
        context["is_missing"] = True
    return render(console, asked, "people", context)


def person(console: Console, asked: Asked, person_id: UUID) -> HttpResponse:
    """Show a person, masked unless this very session was let behind the mask a moment ago."""
    now = console.clock.now()
    is_open = console.store.get(_key(asked, person_id)) is not None
    case = console.city.casebook.open(person_id, now=now, is_masked=not is_open)
    if case is None:
        raise Http404
    return _page(console, asked, case, {})


def unmask(console: Console, asked: Asked, person_id: UUID) -> HttpResponse:
    """Look behind the mask for five minutes, with a reason that is recorded."""
    case = _case(console, person_id)
    reason = read_reason(asked.request.POST, UNMASK_REASONS)
    if reason is None:
        return _page(console, asked, case, {"needs_reason": "unmask"}, status=400)
    detail = {**reason.as_detail(), "seconds": UNMASKED_SECONDS}
    tell(console, asked, "person.unmasked", subject=str(person_id), detail=detail)
    console.store.put(_key(asked, person_id), b"1", ttl=UNMASKED_SECONDS)
    return see_other(f"/console/people/{person_id}")


def freeze(console: Console, asked: Asked, person_id: UUID) -> HttpResponse:
    """Freeze an account with a reason: sessions and grants end, and the person is told."""
    return _changed(console, asked, person_id, FREEZE_REASONS)


def reopen(console: Console, asked: Asked, person_id: UUID) -> HttpResponse:
    """Let a frozen account be used again, with a reason; the person is told."""
    return _changed(console, asked, person_id, OPEN_REASONS)


def _changed(
    console: Console, asked: Asked, person_id: UUID, reasons: Mapping[str, Any]
) -> HttpResponse:
    case = _case(console, person_id)
    reason = read_reason(asked.request.POST, reasons)
    if reason is None:
        return _page(console, asked, case, {"needs_reason": "status"}, status=400)
    cause = Cause(
        reason=StatusReason(reason.code),
        by=Actor(kind=ActorKind.OPERATOR, id=asked.operator, channel="console"),
        reference=reason.reference,
    )
    try:
        console.city.statuses.change(person_id, cause, now=console.clock.now())
    except StatusRefused:
        return _page(console, asked, case, {"is_refused": True}, status=409)
    return see_other(f"/console/people/{person_id}")


def _case(console: Console, person_id: UUID) -> Case:
    case = console.city.casebook.open(person_id, now=console.clock.now())
    if case is None:
        raise Http404
    return case


def _page(
    console: Console, asked: Asked, case: Case, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    now = console.clock.now()
    words = {
        "section": "people",
        "case": case,
        "status_name": status_name(case.status),
        "sessions": console.city.sessions.of_person(case.person_id, now=now),
        "may_act": asked.member.role is Role.SECURITY,
        "unmask_reasons": UNMASK_REASONS.items(),
        "freeze_reasons": FREEZE_REASONS.items(),
        "open_reasons": OPEN_REASONS.items(),
        "merges": [
            (MERGE_STATES[Merge.State(each.state)], each, reason_in_words(each.reference))
            for each in console.city.merging.of(case.person_id)
        ],
        "history": [
            (status_name(each.status), STATUS_CAUSES.get(each.cause.reason, ""), each)
            for each in console.city.statuses.history(case.person_id)
        ],
        "identifiers": [(identifier_name(kind), value) for kind, value in case.identifiers],
        "contacts": [(identifier_name(kind), value) for kind, value in case.contacts],
        "documents": [(document_name(each.document_type), each) for each in case.documents],
        "minutes": UNMASKED_SECONDS // 60,
        "events": console.city.trail.page({"subject": str(case.person_id)}, size=8),
        **context,
    }
    return render(console, asked, "person", words, status=status)


def _key(asked: Asked, person_id: UUID) -> str:
    return f"console:unmasked:{asked.signed.id}:{person_id}"
