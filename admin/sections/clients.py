"""Clients: listed, shown, edited without losing anybody's change, suspended and reinstated.

What metadata may be is the registrar's; a department's administrator meets only its own clients.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import Http404, HttpResponse, QueryDict
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console
from admin.gate import see_other
from admin.listing import Cell, Column, Listing, moment
from admin.pages import name_here, render
from idp.clients.metadata import MetadataProblem
from idp.clients.register import Registered
from idp.clients.registrar import Amendment, ChangedMeanwhile
from idp.staff.roles import Role

_STATES: Final = {"active": _("active"), "suspended": _("suspended")}
_LIST: Final = Listing(
    columns=(
        Column("name", _("Client's name"), lambda each: name_here(each.client).casefold()),
        Column("client_id", _("Identifier"), lambda each: each.client.client_id),
        Column("department", _("Department"), lambda each: each.client.department),
        Column("status", _("State"), lambda each: each.client.status),
        Column("updated", _("Changed"), lambda each: each.updated_at),
    ),
    cells=lambda each: [
        Cell(name_here(each.client), url=f"/console/clients/{each.client.client_id}"),
        Cell(each.client.client_id, tone="code"),
        Cell(each.client.department or "–"),
        _state(each.client.status),
        Cell(moment(each.updated_at), tone="figure"),
    ],
    words=lambda each: " ".join(
        (each.client.client_id, each.client.department, *each.client.client_name.values())
    ),
    default_sort="name",
    key=lambda each: each.client.client_id,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One member that can be edited: a line, or several values on lines of their own."""

    name: str
    label: Any
    is_list: bool = False
    is_citys: bool = False
    help: Any = ""

    def read(self, source: Registered) -> str:
        """As it stands, for the form."""
        held = source.city if self.is_citys else source.client.metadata
        value: Any = held.get(self.name, [] if self.is_list else "")
        return "\n".join(map(str, value)) if self.is_list else str(value)

    def parsed(self, typed: str) -> Any:
        """As it is kept; None where nothing was typed."""
        if self.is_list:
            return [line.strip() for line in typed.splitlines() if line.strip()] or None
        return typed.strip() or None


FIELDS: Final = (
    Field(name="client_name", label=_("Client's name")),
    Field(name="client_name#zh-Hans", label=_("Name in simplified Chinese")),
    Field(name="client_name#zh-Hant", label=_("Name in traditional Chinese")),
    Field(name="client_name#en", label=_("Name in English")),
    Field(name="client_uri", label=_("Home page")),
    Field(name="policy_uri", label=_("Privacy notice")),
    Field(name="tos_uri", label=_("Terms")),
    Field(name="contacts", label=_("Contacts"), is_list=True, help=_("One on each line.")),
    Field(
        name="redirect_uris",
        label=_("Redirect addresses"),
        is_list=True,
        help=_("One on each line, compared exactly."),
    ),
    Field(
        name="post_logout_redirect_uris",
        label=_("Addresses after signing out"),
        is_list=True,
        help=_("One on each line, compared exactly."),
    ),
    Field(name="backchannel_logout_uri", label=_("Back-channel logout")),
    Field(name="event_delivery_uri", label=_("Delivery of security events")),
    Field(
        name="minimum_acr",
        label=_("Lowest level"),
        is_citys=True,
        help=_("For example urn:tongxing:acr:ial2:aal1."),
    ),
    Field(name="classification", label=_("Classification"), is_citys=True),
)


def clients(console: Console, asked: Asked) -> HttpResponse:
    """List the clients, or export them."""
    values = console.city.clients.listed(department=asked.department)
    status = asked.request.GET.get("status", "")
    if status in _STATES:
        values = [each for each in values if each.client.status == status]
    if asked.request.GET.get("format") == "csv":
        return _LIST.export(asked.request, values, name="clients")
    listed = _LIST.answer(asked.request, values, filters=("status",))
    context = {"section": "clients", "list": listed, "states": _STATES.items(), "status": status}
    context["may_mark"] = asked.member.role in {Role.SYSTEM, Role.SECURITY}
    return render(console, asked, "clients", context)


def client(console: Console, asked: Asked, client_id: str) -> HttpResponse:
    """Show one client."""
    found = _found(console, asked, client_id)
    context = {
        "section": "clients",
        "found": found,
        "client": found.client,
        "name": name_here(found.client),
        "state": _state(found.client.status),
        "fields": [(each.label, each.read(found).splitlines()) for each in FIELDS],
        "may_edit": asked.member.role in {Role.SYSTEM, Role.DEPARTMENT},
        "may_suspend": asked.member.role in {Role.SYSTEM, Role.SECURITY},
        "events": console.city.trail.page({"client_id": client_id}, size=8),
    }
    return render(console, asked, "client", context)


def edit(console: Console, asked: Asked, client_id: str) -> HttpResponse:
    """Edit a client; somebody else's change in the meantime is shown, never overwritten."""
    found = _found(console, asked, client_id)
    fields = _fields(asked)
    if asked.request.method != "POST":
        typed = {each.name: each.read(found) for each in fields}
        return _form(console, asked, found, {"rows": _rows(fields, typed)})
    typed = {each.name: asked.request.POST.get(each.name, "") for each in fields}
    error = ""
    try:
        read_at = _instant(asked.request.POST)
        console.city.registrar.amend(client_id, _amendment(asked, fields, typed, read_at))
    except ChangedMeanwhile:
        now = _found(console, asked, client_id)
        rows = _rows(fields, typed, theirs={each.name: each.read(now) for each in fields})
        return _form(console, asked, now, {"rows": rows, "is_changed": True}, status=409)
    except MetadataProblem as problem:
        error = str(problem)
    else:
        return see_other(f"/console/clients/{client_id}")
    context = {"rows": _rows(fields, typed), "error": error, "version": read_at.isoformat()}
    return _form(console, asked, found, context, status=400)


def status(console: Console, asked: Asked, client_id: str) -> HttpResponse:
    """Suspend a client, or let it work again."""
    found = _found(console, asked, client_id)
    wanted = "active" if found.client.status == "suspended" else "suspended"
    if asked.request.POST.get("status") == wanted:
        console.city.registrar.set_status(client_id, wanted, actor=asked.operator)
    return see_other(f"/console/clients/{client_id}")


def _found(console: Console, asked: Asked, client_id: str) -> Registered:
    found = console.city.clients.find(client_id, department=asked.department)
    if found is None:
        raise Http404
    return found


def _fields(asked: Asked) -> tuple[Field, ...]:
    """The city's own decisions about a client are not its department's."""
    if asked.department:
        return tuple(each for each in FIELDS if not each.is_citys)
    return FIELDS


def _amendment(
    asked: Asked, fields: tuple[Field, ...], typed: Mapping[str, str], read_at: datetime
) -> Amendment:
    return Amendment(
        metadata={each.name: each.parsed(typed[each.name]) for each in fields if not each.is_citys},
        city={each.name: typed[each.name].strip() for each in fields if each.is_citys},
        read_at=read_at,
        operator=asked.operator,
    )


def _form(
    console: Console,
    asked: Asked,
    found: Registered,
    context: Mapping[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    words = {"section": "clients", "client": found.client, "version": found.version, **context}
    return render(console, asked, "client_edit", words, status=status)


def _rows(
    fields: tuple[Field, ...], typed: Mapping[str, str], *, theirs: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    return [
        {
            "field": each,
            "value": typed[each.name],
            "theirs": theirs[each.name] if theirs else "",
            "differs": theirs is not None and _lines(theirs[each.name]) != _lines(typed[each.name]),
        }
        for each in fields
    ]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _instant(posted: QueryDict) -> datetime:
    """When the editor read the client; anything else is as if it had changed since."""
    try:
        return datetime.fromisoformat(posted.get("version", ""))
    except ValueError:
        raise ChangedMeanwhile from None


def _state(status_of: str) -> Cell:
    tone = "good" if status_of == "active" else "bad"
    return Cell(_STATES.get(status_of, status_of), tone=f"state {tone}")
