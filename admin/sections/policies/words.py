"""Policies and decisions in the words of whoever looks at the console; values have `values`."""

import re
from collections.abc import Iterable
from typing import Any, Final

from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from admin.method_words import FACTORS, SIGN_IN_METHODS
from admin.sections.policies.shipped import reason_name, title_of
from admin.sections.policies.values import level_shown, value_name
from idp.journey.access.past import Entry
from idp.journey.access.versions import DECLARED, ROLLED_BACK, Version
from idp.journey.consent.pages import claim_label
from policies.decision import NO_PERMIT, Decision, Forbid, Permit, StepUp, kind_of
from policies.forms import Block, Condition, PolicyForm
from policies.levels import Level
from policies.sayings import SAYINGS

FACTS: Final[dict[str, Any]] = {
    "subject.ial": _("Identity level"),
    "subject.aal": _("Level of the sign-in"),
    "subject.own_aal": _("Level their own authenticators reach"),
    "subject.level": _("Level"),
    "subject.status": _("Status of the account"),
    "subject.is_minor": _("A minor"),
    "subject.population": _("Kind of person"),
    "subject.methods": _("Verification methods"),
    "subject.evidence_age_days": _("Age of the evidence in days"),
    "subject.authenticators": _("Signed in with"),
    "client.classification": _("Classification of the client"),
    "client.department": _("Department of the client"),
    "client.channel": _("Channel the client is entered by"),
    "client.minimum_ial": _("Identity level the client needs"),
    "client.minimum_aal": _("Sign-in level the client needs"),
    "client.allowed_channels": _("Channels the client allows"),
    "client.status": _("Status of the client"),
    "client.client_id": _("Client"),
    "request.channel": _("Channel"),
    "request.hour": _("Hour of the day (0–23)"),
    "request.weekday": _("Day of the week (1 is Monday)"),
    "request.now_epoch": _("Time in seconds since 1970"),
    "request.session_age_s": _("Seconds since the sign-in"),
    "request.requested_ial": _("Identity level asked for"),
    "request.requested_aal": _("Sign-in level asked for"),
    "request.device_known": _("Known device"),
    "request.device": _("Device"),
    "request.network": _("Network"),
    "request.risk": _("Signals of risk"),
    "request.risk_level": _("How grave the risk is"),
    "operation": _("Operation"),
}
_PLACE: Final = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_BACK: Final = re.compile(r"back to (?P<number>\d+): (?P<reason>.*)", re.DOTALL)
"""As `changes` writes it."""
CITYWIDE: Final = _("The whole city")
GROUPS: Final = (
    ("subject", _("The person")),
    ("client", _("The client")),
    ("request", _("The request")),
)
_TAGS: Final = {
    "person": _("What the system says of the person: %(name)s"),
    "item": _("What the system says of the item: %(name)s"),
    "circumstance": _("What the system says of the operation: %(name)s"),
}
OPERATORS: Final[dict[str, Any]] = {
    "is": _("is"),
    "is_not": _("is not"),
    "less": _("is less than"),
    "at_most": _("is at most"),
    "more": _("is more than"),
    "at_least": _("is at least"),
    "one_of": _("is one of"),
    "begins_with": _("begins with"),
    "contains": _("contains"),
    "contains_any": _("contains one of"),
    "contains_all": _("contains all of"),
    "is_known": _("is known"),
    "is_unknown": _("is unknown"),
}
EFFECTS: Final[dict[str, Any]] = {
    "permit": _("Permit"),
    "refuse": _("Refuse"),
    "step_up": _("Ask for a higher level"),
    "reverify": _("Ask to sign in anew"),
    "mask_claims": _("Mask claims"),
    "shorten_session": _("Shorten the session"),
    "notify": _("Send a notice"),
}
_EFFECT_TONES: Final = {"permit": "good", "refuse": "bad"}
ACTIONS: Final[dict[str, Any]] = {
    "sign_in": _("signing in to the client"),
    "use": _("using something inside it"),
}
OUTCOMES: Final[dict[str, Any]] = {
    "permit": _("let in"),
    "step_up": _("higher level asked"),
    "forbid": _("refused"),
}
OUTCOME_TONES: Final = {"permit": "good", "step_up": "wait", "forbid": "bad"}
_LEVELS: Final[dict[str, Any]] = {
    "client_minimum": _("the level the client needs"),
    "requested": _("the level that was asked for"),
}
_TOLD: Final[dict[str, Any]] = {
    "person": _("the person"),
    "security": _("the security office"),
}
_WAYS: Final = {**SIGN_IN_METHODS, "face": FACTORS["face"]}
_OBLIGATIONS: Final[dict[str, Any]] = {
    "mask_claims": _("Claims are masked: %(value)s"),
    "shorten_session": _("The session ends %(value)s minutes after the sign-in"),
    "reverify": _("The sign-in is at most %(value)s minutes old"),
    "reverify_by": _("The person proves themselves by: %(value)s"),
    "notify": _("A notice goes to: %(value)s"),
}


def fact_name(key: str) -> Any:
    """What a fact is called; its key where an upgrade knows more than this page."""
    group, _dot, name = key.partition(".")
    if group in _TAGS:
        return _TAGS[group] % {"name": name}
    return FACTS.get(key, key)


def condition_shown(condition: Condition) -> dict[str, Any]:
    """One comparison, to be read from left to right."""
    values = [value_name(condition.fact, value_shown(each)) for each in condition.values]
    return {
        "fact": fact_name(condition.fact),
        "operator": OPERATORS[condition.operator],
        "value": fact_name(condition.other) if condition.other else ", ".join(values),
        "is_fact": bool(condition.other),
    }


def value_shown(value: object) -> str:
    """A value as it is written in a field of the form."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def rule_shown(index: int, block: Block) -> dict[str, Any]:
    """One policy as it is listed: its form in words, or its text and why it has no form."""
    shown: dict[str, Any] = {"index": index, "text": block.text, "line": block.line}
    form = block.form
    if form is None:
        is_remark = is_note(block.text)
        note = _in_words(note_of(block.text)) if is_remark else ""
        return {**shown, "why_not": block.why_not, "is_note": is_remark, "note": note}
    return {
        **shown,
        "form": form,
        "effect": EFFECTS[form.effect],
        "tone": _EFFECT_TONES.get(form.effect, "wait"),
        "actions": [ACTIONS[each] for each in form.actions],
        "title": title_of(form),
        "detail": _detail_shown(form),
        "says": dict(zip(SAYINGS.values(), form.sayings, strict=False)).get(
            get_language() or "", ""
        ),
        "when": [condition_shown(each) for each in form.when],
        "unless": [condition_shown(each) for each in form.unless],
        "note": _in_words(note_of(block.text)),
    }


def _detail_shown(form: PolicyForm) -> Any:
    """What a policy asks for, or why it refuses; nobody reads an acr value or a code."""
    if form.effect == "refuse":
        return reason_name(form.reason)
    if form.effect == "step_up":
        level = Level.parse(form.parameter)
        return level_shown(level) if level else _LEVELS.get(form.parameter, form.parameter)
    words = form.parameter.split()
    if form.effect not in {"reverify", "shorten_session"}:
        return _names_shown(form.effect, words)
    minutes = [
        ngettext("%(number)s minute", "%(number)s minutes", int(each)) % {"number": each}
        for each in words
        if each.isdigit()
    ]
    ways = [str(_WAYS.get(each, each)) for each in words if not each.isdigit()]
    return ", ".join(minutes + ([gettext(" or ").join(ways)] if ways else []))


def _names_shown(kind: str, names: Iterable[str]) -> str:
    """Claims, or whom a notice goes to."""
    if kind == "mask_claims":
        return ", ".join(str(claim_label(each)) for each in names)
    return ", ".join(str(_TOLD.get(each, each)) for each in names)


def _in_words(note: str) -> str:
    """A note of the shipped policies in the page's language; anybody else's as it stands."""
    return gettext(note) if note else ""


def is_note(text: str) -> bool:
    """Whether a block is remarks alone: they are no policy, and need no form."""
    return all(not line.strip() or line.lstrip().startswith("//") for line in text.splitlines())


def note_of(text: str) -> str:
    """The remarks that stand before a policy."""
    lines = []
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("//"):
            break
        lines.append(line.lstrip().removeprefix("//").strip())
    return " ".join(line for line in lines if line)


def decision_shown(decision: Decision) -> dict[str, Any]:
    """A decision in words: what it is, why, and what comes with it."""
    kind = kind_of(decision)
    shown: dict[str, Any] = {
        "kind": kind,
        "name": OUTCOMES[kind],
        "tone": OUTCOME_TONES[kind],
        "policies": decision.determining,
        "said": "",
        "obligations": [],
    }
    if isinstance(decision, Forbid):
        shown["said"] = "" if decision.reason == NO_PERMIT else reason_name(decision.reason)
    elif isinstance(decision, StepUp):
        shown["said"] = level_shown(decision.level)
    elif isinstance(decision, Permit):
        owed = decision.obligations.record()
        shown["obligations"] = [
            _OBLIGATIONS[name] % {"value": _owed_shown(name, value)}
            for name, value in owed.items()
            if name in _OBLIGATIONS
        ]
    return shown


def why_shown(made: Version | Entry) -> str:
    """Why a version came about; what the product wrote down itself is said in the page's words."""
    back = _BACK.fullmatch(made.reason) if made.origin == ROLLED_BACK else None
    if back is not None:
        return gettext("Back to version %(number)s: %(reason)s") % back.groupdict()
    if made.origin == DECLARED:
        return gettext("It was declared in a file.")
    return made.reason


def diff_shown(diff: str) -> list[dict[str, str]]:
    """The lines of a difference, each with what kind it is."""
    kinds = {"+": "added", "-": "taken", "@": "place"}
    shown: list[dict[str, str]] = []
    after_head = False
    for line in diff.splitlines():
        if line.startswith("--- ") and line.endswith(" before"):
            owner = line[4:-7]
            shown.append({"kind": "head", "line": str(CITYWIDE) if owner == "*" else owner})
            after_head = True
            continue
        if not after_head:
            shown.append({"kind": kinds.get(line[:1], "same"), "line": _placed(line)})
        after_head = False
    return shown


def _placed(line: str) -> str:
    """A line of a difference; which lines come next is said in words."""
    place = _PLACE.match(line)
    return str(_("Line %(line)s") % {"line": max(1, int(place[1]))}) if place else line


def _owed_shown(name: str, value: object) -> str:
    if not isinstance(value, list | tuple):
        return str(value)
    if name == "reverify_by":
        either = gettext(" or ")
        return ", ".join(either.join(str(_WAYS.get(each, each)) for each in ways) for ways in value)
    return _names_shown(name, value)
