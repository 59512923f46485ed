"""What of a record answers a request: exactly what was asked, agreed to and true.

Pure: records and a request in, JSON out. OpenID Connect for Identity Assurance 1.0 §5.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from idp.foundation.clock import end_of_day_in_shanghai
from idp.subjects.assurance.records import Record, Refer
from idp.subjects.assurance.request import CONSTRAINTS, AssuranceRequest, Element, is_leaf
from idp.subjects.assurance.vocabulary import (
    DOCUMENT_NUMBER,
    EVIDENCE,
    STATUTORY_CLAIMS,
    bare_name,
    consent_name,
)

_ABSENT: Final = object()
_REQUIRED: Final = frozenset({"type", "check_method", "trust_framework"})
"""What a valid response needs wherever its parent stands (Identity Assurance Schema 1.0 §5.4)."""


class _UnmetError(Exception):
    """What is known does not meet a constraint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """The consent names people agreed to or a law gives, and the claims a law gives this client.

    `refer` names a piece of evidence to this client, so that two of them cannot compare notes.
    """

    names: frozenset[str]
    lawful: frozenset[str] = frozenset()
    refer: Refer = str

    def releases(self, claim: str) -> bool:
        agreed = consent_name(claim) in self.names
        return agreed and (claim not in STATUTORY_CLAIMS or claim in self.lawful)


def answer(
    records: Iterable[Record], request: AssuranceRequest, allowed: Allowed, *, now: datetime
) -> dict[str, Any] | list[dict[str, Any]] | None:
    """The value of `verified_claims`, or None where nothing may or can be told.

    §5.6: each element asked for is answered by itself; one that cannot be met is left out. An
    element is met by the record that gives most of it, the surest and newest of equals.
    """
    known = list(records)
    answers = [
        best
        for element in request.elements
        if (best := _best(known, element, allowed, now)) is not None
    ]
    if not answers:
        return None
    return answers if request.is_array else answers[0]


def _best(
    records: Iterable[Record], element: Element, allowed: Allowed, now: datetime
) -> dict[str, Any] | None:
    if not any(allowed.releases(bare_name(name)) for name in element.consent_names):
        return None
    met = [
        (record, found)
        for record in records
        if (found := _answered(record, element, allowed, now)) is not None
    ]
    if not met:
        return None
    _, found = max(met, key=lambda each: (len(each[1]["claims"]), each[0].level, each[0].time))
    return found


def _answered(
    record: Record, element: Element, allowed: Allowed, now: datetime
) -> dict[str, Any] | None:
    """§5.7.4: an unmet constraint of `verification` omits all of it, one of a claim the claim."""
    claims = {
        name: value
        for name, template in element.claims.items()
        if allowed.releases(name)
        and (value := _claim(template, record.claims.get(name, _ABSENT), now)) is not _ABSENT
    }
    if element.claims and not claims:
        return None
    template = {"trust_framework": None, **element.verification}
    shown = record.verification(allowed.refer, with_number=allowed.releases(DOCUMENT_NUMBER))
    if EVIDENCE in template and not allowed.releases(EVIDENCE):
        if any(_is_constrained(entry) for entry in template[EVIDENCE]):
            # To answer would tell that it is met: just what nobody agreed to.
            return None
        del template[EVIDENCE]
    try:
        return {"verification": _project(template, shown, now), "claims": claims}
    except _UnmetError:
        return None


def _claim(template: Any, value: object, now: datetime) -> object:
    if value is _ABSENT:
        return _ABSENT
    try:
        return _checked(template or {}, value, now)
    except _UnmetError:
        return _ABSENT


def _project(template: Mapping[str, Any], known: Mapping[str, Any], now: datetime) -> Any:
    """The parts of `known` that a template asks for, and what a valid response needs with them."""
    found = {name: known[name] for name in _REQUIRED & known.keys()}
    for name, wanted in template.items():
        value = _part(wanted, known.get(name, _ABSENT), now)
        if value is not _ABSENT:
            found[name] = value
    return {name: found[name] for name in known if name in found}


def _part(template: Any, value: Any, now: datetime) -> Any:
    if isinstance(template, list):
        return _filtered(template, value, now)
    wanted = template or {}
    if value is _ABSENT:
        if _is_constrained(wanted):
            raise _UnmetError
        return _ABSENT
    if isinstance(value, dict):
        return _project({} if is_leaf(wanted) else wanted, value, now)
    if isinstance(value, list):
        return _filtered([wanted], value, now)
    if not is_leaf(wanted):
        raise _UnmetError
    return _checked(wanted, value, now)


def _filtered(templates: list[Any], entries: Any, now: datetime) -> Any:
    """§5.4: the templates are filters, "linked by a logical OR", and say what is told of each."""
    if entries is _ABSENT:
        if _is_constrained(templates):
            raise _UnmetError
        return _ABSENT
    found = []
    for entry in entries:
        for template in templates:
            try:
                found.append(_project(template, entry, now))
            except _UnmetError:
                continue
            break
    if not found:
        raise _UnmetError
    return found


def _checked(leaf: Mapping[str, Any], value: Any, now: datetime) -> Any:
    if "value" in leaf and value != leaf["value"]:
        raise _UnmetError
    if "values" in leaf and value not in leaf["values"]:
        raise _UnmetError
    if "max_age" in leaf:
        since = _instant(value)
        if since is None or (now - since).total_seconds() > leaf["max_age"]:
            raise _UnmetError
    return value


def _instant(value: object) -> datetime | None:
    """§5.5.2: elapsed time starts "from the last valid second of the date value"."""
    if not isinstance(value, str):
        return None
    try:
        if len(value) == len("2026-01-01"):
            return end_of_day_in_shanghai(date.fromisoformat(value))
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _is_constrained(template: Any, *, name: str = "") -> bool:
    """Whether it constrains anything; an entry's own `type` merely says what is spoken of."""
    if isinstance(template, list):
        return any(_is_constrained(each) for each in template)
    if not isinstance(template, dict):
        return False
    if is_leaf(template):
        return name != "type" and not CONSTRAINTS.isdisjoint(template)
    return any(
        _is_constrained(inner, name=member if name == "" else f"{name}.{member}")
        for member, inner in template.items()
    )
