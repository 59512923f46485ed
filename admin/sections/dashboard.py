"""The first page: how the day goes, and what wants somebody's attention; it keeps itself fresh."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext

from admin.charts import charts_of
from admin.console import Asked, Console
from admin.figures import Figures, measure
from admin.pages import render


def dashboard(console: Console, asked: Asked) -> HttpResponse:
    """Show the last day: sign-ins, where people give up, authorities, errors, risk."""
    figures = _figures(console, asked)
    is_city = not asked.department
    context: dict[str, Any] = {
        "section": "dashboard",
        "figures": _shown(console, asked, figures),
        "charts": charts_of(figures, is_city=is_city),
        "risk": figures["risk"],
        "events": figures["events"],
        "state": console.city.trail.state() if is_city else None,
    }
    return render(console, asked, "dashboard", context)


def live(console: Console, asked: Asked) -> HttpResponse:
    """The same figures for the page's script, which asks again and again while it is seen."""
    figures = _figures(console, asked)
    charts = charts_of(figures, is_city=not asked.department)
    return JsonResponse(
        {
            "figures": {
                key: number for key, _name, number, _url in _shown(console, asked, figures)
            },
            "charts": {each.key: each.as_data() for each in charts},
            "risk": [[name, f"{number:,}"] for name, number in figures["risk"]],
        }
    )


def _figures(console: Console, asked: Asked) -> Figures:
    """Those of the city, or of a department's clients; computed once for many who look."""

    def compute() -> Figures:
        now = console.clock.now()
        if not asked.department:
            standings = console.works.connectors.listed(now=now)
            return measure(now, clients=None, standings=standings)
        own = console.city.clients.listed(department=asked.department)
        return measure(now, clients=[each.client.client_id for each in own], standings=())

    return console.works.figures.of(asked.department, compute)


def _shown(console: Console, asked: Asked, figures: Figures) -> list[tuple[str, str, str, str]]:
    well, badly = sum(figures["signed_in"]), sum(figures["refused"])
    clients = console.city.clients.listed(department=asked.department)
    failing = sum(row["failed"] > row["answered"] for row in figures["authorities"])
    shown = [
        ("signed-in", gettext("Sign-ins"), f"{well:,}", ""),
        ("refused", gettext("Refused"), f"{badly:,}", ""),
        ("clients", gettext("Clients"), f"{len(clients):,}", ""),
        (
            "suspended",
            gettext("Suspended"),
            f"{sum(each.client.status != 'active' for each in clients):,}",
            "",
        ),
    ]
    if not asked.department:
        cost = sum(row["cost"] for row in figures["authorities"])
        shown.append(("failing", gettext("Authorities failing"), f"{failing:,}", ""))
        shown.append(("cost", gettext("Cost today"), f"¥{cost / 100:,.2f}", ""))
    return shown
