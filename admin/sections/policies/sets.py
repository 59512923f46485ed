"""The sets of policies in force, citywide and of single clients, and what waits to be done."""

from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console
from admin.listing import Cell, Column, Listing, moment
from admin.names import Names
from admin.pages import name_here, render
from admin.sections.policies.mistakes import why_not_shown
from admin.sections.policies.scope import own_clients, require_seen, seen
from admin.sections.policies.words import CITYWIDE, rule_shown, why_shown
from idp.journey.access.city_policies import EVERYONE
from idp.journey.access.drafts import text_of
from idp.journey.access.past import Entry, entries, last_changes
from idp.journey.access.versions import Version, in_force
from idp.staff.roles import Role
from policies.forms import read_text
from policies.source import default_policies
from policies.statements import cut

_RECENT: Final = 5
_LISTED: Final = 100
"""Versions on the page of a set; all of them are listed on their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Set:
    """One set as it is listed."""

    owner: str
    name: str
    url: str
    rules: int
    version: Entry | None


def _cells(each: _Set) -> list[Cell]:
    number = each.version.number if each.version else 0
    return [
        Cell(each.name, url=each.url),
        Cell("*" if each.owner == EVERYONE else each.owner, tone="code"),
        Cell(each.rules, tone="figure"),
        Cell(number or _("as shipped"), url=version_url(number) if number else "", tone="figure"),
        Cell(moment(each.version.at if each.version else None), tone="figure"),
    ]


_LIST: Final = Listing(
    columns=(
        Column("name", _("For whom"), lambda each: (each.owner != EVERYONE, each.name.casefold())),
        Column("client_id", _("Identifier"), lambda each: each.owner),
        Column("rules", _("Policies"), lambda each: each.rules),
        Column("version", _("Version"), lambda each: each.version.number if each.version else 0),
        Column("changed", _("Changed"), lambda each: moment(each.version and each.version.at)),
    ),
    cells=_cells,
    words=lambda each: f"{each.name} {each.owner}",
    default_sort="name",
)


def policies(console: Console, asked: Asked) -> HttpResponse:
    """List the sets in force, with what waits for somebody; or export the list."""
    own, base = own_clients(console, asked), in_force()
    sets = _sets(console, base, own)
    if asked.request.GET.get("format") == "csv":
        return _LIST.export(asked.request, sets, name="policies")
    names = Names(console.staff.accounts)
    context: dict[str, Any] = {
        "section": "policies",
        "list": _LIST.answer(asked.request, sets),
        "recent": [
            {"version": each, "author": names(each.author), "why": why_shown(each)}
            for each in islice(entries(own), _RECENT)
        ],
    }
    if own is None:
        context |= _citywide(console, asked, base, names)
    return render(console, asked, "policies", context)


def shared(console: Console, asked: Asked) -> HttpResponse:
    """Show the policies that hold for every client."""
    return _set_page(console, asked, EVERYONE)


def of_client(console: Console, asked: Asked, client_id: str) -> HttpResponse:
    """Show the policies that hold for one client beside the shared ones."""
    if client_id == EVERYONE:
        raise Http404
    return _set_page(console, asked, client_id)


def set_url(owner: str) -> str:
    return "/console/policies/shared" if owner == EVERYONE else f"/console/policies/of/{owner}"


def version_url(number: int) -> str:
    return f"/console/policies/versions/{number}"


def rules_shown(text: str) -> list[dict[str, Any]]:
    """Every policy of a text in words; what only the text can show, with the reason."""
    shown = [rule_shown(index, block) for index, block in enumerate(read_text(text))]
    for each in shown:
        if each.get("why_not"):
            each["why_not"] = why_not_shown(each["why_not"])
    return shown


def _set_page(console: Console, asked: Asked, owner: str) -> HttpResponse:
    base = in_force()
    require_seen(console, asked, owner, known=base.texts)
    text = text_of(base, owner)
    names = Names(console.staff.accounts)
    is_citys = owner == EVERYONE
    context = {
        "section": "policies",
        "owner": owner,
        "is_citys": is_citys,
        "name": CITYWIDE if is_citys else _name_of(console, owner),
        "is_shipped": is_citys and owner not in base.texts,
        "text": text,
        "rules": rules_shown(text),
        "version": base,
        "history": [
            {"version": each, "author": names(each.author), "why": why_shown(each)}
            for each in islice(entries({owner}), _LISTED)
        ],
        "may_change": asked.member.role is Role.SYSTEM,
    }
    return render(console, asked, "policy_set", context)


def _sets(console: Console, base: Version, own: frozenset[str] | None) -> list[_Set]:
    texts: dict[str, str] = {}
    if own is None:
        texts[EVERYONE] = default_policies().shared
    texts |= seen(base.texts, own)
    last = last_changes(base.texts.keys() & texts.keys())
    return [
        _Set(
            owner=owner,
            name=str(CITYWIDE) if owner == EVERYONE else _name_of(console, owner),
            url=set_url(owner),
            rules=sum(1 for _each in cut(text)),
            version=last.get(owner),
        )
        for owner, text in texts.items()
    ]


def _name_of(console: Console, owner: str) -> str:
    found = console.city.clients.find(owner)
    return name_here(found.client) if found else owner


def _citywide(console: Console, asked: Asked, base: Version, names: Names) -> dict[str, Any]:
    """What a department is not shown: how far the version has come, and what waits."""
    changes, now = console.policies.changes, console.clock.now()
    may_propose = asked.member.role is Role.SYSTEM
    without = [
        (each.client.client_id, name_here(each.client))
        for each in console.city.clients.listed()
        if each.client.client_id not in base.texts
    ]
    return {
        "version": base,
        "spread": console.policies.spread(),
        "proposals": [
            {"proposal": each, "author": names(each.author)} for each in changes.proposals()
        ],
        "reviews": [
            {"review": each, "is_overdue": each.is_overdue(now)} for each in changes.unreviewed()
        ],
        "drafts": [
            {"draft": each, "author": names(each.author), "name": set_name(console, each.owner)}
            for each in console.policies.drafts.kept()
        ]
        if may_propose
        else [],
        "may_propose": may_propose,
        "is_citywide": True,
        "without": without,
    }


def set_name(console: Console, owner: str) -> str:
    """For whom a set holds, in words."""
    return str(CITYWIDE) if owner == EVERYONE else _name_of(console, owner)
