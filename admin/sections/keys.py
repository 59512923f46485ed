"""Signing keys: which there are and what each does, and the early change of one."""

from typing import Any, Final

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console
from admin.gate import see_other
from admin.listing import Cell, Column, Listing, moment
from admin.pages import render
from idp.foundation.keys.desk import HeldKey
from idp.staff.roles import Role

_STATES: Final[dict[str, tuple[Any, str]]] = {
    "next": (_("published, not signing yet"), "wait"),
    "active": (_("signing"), "good"),
    "retiring": (_("no longer signing, still published"), "wait"),
    "retired": (_("withdrawn"), "off"),
}
_PURPOSES: Final = {"token": _("Tokens"), "audit": _("Audit trail")}


def _cells(key: HeldKey) -> list[Cell]:
    name, tone = _STATES[key.state]
    return [
        Cell(_PURPOSES.get(key.purpose, key.purpose)),
        Cell(key.alg, tone="code"),
        Cell(key.kid, tone="code"),
        Cell(name, tone=f"state {tone}"),
        Cell(moment(key.activated_at), tone="figure"),
        Cell(moment(key.retire_at), tone="figure"),
    ]


_LIST: Final = Listing(
    columns=(
        Column("purpose", _("Signs"), lambda each: each.purpose),
        Column("alg", _("Algorithm"), lambda each: each.alg),
        Column("kid", _("Key"), None),
        Column("state", _("State"), lambda each: each.state),
        Column("since", _("Signing since"), lambda each: str(each.activated_at or "")),
        Column("until", _("Published until"), lambda each: str(each.retire_at or "")),
    ),
    cells=_cells,
    words=lambda each: f"{each.kid} {each.alg} {each.purpose}",
)


def keys(console: Console, asked: Asked) -> HttpResponse:
    """List the signing keys, or export the list."""
    values = console.city.keys.listed()
    if asked.request.GET.get("format") == "csv":
        return _LIST.export(asked.request, values, name="keys")
    context = {
        "section": "keys",
        "list": _LIST.answer(asked.request, values),
        "algorithms": console.city.keys.algorithms,
        "may_rotate": asked.member.role is Role.SYSTEM,
    }
    return render(console, asked, "keys", context)


def rotate(console: Console, asked: Asked) -> HttpResponse:
    """Publish the successor of a key before its time; it signs once everybody can know it."""
    try:
        console.city.keys.announce(asked.request.POST.get("alg", ""), operator=asked.operator)
    except KeyError:
        raise Http404 from None
    return see_other("/console/keys")
