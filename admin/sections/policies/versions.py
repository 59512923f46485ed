"""The versions, none ever changed: what each did, going back to one, the later review."""

from typing import Any, Final

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console
from admin.gate import see_other
from admin.listing import Cell, Column, Listing, moment
from admin.names import Names
from admin.pages import render
from admin.sections.policies.mistakes import refusal_shown
from admin.sections.policies.scope import own_clients, seen
from admin.sections.policies.sets import set_name, version_url
from admin.sections.policies.words import diff_shown, why_shown
from idp.journey.access.changes import ChangeRefused, Review
from idp.journey.access.past import Entry, entries, has_touched
from idp.journey.access.versions import (
    APPROVED,
    DECLARED,
    EMERGENCY,
    ROLLED_BACK,
    SHIPPED,
    Version,
    difference,
    find,
    former,
    in_force,
)
from idp.staff.roles import Role

ORIGINS: Final = {
    APPROVED: _("approved by two"),
    EMERGENCY: _("emergency"),
    ROLLED_BACK: _("gone back"),
    DECLARED: _("declared in a file"),
}
_TONES: Final = {APPROVED: "good", DECLARED: "off"}
LONGEST: Final = 2_000


def versions(console: Console, asked: Asked) -> HttpResponse:
    """List the versions, or export the list."""
    names = Names(console.staff.accounts)
    values = [
        {
            "version": each,
            "owners": ", ".join(set_name(console, owner) for owner in each.owners),
            "author": names(each.author),
            "approver": names(each.approver),
            "why": why_shown(each),
        }
        for each in entries(own_clients(console, asked))
    ]
    if asked.request.GET.get("format") == "csv":
        return _LIST.export(asked.request, values, name="policy-versions")
    context = {"section": "policies", "list": _LIST.answer(asked.request, values)}
    return render(console, asked, "policy_versions", context)


def version(console: Console, asked: Asked, number: int) -> HttpResponse:
    """Show one version: what it changed, who made it, and how to go back to it."""
    return _page(console, asked, _found(console, asked, number), {})


def rollback(console: Console, asked: Asked, number: int) -> HttpResponse:
    """Bring an earlier version into force again, at once; somebody else reviews it later."""
    found = _found(console, asked, number)
    reason = asked.request.POST.get("reason", "").strip() or str(_("Rolled back in the console"))
    try:
        made = console.policies.changes.rollback(number, by=asked.operator, reason=reason)
    except ChangeRefused as refusal:
        return _page(console, asked, found, {"refusal": refusal_shown(refusal)}, status=409)
    return see_other(version_url(made.number))


def review(console: Console, asked: Asked, number: int) -> HttpResponse:
    """Say that somebody else has looked at what one person put in force."""
    found = _found(console, asked, number)
    verdict = asked.request.POST.get("reason", "")[: LONGEST + 1]
    try:
        console.policies.changes.review(number, reviewer=asked.operator, verdict=verdict)
    except ChangeRefused as refusal:
        return _page(console, asked, found, {"refusal": refusal_shown(refusal)}, status=409)
    return see_other(version_url(number))


def _cells(each: dict[str, Any]) -> list[Cell]:
    made: Entry = each["version"]
    return [
        Cell(made.number, url=version_url(made.number)),
        Cell(moment(made.at), tone="figure"),
        Cell(
            ORIGINS.get(made.origin, made.origin), tone=f"state {_TONES.get(made.origin, 'wait')}"
        ),
        Cell(each["owners"] or "–"),
        Cell(each["author"] or "–", note=f"+ {each['approver']}" if each["approver"] else ""),
        Cell(each["why"]),
    ]


_LIST: Final = Listing(
    columns=(
        Column("number", _("Version"), lambda each: each["version"].number),
        Column("at", _("In force since"), lambda each: each["version"].number),
        Column("origin", _("How it came about"), lambda each: each["version"].origin),
        Column("owners", _("For whom"), lambda each: each["owners"]),
        Column("author", _("By whom"), lambda each: each["author"]),
        Column("reason", _("Why")),
    ),
    cells=_cells,
    words=lambda each: " ".join((each["owners"], each["author"], each["approver"], each["why"])),
    default_sort="-number",
)


def _found(console: Console, asked: Asked, number: int) -> Version:
    """A version; to a department, one that touched its clients' sets."""
    found, own = find(number), own_clients(console, asked)
    if found is None:
        raise Http404
    if own is not None and not has_touched(number, own):
        raise Http404
    return found


def _page(
    console: Console,
    asked: Asked,
    found: Version,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    names, own, now = Names(console.staff.accounts), own_clients(console, asked), in_force()
    words = {
        "section": "policies",
        "found": found,
        "why": why_shown(found),
        "origin": ORIGINS.get(found.origin, _("as shipped")),
        "origin_tone": _TONES.get(found.origin, "wait" if found.number else "off"),
        "author": names(found.author),
        "approver": names(found.approver),
        "is_in_force": found.number == now.number,
        "spread": console.policies.spread(),
        "diff": _diff(found, own),
        "from_now": [] if own is not None else diff_shown(difference(now.texts, found.texts)),
        "review": _review_of(console, found),
        "may_roll_back": asked.member.role is Role.SYSTEM,
        "may_review": asked.member.role is Role.SECURITY,
        **context,
    }
    return render(console, asked, "policy_version", words, status=status)


def _diff(found: Version, own: frozenset[str] | None) -> list[dict[str, str]]:
    """What it changed of the version before it."""
    if found.number == SHIPPED:
        return []
    before = former(found.number).texts
    if own is None:
        return diff_shown(difference(before, found.texts))
    # A shared text on both sides alike says nothing of what a department may not see.
    one, other = ({"*": " ", **seen(texts, own)} for texts in (before, found.texts))
    return diff_shown(difference(one, other))


def _review_of(console: Console, found: Version) -> Review | None:
    waiting = console.policies.changes.unreviewed()
    return next((each for each in waiting if each.version == found.number), None)
