"""One link of a chain of evidence: how it is made, hashed and read, and what it proves.

Pure, but for the database's look at who is of one family. What follows from the links together,
and who is told of it, is `evidence`'s.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

import orjson

from idp.foundation.clock import end_of_day_in_shanghai, microseconds
from idp.subjects.families import is_of
from idp.subjects.fields import OpenFields
from idp.subjects.level_rules import Condition
from idp.subjects.levels import Proof
from idp.subjects.models import Document, Evidence
from idp.subjects.rows import EvidenceRow

GENESIS: Final = bytes(32)
"""What the first link of every chain points at."""
REVOKED: Final = "REVOKED"
"""The outcome of a row that takes an earlier one back."""
MATCH: Final = "MATCH"
FACE_SCORE: Final = "face_score"
"""Among the sealed values: how alike two faces were, 0 to 1; no claim, and told to no client."""
CLAIMED: Final = "CLAIMED"
"""The outcome of a row that says: an authority confirmed it, but the document is another's here."""
HASH_VERSION: Final = 3
"""The list of columns that new links are hashed over; links of earlier lists still verify."""

PURPOSE: Final = "evidence.values"
_CONDITIONS: Final = frozenset(Condition)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvidence:
    """What is to be appended. `values` are the matched claims' values; they are sealed.

    `device` and `operator` are set by who knows them to be enrolled and on duty, nobody else.
    """

    method: str
    authority: str
    checked_at: datetime
    outcome: str = MATCH
    provider_code: str = ""
    provider_reference: str = ""
    device: str = ""
    operator: str = ""
    circumstances: frozenset[Condition] = frozenset()
    matched_claims: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    identity_level: int = 0
    expires_at: datetime | None = None
    document_id: UUID | None = None
    supersedes_id: UUID | None = None


def proofs(links: Collection[EvidenceRow], now: datetime) -> tuple[Proof, ...]:
    """What stands of the links, as the rules look at it."""
    rows = (row for row in matches(links) if stands(row, now))
    return tuple(_proof(row, row.document_type, row.valid_until) for row in rows)


def as_read(row: Evidence, document: Document) -> EvidenceRow:
    """A link just written, as it would be read again."""
    return EvidenceRow(
        id=row.id,
        person_id=row.person_id,
        outcome=row.outcome,
        supersedes_id=row.supersedes_id,
        method=row.method,
        authority=row.authority,
        checked_at=row.checked_at,
        identity_level=row.identity_level,
        expires_at=row.expires_at,
        circumstances=tuple(row.circumstances),
        device=row.device,
        operator=row.operator,
        document_id=document.id,
        document_type=document.document_type,
        valid_until=document.valid_until,
        document_state=document.state,
        document_person_id=document.person_id,
        sequence=row.sequence,
        hash=bytes(row.hash),
    )


def matches(rows: Collection[EvidenceRow]) -> Iterator[EvidenceRow]:
    """Matches that were not superseded or revoked, of live documents of the family."""
    gone = {row.supersedes_id for row in rows}
    for row in rows:
        if row.outcome == MATCH and row.id not in gone and _is_of_the_family(row):
            yield row


def linked(fields: OpenFields, new: NewEvidence, *, after: EvidenceRow | None) -> Evidence:
    """A new link, to be written behind the last one."""
    sealed_values = fields.seal(PURPOSE, orjson.dumps(dict(new.values)).decode())
    row = Evidence(
        person_id=fields.person_id,
        sequence=after.sequence + 1 if after else 1,
        document_id=new.document_id,
        method=new.method,
        authority=new.authority,
        checked_at=new.checked_at,
        outcome=new.outcome,
        provider_code=new.provider_code,
        provider_reference=new.provider_reference,
        device=new.device,
        operator=new.operator,
        circumstances=sorted(new.circumstances),
        matched_claims=list(new.matched_claims),
        sealed_values=sealed_values,
        values_digest=hashlib.sha256(sealed_values).digest(),
        identity_level=new.identity_level,
        expires_at=new.expires_at,
        supersedes_id=new.supersedes_id,
        prev_hash=after.hash if after else GENESIS,
        hash_version=HASH_VERSION,
    )
    row.hash = link_hash(row)
    return row


def proof_of(row: Evidence) -> Proof:
    """A row as the rules look at it; words of circumstance that no rule knows say nothing."""
    document = row.document
    if document is None:
        return _proof(row, "", None)
    return _proof(row, document.document_type, document.valid_until)


def _proof(row: Evidence | EvidenceRow, document_type: str, valid_until: date | None) -> Proof:
    return Proof(
        evidence_id=row.id,
        method=row.method,
        authority=row.authority,
        checked_at=row.checked_at,
        asserted=row.identity_level,
        document_id=row.document_id,
        document_type=document_type,
        valid_until=valid_until,
        expires_at=row.expires_at,
        conditions=conditions_of(row.circumstances, row.device, row.operator),
    )


def conditions_of(
    circumstances: Collection[str], device: str, operator: str
) -> frozenset[Condition]:
    """What the rules may believe: a device and an operator are there when the row names them."""
    conditions = {Condition(each) for each in circumstances if each in _CONDITIONS}
    conditions -= {Condition.ENROLLED_DEVICE, Condition.ATTENDED}
    if device:
        conditions.add(Condition.ENROLLED_DEVICE)
    if device and operator:
        conditions.add(Condition.ATTENDED)
    return frozenset(conditions)


def stands(row: EvidenceRow, now: datetime) -> bool:
    """Whether neither the link nor its papers have ended."""
    if row.expires_at is not None and row.expires_at <= now:
        return False
    return row.valid_until is None or end_of_day_in_shanghai(row.valid_until) > now


def _is_of_the_family(row: EvidenceRow) -> bool:
    if row.document_person_id is None:
        return True
    is_live = row.document_state == Document.State.LIVE
    return is_live and is_of(row.document_person_id, row.person_id)


def holds_its_values(row: Evidence) -> bool:
    """Whether the values are those the link was made over, or were emptied since."""
    sealed = bytes(row.sealed_values)
    if row.hash_version < 3 or not sealed:
        return True
    return hashlib.sha256(sealed).digest() == bytes(row.values_digest)


def link_hash(row: Evidence) -> bytes:
    """SHA-256 over the row's columns as stored and the previous link's hash."""
    columns = [
        row.id.hex,
        row.person_id.hex,
        row.sequence,
        row.document_id.hex if row.document_id else None,
        row.method,
        row.authority,
        microseconds(row.checked_at),
        row.outcome,
        row.provider_code,
        row.provider_reference,
        row.matched_claims,
        bytes(row.values_digest if row.hash_version > 2 else row.sealed_values).hex(),
        row.identity_level,
        microseconds(row.expires_at) if row.expires_at else None,
        row.supersedes_id.hex if row.supersedes_id else None,
        bytes(row.prev_hash).hex(),
    ]
    if row.hash_version > 1:
        columns += [row.hash_version, row.device, row.operator, row.circumstances]
    return hashlib.sha256(orjson.dumps(columns)).digest()
