"""Two accounts of one person: merged by what ties them, parted again within thirty days.

Who is who is decided by the declared ties; this page shows what a merge would do before it does it.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console, tell
from admin.gate import see_other
from admin.joining import Pair, wish_of
from admin.pages import render
from admin.reasons import (
    MERGE_REASONS,
    SPLIT_REASONS,
    Reason,
    read_reason,
    reason_in_words,
)
from admin.words import problem_name
from idp.staff.roles import Role
from idp.subjects.merging import MergeRefused, Plan, Wish
from idp.subjects.models import Merge
from idp.subjects.statuses import Actor, ActorKind
from idp.subjects.ties import Tie

TIE_NAMES: Final[Mapping[str, Any]] = {
    Tie.WINDOW: _("Both documents were compared with their holder at a window"),
    Tie.NAMED_DOCUMENT: _("One document names the number of the other"),
    Tie.NETWORK_IDENTITY: _("The national network identity vouched for both"),
    Tie.LIVE_FACE: _("A live face was compared with both photographs"),
    Tie.SAME_RECORD: _("One record of an authority names both"),
    Tie.RENEWAL: _("A renewed document"),
    Tie.PARTICULARS: _("Two documents that one person lawfully holds"),
    Tie.SAME_DOCUMENT: _("Both were proven for the very same document"),
    Tie.BOTH_ACCOUNTS: _("The person signed in to both accounts"),
    Tie.OPERATOR: _("An operator saw the originals"),
}
STATES: Final = {
    Merge.State.DONE: (_("merged"), "wait"),
    Merge.State.UNDONE: (_("parted again"), "off"),
    Merge.State.FINAL: (_("final"), "good"),
}


def propose(console: Console, asked: Asked, person_id: UUID) -> HttpResponse:
    """Find the other account, and show what merging the two would do; nothing is changed."""
    _require_person(console, person_id)
    found = console.city.casebook.find(asked.request.POST.get("q", "")[:200])
    tell(
        console,
        asked,
        "person.searched",
        subject=str(found or ""),
        detail={"found": found is not None, "for": "merge"},
    )
    if found is None or found == person_id:
        return _shown(console, asked, person_id, None, {"is_missing": True}, status=404)
    return _proposed(console, asked, person_id, found, {})


def merge(console: Console, asked: Asked, person_id: UUID) -> HttpResponse:
    """Merge the two, with a reason; both are told, and it can be undone for thirty days."""
    other = _uuid(asked.request.POST.get("other", ""))
    reason = read_reason(asked.request.POST, MERGE_REASONS)
    for each in (person_id, other):
        _require_person(console, each)
    if reason is None:
        return _proposed(console, asked, person_id, other, {"needs_reason": True}, status=400)
    now, wish = console.clock.now(), _wish(console, asked, person_id, other, reason)
    try:
        done = console.city.merging.merge(wish, now=now)
    except MergeRefused:
        return _proposed(console, asked, person_id, other, {"is_refused": True}, status=409)
    return see_other(f"/console/merges/{done.id}")


def merged(console: Console, asked: Asked, merge_id: UUID) -> HttpResponse:
    """Show one merge, and how long it can be undone."""
    return _one(console, asked, _found(merge_id), {})


def undo(console: Console, asked: Asked, merge_id: UUID) -> HttpResponse:
    """Part the two again, with a reason; everything in the retired folder is theirs as it was."""
    found, now = _found(merge_id), console.clock.now()
    reason = read_reason(asked.request.POST, SPLIT_REASONS)
    if reason is None:
        return _one(console, asked, found, {"needs_reason": True}, status=400)
    try:
        console.city.merging.undo(merge_id, _actor(asked), reference=reason.in_words(), now=now)
    except (MergeRefused, Merge.DoesNotExist):
        return _one(console, asked, _found(merge_id), {"is_refused": True}, status=409)
    return see_other(f"/console/merges/{merge_id}")


def _wish(console: Console, asked: Asked, one: UUID, other: UUID, reason: Reason | None) -> Wish:
    saw_originals = asked.request.POST.get("originals") == "yes"
    pair = Pair(one=one, other=other, saw_originals=saw_originals)
    now = console.clock.now()
    return wish_of(console.city.merging, pair, _actor(asked), reason=reason, now=now)


def _actor(asked: Asked) -> Actor:
    return Actor(kind=ActorKind.OPERATOR, id=asked.operator, channel="console")


def _proposed(
    console: Console,
    asked: Asked,
    one: UUID,
    other: UUID,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    wish = _wish(console, asked, one, other, None)
    plan = console.city.merging.plan(wish, now=console.clock.now())
    return _shown(console, asked, one, plan, {"other": other, **context}, status=status)


def _shown(
    console: Console,
    asked: Asked,
    person_id: UUID,
    plan: Plan | None,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    now = console.clock.now()
    people = [plan.survivor, plan.retired] if plan else []
    words = {
        "section": "people",
        "person_id": person_id,
        "plan": plan,
        "problems": [problem_name(each) for each in plan.problems] if plan else [],
        "cases": [console.city.casebook.open(each, now=now) for each in people],
        "rule_name": TIE_NAMES.get(plan.rule, "") if plan and plan.rule else "",
        "is_tied": plan is not None and not plan.problems,
        "reasons": MERGE_REASONS.items(),
        **context,
    }
    return render(console, asked, "merge_plan", words, status=status)


def _found(merge_id: UUID) -> Merge:
    found = Merge.objects.filter(id=merge_id).first()
    if found is None:
        raise Http404
    return found


def _one(
    console: Console, asked: Asked, found: Merge, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    now = console.clock.now()
    is_undoable = found.state == Merge.State.DONE and found.undoable_until > now
    words = {
        "section": "people",
        "found": found,
        "state": STATES[Merge.State(found.state)],
        "rule_name": TIE_NAMES.get(found.rule, found.rule),
        "reason": reason_in_words(found.reference),
        "told": [client_id for client_id, _sub in found.told],
        "may_undo": asked.member.role is Role.SECURITY and is_undoable,
        "reasons": SPLIT_REASONS.items(),
        **context,
    }
    return render(console, asked, "merge", words, status=status)


def _require_person(console: Console, person_id: UUID) -> None:
    if console.city.casebook.open(person_id, now=console.clock.now()) is None:
        raise Http404


def _uuid(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        raise Http404 from None
