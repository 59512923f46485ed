"""Proposals: made by system administrators, decided by security administrators for one diff.

An emergency change is in force at once and is reviewed by a security administrator later.
"""

from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console
from admin.gate import see_other
from admin.listing import Cell, Column, Listing, moment
from admin.names import Names
from admin.pages import render
from admin.sections.policies.drafts import found_draft, frame
from admin.sections.policies.mistakes import refusal_shown
from admin.sections.policies.replays import replays_of
from admin.sections.policies.sets import set_name, version_url
from admin.sections.policies.words import diff_shown
from idp.journey.access.changes import OPEN, ChangeRefused, Draft, Proposal
from idp.journey.access.drafts import KeptDraft
from idp.journey.access.versions import changed, difference, digest_of, in_force
from idp.staff.roles import Role

LONGEST: Final = 2_000
_LISTED: Final = 500
_OUTCOMES: Final = {
    OPEN: (_("waits for approval"), "wait"),
    "approved": (_("approved"), "good"),
    "rejected": (_("rejected"), "bad"),
    "withdrawn": (_("withdrawn"), "off"),
}


def propose(console: Console, asked: Asked, draft_id: UUID) -> HttpResponse:
    """Show what a draft changes; ask for the change, or make it at once in an emergency."""
    draft = found_draft(console, draft_id)
    if asked.request.method != "POST":
        return _propose_page(console, asked, draft, {})
    reason = asked.request.POST.get("reason", "").strip()[: LONGEST + 1]
    wanted = Draft(texts=draft.texts, author=asked.operator, reason=reason)
    changes = console.policies.changes
    try:
        _require_looked_at(draft, asked.request.POST.get("sha256", ""))
        if asked.request.POST.get("how") == "emergency":
            made = changes.emergency(wanted)
            where, key = version_url(made.number), f"version:{made.number}"
        else:
            proposal = changes.propose(wanted)
            where, key = proposal_url(proposal), f"proposal:{proposal.id}"
    except ChangeRefused as refusal:
        context = {"refusal": refusal_shown(refusal), "reason": reason}
        return _propose_page(console, asked, draft, context, 409)
    console.policies.replays.rename(f"draft:{draft.id}", key, since=draft.updated_at)
    console.policies.drafts.discard(draft.id)
    return see_other(where)


def proposals(console: Console, asked: Asked) -> HttpResponse:
    """List every proposal, whatever became of it; or export the list."""
    names = Names(console.staff.accounts)
    values = [
        {
            "proposal": each,
            "owners": ", ".join(set_name(console, owner) for owner in each.texts),
            "author": names(each.author),
            "decided_by": names(each.decided_by),
        }
        for each in console.policies.changes.proposals(is_open=False, limit=_LISTED)
    ]
    if asked.request.GET.get("format") == "csv":
        return _LIST.export(asked.request, values, name="policy-proposals")
    context = {"section": "policies", "list": _LIST.answer(asked.request, values)}
    return render(console, asked, "policy_proposals", context)


def proposal(console: Console, asked: Asked, proposal_id: UUID) -> HttpResponse:
    """Show a proposal with its diff and what replays of it found."""
    return _page(console, asked, _found(console, proposal_id), {})


def approve(console: Console, asked: Asked, proposal_id: UUID) -> HttpResponse:
    """Bring the very diff that was looked at into force."""
    found = _found(console, proposal_id)
    digest = asked.request.POST.get("sha256", "")
    try:
        made = console.policies.changes.approve(
            found.id, approver=asked.operator, diff_sha256=digest
        )
    except ChangeRefused as refusal:
        return _page(console, asked, found, {"refusal": refusal_shown(refusal)}, 409)
    return see_other(version_url(made.number))


def reject(console: Console, asked: Asked, proposal_id: UUID) -> HttpResponse:
    """Decline a proposal, with a reason for its author."""
    return _closed(console, asked, _found(console, proposal_id))


def withdraw(console: Console, asked: Asked, proposal_id: UUID) -> HttpResponse:
    """Take one's own proposal back."""
    found = _found(console, proposal_id)
    if found.author != asked.operator:
        context = {"error": _("Only its author can take a proposal back.")}
        return _page(console, asked, found, context, 409)
    return _closed(console, asked, found)


def _cells(each: dict[str, Any]) -> list[Cell]:
    found: Proposal = each["proposal"]
    state, tone = _OUTCOMES.get(found.outcome, (found.outcome, "off"))
    return [
        Cell(found.reason, url=proposal_url(found)),
        Cell(each["owners"]),
        Cell(state, tone=f"state {tone}"),
        Cell(each["author"]),
        Cell(moment(found.created_at), tone="figure"),
        Cell(each["decided_by"] or "–"),
    ]


_LIST: Final = Listing(
    columns=(
        Column("reason", _("Why"), lambda each: each["proposal"].reason),
        Column("owners", _("For whom"), lambda each: each["owners"]),
        Column("state", _("State"), lambda each: each["proposal"].outcome),
        Column("author", _("Proposed by"), lambda each: each["author"]),
        Column("at", _("Proposed at"), lambda each: each["proposal"].created_at),
        Column("decided", _("Decided by whom"), lambda each: each["decided_by"]),
    ),
    cells=_cells,
    words=lambda each: " ".join(
        (each["proposal"].reason, each["owners"], each["author"], each["decided_by"])
    ),
    default_sort="-at",
)


def proposal_url(proposal: Proposal) -> str:
    return f"/console/policies/proposals/{proposal.id}"


def _closed(console: Console, asked: Asked, found: Proposal) -> HttpResponse:
    reason = asked.request.POST.get("reason", "").strip()[:LONGEST]
    if not reason:
        return _page(console, asked, found, {"error": _("Say why, for its author.")}, 400)
    try:
        console.policies.changes.close(found.id, by=asked.operator, reason=reason)
    except ChangeRefused as refusal:
        return _page(console, asked, found, {"refusal": refusal_shown(refusal)}, 409)
    return see_other(proposal_url(found))


def _found(console: Console, proposal_id: UUID) -> Proposal:
    found = console.policies.changes.find(proposal_id)
    if found is None:
        raise Http404
    return found


def _require_looked_at(draft: KeptDraft, digest: str) -> None:
    """Somebody may have saved the draft, or put a version in force, since the page was shown."""
    if digest != _looked_at(draft)[1]:
        raise ChangeRefused("other_diff", "this is not the change you looked at")


def _looked_at(draft: KeptDraft) -> tuple[str, str]:
    """What a draft changes of what is in force, and the digest that names just that."""
    base = in_force()
    diff = difference(base.texts, changed(base, draft.texts))
    return diff, digest_of(base.number, diff)


def _propose_page(
    console: Console, asked: Asked, draft: KeptDraft, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    diff, digest = _looked_at(draft)
    words = {
        **frame(console, draft, "propose"),
        "diff": diff_shown(diff),
        "digest": digest,
        "replays": replays_of(console, f"draft:{draft.id}", since=draft.updated_at),
        **context,
    }
    return render(console, asked, "policy_propose", words, status=status)


def _page(
    console: Console, asked: Asked, found: Proposal, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    names, now = Names(console.staff.accounts), in_force()
    state, tone = _OUTCOMES.get(found.outcome, (found.outcome, "off"))
    is_own = found.author == asked.operator
    words = {
        "section": "policies",
        "found": found,
        "state": state,
        "tone": tone,
        "is_open": found.outcome == OPEN,
        "author": names(found.author),
        "decided_by": names(found.decided_by),
        "owners": [set_name(console, owner) for owner in found.texts],
        "diff": diff_shown(found.diff),
        "is_out_of_date": found.outcome == OPEN and found.base != now.number,
        "replays": replays_of(console, f"proposal:{found.id}"),
        "candidate": f"proposal:{found.id}",
        "may_approve": asked.member.role is Role.SECURITY and not is_own,
        "may_withdraw": asked.member.role is Role.SYSTEM and is_own,
        "may_replay": asked.member.role in {Role.SYSTEM, Role.SECURITY},
        **context,
    }
    return render(console, asked, "policy_proposal", words, status=status)
