"""Decisions that were made: found, exported, and one looked at with its facts, masked, and why.

A department's administrator meets the decisions about its own clients alone.
"""

import re
from collections.abc import Callable, Mapping
from datetime import MAXYEAR, UTC, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console, tell
from admin.listing import PAGE, as_csv
from admin.pages import name_here, render
from admin.sections.policies.candidates import (
    Candidate,
    candidate_name,
    choices,
    find_candidate,
)
from admin.sections.policies.scope import own_clients
from admin.sections.policies.sets import version_url
from admin.sections.policies.shipped import reason_name
from admin.sections.policies.values import CHANNELS, POPULATIONS, level_shown, value_name
from admin.sections.policies.what_if import compared
from admin.sections.policies.words import (
    GROUPS,
    OUTCOME_TONES,
    OUTCOMES,
    decision_shown,
    fact_name,
)
from idp.foundation.clock import SHANGHAI
from idp.journey.access.recorded import MOST_COUNTED, ORDERS, Made, Wanted
from idp.staff.roles import Role
from policies.facts import Facts
from policies.levels import Level

_FILTERS: Final = ("client", "outcome", "channel", "from", "to")
_EXPORTED: Final = 5_000
_EARLIEST: Final = 1970
_SHOWN_OF_AN_ID: Final = 8
_HEADS: Final = (
    ("at", _("Time")),
    ("client", _("Client")),
    ("", _("Channel")),
    ("", _("Outcome")),
    ("", _("Reason or level")),
    ("", _("Kind of person")),
)
_NOT_SHOWN: Final = "•••"


def decisions(console: Console, asked: Asked) -> HttpResponse:
    """List decisions, or export them."""
    given = {name: asked.request.GET.get(name, "").strip()[:128] for name in _FILTERS}
    order = asked.request.GET.get("sort", "-at")
    order = order if order in ORDERS else "-at"
    wanted = _wanted(given, own_clients(console, asked))
    recorded = console.policies.decisions
    if asked.request.GET.get("format") == "csv":
        found = recorded.page(wanted, order=order, size=_EXPORTED)
        tell(console, asked, "decisions.exported", detail={"decisions": len(found)})
        heads = [str(name) for _key, name in _HEADS]
        return as_csv("decisions", heads, (_line(each) for each in found))
    total = recorded.count(wanted)
    pages = max(1, -(-min(total, MOST_COUNTED) // PAGE))
    page = min(_page_of(asked.request), pages)
    clients = _client_names(console, asked)
    context = {
        "section": "decisions",
        "made": [
            {**_row(each), "client": clients.get(each.client_id, "")}
            for each in recorded.page(wanted, order=order, offset=(page - 1) * PAGE, size=PAGE)
        ],
        "filters": given,
        "heads": _heads(given, order),
        "outcomes": OUTCOMES.items(),
        "channels": CHANNELS.items(),
        "clients": clients,
        "total": min(total, MOST_COUNTED),
        "is_more": total > MOST_COUNTED,
        "page": page,
        "pages": pages,
        "previous_url": _address(given, order, page - 1) if page > 1 else "",
        "next_url": _address(given, order, page + 1) if page < pages else "",
        "sort": order,
    }
    return render(console, asked, "decisions", context)


def decision(console: Console, asked: Asked, number: int) -> HttpResponse:
    """Show one decision: its facts, the policies behind it, and what a draft would decide."""
    made = console.policies.decisions.find(number, clients=own_clients(console, asked))
    if made is None:
        raise Http404
    context: dict[str, Any] = {"section": "decisions", "made": made, "row": _row(made)}
    context["client"] = _client_names(console, asked).get(made.client_id, "")
    if made.facts is not None:
        grounds = console.policies.decisions.grounds_of(made)
        context |= {
            "groups": _facts_shown(made.facts),
            "person": _person(asked, made.facts),
            "grounds": grounds,
            "why": decision_shown(grounds.decision) if grounds else None,
            "version_url": version_url(grounds.version.number) if grounds else "",
            **_asked_again(console, asked, made.facts),
        }
    return render(console, asked, "decision", context)


def _client_names(console: Console, asked: Asked) -> dict[str, str]:
    """Those that may be seen, by what they are called in the page's language."""
    listed = console.city.clients.listed(department=asked.department)
    return {each.client.client_id: name_here(each.client) for each in listed}


def _asked_again(console: Console, asked: Asked, facts: Facts) -> dict[str, Any]:
    """The same facts, put to what is in force now or to what was chosen."""
    candidate = find_candidate(console, asked, asked.request.GET.get("of", ""))
    if candidate is None:
        raise Http404
    return {
        "candidate": candidate,
        "candidate_name": candidate_name(console, candidate.key),
        "choices": choices(console, asked, chosen=candidate),
        "again": _compared(candidate, facts),
    }


def _compared(candidate: Candidate, facts: Facts) -> dict[str, Any] | None:
    try:
        return compared(candidate, facts)
    except ValueError:
        return None


def _wanted(given: Mapping[str, str], own: frozenset[str] | None) -> Wanted:
    since, until = _day(given["from"]), _day(given["to"])
    return Wanted(
        client_id=given["client"],
        outcome=given["outcome"],
        channel=given["channel"],
        since=since,
        until=until + timedelta(days=1) if until else None,
        clients=own,
    )


def _day(text: str) -> datetime | None:
    """The beginning of a day in the city; None for what is none."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    if day is None or not _EARLIEST <= day.year < MAXYEAR:
        return None  # before all time or after it: as if no day had been named
    return datetime.combine(day, time.min, tzinfo=SHANGHAI).astimezone(UTC)


def _page_of(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def _address(given: Mapping[str, str], order: str, page: int = 1) -> str:
    words = {**given, "sort": "" if order == "-at" else order, "page": page if page > 1 else ""}
    return "?" + urlencode({name: value for name, value in words.items() if value})


def _heads(given: Mapping[str, str], order: str) -> list[dict[str, Any]]:
    shown = []
    for key, name in _HEADS:
        other = f"-{key}" if order == key else key
        state = {key: "ascending", f"-{key}": "descending"}.get(order, "none")
        shown.append(
            {"name": name, "url": _address(given, other), "order": state}
            if key
            else {"name": name, "url": "", "order": ""}
        )
    return shown


def _row(made: Made) -> dict[str, Any]:
    population = (made.facts and made.facts.subject.population) or "unknown"
    level = Level.parse(made.said)
    return {
        "made": made,
        "outcome": OUTCOMES[made.outcome],
        "tone": OUTCOME_TONES[made.outcome],
        "channel": CHANNELS.get(made.channel, made.channel),
        "population": POPULATIONS.get(population, population),
        "said": level_shown(level) if level else reason_name(made.said),
        "is_use": made.facts is not None and made.facts.use is not None,
    }


def _line(made: Made) -> list[str]:
    row = _row(made)
    return [
        f"{made.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
        made.client_id,
        str(row["channel"]),
        str(row["outcome"]),
        str(row["said"]),
        str(row["population"]),
    ]


def _person(asked: Asked, facts: Facts) -> str:
    """The person's id, for those who may look people up."""
    may_look = asked.member.role in {Role.SECURITY, Role.SUPERVISOR}
    return facts.subject.person_id if may_look else ""


def _facts_shown(facts: Facts) -> list[tuple[Any, list[tuple[Any, str]]]]:
    """The facts by group, without what would tell who it was or where."""
    record = facts.record()
    shown = [
        (
            title,
            [
                (_name_of(f"{group}.{name}"), _masked(f"{group}.{name}", value))
                for name, value in record[group].items()
                if name != "person_id"
            ],
        )
        for group, title in GROUPS
    ]
    if facts.use is not None:
        told = (("subject", "person"), ("item", "item"), ("circumstances", "circumstance"))
        properties = [
            (fact_name(f"{group}.{name}"), _NOT_SHOWN)
            for part, group in told
            for name, _values in getattr(facts.use, part)
        ]
        item = f"{facts.use.item_type} / {_NOT_SHOWN}"
        said = [(fact_name("operation"), facts.use.operation), (_("Item"), item), *properties]
        shown.append((_("The system that asks"), said))
    return shown


def _name_of(key: str) -> Any:
    """What a fact is called where its value is shown as a clock shows it."""
    return _("Time") if key == "request.now_epoch" else fact_name(key)


def _masked(key: str, value: object) -> str:
    """A value without what would tell who or where somebody is."""
    if isinstance(value, list):
        return ", ".join(value_name(key, str(each)) for each in value) or "–"
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    shown = _SHOWN_AS.get(key)
    return shown(str(value)) if shown else value_name(key, str(value))


_SHOWN_AS: Final[Mapping[str, Callable[[str], str]]] = {
    "request.network": lambda text: f"{re.split('[.:]', text)[0]}.{_NOT_SHOWN}",
    "request.device": lambda text: f"{text[:_SHOWN_OF_AN_ID]}…",
    "request.now_epoch": lambda text: (
        f"{datetime.fromtimestamp(int(text), SHANGHAI):%Y-%m-%d %H:%M:%S}"
    ),
}
