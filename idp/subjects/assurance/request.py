"""The request for verified claims: its form, and what it asks people to agree to.

A request that is well formed is never an error, whatever it asks (Identity Assurance 1.0 §5.7).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from idp.subjects.assurance.vocabulary import (
    ASSURANCE_LEVEL,
    DOCUMENT_NUMBER,
    EVIDENCE,
    VERIFIABLE_CLAIMS,
    consent_name,
)

MAX_ELEMENTS: Final = 8
MAX_DEPTH: Final = 8
CONSTRAINTS: Final = frozenset({"value", "values", "max_age"})
_MEMBERS: Final = CONSTRAINTS | {"essential", "purpose"}
"""OpenID Connect Core 1.0 §5.5.1; Identity Assurance 1.0 §5.3, §5.5.2 (`max_age`)."""


class MalformedRequest(ValueError):
    """It is not a request for verified claims at all. The words name the member, no value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One `verified_claims` object asked for: templates of its two parts, constraints included."""

    verification: Mapping[str, Any]
    claims: Mapping[str, Any]

    @property
    def consent_names(self) -> dict[str, bool]:
        """What people are asked for it, each with whether it is essential."""
        asked = {
            name: is_essential(options)
            for name, options in self.claims.items()
            if name in VERIFIABLE_CLAIMS
        }
        if EVIDENCE in self.verification:
            asked[EVIDENCE] = False
            if DOCUMENT_NUMBER in _document_members(self.verification[EVIDENCE]):
                asked.setdefault(DOCUMENT_NUMBER, False)
        if not self.claims:
            # Identity Assurance Schema 1.0 §5.3: verification alone may be asked for.
            asked[ASSURANCE_LEVEL] = False
        return {consent_name(name): essential for name, essential in asked.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class AssuranceRequest:
    """Everything asked in one target. An array is answered by an array."""

    elements: tuple[Element, ...]
    is_array: bool

    @property
    def consent_names(self) -> dict[str, bool]:
        names: dict[str, bool] = {}
        for element in self.elements:
            for name, essential in element.consent_names.items():
                names[name] = names.get(name, False) or essential
        return names


def read_request(value: object) -> AssuranceRequest:
    """Read what stands at `verified_claims` in the `claims` parameter.

    Raises:
        MalformedRequest: naming what is wrong with it.
    """
    given = value if isinstance(value, list) else [value]
    if not 1 <= len(given) <= MAX_ELEMENTS:
        raise MalformedRequest(f"verified_claims must hold 1 to {MAX_ELEMENTS} objects")
    elements = tuple(_element(each) for each in given)
    return AssuranceRequest(elements=elements, is_array=isinstance(value, list))


def is_leaf(template: Mapping[str, Any]) -> bool:
    """Whether a template says how one value should be, rather than which parts are wanted."""
    return _MEMBERS.issuperset(template)


def is_essential(options: object) -> bool:
    return isinstance(options, dict) and options.get("essential") is True


def _element(given: object) -> Element:
    if not isinstance(given, dict):
        raise MalformedRequest("verified_claims must be an object or an array of objects")
    verification, claims = given.get("verification"), given.get("claims")
    if not isinstance(verification, dict) or not isinstance(claims, dict):
        raise MalformedRequest("verified_claims needs the objects verification and claims")
    for name, template in claims.items():
        if template is not None and not (isinstance(template, dict) and is_leaf(template)):
            raise MalformedRequest(f"verified_claims.claims.{name} must be null or constraints")
    _require_well_formed(verification, "verification")
    _require_well_formed(claims, "claims")
    if EVIDENCE in verification:
        _require_evidence(verification[EVIDENCE])
    return Element(verification=verification, claims=claims)


def _require_evidence(evidence: object) -> None:
    """§5.4: each entry names its type by `value`; "the values sub-element shall not be used"."""
    if not isinstance(evidence, list) or not evidence:
        raise MalformedRequest("verification.evidence must be an array of objects")
    for entry in evidence:
        kind = entry.get("type") if isinstance(entry, dict) else None
        if not isinstance(kind, dict) or not isinstance(kind.get("value"), str):
            raise MalformedRequest("verification.evidence.type needs a value")
        if "values" in kind:
            raise MalformedRequest("verification.evidence.type takes no values")


def _require_well_formed(template: object, name: str, depth: int = 0) -> None:
    if template is None:
        return
    if depth > MAX_DEPTH:
        raise MalformedRequest(f"{name} is nested too deeply")
    if isinstance(template, list):
        if not template or not all(isinstance(each, dict) for each in template):
            raise MalformedRequest(f"{name} must be an array of objects")
        for each in template:
            _require_well_formed(each, name, depth + 1)
    elif not isinstance(template, dict):
        raise MalformedRequest(f"{name} must be null, constraints or an object")
    elif template and is_leaf(template):
        _require_constraints(template, name)
    else:
        for member, inner in template.items():
            _require_well_formed(inner, f"{name}.{member}", depth + 1)


def _require_constraints(leaf: Mapping[str, Any], name: str) -> None:
    values, age = leaf.get("values"), leaf.get("max_age", 0)
    if "values" in leaf and (not isinstance(values, list) or not values):
        raise MalformedRequest(f"{name}.values must be an array")
    if isinstance(age, bool) or not isinstance(age, int | float) or age < 0:
        raise MalformedRequest(f"{name}.max_age must be a number of seconds")
    if not isinstance(leaf.get("essential", False), bool):
        raise MalformedRequest(f"{name}.essential must be true or false")
    if not isinstance(leaf.get("purpose", ""), str):
        raise MalformedRequest(f"{name}.purpose must be text")


def _document_members(evidence: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for entry in evidence:
        details = entry.get("document_details")
        yield from details if isinstance(details, dict) else ()
