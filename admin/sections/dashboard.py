"""The first page: how the day goes, and what wants somebody's attention; it keeps itself fresh."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext

from admin.charts import Chart, charts_of
from admin.console import Asked, Console
from admin.figures import Figures, measure
from admin.pages import name_here, render
from admin.sections.connectors import yuan
from admin.words import event_name


def dashboard(console: Console, asked: Asked) -> HttpResponse:
    """Show the last day: sign-ins, where people give up, authorities, errors, risk."""
    figures = _figures(console, asked)
    is_city = not asked.department
    context: dict[str, Any] = {
        "section": "dashboard",
        "figures": _shown(asked, figures),
        "charts": _charts(console, asked, figures),
        "risk": [(event_name(name), number) for name, number in figures["risk"]],
        "events": figures["events"],
        "state": console.city.trail.state() if is_city else None,
    }
    return render(console, asked, "dashboard", context)


def live(console: Console, asked: Asked) -> HttpResponse:
    """The same figures for the page's script, which asks again and again while it is seen."""
    figures = _figures(console, asked)
    charts = _charts(console, asked, figures)
    return JsonResponse(
        {
            "figures": {key: number for key, _name, number, _url in _shown(asked, figures)},
            "charts": {each.key: each.as_data() for each in charts},
            "risk": [[str(event_name(name)), f"{number:,}"] for name, number in figures["risk"]],
        }
    )


def _charts(console: Console, asked: Asked, figures: Figures) -> list[Chart]:
    found = [console.city.clients.find(client_id) for client_id, _number in figures["errors"]]
    names = {each.client.client_id: name_here(each.client) for each in found if each}
    return charts_of(figures, is_city=not asked.department, clients=names)


def _figures(console: Console, asked: Asked) -> Figures:
    """Those of the city, or of a department's clients; computed once for many who look."""

    def compute() -> Figures:
        now = console.clock.now()
        clients = console.city.clients.listed(department=asked.department)
        standing = {
            "clients": len(clients),
            "suspended": sum(each.client.status != "active" for each in clients),
        }
        if asked.department:
            own = [each.client.client_id for each in clients]
            return {**measure(now, clients=own, standings=()), **standing}
        standings = console.works.connectors.listed(now=now)
        alerts = console.works.alerts.open_count()
        return {**measure(now, clients=None, standings=standings), **standing, "alerts": alerts}

    return console.works.figures.of(asked.department, compute)


def _shown(asked: Asked, figures: Figures) -> list[tuple[str, str, str, str]]:
    """Key, name, number and address of the figures above the charts."""
    shown = [
        ("signed-in", gettext("Sign-ins"), sum(figures["signed_in"]), ""),
        ("refused", gettext("Refused"), sum(figures["refused"]), ""),
        ("clients", gettext("Clients"), figures["clients"], ""),
        ("suspended", gettext("Suspended"), figures["suspended"], ""),
    ]
    told = [(key, name, f"{number:,}", url) for key, name, number, url in shown]
    if not asked.department:
        rows = figures["authorities"]
        failing = sum(row["failed"] > row["answered"] for row in rows)
        cost = sum(row["cost"] for row in rows)
        alerts = f"{figures['alerts']:,}"
        told.append(("alerts", gettext("Open alerts"), alerts, "/console/alerts?status=open"))
        told.append(("failing", gettext("Authorities failing"), f"{failing:,}", ""))
        told.append(("cost", gettext("Cost today"), yuan(cost), ""))
    return told
