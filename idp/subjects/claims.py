"""Reading claims about a person: standard OpenID Connect claims, and `verified_claims`.

Which claims may be read is decided before: by consent or by law. What an authority vouched for is
read off the records of the chain (`assurance`), so it is gone when its evidence is.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from idp.subjects.assurance.answer import Allowed, answer
from idp.subjects.assurance.records import Record, Records
from idp.subjects.assurance.request import AssuranceRequest
from idp.subjects.assurance.vocabulary import CONSENT_NAMES, STATUTORY_CLAIMS
from idp.subjects.models import Identifier, Person
from idp.subjects.people import People
from idp.subjects.profiles import SELF_ASSERTED, Profiles

__all__ = ["CLAIMS_SUPPORTED", "STATUTORY_CLAIMS", "ClaimsReader"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """All that is known of a person at one instant, gathered once for one reading."""

    person: Person
    identifiers: Mapping[str, tuple[str, datetime | None]] = field(repr=False)
    record: Record | None = None
    said: Mapping[str, object] = field(default_factory=dict, repr=False)

    def identifier(self, kind: str) -> str | None:
        found = self.identifiers.get(kind)
        return found[0] if found else None

    def is_verified(self, kind: str) -> bool | None:
        found = self.identifiers.get(kind)
        return found[1] is not None if found else None

    def proven(self, name: str) -> object:
        return self.record.claims.get(name) if self.record else None


def _said(name: str) -> Callable[[_Known], object]:
    """A claim the person states, vouched for by nobody."""
    return lambda known: known.said.get(name)


def _proven(name: str) -> Callable[[_Known], object]:
    """A claim read off the best record."""
    return lambda known: known.proven(name)


_PROVEN: Final = (
    "name",
    "name#zh-Hans",
    "name#zh-Hant",
    "name#en",
    "birthdate",
    "gender",
    "document_type",
    "document_number",
)
_CLAIMS: Final[Mapping[str, Callable[[_Known], object]]] = MappingProxyType(
    {
        # OpenID Connect Core 1.0 §5.1; a name is also given with the tag of its script (§5.2).
        **{name: _proven(name) for name in _PROVEN},
        "phone_number": lambda known: known.identifier(Identifier.Kind.PHONE),
        "phone_number_verified": lambda known: known.is_verified(Identifier.Kind.PHONE),
        "email": lambda known: known.identifier(Identifier.Kind.EMAIL),
        "email_verified": lambda known: known.is_verified(Identifier.Kind.EMAIL),
        "preferred_username": lambda known: known.identifier(Identifier.Kind.USERNAME),
        "updated_at": lambda known: int(known.person.updated_at.timestamp()),
        **{name: _said(name) for name in SELF_ASSERTED},
    }
)
CLAIMS_SUPPORTED: Final = (*sorted(_CLAIMS), *CONSENT_NAMES)
"""Everything people can be asked to release, verified claims by the names of their consent."""


class ClaimsReader:
    """Reads named claims; a claim nothing is known for is absent, never null or empty."""

    _self_asserted: Final = frozenset(SELF_ASSERTED)

    def __init__(self, *, people: People, records: Records, profiles: Profiles) -> None:
        self._people = people
        self._profiles = profiles
        self._records = records

    def read(
        self, person_id: UUID, names: Collection[str], *, now: datetime, is_statutory: bool = False
    ) -> dict[str, object]:
        """Read the claims of `names`; `STATUTORY_CLAIMS` only with `is_statutory`.

        Raises:
            Person.DoesNotExist: there is no such person.
        """
        wanted = [
            name
            for name in names
            if name in _CLAIMS and (is_statutory or name not in STATUTORY_CLAIMS)
        ]
        if not wanted:
            return {}
        known = self._gather(person_id, now)
        if not self._self_asserted.isdisjoint(wanted):
            known = replace(known, said=self._profiles.read(person_id))
        values = ((name, _CLAIMS[name](known)) for name in wanted)
        return {name: value for name, value in values if value is not None}

    def verified(
        self, person_id: UUID, request: AssuranceRequest, allowed: Allowed, *, now: datetime
    ) -> dict[str, Any] | list[dict[str, Any]] | None:
        """The value of `verified_claims`; None where nothing may or can be told.

        Raises:
            KeyDestroyed: the person was erased.
        """
        return answer(self._records.of(person_id, now=now), request, allowed, now=now)

    def verifiable(self, person_id: UUID, *, now: datetime) -> dict[str, object]:
        """What verified claims could tell of a person, the best of each: for the consent page."""
        found: dict[str, object] = {}
        for record in reversed(self._records.of(person_id, now=now)):
            found |= record.claims
        return found

    def _gather(self, person_id: UUID, now: datetime) -> _Known:
        person = Person.objects.get(id=person_id)
        documented = [
            each for each in self._records.of(person_id, now=now) if each.document is not None
        ]
        return _Known(
            person=person,
            identifiers=self._people.identifiers(person_id),
            record=documented[0] if documented else None,
        )
