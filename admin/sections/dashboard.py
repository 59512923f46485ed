"""The first page: how the day goes, and what wants somebody's attention."""

from collections import Counter
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console
from admin.pages import render
from idp.foundation.clock import SHANGHAI

HOURS = 24
_HEIGHT = 96
_REFUSED = frozenset({"refused", "failure", "denied"})


def dashboard(console: Console, asked: Asked) -> HttpResponse:
    """Show the last day: sign-ins by the hour, refusals, alerts, clients."""
    now = console.clock.now()
    since = now - timedelta(hours=HOURS)
    clients = console.city.clients.listed(department=asked.department)
    own = frozenset(each.client.client_id for each in clients) if asked.department else None
    counts = console.city.trail.counts(since, clients=own)
    figures = [
        (_("Sign-ins"), _sum(counts, "session.started"), ""),
        (_("Refused"), sum(n for (_t, o), n in counts.items() if o in _REFUSED), ""),
        (_("Clients"), len(clients), "/console/clients"),
        (_("Suspended"), sum(each.client.status != "active" for each in clients), ""),
    ]
    instants = console.city.trail.instants("session.started", since, clients=own)
    context: dict[str, Any] = {
        "section": "dashboard",
        "figures": figures,
        "bars": bars(
            Counter(int((at - since).total_seconds() // 3600) for at in instants),
            [(since + timedelta(hours=h + 1)).astimezone(SHANGHAI).hour for h in range(HOURS)],
        ),
        "most": max(Counter(int((at - since).total_seconds() // 3600) for at in instants).values())
        if instants
        else 0,
        "events": counts_shown(counts),
        "state": None if asked.department else console.city.trail.state(),
        "alerts": [] if asked.department else _alerts(console),
    }
    return render(console, asked, "dashboard", context)


def bars(counted: Counter[int], hours: list[int]) -> list[dict[str, Any]]:
    """The bars of a chart, as a drawing places them: one for each hour."""
    most = max(counted.values(), default=0) or 1
    return [
        {
            "x": index * 24,
            "y": _HEIGHT - round(counted[index] / most * _HEIGHT),
            "height": round(counted[index] / most * _HEIGHT),
            "hour": f"{hour:02d}",
            "is_labelled": hour % 4 == 0,
            "number": counted[index],
        }
        for index, hour in enumerate(hours)
    ]


def counts_shown(counts: dict[tuple[str, str], int]) -> list[tuple[str, str, int]]:
    """What happened most often, first."""
    most = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return [(name, outcome, number) for (name, outcome), number in most[:12]]


def _sum(counts: dict[tuple[str, str], int], name: str) -> int:
    return sum(number for (each, _outcome), number in counts.items() if each == name)


def _alerts(console: Console) -> list[Any]:
    return console.city.trail.page({"type": "alert."}, size=5)
