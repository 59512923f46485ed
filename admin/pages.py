"""How a page of the console is rendered: the frame, the navigation its reader may use, the words.

What stands on a page is its section's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render as django_render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console
from admin.names import Names
from idp.clients.client import Client
from idp.foundation.audit.trail import Told
from idp.foundation.clock import SHANGHAI
from idp.staff.roles import Role

TAGS: Final[Mapping[str, str]] = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}
LANGUAGES: Final = (("zh-hans", "简体"), ("zh-hant", "繁體"), ("en", "EN"))
ROLE_NAMES: Final = {
    Role.SYSTEM: _("System administrator"),
    Role.SECURITY: _("Security administrator"),
    Role.AUDIT: _("Audit administrator"),
    Role.DEPARTMENT: _("Department administrator"),
    Role.SUPERVISOR: _("Supervisor"),
}
SECTIONS: Final = (
    ("dashboard", "/console/", _("Overview"), "M4 13h6V4H4zm0 7h6v-5H4zm10 0h6v-9h-6zm0-16v5h6V4z"),
    ("clients", "/console/clients", _("Clients"), "M4 5h16v11H4zm5 15h6m-3-4v4"),
    (
        "people",
        "/console/people",
        _("People"),
        "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm-7 8c0-3.5 3-6 7-6s7 2.5 7 6",
    ),
    (
        "sessions",
        "/console/sessions",
        _("Sessions"),
        "M12 7v5l3 2m6-2a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
    ),
    (
        "keys",
        "/console/keys",
        _("Keys"),
        "M8 15a4 4 0 1 1 3.5-6H20v3h-2v3h-3v-3h-3.5A4 4 0 0 1 8 15z",
    ),
    (
        "devices",
        "/console/devices",
        _("Devices"),
        "M7 3h10v18H7zm3 3h4m-2 12h.01",
    ),
    (
        "alerts",
        "/console/alerts",
        _("Alerts"),
        "M6 16V11a6 6 0 0 1 12 0v5l2 2H4zm4 5h4",
    ),
    (
        "connectors",
        "/console/connectors",
        _("Connectors"),
        "M9 3v5m6-5v5M7 8h10v4a5 5 0 0 1-10 0zm5 9v4",
    ),
    (
        "policies",
        "/console/policies",
        _("Policies"),
        "M12 4v16M7 20h10M5 7h14M5 7l-3 7h6zm14 0l-3 7h6z",
    ),
    (
        "decisions",
        "/console/decisions",
        _("Decisions"),
        "M12 21v-6m0 0l-6-6V4m6 11l6-6V4M3 7l3-3 3 3m6 0l3-3 3 3",
    ),
    ("audit", "/console/audit", _("Audit trail"), "M6 3h9l4 4v14H6zm3 7h7m-7 4h7m-7 4h4"),
    (
        "staff",
        "/console/staff",
        _("Staff"),
        "M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6zm-3 9l2 2 4-4",
    ),
    (
        "settings",
        "/console/settings",
        _("Settings"),
        "M4 7h10m4 0h2M4 17h2m4 0h10M16 5v4M8 15v4",
    ),
)
"""The navigation: section, address, name, and the path of its drawing."""


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation."""

    url: str
    name: Any
    drawing: str
    is_here: bool


def name_here(client: Client) -> str:
    """A client's name in the page's language."""
    return client.name_in(translation.get_language() or "")


def render(
    console: Console, asked: Asked, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page for somebody who is signed in; `section` in the context marks where they are."""
    words = {
        **_frame(console),
        "places": _places(asked, str(context.get("section", ""))),
        "member": asked.member,
        "role_name": ROLE_NAMES[asked.member.role],
        "is_fresh": asked.signed.is_fresh(console.clock.now()),
        "here": asked.request.get_full_path(),
        **_of_events(console, asked, context.get("events")),
        **context,
    }
    with timezone.override(SHANGHAI):  # instants stand as the city's clocks show them
        return django_render(asked.request, f"console/{template}.html", words, status=status)


def render_plain(
    console: Console, asked: Asked, template: str, *, status: int = 200
) -> HttpResponse:
    """A page that is only words."""
    return render(console, asked, template, {}, status=status)


def render_outside(
    console: Console, request: HttpRequest, template: str, context: Mapping[str, Any]
) -> HttpResponse:
    """A page before somebody is signed in."""
    here = request.get_full_path()
    status = 400 if context.get("error") else 200
    return django_render(
        request,
        f"console/{template}.html",
        {**_frame(console), "here": here, **context},
        status=status,
    )


def _frame(console: Console) -> dict[str, Any]:
    language = translation.get_language()
    return {
        "html_language": TAGS.get(language, "zh-Hans"),
        "languages": [(code, name, code == language) for code, name in LANGUAGES],
        "city": console.branding.city.in_language(language),
        "product": console.branding.name.in_language(language),
    }


def _of_events(console: Console, asked: Asked, events: Any) -> dict[str, Any]:
    """Who did what a page's events tell, and whether its reader may open whom it was done to."""
    from admin.routes import ROUTES

    if not isinstance(events, Sequence) or not all(isinstance(each, Told) for each in events):
        return {}
    names = Names(console.staff.accounts)
    names.learn({each.operator for each in events if each.operator})
    person = next(route for route in ROUTES if route.name == "console-person")
    return {"operators": names, "may_open_people": asked.member.role in person.rule.reads}


def _places(asked: Asked, section: str) -> list[Place]:
    from admin.routes import ROUTES

    role = asked.member.role
    open_to = {route.section for route in ROUTES if route.section and role in route.rule.reads}
    return [
        Place(url=url, name=name, drawing=drawing, is_here=key == section)
        for key, url, name, drawing in SECTIONS
        if key in open_to
    ]
