"""The configuration in force, to read: each value and where it comes from; what changes where.

Nothing can be changed here, and no secret is shown: only whether there is one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console
from admin.listing import Cell, Column, Listing
from admin.pages import render

SOURCES: Final = {
    "environment": (_("environment"), "good"),
    "file": (_("a file the environment names"), "good"),
    "profile": (_("profile"), "wait"),
    "default": (_("default"), "off"),
}
PLACES: Final = (
    (_("Settings on this page"), _("environment variables of every node, then a restart")),
    (_("How a connector is reached, and its secrets"), _("the connectors file, then a restart")),
    (_("Switch, order, cost and number of a connector"), _("Connectors, or a configuration file")),
    (_("Clients and their metadata"), _("Clients, or a configuration file")),
    (_("Access policies"), _("a proposal that somebody else approves")),
    (_("Signing keys"), _("change by themselves; Keys, to hasten it")),
    (_("Accounts of staff"), _("Staff")),
)


Source = Literal["environment", "file", "profile", "default"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting in force; a secret's `value` is None, and `is_set` says whether there is one."""

    name: str
    value: str | None
    is_set: bool
    source: Source
    is_secret: bool = False


Inforce = Callable[[], tuple[Setting, ...]]
"""Tells the settings of this deployment."""


def _cells(setting: Setting) -> list[Cell]:
    source, tone = SOURCES[setting.source]
    return [
        Cell(setting.name, tone="code"),
        _value(setting),
        Cell(source, tone=f"state {tone}"),
    ]


def _value(setting: Setting) -> Cell:
    if setting.is_secret:
        return Cell(_("set, not shown") if setting.is_set else _("not set"))
    return Cell(setting.value or "–", tone="code")


_LIST: Final = Listing(
    columns=(
        Column("name", _("Setting"), lambda each: each.name),
        Column("value", _("Value"), None),
        Column("source", _("Where from"), lambda each: each.source),
    ),
    cells=_cells,
    words=lambda each: f"{each.name} {each.value or ''}",
    default_sort="name",
)


def settings(console: Console, asked: Asked) -> HttpResponse:
    """List the settings in force, or export the list."""
    values = list(console.works.settings())
    status = asked.request.GET.get("status", "")
    if status in SOURCES:
        values = [each for each in values if each.source == status]
    if asked.request.GET.get("format") == "csv":
        return _LIST.export(asked.request, values, name="settings")
    context: dict[str, Any] = {
        "section": "settings",
        "list": _LIST.answer(asked.request, values, filters=("status",)),
        "states": [(code, name) for code, (name, _tone) in SOURCES.items()],
        "status": status,
        "where": PLACES,
    }
    return render(console, asked, "settings", context)
