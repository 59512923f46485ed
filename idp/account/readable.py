"""A person's export in words: the same content as the file, for people to read.

Owns the words and the order; what is in it is the export's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from connectors.documents.registry import DOCUMENT_TYPES
from idp.account.data_pages import Line, Section
from idp.account.levels import reason_words
from idp.journey.consent.pages import claim_label
from idp.journey.pages import Presentation

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
_KINDS: Final[Mapping[str, StrOrPromise]] = {
    "phone": _("Phone number"),
    "email": _("E-mail address"),
    "username": _("User name"),
    "password": _("Password"),
    "sms": _("Text message"),
    "passkey": _("Passkey"),
    "totp": _("Authenticator app"),
    "face": _("Your face"),
    "recovery_code": _("Recovery codes"),
}


def sections_of(export: Mapping[str, Any], look: Presentation) -> tuple[Section, ...]:
    """The export by kinds of things; empty kinds are left out."""
    language = look.language
    found = (
        Section(title=_("Account"), lines=_account(export)),
        Section(title=_("What you say of yourself"), lines=_said(export["said_of_oneself"])),
        Section(title=_("My documents"), lines=_documents(export["documents"], look)),
        Section(title=_("The checks behind it"), lines=_checks(export["checks"])),
        Section(title=_("Ways to sign in"), lines=_ways(export["ways_to_sign_in"])),
        Section(title=_("Who else is told"), lines=_contacts(export["contacts"])),
        Section(title=_("Where you are signed in"), lines=_sessions(export["sessions"])),
        Section(title=_("My devices"), lines=_devices(export["devices"])),
        Section(title=_("Connected services"), lines=_services(export["services"], language)),
        Section(title=_("My agreements"), lines=_agreements(export["agreements"])),
        Section(title=_("What happened"), lines=_trail(export["trail"])),
    )
    return tuple(each for each in found if each.lines)


def _account(export: Mapping[str, Any]) -> tuple[Line, ...]:
    account = export["account"]
    identifiers = [
        Line(label=_KINDS.get(each["kind"], each["kind"]), value=each["value"])
        for each in export["identifiers"]
    ]
    return (
        *identifiers,
        Line(label=_("Account number"), value=str(account["id"])),
        Line(label=_("Opened"), value=_when(account["opened_at"])),
    )


def _said(said: Mapping[str, object]) -> tuple[Line, ...]:
    return tuple(Line(label=claim_label(name), value=str(value)) for name, value in said.items())


def _documents(documents: Iterable[Mapping[str, Any]], look: Presentation) -> tuple[Line, ...]:
    lines = []
    for each in documents:
        entry = DOCUMENT_TYPES.get(each["document_type"])
        name = entry.names[look.html_language] if entry else each["document_type"]
        parts = (each["number"], each["holder_name"], _when(each["valid_until"]))
        lines.append(Line(label=name, value=_joined(parts)))
    return tuple(lines)


def _checks(checks: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    return tuple(
        Line(
            label=reason_words(each["method"]),
            value=_joined((_when(each["checked_at"]), each["reference"], *each["values"].values())),
        )
        for each in checks
    )


def _ways(ways: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    return tuple(
        Line(
            label=_KINDS.get(str(each["kind"]), str(each["kind"])),
            value=_joined((each["label"], _when(each["added_at"]), _when(each["last_used_at"]))),
        )
        for each in ways
    )


def _contacts(contacts: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    return tuple(
        Line(
            label=_KINDS.get(each["kind"], each["kind"]),
            value=_joined((each["value"], _when(each["added_at"]))),
        )
        for each in contacts
    )


def _sessions(sessions: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    return tuple(
        Line(label=each["device"], value=_joined((_when(each["began_at"]), *each["services"])))
        for each in sessions
    )


def _devices(devices: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    return tuple(
        Line(
            label=each["name"],
            value=_joined(
                (_when(each["first_seen_at"]), f"{each['last_month']:%Y-%m}", each["network"])
            ),
        )
        for each in devices
    )


def _services(services: Iterable[Mapping[str, Any]], language: str) -> tuple[Line, ...]:
    lines = []
    for each in services:
        name = each["name"].get(language) or each["name"].get("") or each["client_id"]
        told = [Line(label=name, value=_told(one)) for one in each["told"]]
        lines += told or [Line(label=name, value=_when(each["last_at"]))]
    return tuple(lines)


def _told(told: Mapping[str, Any]) -> str:
    claims = dict.fromkeys(str(claim_label(each)) for each in told["claims"])
    return _joined((_when(told["day"]), *claims, f"× {told['times']}"))


def _agreements(agreements: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    lines = []
    for each in agreements:
        granted = dict.fromkeys(str(claim_label(one)) for one in each["granted"])
        dates = (_when(each["granted_at"]), _when(each["ended_at"]))
        lines.append(Line(label=each["client_id"], value=_joined((*granted, *dates))))
    return tuple(lines)


def _trail(trail: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    return tuple(
        Line(
            label=_when(each["at"]),
            value=_joined((each["event"], each["outcome"], each["client_id"], each["channel"])),
        )
        for each in trail
    )


def _when(value: datetime | date | None) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(_SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return value.isoformat()


def _joined(parts: Iterable[object]) -> str:
    return " · ".join(str(part) for part in parts if part)
