"""Staff: who has an account, one-time links for more, locked accounts, and closing one for good."""

from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console
from admin.gate import see_other
from admin.listing import Cell, Column, Listing, moment
from admin.pages import ROLE_NAMES, render
from idp.staff.accounts import By, Member, NotAccepted
from idp.staff.roles import Role
from idp.staff.standing import LastOfItsRole

STATES: Final = {
    "active": _("active"),
    "invited": _("invited"),
    "suspended": _("suspended"),
    "closed": _("closed"),
}
_TONES: Final = {"active": "good", "invited": "off", "suspended": "bad", "closed": "off"}


def _cells(member: Member) -> list[Cell]:
    return [
        Cell(member.username, url=f"/console/staff/{member.id}", tone="code"),
        Cell(member.name),
        Cell(ROLE_NAMES[member.role], note=member.department),
        Cell(STATES[member.state], tone=f"state {_TONES[member.state]}"),
        Cell(moment(member.last_signed_in_at), tone="figure"),
    ]


_LIST: Final = Listing(
    columns=(
        Column("username", _("User name"), lambda each: each.username),
        Column("name", _("Name"), lambda each: each.name),
        Column("role", _("Role"), lambda each: each.role),
        Column("state", _("State"), lambda each: each.state),
        Column("seen", _("Last sign-in"), lambda each: str(each.last_signed_in_at or "")),
    ),
    cells=_cells,
    words=lambda each: f"{each.username} {each.name} {each.role} {each.department}",
    default_sort="role",
)


def staff(console: Console, asked: Asked) -> HttpResponse:
    """List the accounts of staff, or export the list."""
    values = console.staff.accounts.listed()
    if asked.request.GET.get("format") == "csv":
        return _LIST.export(asked.request, values, name="staff")
    return _listed(console, asked, {})


def invite(console: Console, asked: Asked) -> HttpResponse:
    """Make a one-time link to a new account; it is shown once."""
    posted = asked.request.POST
    try:
        role = Role(posted.get("role", ""))
        link = console.staff.enrolments.invite(
            role, operator=asked.operator, department=posted.get("department", "").strip()[:128]
        )
    except NotAccepted:
        error = _("A department goes with that role, and with no other.")
        return _listed(console, asked, {"error": error}, status=400)
    except ValueError:
        raise Http404 from None
    return _listed(console, asked, {"link": console.enrolment_address(link.token)})


def member(console: Console, asked: Asked, account_id: UUID) -> HttpResponse:
    """Show one account."""
    return _one(console, asked, _found(console, account_id), {})


def change(console: Console, asked: Asked, account_id: UUID) -> HttpResponse:
    """Unlock an account, make a link, suspend it or let it in again, or close it for good."""
    found, action = _found(console, account_id), asked.request.POST.get("action", "")
    standing, by = console.staff.standing, By(operator=asked.operator)
    shuts = {"suspend": standing.suspend, "close": standing.close}
    context: dict[str, Any] = {}
    if action == "unlock":
        standing.unlock(account_id, by=by)
    elif action == "reinstate":
        standing.reinstate(account_id, by=by)
    elif action == "again" and not found.is_shut:
        link = console.staff.enrolments.invite_again(found, operator=asked.operator)
        context["link"] = console.enrolment_address(link.token)
    elif action in shuts and account_id != asked.member.id:
        try:
            shuts[action](account_id, by=by)
        except LastOfItsRole:
            context["error"] = _("This is the last administrator of its role: it stays.")
    if context:
        status = 400 if "error" in context else 200
        return _one(console, asked, _found(console, account_id), context, status=status)
    return see_other(f"/console/staff/{account_id}")


def _found(console: Console, account_id: UUID) -> Member:
    found = console.staff.accounts.get(account_id)
    if found is None:
        raise Http404
    return found


def _listed(
    console: Console, asked: Asked, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    words = {
        "section": "staff",
        "list": _LIST.answer(asked.request, console.staff.accounts.listed()),
        "may_manage": asked.member.role is Role.SECURITY,
        "roles": [(role.value, name) for role, name in ROLE_NAMES.items()],
        **context,
    }
    return render(console, asked, "staff", words, status=status)


def _one(
    console: Console,
    asked: Asked,
    found: Member,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    words = {
        "section": "staff",
        "found": found,
        "found_role": ROLE_NAMES[found.role],
        "is_locked": console.staff.accounts.is_locked(found, console.clock.now()),
        "state": STATES[found.state],
        "tone": _TONES[found.state],
        "is_self": found.id == asked.member.id,
        "may_manage": asked.member.role is Role.SECURITY,
        "events": console.city.trail.page({"operator": str(found.id)}, size=8),
        **context,
    }
    return render(console, asked, "member", words, status=status)
