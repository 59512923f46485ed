"""Alerts: what wants attention, and the word of whoever saw to it."""

from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console
from admin.gate import see_other
from admin.listing import Cell, Column, Listing, moment
from admin.names import Names
from admin.pages import name_here, render
from admin.reasons import REFERENCE
from idp.staff.alerts import Raised, Verdict
from idp.staff.alerts.desk import LONGEST_NOTE, Answer
from idp.staff.roles import Role

WRITERS: Final = frozenset({Role.SYSTEM, Role.SECURITY})
TYPE_NAMES: Final = {
    "access.alert": _("A watched client was entered"),
    "alert.connector_rests": _("A connector fails and rests"),
    "alert.delivery_given_up": _("A delivery was given up"),
    "alert.staff_locked": _("A staff account was locked"),
    "alert.staff_role_differs": _("The directory gives a member of staff another role"),
    "authenticator.cloned": _("A passkey may have been copied"),
    "document.claimed_by_another": _("A document was claimed that is another's"),
    "token.code_replayed": _("An authorization code was used twice"),
    "token.refresh_reused": _("A refresh token was used twice"),
}
MEANINGS: Final = {
    "access.alert": _(
        "A policy wants the security office to hear of this entry. The person was let in."
    ),
    "alert.connector_rests": _(
        "It failed again and again and is not asked for a while; people are led to another way."
    ),
    "alert.delivery_given_up": _(
        "It is not tried again by itself. Mend the cause, then try it again from the alerts."
    ),
    "alert.staff_locked": _(
        "Somebody typed wrong passwords or codes too often. It opens by itself after a while."
    ),
    "alert.staff_role_differs": _(
        "A role is for life here: the account stays as it was. Clear up which of the two is right."
    ),
    "authenticator.cloned": _(
        "Its counter went back, as that of a copy does. It was refused: have the person remove it."
    ),
    "document.claimed_by_another": _(
        "Two accounts say that one document is theirs. One may be a duplicate, or a stranger's."
    ),
    "token.code_replayed": _(
        "Somebody may have read it along the way. What had been issued for it was revoked."
    ),
    "token.refresh_reused": _(
        "A copy of it may be in other hands. Every token that came of it was revoked, and the"
        " person signs in anew."
    ),
}
"""What each alert says, and what became of it."""
STATES: Final = {"open": _("open"), "done": _("acknowledged")}
VERDICTS: Final = {
    Verdict.HANDLED.value: _("Seen to"),
    Verdict.FALSE_ALARM.value: _("A false alarm"),
    Verdict.PASSED_ON.value: _("Passed on to others"),
}
_SEVERITIES: Final = {"serious": (_("serious"), "bad"), "notice": (_("notice"), "wait")}
_MOST_AT_ONCE: Final = 200


def name_of(event_type: str) -> Any:
    return TYPE_NAMES.get(event_type, event_type)


def _cells(alert: Raised) -> list[Cell]:
    severity, tone = _SEVERITIES[alert.severity]
    done = VERDICTS.get(alert.verdict, "")
    return [
        Cell(name_of(alert.type), url=f"/console/alerts/{alert.id}"),
        Cell(severity, tone=f"state {tone}"),
        Cell(STATES["open"] if alert.is_open else done, tone=f"state {_tone(alert)}"),
        Cell(alert.about or alert.client_id or alert.subject[:8] or "–", tone="code"),
        Cell(alert.times, tone="figure"),
        Cell(moment(alert.raised_at), tone="figure"),
        Cell(moment(alert.last_at), tone="figure"),
    ]


def _tone(alert: Raised) -> str:
    return "bad" if alert.is_open else "good"


_LIST: Final = Listing(
    columns=(
        Column("type", _("Alert"), lambda each: str(name_of(each.type))),
        Column("severity", _("Gravity"), lambda each: each.severity),
        Column("state", _("State"), lambda each: each.acknowledged_at is not None),
        Column("about", _("About"), lambda each: each.about or each.client_id or each.subject),
        Column("times", _("Times"), lambda each: each.times),
        Column("raised", _("Raised"), lambda each: each.raised_at),
        Column("last", _("Last time"), lambda each: each.last_at),
    ),
    cells=_cells,
    words=lambda each: (
        f"{each.type} {name_of(each.type)} {each.about} {each.client_id} "
        f"{each.subject} {each.reference}"
    ),
    key=lambda each: str(each.id) if each.is_open else "",
)


def alerts(console: Console, asked: Asked) -> HttpResponse:
    """List the alerts, the open ones first, or export the list."""
    values = console.works.alerts.listed()
    status = asked.request.GET.get("status", "")
    if status in STATES:
        values = [each for each in values if each.is_open == (status == "open")]
    if asked.request.GET.get("format") == "csv":
        return _LIST.export(asked.request, values, name="alerts")
    context = {
        "section": "alerts",
        "list": _LIST.answer(asked.request, values, filters=("status",)),
        "states": STATES.items(),
        "status": status,
        "may_mark": asked.member.role in WRITERS,
    }
    return render(console, asked, "alerts", context)


def alert(console: Console, asked: Asked, alert_id: UUID) -> HttpResponse:
    """Show one alert, with the events it was raised by."""
    return _page(console, asked, [_found(console, alert_id)], {})


def acknowledge(console: Console, asked: Asked) -> HttpResponse:
    """Say what came of one or several alerts; first how many they are, then for good."""
    posted = asked.request.POST
    chosen = _chosen(console, posted.getlist("chosen"))
    if not chosen:
        return see_other("/console/alerts")
    if posted.get("count") != str(len(chosen)):
        return _page(console, asked, chosen, {})
    reference, note = posted.get("reference", "").strip(), posted.get("note", "").strip()
    is_good = posted.get("verdict") in VERDICTS and REFERENCE.fullmatch(reference)
    if not is_good or len(note) > LONGEST_NOTE:
        error = _("Say what came of it and give the number of the case.")
        return _page(console, asked, chosen, {"error": error}, status=400)
    answer = Answer(verdict=Verdict(posted["verdict"]), reference=reference, note=note)
    ids = [each.id for each in chosen]
    console.works.alerts.acknowledge(ids, answer, operator=asked.operator)
    return see_other("/console/alerts")


def _chosen(console: Console, typed: list[str]) -> list[Raised]:
    found = []
    for each in dict.fromkeys(typed[:_MOST_AT_ONCE]):
        try:
            one = console.works.alerts.find(UUID(each))
        except ValueError:
            continue
        if one is not None and one.is_open:
            found.append(one)
    return found


def _client_name(console: Console, client_id: str) -> str:
    found = console.city.clients.find(client_id) if client_id else None
    return name_here(found.client) if found else ""


def _found(console: Console, alert_id: UUID) -> Raised:
    found = console.works.alerts.find(alert_id)
    if found is None:
        raise Http404
    return found


def _page(
    console: Console,
    asked: Asked,
    chosen: list[Raised],
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    one = chosen[0] if len(chosen) == 1 else None
    filters = {"type": one.type, "client_id": one.client_id, "subject": one.subject} if one else {}
    words = {
        "section": "alerts",
        "one": one,
        "title": name_of(one.type) if one else "",
        "meaning": MEANINGS.get(one.type, "") if one else "",
        "client_name": _client_name(console, one.client_id) if one else "",
        "chosen": [(name_of(each.type), each) for each in chosen],
        "verdicts": VERDICTS.items(),
        "verdict_name": VERDICTS.get(one.verdict, "") if one else "",
        "severity": _SEVERITIES[one.severity] if one else None,
        "acknowledged_by": Names(console.staff.accounts)(one.acknowledged_by) if one else "",
        "may_acknowledge": asked.member.role in WRITERS and chosen[0].is_open,
        "longest": LONGEST_NOTE,
        "events": console.city.trail.page(filters, size=8) if one else None,
        **context,
    }
    return render(console, asked, "alert_one", words, status=status)
