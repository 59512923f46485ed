"""The audit trail: newest first, filtered, exported; and the proof that it is whole."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console, tell
from admin.listing import as_csv
from admin.pages import render
from idp.foundation.audit.trail import FILTERS, Told
from idp.staff.roles import Role

SIZE: Final = 50
_EXPORTED: Final = 5_000
_HEADS: Final = (
    _("Time (UTC)"),
    _("Event"),
    _("Outcome"),
    _("Operator"),
    _("Client"),
    _("Person"),
    _("Details"),
)


def audit(console: Console, asked: Asked) -> HttpResponse:
    """List events; a department's administrator sees those of its own clients."""
    filters = {name: asked.request.GET.get(name, "").strip()[:80] for name in FILTERS}
    own, wanted = _own(console, asked), _wanted(console, filters)
    if asked.request.GET.get("format") == "csv":
        events = console.city.trail.page(wanted, clients=own, size=_EXPORTED)
        tell(console, asked, "audit.exported", detail={"events": len(events)})
        return as_csv("audit", [str(head) for head in _HEADS], (_line(each) for each in events))
    before = asked.request.GET.get("before", "")
    is_number = before.isascii() and before.isdigit() and len(before) < 19
    events = console.city.trail.page(
        wanted, before=int(before) if is_number else None, clients=own, size=SIZE + 1
    )
    parameters = asked.request.GET.copy()
    parameters.pop("before", None)
    context: dict[str, Any] = {
        "section": "audit",
        "events": events[:SIZE],
        "filters": filters,
        "state": console.city.trail.state() if own is None else None,
        "may_prove": asked.member.role is Role.AUDIT,
        "older": events[SIZE - 1].id if len(events) > SIZE else None,
        "parameters": parameters.urlencode(),
    }
    return render(console, asked, "audit", context)


def prove(console: Console, asked: Asked) -> HttpResponse:
    """Prove the whole chain, and say what was found."""
    report = console.city.trail.prove()
    if report is not None:
        detail = {"events": report.events, "intact": report.is_intact}
        tell(console, asked, "audit.proven", detail=detail)
    context = {
        "section": "audit",
        "report": report,
        "state": console.city.trail.state(),
    }
    return render(console, asked, "audit_proof", context)


def _wanted(console: Console, filters: Mapping[str, str]) -> dict[str, str]:
    """What is looked for: a member of staff by the user name that stands beside their name, too."""
    typed = filters["operator"]
    member = console.staff.accounts.find(typed) if typed else None
    return {**filters, "operator": str(member.id) if member else typed}


def _own(console: Console, asked: Asked) -> frozenset[str] | None:
    if not asked.department:
        return None
    own = console.city.clients.listed(department=asked.department)
    return frozenset(each.client.client_id for each in own)


def _line(event: Told) -> Sequence[str]:
    return (
        f"{event.at:%Y-%m-%d %H:%M:%S}",
        event.type,
        event.outcome,
        event.operator or event.actor,
        event.client_id,
        event.subject,
        json.dumps(dict(event.detail), ensure_ascii=False, sort_keys=True),
    )
