"""Writes a batch of judged rows: people with keys, identifiers, documents, evidence, and levels.

The same rows that `People` and `Documents` write one by one, sealed and hashed alike, in a few
statements for thousands of people. The transaction and the checkpoint are `run`'s.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

import orjson

from connectors.documents.registry import PASSPORT
from idp.foundation.audit.events import AUDIT_INSERT_COLUMNS, AUDIT_TABLE, AuditEvent, audit_row
from idp.foundation.clock import Clock, end_of_day_in_shanghai, today_in_shanghai
from idp.foundation.database.bulk import Table, insert_rows, written
from idp.foundation.randomness import ordered_uuids
from idp.foundation.sealing.models import DataKey
from idp.subjects.authenticators.kinds import Kind
from idp.subjects.fields import OpenFields, PersonalFields
from idp.subjects.imports.matching import Fate, Verdict
from idp.subjects.imports.models import Alias, ImportRun
from idp.subjects.imports.record import PersonRecord
from idp.subjects.imports.source import Source
from idp.subjects.legacy_passwords import PENDING, is_kept_as_it_came
from idp.subjects.level_rules import IMPORTED
from idp.subjects.levels import Proof, judge
from idp.subjects.links import GENESIS, HASH_VERSION, MATCH, link_hash
from idp.subjects.minors import CHILDHOOD, birthday
from idp.subjects.models import (
    Authenticator,
    Document,
    Evidence,
    Identifier,
    LevelRow,
    Minor,
    Person,
)
from idp.subjects.people import PROVING

ALIAS_PURPOSE: Final = "alias"
_VALUES: Final = "evidence.values"
_SUBJECT: Final = AUDIT_INSERT_COLUMNS.index("subject")
_NOBODY: Final = UUID(int=0)
_PHONE: Final = ("phone_number",)
_DOCUMENT: Final = ("name", "document_number")
_CLAIMS: Final[dict[tuple[str, ...], str]] = {
    each: orjson.dumps(each).decode() for each in (_PHONE, _DOCUMENT)
}


_Said = tuple[UUID | None, dict[str, str], tuple[str, ...], int]
"""The source's word: of which document, the values, the names of the claims, the level."""


class _Held(NamedTuple):
    """A person while their rows are made: their id, as the database keeps it too, and their key."""

    id: UUID
    key: Any
    seal: Callable[[bytes, str], bytes]


class _Link(NamedTuple):
    """A link of a chain as `link_hash` reads it, without a model for each."""

    id: UUID
    person_id: UUID
    sequence: int
    document_id: UUID | None
    checked_at: datetime
    matched_claims: tuple[str, ...]
    sealed_values: bytes
    values_digest: bytes
    identity_level: int
    expires_at: datetime
    prev_hash: bytes
    authority: str
    method: str = IMPORTED
    outcome: str = MATCH
    provider_code: str = ""
    provider_reference: str = ""
    supersedes_id: None = None
    hash_version: int = HASH_VERSION
    device: str = ""
    operator: str = ""
    circumstances: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Batched:
    """What one batch is kept under. `began_at` dates the whole import, however often resumed."""

    run: ImportRun
    source: Source
    began_at: datetime

    @property
    def ends_at(self) -> datetime:
        last_day = today_in_shanghai(self.began_at) + timedelta(days=self.source.lasts_days)
        return end_of_day_in_shanghai(last_day)


class Keeper:
    """Keeps batches of one import."""

    def __init__(self, *, fields: PersonalFields, clock: Clock, batched: Batched) -> None:
        self._fields = fields
        self._clock = clock
        self._batched = batched
        self.new_id = ordered_uuids(batched.began_at)
        self._ends_at = batched.ends_at
        form = written()
        self._id, self._instant = form.identifier, lru_cache(maxsize=4096)(form.instant)
        self._began = self._instant(batched.began_at)
        self._run = self._id(batched.run.id)
        self._tables = _tables()
        self._origin = self._told("person.imported")
        self._linked = self._told("person.linked")

    def keep(self, verdicts: Iterable[Verdict]) -> None:
        """Write what comes of each row, in the caller's transaction.

        Raises:
            IntegrityError: somebody was faster with an identifier or a document.
        """
        rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in self._tables}
        audited: list[tuple[Any, ...]] = []
        made: dict[UUID, _Held] = {}
        for verdict in verdicts:
            person_id = verdict.person_id
            if person_id is None:
                continue
            if verdict.fate is Fate.NEW:
                made[person_id] = self._person(verdict, person_id, rows)
                audited.append(self._about(self._origin, person_id))
            else:
                held = made.get(person_id) or self._held(self._fields.of(person_id))
                rows["aliases"].append(self._alias(verdict, held, is_origin=False))
                audited.append(self._about(self._linked, person_id))
        for name, table in self._tables.items():
            if rows[name]:
                table.insert(rows[name])
        insert_rows(AUDIT_TABLE, AUDIT_INSERT_COLUMNS, audited)

    def _person(
        self, verdict: Verdict, person_id: UUID, rows: dict[str, list[tuple[Any, ...]]]
    ) -> _Held:
        record = verdict.row.record
        sealed_key, fields = self._fields.minted(person_id)
        held = self._held(fields)
        rows["people"].append((held.key, record.status, self._began, self._began))
        rows["keys"].append((held.key, sealed_key, self._began))
        is_verified = self._batched.source.phones_verified
        for typed, index in verdict.identifiers:
            rows["identifiers"].append(
                (
                    held.key,
                    typed.kind,
                    index,
                    held.seal(typed.value.encode(), f"identifier.{typed.kind}"),
                    self._began if is_verified else None,
                )
            )
        rows["authenticators"] += self._authenticators(verdict, held)
        document_id = self._document(verdict, held, rows) if record.document else None
        self._evidence(verdict, held, document_id, rows)
        born_on = record.document.birth_date if record.document else None
        if born_on and (until := birthday(born_on, CHILDHOOD)) > self._batched.began_at:
            rows["minors"].append((held.key, self._instant(until)))
        rows["aliases"].append(self._alias(verdict, held, is_origin=True))
        return held

    def _authenticators(self, verdict: Verdict, held: _Held) -> list[tuple[Any, ...]]:
        record, found = verdict.row.record, []
        person, seen_at = held.key, self._instant(record.last_login_at)
        kinds = {typed.kind for typed, _ in verdict.identifiers}
        for proven in PROVING if self._batched.source.phones_verified else ():
            if proven in kinds:
                key, kind = self._id(self.new_id()), PROVING[proven].value
                found.append((key, person, kind, "", b"", self._began, seen_at))
        if record.password:
            kept, secret = record.password, b""
            if not is_kept_as_it_came(record.password):
                kept, secret = PENDING, self._weak(record, held)
            key = self._id(self.new_id())
            found.append((key, person, Kind.PASSWORD.value, kept, secret, self._began, seen_at))
        return found

    def _weak(self, record: PersonRecord, held: _Held) -> bytes:
        shape = self._batched.source.password_shape
        secret = {"shape": shape, "salt": record.salt, "digest": record.password}
        return held.seal(orjson.dumps(secret), f"authenticator.{Kind.PASSWORD}")

    def _document(
        self, verdict: Verdict, held: _Held, rows: dict[str, list[tuple[Any, ...]]]
    ) -> UUID:
        record, document_id = verdict.row.record, self.new_id()
        read = record.document
        if read is None:
            raise AssertionError("only a row with a document is asked")
        is_foreign = record.document_type == PASSPORT
        rows["documents"].append(
            (
                self._id(document_id),
                held.key,
                record.document_type,
                verdict.row.document,
                held.seal(read.number.encode(), "document.number"),
                held.seal(record.name.encode(), "document.name"),
                read.nationality if is_foreign else "",
                read.version,
                read.issue or "",
                record.valid_until.isoformat() if record.valid_until else None,
                self._began,
            )
        )
        return document_id

    def _evidence(
        self,
        verdict: Verdict,
        held: _Held,
        document_id: UUID | None,
        rows: dict[str, list[tuple[Any, ...]]],
    ) -> None:
        """The source's word for phone and document, and the level that follows."""
        record, ceiling = verdict.row.record, self._batched.source.ceiling
        checked_at = record.verified_at or self._batched.began_at
        phones = [t.value for t, _ in verdict.identifiers if t.kind == Identifier.Kind.PHONE]
        said: list[_Said] = []
        if phones and self._batched.source.phones_verified:
            said.append((None, {"phone_number": phones[0]}, _PHONE, min(1, ceiling)))
        if document_id is not None:
            said.append((document_id, _values(record), _DOCUMENT, record.level))
        rows["evidence"] += self._chain(held, said, checked_at)
        phone_level = min(1, ceiling) if len(said) > (document_id is not None) else 0
        level, until = _level(
            record.document_type if document_id else "",
            record.valid_until,
            (checked_at, self._batched.began_at, self._ends_at),
            (phone_level, record.level),
        )
        rows["levels"].append((held.key, level, self._instant(until)))

    def _chain(
        self, held: _Held, said: Iterable[_Said], checked_at: datetime
    ) -> Iterator[tuple[Any, ...]]:
        previous = GENESIS
        for sequence, (about, values, claims, level) in enumerate(said, start=1):
            sealed = held.seal(orjson.dumps(values), _VALUES)
            link = _Link(
                id=self.new_id(),
                person_id=held.id,
                sequence=sequence,
                document_id=about,
                checked_at=checked_at if about else self._batched.began_at,
                matched_claims=claims,
                sealed_values=sealed,
                values_digest=hashlib.sha256(sealed).digest(),
                identity_level=level,
                expires_at=self._ends_at,
                prev_hash=previous,
                authority=self._batched.source.name,
            )
            previous = link_hash(cast("Evidence", link))
            yield self._link(link, previous)

    def _alias(self, verdict: Verdict, held: _Held, *, is_origin: bool) -> tuple[Any, ...]:
        return (
            held.key,
            self._batched.source.name,
            verdict.row.alias,
            held.seal(verdict.row.record.id.encode(), ALIAS_PURPOSE),
            self._run,
            is_origin,
        )

    def _held(self, fields: OpenFields) -> _Held:
        return _Held(fields.person_id, self._id(fields.person_id), fields.sealing())

    def _told(self, event_type: str) -> tuple[int | str, ...]:
        """An event's row, but for whom it is about."""
        detail = {"import": str(self._batched.run.id), "source": self._batched.source.name}
        event = AuditEvent(type=event_type, outcome="success", detail=detail)
        return audit_row(event, self._clock.now())

    def _about(self, told: tuple[int | str, ...], person_id: UUID) -> tuple[int | str, ...]:
        return (*told[:_SUBJECT], str(person_id), *told[_SUBJECT + 1 :])

    def _link(self, link: _Link, own_hash: bytes) -> tuple[Any, ...]:
        return (
            self._id(link.id),
            self._id(link.person_id),
            link.sequence,
            self._id(link.document_id) if link.document_id else None,
            link.method,
            link.authority,
            self._instant(link.checked_at),
            link.outcome,
            _CLAIMS[link.matched_claims],
            link.sealed_values,
            link.values_digest,
            link.identity_level,
            self._instant(link.expires_at),
            link.prev_hash,
            link.hash_version,
            own_hash,
        )


def _values(record: PersonRecord) -> dict[str, str]:
    if record.document is None:
        raise AssertionError("only a row with a document is asked")
    values = {"name": record.name, "document_number": record.document.number}
    if record.document.birth_date:
        values["birthdate"] = record.document.birth_date.isoformat()
    if record.document.sex:
        values["gender"] = record.document.sex.value
    return values


@lru_cache(maxsize=4096)
def _level(
    document_type: str, valid_until: Any, instants: tuple[datetime, ...], levels: tuple[int, int]
) -> tuple[int, datetime | None]:
    """The level that follows, and until when, by the same rules as everybody's."""
    checked_at, began_at, ends_at = instants
    phone_level, document_level = levels
    proofs = []
    if phone_level:
        proofs.append(_proof(began_at, phone_level, ends_at))
    if document_type:
        proof = _proof(checked_at, document_level, ends_at, document_type, valid_until)
        proofs.append(proof)
    found = judge(proofs, now=began_at)
    return found.level, found.until


def _proof(
    checked_at: datetime,
    level: int,
    ends_at: datetime,
    document_type: str = "",
    valid_until: Any = None,
) -> Proof:
    return Proof(
        evidence_id=_NOBODY,
        method=IMPORTED,
        authority="",
        checked_at=checked_at,
        asserted=level,
        document_id=_NOBODY if document_type else None,
        document_type=document_type,
        valid_until=valid_until,
        expires_at=ends_at,
    )


def _tables() -> dict[str, Table]:
    """Parents before those that point at them."""
    return {
        "people": Table(Person, "id", "status", "created_at", "updated_at"),
        "keys": Table(DataKey, "owner", "sealed_key", "created_at"),
        "identifiers": Table(
            Identifier, "person_id", "kind", "blind_index", "sealed_value", "verified_at"
        ),
        "authenticators": Table(
            Authenticator,
            *("id", "person_id", "kind", "hash", "sealed_secret", "created_at", "last_used_at"),
        ),
        "documents": Table(
            Document,
            *("id", "person_id", "document_type", "blind_index", "sealed_number", "sealed_name"),
            *("issuer", "version", "issue_count", "valid_until", "created_at"),
        ),
        "evidence": Table(
            Evidence,
            *("id", "person_id", "sequence", "document_id", "method", "authority", "checked_at"),
            *("outcome", "matched_claims", "sealed_values", "values_digest", "identity_level"),
            *("expires_at", "prev_hash", "hash_version", "hash"),
        ),
        "levels": Table(LevelRow, "person_id", "level", "until"),
        "minors": Table(Minor, "person_id", "until"),
        "aliases": Table(
            Alias, "person_id", "source", "blind_index", "sealed_value", "run_id", "is_origin"
        ),
    }
