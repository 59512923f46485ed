"""What the chain of evidence says of a person, one record for each document that proves them.

A claim is read off the evidence that made it true, so it is gone when the evidence is.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from connectors.documents.document import DocumentNumber, InvalidDocumentNumber
from connectors.documents.registry import (
    CN_PASSPORT,
    DOCUMENT_TYPES,
    PASSPORT,
    RESIDENCE_PERMIT_HMT,
    RESIDENT_ID_CARD,
    TRAVEL_PERMIT_HM,
    TRAVEL_PERMIT_TW,
)
from idp.subjects.assurance.vocabulary import TRUST_FRAMEWORK, VERIFIABLE_CLAIMS
from idp.subjects.evidence import EvidenceChain
from idp.subjects.fields import OpenFields, PersonalFields
from idp.subjects.level_rules import Condition, Vouching, vouching_of
from idp.subjects.levels import Judged, judgements
from idp.subjects.links import proof_of
from idp.subjects.models import Document, Evidence

Refer = Callable[[UUID], str]
"""How a piece of evidence is named to somebody: resolvable by us, comparable by nobody."""

CHINA: Final = "CHN"
"""ISO 3166-1 alpha-3, as ICAO Doc 9303 uses it."""
_CITIZENS: Final = frozenset({RESIDENT_ID_CARD, CN_PASSPORT})
_TRADITIONAL: Final = frozenset({TRAVEL_PERMIT_HM, TRAVEL_PERMIT_TW, RESIDENCE_PERMIT_HMT})
"""Documents whose holders write their names in traditional characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One piece of evidence of a record."""

    row: Evidence
    vouching: Vouching
    is_attended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One document with all that proves it now; `document` None for an identity without one.

    `time` is when the check was done that completed `level`, `reference` that evidence's id.
    """

    level: int
    time: datetime
    reference: UUID
    document: Document | None = None
    number: DocumentNumber | None = field(default=None, repr=False)
    name: str = field(default="", repr=False)
    claims: Mapping[str, object] = field(default_factory=dict, repr=False)
    checks: tuple[Checked, ...] = ()

    def verification(self, refer: Refer, *, with_number: bool) -> dict[str, Any]:
        """Everything of OpenID Identity Assurance Schema Definition 1.0 §5.4 that is known."""
        return {
            "trust_framework": TRUST_FRAMEWORK,
            "assurance_level": f"ial{self.level}",
            "time": _time(self.time),
            "verification_process": refer(self.reference),
            "evidence": [
                self._evidence(each, refer, with_number=with_number) for each in self.checks
            ],
        }

    def _evidence(self, checked: Checked, refer: Refer, *, with_number: bool) -> dict[str, Any]:
        row, vouching = checked.row, checked.vouching
        check = {
            "check_method": vouching.check_method,
            "organization": row.authority,
            "check_id": refer(row.id),
            "time": _time(row.checked_at),
        }
        details = [check]
        if checked.is_attended:
            details.append({**check, "check_method": "pvp"})
        entry: dict[str, Any] = {"type": vouching.evidence, "check_details": details}
        if vouching.evidence == "document":
            entry["document_details"] = self._document(with_number=with_number)
        else:
            source = {"name": row.authority, "country_code": CHINA}
            entry["record"] = {"type": vouching.record, "source": source}
        return entry

    def _document(self, *, with_number: bool) -> dict[str, Any]:
        document = self.document
        if document is None:
            return {"type": "unknown"}
        details: dict[str, Any] = {"type": document.document_type}
        if with_number and self.number is not None:
            details["document_number"] = self.number.number
        if document.valid_until is not None:
            details["date_of_expiry"] = document.valid_until.isoformat()
        if document.document_type != PASSPORT:
            details["issuer"] = {"country_code": CHINA}
        return details


class Records:
    """Reads a person's records."""

    def __init__(self, *, chain: EvidenceChain, fields: PersonalFields) -> None:
        self._chain = chain
        self._fields = fields

    def of(self, person_id: UUID, *, now: datetime) -> tuple[Record, ...]:
        """The records that stand, the surest and newest first.

        Raises:
            KeyDestroyed: the person was erased.
        """
        rows = self._chain.live(person_id, now=now)
        by_id = {row.id: row for row in rows}
        judged: dict[UUID | None, list[Judged]] = {}
        for each in judgements((proof_of(row) for row in rows), now=now):
            if vouching_of(each.proof.method, each.proof.conditions) is not None:
                judged.setdefault(each.proof.document_id, []).append(each)
        if not judged:
            return ()
        opened = {row.person_id: self._fields.of(row.person_id) for row in by_id.values()}
        records = [self._record(group, by_id, opened) for group in judged.values()]
        return tuple(sorted(records, key=lambda each: (each.level, each.time), reverse=True))

    def _record(
        self,
        group: list[Judged],
        by_id: Mapping[UUID, Evidence],
        opened: dict[UUID, OpenFields],
    ) -> Record:
        best = max(group, key=lambda each: (each.level, each.proof.checked_at))
        part_of_it = [best, best.beside] if best.beside else [best]
        proofs = {each.proof.evidence_id: each.proof for each in group}
        rows = [by_id[each] for each in proofs]
        document = rows[0].document
        number, name = self._read(document, opened)
        values: dict[str, str] = {}
        for row in rows:
            values |= self._chain.values_of(row, opened=opened[row.person_id])
        return Record(
            level=best.level,
            time=max(each.proof.checked_at for each in part_of_it),
            reference=best.proof.evidence_id,
            document=document,
            number=number,
            name=name,
            claims=_claims(values, document, number, name),
            checks=tuple(_checked(rows)),
        )

    def _read(
        self, document: Document | None, opened: dict[UUID, OpenFields]
    ) -> tuple[DocumentNumber | None, str]:
        if document is None:
            return None, ""
        fields = opened.get(document.person_id) or self._fields.of(document.person_id)
        number = fields.unseal("document.number", document.sealed_number)
        name = fields.unseal("document.name", document.sealed_name)
        try:
            return DOCUMENT_TYPES[document.document_type].parse(number), name
        except InvalidDocumentNumber:
            # A rule of numbers changed since: it is still the person's.
            return DocumentNumber(number=number), name


def names_by_language(name: str, document_type: str) -> dict[str, str]:
    """A name with the tag of the script it is written in (OpenID Connect Core 1.0 §5.2).

    None is ever made up: a converted name is nobody's proof.
    """
    if not name:
        return {}
    is_han = any(unicodedata.name(each, "").startswith("CJK ") for each in name)
    chinese = "name#zh-Hant" if document_type in _TRADITIONAL else "name#zh-Hans"
    return {"name": name, (chinese if is_han else "name#en"): name}


def _checked(rows: Iterable[Evidence]) -> Iterable[Checked]:
    for row in rows:
        conditions = proof_of(row).conditions
        vouching = vouching_of(row.method, conditions)
        if vouching is not None:
            yield Checked(row=row, vouching=vouching, is_attended=Condition.ATTENDED in conditions)


def _claims(
    values: Mapping[str, str],
    document: Document | None,
    number: DocumentNumber | None,
    name: str,
) -> dict[str, object]:
    document_type = document.document_type if document else ""
    found: dict[str, object] = {}
    if number is not None:
        found["document_number"] = number.number
        found["document_type"] = document_type
        if number.birth_date:
            found["birthdate"] = number.birth_date.isoformat()
        if number.sex:
            found["gender"] = number.sex.value
    if document_type in _CITIZENS:
        found["nationalities"] = [CHINA]
    elif "nationality" in values:
        found["nationalities"] = [values["nationality"]]
    found |= {each: values[each] for each in VERIFIABLE_CLAIMS if values.get(each)}
    return found | names_by_language(name or values.get("name", ""), document_type)


def _time(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")
