"""Acting on several at once: clients of a list, sessions of a person. First how many, then done."""

from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console, tell
from admin.gate import see_other
from admin.pages import name_here, render
from admin.sections.sessions import ENDED_BY_STAFF
from idp.clients.register import Registered

MOST_AT_ONCE: Final = 200
_WANTED: Final = {"suspended": _("Suspend"), "active": _("Let it work again")}


def clients(console: Console, asked: Asked) -> HttpResponse:
    """Suspend the marked clients, or let them work again: said first, done when confirmed."""
    posted = asked.request.POST
    wanted = posted.get("status", "")
    if wanted not in _WANTED:
        return see_other("/console/clients")
    chosen = _clients(console, posted.getlist("chosen"), wanted)
    if not chosen:
        return see_other("/console/clients")
    if posted.get("count") != str(len(chosen)):
        context = {
            "section": "clients",
            "wanted": wanted,
            "wanted_name": _WANTED[wanted],
            "chosen": [(name_here(each.client), each.client.client_id) for each in chosen],
        }
        return render(console, asked, "clients_bulk", context)
    for each in chosen:
        client_id = each.client.client_id
        console.city.registrar.set_status(client_id, wanted, actor=asked.operator)
    return see_other(f"/console/clients?status={wanted}")


def sessions(console: Console, asked: Asked, person_id: UUID) -> HttpResponse:
    """End every session of a person: said first, done when confirmed with the same number."""
    now = console.clock.now()
    live = console.city.sessions.of_person(person_id, now=now)
    back = f"/console/people/{person_id}"
    if not live:
        return see_other(back)
    if asked.request.POST.get("count") != str(len(live)):
        context: dict[str, Any] = {"section": "people", "person_id": person_id, "sessions": live}
        return render(console, asked, "sessions_bulk", context)
    for each in live:
        detail: dict[str, object] = {"session": str(each.id), "of": len(live)}
        tell(console, asked, "session.end_ordered", subject=str(person_id), detail=detail)
        console.city.sessions.end(each.id, reason=ENDED_BY_STAFF, now=now)
    return see_other(back)


def _clients(console: Console, typed: list[str], wanted: str) -> list[Registered]:
    """Those of the marked ones that are not so already."""
    known = {each.client.client_id: each for each in console.city.clients.listed()}
    marked = (known.get(each) for each in dict.fromkeys(typed[:MOST_AT_ONCE]))
    return [
        each
        for each in marked
        if each is not None and (each.client.status == "suspended") != (wanted == "suspended")
    ]
