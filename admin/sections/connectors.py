"""Connectors: how each stands, and what the city says of it: switch, order, number a day, cost.

How a connector is reached, and with which secrets, stands in a file that no page shows.
"""

import json
from dataclasses import asdict
from typing import Any, Final

from django.http import Http404, HttpResponse, QueryDict
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console
from admin.gate import see_other
from admin.listing import Cell, Column, Listing
from admin.pages import render
from admin.reasons import CONNECTOR_REASONS, read_reason
from admin.words import authority_name
from idp.channels.connector_desk import Placed, Standing
from idp.channels.connector_terms import ChangedBy, ChangedMeanwhile, Override, override_of
from idp.foundation.nodes import spread_of
from idp.foundation.version import LEASE_SECONDS, current
from idp.staff.roles import Role

SECTION_NAMES: Final = {
    "verification": _("Verification"),
    "visits": _("Authority’s own page"),
    "delivery": _("Messages"),
}
STATES: Final = {
    "on": (_("in use"), "good"),
    "off": (_("switched off"), "off"),
    "resting": (_("resting after failures"), "bad"),
    "ailing": (_("failing often"), "bad"),
    "used_up": (_("used up for today"), "wait"),
}
_SWITCH: Final = {"on": True, "off": False, "": None}
_LARGEST: Final = {"order": 10_000, "per_day": 100_000_000, "cost": 1_000_000}
_LABELS: Final = {
    "order": (_("Order of asking"), _("Lower ones are asked first.")),
    "per_day": (_("Most a day"), _("Checks or messages, from midnight in the city.")),
    "cost": (_("Cost of one, in fen"), _("What the authority charges for an answer.")),
}


def yuan(fen: int) -> str:
    """An amount as people write it."""
    return f"¥{fen / 100:,.2f}"


def wait_of(standing: Standing) -> str:
    """Within what 95 of 100 waited today."""
    fared = standing.today
    if fared.p95 is None:
        return "–"
    return f"{'>' if fared.is_beyond else '≤'} {fared.p95:g} s"


def _used(standing: Standing) -> str:
    most = standing.terms.per_day
    return f"{standing.used_today:,}" + (f" / {most:,}" if most is not None else "")


def _rate(standing: Standing) -> str:
    rate = standing.today.success_rate
    return "–" if rate is None else f"{rate:.1%}"


def _cells(standing: Standing) -> list[Cell]:
    placed = standing.placed
    name, tone = STATES[standing.state]
    return [
        Cell(SECTION_NAMES[placed.section], tone="nowrap"),
        Cell(standing.terms.order, tone="figure"),
        Cell(
            authority_name(placed.authority),
            url=f"/console/connectors/{placed.section}/{placed.terms.name}",
            note=placed.terms.name,
        ),
        Cell(name, tone=f"state {tone}"),
        Cell(_rate(standing), tone="figure"),
        Cell(wait_of(standing), tone="figure"),
        Cell(_used(standing), tone="figure"),
        Cell(yuan(standing.today.cost), tone="figure"),
        Cell(yuan(standing.month_cost), tone="figure"),
    ]


_LIST: Final = Listing(
    columns=(
        Column("section", _("Used for"), lambda each: each.placed.section),
        Column("order", _("Order of asking"), lambda each: each.terms.order),
        Column("name", _("Connector"), lambda each: each.placed.terms.name),
        Column("state", _("State"), lambda each: each.state),
        Column("answered", _("Answered today"), lambda each: each.today.success_rate or 0.0),
        Column("wait", _("95 % wait"), lambda each: each.today.p95 or 0.0),
        Column("used", _("Used today"), lambda each: each.used_today),
        Column("today", _("Cost today"), lambda each: each.today.cost),
        Column("month", _("Cost this month"), lambda each: each.month_cost),
    ),
    cells=_cells,
    words=lambda each: (
        f"{each.placed.key} {each.placed.method} {each.placed.authority} "
        f"{authority_name(each.placed.authority)}"
    ),
)


def connectors(console: Console, asked: Asked) -> HttpResponse:
    """List the connectors in the order in which they are asked, or export the list."""
    values = console.works.connectors.listed(now=console.clock.now())
    status = asked.request.GET.get("status", "")
    if status in STATES:
        values = [each for each in values if each.state == status]
    if asked.request.GET.get("format") == "csv":
        return _LIST.export(asked.request, values, name="connectors")
    context = {
        "section": "connectors",
        "list": _LIST.answer(asked.request, values, filters=("status",)),
        "states": [(code, name) for code, (name, _tone) in STATES.items()],
        "status": status,
    }
    return render(console, asked, "connectors", context)


def connector(console: Console, asked: Asked, kind: str, name: str) -> HttpResponse:
    """Show how one connector stands, with the form that changes what the city says of it."""
    return _page(console, asked, _found(console, kind, name), {})


def change(console: Console, asked: Asked, kind: str, name: str) -> HttpResponse:
    """Say something of a connector, with a reason; it holds on every node within a second."""
    placed, posted = _found(console, kind, name), asked.request.POST
    typed = {each: posted.get(each, "").strip() for each in ("switch", *_LARGEST)}
    reason = read_reason(posted, CONNECTOR_REASONS)
    wanted = _read(typed)
    if reason is None or wanted is None:
        error = _("Choose a reason and give the number of the case.")
        if wanted is None:
            error = _("Whole numbers alone, not below 0 and not too large.")
        return _page(console, asked, placed, {"error": error, "typed": typed}, status=400)
    by = ChangedBy(
        operator=asked.operator,
        channel="console",
        because=reason.as_detail(),
        saw=_saw(posted),
    )
    try:
        console.works.connectors.change(placed, wanted, by)
    except ChangedMeanwhile:
        context = {"is_changed": True, "typed": typed}
        return _page(console, asked, placed, context, status=409)
    return see_other(f"/console/connectors/{kind}/{name}")


def _found(console: Console, kind: str, name: str) -> Placed:
    found = console.works.connectors.find(kind, name)
    if found is None:
        raise Http404
    return found


def _read(typed: dict[str, str]) -> Override | None:
    """What was typed; None where it is no number. An empty field leaves the file's word."""
    if typed["switch"] not in _SWITCH:
        return None
    numbers: dict[str, int | None] = {}
    for name, largest in _LARGEST.items():
        text = typed[name]
        if not text:
            numbers[name] = None
            continue
        if not (text.isascii() and text.isdigit() and len(text) < 12 and int(text) <= largest):
            return None
        numbers[name] = int(text)
    return Override(switch=_SWITCH[typed["switch"]], **numbers)


def _saw(posted: QueryDict) -> Override:
    """What the editor read; anything unreadable is as if it had changed since."""
    try:
        return Override(**json.loads(posted.get("saw", "")))
    except (ValueError, TypeError):
        return Override(order=-1)


def _page(
    console: Console, asked: Asked, placed: Placed, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    now = console.clock.now()
    standing = console.works.connectors.standing(placed, now=now)
    said = override_of(placed.section, placed.terms.name) or Override()
    words = {
        "section": "connectors",
        "placed": placed,
        "standing": standing,
        "state": STATES[standing.state],
        "section_name": SECTION_NAMES[placed.section],
        "rate": _rate(standing),
        "wait": wait_of(standing),
        "used": _used(standing),
        "cost_today": yuan(standing.today.cost),
        "cost_month": yuan(standing.month_cost),
        "rows": _rows(standing, said, context.get("typed"), is_changed="is_changed" in context),
        "saw": json.dumps(asdict(said)),
        "switch": (context.get("typed") or {"switch": _switch(said)})["switch"],
        "their_switch": _switch(said) if "is_changed" in context else None,
        "file_switch": placed.terms.is_on,
        "may_change": asked.member.role is Role.SYSTEM,
        "reasons": CONNECTOR_REASONS.items(),
        "spread": spread_of(current(), now=now, lease=LEASE_SECONDS),
        **context,
    }
    return render(console, asked, "connector", words, status=status)


def _switch(said: Override) -> str:
    return {True: "on", False: "off", None: ""}[said.switch]


def _rows(
    standing: Standing, said: Override, typed: dict[str, str] | None, *, is_changed: bool
) -> list[dict[str, Any]]:
    rows = []
    for name, (label, help_text) in _LABELS.items():
        theirs = getattr(said, name)
        shown = "" if theirs is None else str(theirs)
        value = typed[name] if typed else shown
        of_file = getattr(standing.placed.terms, name)
        rows.append(
            {
                "name": name,
                "label": label,
                "help": help_text,
                "value": value,
                "of_file": "–" if of_file is None else of_file,
                "theirs": shown,
                "differs": is_changed and value != shown,
            }
        )
    return rows
