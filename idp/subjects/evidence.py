"""The chain of evidence: what proved a person's identity, and the level that follows from it.

Rows are appended, never edited: a later row supersedes or revokes an earlier one. What an
authority answers is asked elsewhere; who may act on a level is the policies'.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import orjson
from django.db import transaction

from idp.foundation.clock import end_of_day_in_shanghai, microseconds
from idp.subjects.fields import PersonalFields
from idp.subjects.models import Document, Evidence, Person
from idp.subjects.rows import read_links

GENESIS: Final = bytes(32)
"""What the first link of every chain points at."""
REVOKED: Final = "REVOKED"
"""The outcome of a row that takes an earlier one back."""
MATCH: Final = "MATCH"

_PURPOSE: Final = "evidence.values"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvidence:
    """What is to be appended. `values` are the matched claims' values; they are sealed."""

    method: str
    authority: str
    checked_at: datetime
    outcome: str = MATCH
    provider_code: str = ""
    provider_reference: str = ""
    matched_claims: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    identity_level: int = 0
    expires_at: datetime | None = None
    document_id: UUID | None = None
    supersedes_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityLevel:
    """A level, the evidence it rests on, and until when; `until` None means no known end."""

    level: int
    method: str = ""
    evidence_id: UUID | None = None
    until: datetime | None = None


NOTHING_PROVEN: Final = IdentityLevel(level=0)


class EvidenceChain:
    """Appends to and reads the chains. `ages` says after how long a level's evidence is stale."""

    def __init__(self, *, fields: PersonalFields, ages: Mapping[int, timedelta]) -> None:
        self._fields = fields
        self._ages = ages

    def append(self, person_id: UUID, new: NewEvidence) -> UUID:
        """Append one link; concurrent appends queue on the person's row.

        Raises:
            Person.DoesNotExist: there is no such person.
        """
        with transaction.atomic():
            Person.objects.select_for_update().get(id=person_id)
            last = Evidence.objects.filter(person_id=person_id).order_by("-sequence").first()
            values = orjson.dumps(dict(new.values)).decode()
            row = Evidence(
                person_id=person_id,
                sequence=last.sequence + 1 if last else 1,
                document_id=new.document_id,
                method=new.method,
                authority=new.authority,
                checked_at=new.checked_at,
                outcome=new.outcome,
                provider_code=new.provider_code,
                provider_reference=new.provider_reference,
                matched_claims=list(new.matched_claims),
                sealed_values=self._fields.of(person_id).seal(_PURPOSE, values),
                identity_level=new.identity_level,
                expires_at=new.expires_at,
                supersedes_id=new.supersedes_id,
                prev_hash=bytes(last.hash) if last else GENESIS,
            )
            row.hash = link_hash(row)
            row.save(force_insert=True)
            return row.id

    def revoke(self, person_id: UUID, evidence_id: UUID, *, authority: str, now: datetime) -> UUID:
        """Take a link back by a later one; the level it gave is gone at once."""
        revocation = NewEvidence(
            method="revocation",
            authority=authority,
            checked_at=now,
            outcome=REVOKED,
            supersedes_id=evidence_id,
        )
        return self.append(person_id, revocation)

    def live(self, person_id: UUID, *, now: datetime) -> tuple[Evidence, ...]:
        """The matches that stand: not superseded, not revoked, not expired, not too old."""
        rows = list(
            Evidence.objects.filter(person_id=person_id)
            .select_related("document")
            .order_by("sequence")
        )
        gone = {row.supersedes_id for row in rows if row.supersedes_id}
        return tuple(
            row
            for row in rows
            if row.outcome == MATCH
            and row.id not in gone
            and (row.document is None or row.document.state == Document.State.LIVE)
            and ((end := self.end_of(row)) is None or end > now)
        )

    def identity_level(self, person_id: UUID, *, now: datetime) -> IdentityLevel:
        """The highest level that stands, and how long at most, should nothing be revoked."""
        links = read_links(person_id)
        gone = {link.supersedes_id for link in links if link.supersedes_id}
        best = NOTHING_PROVEN
        for link in links:
            is_live = link.document_state in {None, Document.State.LIVE}
            if link.outcome != MATCH or link.id in gone or not is_live:
                continue
            end = self._end(
                link.identity_level, link.checked_at, link.expires_at, link.document_ends
            )
            if end is not None and end <= now:
                continue
            is_longer = best.until is not None and (end is None or end > best.until)
            if link.identity_level > best.level or (
                link.identity_level == best.level and best.level and is_longer
            ):
                best = IdentityLevel(
                    level=link.identity_level, method=link.method, evidence_id=link.id, until=end
                )
        return best

    def end_of(self, row: Evidence) -> datetime | None:
        """When this evidence stops counting: its own end, its document's, or old age."""
        valid_until = row.document.valid_until if row.document else None
        return self._end(row.identity_level, row.checked_at, row.expires_at, valid_until)

    def _end(
        self,
        level: int,
        checked_at: datetime,
        expires_at: datetime | None,
        valid_until: date | None,
    ) -> datetime | None:
        ends = [] if expires_at is None else [expires_at]
        if valid_until is not None:
            ends.append(end_of_day_in_shanghai(valid_until))
        if age := self._ages.get(level):
            ends.append(checked_at + age)
        return min(ends, default=None)

    def values_of(self, row: Evidence) -> dict[str, str]:
        """The matched claims' values, unsealed; raises KeyDestroyed when the person was erased."""
        opened = self._fields.of(row.person_id).unseal(_PURPOSE, row.sealed_values)
        values: dict[str, str] = orjson.loads(opened)
        return values

    def first_broken_link(self, person_id: UUID) -> int | None:
        """The sequence number of the first link that does not verify; None for a whole chain.

        Works without the person's key: the hashes cover ciphertext.
        """
        previous, expected = GENESIS, 1
        for row in self._links(person_id):
            intact = (
                row.sequence == expected
                and bytes(row.prev_hash) == previous
                and bytes(row.hash) == link_hash(row)
            )
            if not intact:
                return expected
            previous, expected = bytes(row.hash), expected + 1
        return None

    def _links(self, person_id: UUID) -> Iterator[Evidence]:
        return iter(Evidence.objects.filter(person_id=person_id).order_by("sequence"))


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
        bytes(row.sealed_values).hex(),
        row.identity_level,
        microseconds(row.expires_at) if row.expires_at else None,
        row.supersedes_id.hex if row.supersedes_id else None,
        bytes(row.prev_hash).hex(),
    ]
    return hashlib.sha256(orjson.dumps(columns)).digest()
