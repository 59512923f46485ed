"""The dashboard's charts: each a table of words first, and beside it what a drawing needs.

Whoever has no scripts, or reads by ear, has the table; the script draws from the same values.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from admin.figures import Figures
from admin.sections.connectors import SECTION_NAMES, yuan
from admin.words import authority_name, method_name
from idp.foundation.clock import SHANGHAI

GOOD: Final = "good"
BAD: Final = "bad"
WAIT: Final = "wait"
STEP_NAMES: Final = {
    "login": _("Sign-in"),
    "verification": _("Verification"),
    "access": _("Access"),
    "consent": _("Consent"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One row of marks: its name, its values in the order of the categories, its colour."""

    name: str
    tone: str
    values: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart. `categories` and `series` are drawn, `heads` and `rows` read."""

    key: str
    title: str
    heads: list[str]
    rows: list[list[str]]
    categories: list[str]
    series: list[Series]
    is_horizontal: bool = False
    note: str = ""

    def as_data(self) -> dict[str, Any]:
        """As the script takes it."""
        return asdict(self)


def charts_of(figures: Figures, *, is_city: bool, clients: Mapping[str, str]) -> list[Chart]:
    """All charts, with clients by their names; how authorities fare is the city's to see."""
    city = [_authorities(figures)] if is_city else []
    errors = _errors(figures, clients)
    return [_sign_ins(figures), _steps(figures), _methods(figures), *city, errors]


def _sign_ins(figures: Figures) -> Chart:
    first = figures["first_hour"]
    hours = [
        f"{datetime.fromtimestamp((first + place) * 3600, UTC).astimezone(SHANGHAI):%H}:00"
        for place in range(len(figures["signed_in"]))
    ]
    well, badly = figures["signed_in"], figures["refused"]
    return Chart(
        key="sign-ins",
        title=gettext("Sign-ins by the hour"),
        heads=[gettext("Hour"), gettext("Signed in"), gettext("Refused")],
        rows=[[h, f"{w:,}", f"{b:,}"] for h, w, b in zip(hours, well, badly, strict=True)],
        categories=hours,
        series=[
            Series(name=gettext("Signed in"), tone=GOOD, values=well),
            Series(name=gettext("Refused"), tone=BAD, values=badly),
        ],
    )


def _steps(figures: Figures) -> Chart:
    names = [str(STEP_NAMES.get(row[0], row[0])) for row in figures["steps"]]
    passed, stopped, left = ([row[i] for row in figures["steps"]] for i in (2, 3, 4))
    return Chart(
        key="steps",
        title=gettext("Where people give up"),
        heads=[
            gettext("Step"),
            gettext("Entered"),
            gettext("Passed"),
            gettext("Refused"),
            gettext("Left"),
            gettext("Share that left"),
        ],
        rows=[
            [name, *(f"{number:,}" for number in row[1:]), _share(row[4], row[1])]
            for name, row in zip(names, figures["steps"], strict=True)
        ],
        categories=names,
        series=[
            Series(name=gettext("Passed"), tone=GOOD, values=passed),
            Series(name=gettext("Left"), tone=WAIT, values=left),
            Series(name=gettext("Refused"), tone=BAD, values=stopped),
        ],
        is_horizontal=True,
        note=gettext("Who is at a step at this moment counts as having left, until they go on."),
    )


def _methods(figures: Figures) -> Chart:
    rows = [*figures["methods"], *figures["proofs"]]
    names = [str(method_name(row[0]) or "–") for row in rows]
    return Chart(
        key="methods",
        title=gettext("Success by method"),
        heads=[gettext("Method"), gettext("Succeeded"), gettext("Failed"), gettext("Success")],
        rows=[
            [name, f"{row[1]:,}", f"{row[2]:,}", _share(row[1], row[1] + row[2])]
            for name, row in zip(names, rows, strict=True)
        ],
        categories=names,
        series=[
            Series(name=gettext("Succeeded"), tone=GOOD, values=[row[1] for row in rows]),
            Series(name=gettext("Failed"), tone=BAD, values=[row[2] for row in rows]),
        ],
        is_horizontal=True,
    )


def _authorities(figures: Figures) -> Chart:
    asked = [each for each in figures["authorities"] if each["answered"] or each["failed"]]
    names = _connectors(asked)
    return Chart(
        key="authorities",
        title=gettext("Authorities and gateways today"),
        heads=[
            gettext("Connector"),
            gettext("Used for"),
            gettext("Answered"),
            gettext("Failed"),
            gettext("95 % wait"),
            gettext("Cost"),
        ],
        rows=[
            [
                name,
                str(SECTION_NAMES[each["section"]]),
                f"{each['answered']:,}",
                f"{each['failed']:,}",
                _wait(each),
                yuan(each["cost"]),
            ]
            for name, each in zip(names, asked, strict=True)
        ],
        categories=names,
        series=[
            Series(
                name=gettext("Answered"), tone=GOOD, values=[each["answered"] for each in asked]
            ),
            Series(name=gettext("Failed"), tone=BAD, values=[each["failed"] for each in asked]),
        ],
        is_horizontal=True,
    )


def _errors(figures: Figures, clients: Mapping[str, str]) -> Chart:
    ids = [client_id for client_id, _number in figures["errors"]]
    words = [clients.get(each, each) for each in ids]
    names = _told_apart(words, ids)
    numbers = [number for _client, number in figures["errors"]]
    return Chart(
        key="errors",
        title=gettext("Errors by client"),
        heads=[gettext("Client"), gettext("Errors")],
        rows=[[name, f"{number:,}"] for name, number in zip(names, numbers, strict=True)],
        categories=names,
        series=[Series(name=gettext("Errors"), tone=BAD, values=numbers)],
        is_horizontal=True,
    )


def _connectors(asked: list[dict[str, Any]]) -> list[str]:
    words = [str(authority_name(each.get("authority", each["name"]))) for each in asked]
    return _told_apart(words, [each["name"] for each in asked])


def _told_apart(words: list[str], names: list[str]) -> list[str]:
    """What they are called; of two that are called alike, with their own names."""
    return [
        f"{word} ({name})" if words.count(word) > 1 else word
        for word, name in zip(words, names, strict=True)
    ]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def _wait(authority: dict[str, Any]) -> str:
    if authority["p95"] is None:
        return "–"
    return f"{'>' if authority['is_beyond'] else '≤'} {authority['p95']:g} s"
