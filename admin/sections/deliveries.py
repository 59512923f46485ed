"""Deliveries that were given up: which, since when and why, and another try for the marked ones."""

from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console
from admin.gate import see_other
from admin.listing import Cell, Column, Listing, moment
from admin.pages import render
from idp.foundation.outbox import MOST_AT_ONCE, DeadLetter
from idp.staff.roles import Role

KINDS: Final = {
    "alert.mail": _("An alert by e-mail"),
    "alert.webhook": _("An alert to another system"),
    "events.account": _("News of an account to a service"),
    "oidc.backchannel_logout": _("A logout notice to a service"),
    "security_notice": _("A security notice to a person"),
    "contact_notice": _("A notice to the contact of a person"),
}
_MOST_SHOWN: Final = 1_000


def _name(kind: str) -> Any:
    return KINDS.get(kind, kind)


def _cells(letter: DeadLetter) -> list[Cell]:
    return [
        Cell(_name(letter.kind)),
        Cell(letter.reason or "–", tone="code"),
        Cell(letter.attempts, tone="figure"),
        Cell(moment(letter.enqueued_at), tone="figure"),
        Cell(moment(letter.died_at), tone="figure"),
    ]


_LIST: Final = Listing(
    columns=(
        Column("kind", _("Delivery"), lambda each: str(_name(each.kind))),
        Column("reason", _("Why the last try failed"), lambda each: each.reason),
        Column("attempts", _("Tries"), lambda each: each.attempts),
        Column("enqueued", _("Due since"), lambda each: each.enqueued_at),
        Column("died", _("Given up"), lambda each: each.died_at),
    ),
    cells=_cells,
    words=lambda each: f"{each.kind} {_name(each.kind)} {each.reason}",
    key=lambda each: str(each.id),
)


def deliveries(console: Console, asked: Asked) -> HttpResponse:
    """List the deliveries that were given up, the newest first, or export the list."""
    values = console.works.deliveries.listed(limit=_MOST_SHOWN)
    if asked.request.GET.get("format") == "csv":
        return _LIST.export(asked.request, values, name="deliveries")
    context = {
        "section": "alerts",
        "list": _LIST.answer(asked.request, values),
        "may_mark": asked.member.role is Role.SYSTEM,
    }
    return render(console, asked, "deliveries", context)


def revive(console: Console, asked: Asked) -> HttpResponse:
    """Have the marked ones tried again, as if they were new."""
    marked = asked.request.POST.getlist("chosen")[:MOST_AT_ONCE]
    numbers = [int(each) for each in marked if each.isascii() and each.isdigit() and len(each) < 19]
    console.works.deliveries.revive(numbers, operator=asked.operator, channel="console")
    return see_other("/console/deliveries")
