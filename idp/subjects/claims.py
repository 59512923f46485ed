"""Reading claims about a person: standard OpenID Connect claims, and `verified_claims`.

Which claims may be read is decided before: by consent or by law. A verified claim is read off
the evidence that made it true, so it is gone when the evidence is.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from connectors.documents.document import DocumentNumber, InvalidDocumentNumber
from connectors.documents.registry import DOCUMENT_TYPES
from idp.subjects.evidence import EvidenceChain
from idp.subjects.fields import PersonalFields
from idp.subjects.models import Document, Evidence, Identifier, Person
from idp.subjects.people import People
from idp.subjects.profiles import SELF_ASSERTED, Profiles

TRUST_FRAMEWORK: Final = "cn_city_real_name"
STATUTORY_CLAIMS: Final = frozenset({"document_number", "document_type"})
"""Released only to a client with a registered statutory basis, whatever anybody ticked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """All that is known of a person at one instant, gathered once for one reading."""

    person: Person
    identifiers: Mapping[str, tuple[str, datetime | None]] = field(repr=False)
    evidence: Evidence | None = None
    document_type: str = ""
    number: DocumentNumber | None = field(default=None, repr=False)
    name: str = field(default="", repr=False)
    said: Mapping[str, object] = field(default_factory=dict, repr=False)

    def identifier(self, kind: str) -> str | None:
        found = self.identifiers.get(kind)
        return found[0] if found else None

    def is_verified(self, kind: str) -> bool | None:
        found = self.identifiers.get(kind)
        return found[1] is not None if found else None

    @property
    def birthdate(self) -> str | None:
        born = self.number.birth_date if self.number else None
        return born.isoformat() if born else None

    @property
    def gender(self) -> str | None:
        return self.number.sex.value if self.number and self.number.sex else None

    @property
    def verified_claims(self) -> dict[str, Any] | None:
        """OpenID Connect for Identity Assurance 1.0 §5: what was verified, how, by whom, when."""
        row = self.evidence
        if row is None:
            return None
        values = {"name": self.name, "birthdate": self.birthdate, "gender": self.gender}
        return {
            "verification": {
                "trust_framework": TRUST_FRAMEWORK,
                "assurance_level": f"ial{row.identity_level}",
                "time": row.checked_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
                "evidence": [_electronic_record(row)],
            },
            "claims": {name: value for name, value in values.items() if value},
        }


def _said(name: str) -> Callable[[_Known], object]:
    """A claim the person states, vouched for by nobody."""
    return lambda known: known.said.get(name)


_CLAIMS: Final[Mapping[str, Callable[[_Known], object]]] = MappingProxyType(
    {
        # OpenID Connect Core 1.0 §5.1; the name in Chinese is also given with its language tag.
        "name": lambda known: known.name or None,
        "name#zh-Hans": lambda known: known.name or None,
        "birthdate": lambda known: known.birthdate,
        "gender": lambda known: known.gender,
        "phone_number": lambda known: known.identifier(Identifier.Kind.PHONE),
        "phone_number_verified": lambda known: known.is_verified(Identifier.Kind.PHONE),
        "email": lambda known: known.identifier(Identifier.Kind.EMAIL),
        "email_verified": lambda known: known.is_verified(Identifier.Kind.EMAIL),
        "preferred_username": lambda known: known.identifier(Identifier.Kind.USERNAME),
        "updated_at": lambda known: int(known.person.updated_at.timestamp()),
        "verified_claims": lambda known: known.verified_claims,
        "document_type": lambda known: known.document_type or None,
        "document_number": lambda known: known.number.number if known.number else None,
        **{name: _said(name) for name in SELF_ASSERTED},
    }
)
CLAIMS_SUPPORTED: Final = tuple(sorted(_CLAIMS))


class ClaimsReader:
    """Reads named claims; a claim nothing is known for is absent, never null or empty."""

    _self_asserted: Final = frozenset(SELF_ASSERTED)

    def __init__(
        self, *, people: People, chain: EvidenceChain, fields: PersonalFields, profiles: Profiles
    ) -> None:
        self._people = people
        self._profiles = profiles
        self._chain = chain
        self._fields = fields

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

    def _gather(self, person_id: UUID, now: datetime) -> _Known:
        person = Person.objects.get(id=person_id)
        identifiers = self._people.identifiers(person_id)
        documented = [
            row for row in self._chain.live(person_id, now=now) if row.document is not None
        ]
        if not documented:
            return _Known(person=person, identifiers=identifiers)
        best = max(documented, key=lambda row: (row.identity_level, row.sequence))
        document = best.document
        if document is None:  # pragma: no cover - filtered above; tells the type checker
            return _Known(person=person, identifiers=identifiers)
        fields = self._fields.of(person_id)
        return _Known(
            person=person,
            identifiers=identifiers,
            evidence=best,
            document_type=document.document_type,
            number=_parsed(document, fields.unseal("document.number", document.sealed_number)),
            name=fields.unseal("document.name", document.sealed_name),
        )


def _parsed(document: Document, number: str) -> DocumentNumber:
    try:
        return DOCUMENT_TYPES[document.document_type].parse(number)
    except (KeyError, InvalidDocumentNumber):
        # A type retired since: its number is still the person's.
        return DocumentNumber(number=number)


def _electronic_record(row: Evidence) -> dict[str, Any]:
    check = {"check_method": "data", "organization": row.authority, "txn": str(row.id)}
    return {
        "type": "electronic_record",
        "check_details": [check],
        "record": {
            "type": row.method,
            "source": {"name": row.authority, "country_code": "CHN"},
        },
    }
