"""What if: the decision about somebody who may not exist, and what would change it.

Everything asked stands in the address: it is made up, and can be sent to a colleague.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console
from admin.method_words import FACTORS, METHODS
from admin.pages import name_here, render
from admin.sections.policies.candidates import IN_FORCE, Candidate, choices, find_candidate
from admin.sections.policies.values import VALUES, values_shown
from admin.sections.policies.words import FACTS, GROUPS, decision_shown, fact_name
from idp.journey.access.hypothetical import facts_from
from idp.journey.access.versions import in_force
from policies.engine import Engine
from policies.facts import Facts
from policies.vocabulary import NAMES, Name
from policies.what_if import what_if as look_at

_LONGEST: Final = 200
_OFFERED: Final[Mapping[str, tuple[str, ...]]] = {
    "subject.ial": ("0", "1", "2", "3", "4"),
    "subject.aal": ("0", "1", "2", "3"),
    "subject.own_aal": ("1", "2", "3"),
    "subject.methods": tuple(METHODS),
    "subject.authenticators": tuple(FACTORS),
    "request.requested_ial": ("0", "1", "2", "3", "4"),
    "request.requested_aal": ("0", "1", "2", "3"),
}
_NOT_ASKED: Final = frozenset({"request.now_epoch", "client.channel"})
_FIRST: Final = {
    "subject.ial": "2",
    "subject.aal": "1",
    "subject.status": "active",
    "request.channel": "web",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One fact of the form."""

    key: str
    label: Any
    value: str
    choices: tuple[tuple[str, Any], ...]
    is_number: bool


def what_if(console: Console, asked: Asked) -> HttpResponse:
    """Decide about a made-up person, client and channel by a candidate."""
    given = asked.request.GET
    candidate = find_candidate(console, asked, given.get("of", ""))
    if candidate is None:
        raise Http404
    clients = [
        (each.client.client_id, name_here(each.client))
        for each in console.city.clients.listed(department=asked.department)
    ]
    is_asked = "ask" in given
    typed = {
        name.key: given.get(name.key, "").strip()[:_LONGEST]
        if is_asked
        else _FIRST.get(name.key, "")
        for name in NAMES
    }
    context: dict[str, Any] = {
        "section": "policies",
        "candidate": candidate,
        "choices": choices(console, asked, chosen=candidate),
        "clients": clients,
        "client_id": given.get("client", ""),
        "groups": _groups(typed),
        "is_asked": is_asked,
    }
    if is_asked:
        context |= _decided(console, candidate, context, typed)
    return render(console, asked, "policy_what_if", context)


def compared(candidate: Candidate, facts: Facts) -> dict[str, Any]:
    """The decision of a candidate about facts, what would change it, and without which policies.

    Raises:
        ValueError: the candidate's text does not parse.
    """
    found = look_at(candidate.source, facts)
    return {
        "decision": decision_shown(found.decision),
        "changes": [
            {
                "fact": fact_name(each.fact),
                "values": values_shown(each.fact, each.values),
                "decision": decision_shown(each.decision),
            }
            for each in found.changes
        ],
        "without": [(name, decision_shown(each)) for name, each in found.without],
    }


def _decided(
    console: Console, candidate: Candidate, context: Mapping[str, Any], typed: Mapping[str, str]
) -> dict[str, Any]:
    client_id = context["client_id"]
    if client_id and client_id not in dict(context["clients"]):
        raise Http404
    given = [f"{key}={value}" for key, value in typed.items() if value]
    try:
        facts = facts_from(given, client_id=client_id, clock=console.clock)
    except ValueError:
        return {"error": _("A fact has a value that it cannot have: look at the numbers.")}
    try:
        result = compared(candidate, facts)
    except ValueError:
        return {"error": _("This draft cannot be read yet: mend its mistakes first.")}
    return {"result": result, "now": decided_now(candidate, facts)}


def decided_now(candidate: Candidate, facts: Facts) -> dict[str, Any] | None:
    """What is decided now, where the candidate is something else."""
    if candidate.key == IN_FORCE:
        return None
    return decision_shown(Engine(in_force().source).decide(facts))


def _groups(typed: Mapping[str, str]) -> list[tuple[Any, list[_Asked]]]:
    return [
        (
            title,
            [
                _field(name, typed[name.key])
                for name in NAMES
                if name.group == group and name.key not in _NOT_ASKED
            ],
        )
        for group, title in GROUPS
        if group != "client"
    ]


def _field(name: Name, value: str) -> _Asked:
    offered = name.values or _OFFERED.get(name.key, ())
    if name.type == "Bool":
        offered = ("true", "false")
    if offered and value and value not in offered:
        offered = (*offered, value)  # several at once, as somebody's address may say
    names = VALUES.get(name.key, {})
    return _Asked(
        key=name.key,
        label=FACTS.get(name.key, name.key),
        value=value,
        choices=tuple((each, names.get(each, each)) for each in offered),
        is_number=name.type == "Long",
    )
