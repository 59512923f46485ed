"""Says of each row whether its person is known: by the old id, by a document, by a proven phone.

Everything is found by blind index. A known person is linked and never changed: no password, no
phone and no level comes to an account by an import. Whom nothing ties to a row is told of, not
guessed at.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from connectors.documents.names import Likeness, compare_names
from idp.foundation.sealing import BlindIndex, KeyDestroyed
from idp.subjects.documents import document_index
from idp.subjects.fields import PersonalFields
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.imports.models import Alias
from idp.subjects.imports.record import PersonRecord
from idp.subjects.models import Document, Identifier

LONG_UNSEEN: Final = timedelta(days=90)
"""A number not used for so long may be somebody else's by now."""
_PROVABLE: Final = (Identifier.Kind.PHONE.value, Identifier.Kind.EMAIL.value)
NewId = Callable[[], UUID]


class Fate(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    LINKED = "linked"
    KNOWN = "known"
    """This source's id was imported before: nothing is done."""
    UNSURE = "unsure"
    """Somebody is found by it, and nothing tells that it is the same person."""


class Indexed(NamedTuple):
    """A row with the blind indexes of all it can be found by."""

    record: PersonRecord
    alias: bytes
    document: bytes
    identifiers: tuple[tuple[TypedIdentifier, bytes], ...]


class Verdict(NamedTuple):
    """A row with its fate. `person_id` is None where nothing is done."""

    row: Indexed
    fate: Fate
    person_id: UUID | None = None
    identifiers: tuple[tuple[TypedIdentifier, bytes], ...] = ()
    """Those that nobody else is found by."""
    left: tuple[str, ...] = ()
    """Kinds of identifiers that find somebody else: the person is kept without them."""
    why: tuple[str, str] = ("", "")
    """Field and words, for a row that nothing is done with."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What earlier rows will have made, by blind index: the database does not show it yet."""

    aliases: set[bytes] = field(default_factory=set)
    documents: dict[bytes, tuple[UUID, str]] = field(default_factory=dict)
    identifiers: dict[bytes, tuple[UUID, bool]] = field(default_factory=dict)

    def add(self, verdict: Verdict, person_id: UUID, *, is_verified: bool) -> None:
        self.aliases.add(verdict.row.alias)
        if verdict.fate is not Fate.NEW:
            return
        if verdict.row.document:
            self.documents[verdict.row.document] = (person_id, verdict.row.record.name)
        for _, index in verdict.identifiers:
            self.identifiers[index] = (person_id, is_verified)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows that are judged together, one after another."""

    source: str
    is_verified: bool
    now: datetime
    records: Sequence[PersonRecord]


class Matcher:
    """Looks a batch up in a few statements, then judges its rows in order."""

    def __init__(self, *, fields: PersonalFields, index: BlindIndex) -> None:
        self._fields = fields
        self._index = index

    def alias_index(self, source: str, old_id: str) -> bytes:
        return self._index.of(f"alias.{source}", old_id)

    def judge(self, batch: Batch, seen: Seen, *, new_id: NewId) -> list[Verdict]:
        """Judge every row; `seen` learns what each will make, `new_id` names new people."""
        rows = [self._indexed(batch.source, record) for record in batch.records]
        known = self._looked_up(batch.source, rows, seen)
        verdicts = []
        for row in rows:
            verdict = self._verdict(batch, row, known, new_id)
            if verdict.person_id is not None:
                for each in (seen, known):
                    each.add(verdict, verdict.person_id, is_verified=batch.is_verified)
            verdicts.append(verdict)
        return verdicts

    def _indexed(self, source: str, record: PersonRecord) -> Indexed:
        of = self._index.of
        return Indexed(
            record=record,
            alias=self.alias_index(source, record.id),
            document=document_index(self._index, record.document_type, record.document)
            if record.document
            else b"",
            identifiers=tuple(
                (each, of(f"identifier.{each.kind}", each.value)) for each in record.identifiers
            ),
        )

    def _looked_up(self, source: str, rows: Sequence[Indexed], seen: Seen) -> Seen:
        """What is known of these rows: in the database, and from rows before them."""
        aliases = {row.alias for row in rows}
        documents = {row.document for row in rows if row.document}
        identifiers = {index for row in rows for _, index in row.identifiers}
        known = Seen()
        found = Alias.objects.filter(source=source, blind_index__in=aliases)
        known.aliases.update(bytes(each) for each in found.values_list("blind_index", flat=True))
        known.aliases.update(aliases & seen.aliases)
        known.documents.update(self._documents(rows))
        known.documents.update({i: seen.documents[i] for i in documents & seen.documents.keys()})
        columns = ("blind_index", "person_id", "verified_at")
        for kind in {each.kind for row in rows for each, _ in row.identifiers}:
            listed = Identifier.objects.filter(kind=kind, blind_index__in=identifiers)
            for index, person_id, verified_at in listed.values_list(*columns):
                known.identifiers[bytes(index)] = (person_id, verified_at is not None)
        known.identifiers.update(
            {i: seen.identifiers[i] for i in identifiers & seen.identifiers.keys()}
        )
        return known

    def _documents(self, rows: Iterable[Indexed]) -> dict[bytes, tuple[UUID, str]]:
        by_type: dict[str, list[bytes]] = {}
        for row in rows:
            if row.document:
                by_type.setdefault(row.record.document_type, []).append(row.document)
        found = {}
        for document_type, indexes in by_type.items():
            live = Document.objects.filter(
                document_type=document_type, state=Document.State.LIVE, blind_index__in=indexes
            )
            for each in live:
                found[bytes(each.blind_index)] = (each.person_id, self._name_on(each))
        return found

    def _verdict(self, batch: Batch, row: Indexed, known: Seen, new_id: NewId) -> Verdict:
        if row.alias in known.aliases:
            return Verdict(row, Fate.KNOWN)
        if row.document and row.document in known.documents:
            person_id, name = known.documents[row.document]
            if name and compare_names(row.record.name, name) is Likeness.DIFFERENT:
                why = ("name", "is not the name of whoever has this document here")
                return Verdict(row, Fate.UNSURE, why=why)
            return Verdict(row, Fate.LINKED, person_id)
        taken = {each.kind: known.identifiers.get(index) for each, index in row.identifiers}
        found = None if row.document else next((k for k in _PROVABLE if taken.get(k)), None)
        if found is not None:
            return self._by_phone(batch, row, found, taken[found] or (new_id(), False))
        return Verdict(
            row,
            Fate.NEW,
            new_id(),
            identifiers=tuple(each for each in row.identifiers if taken[each[0].kind] is None),
            left=tuple(kind for kind, holder in taken.items() if holder is not None),
        )

    def _by_phone(
        self, batch: Batch, row: Indexed, kind: str, holder: tuple[UUID, bool]
    ) -> Verdict:
        person_id, is_verified = holder
        if is_verified and batch.is_verified and self._is_same(batch, row.record, person_id):
            return Verdict(row, Fate.LINKED, person_id)
        why = (str(kind), "finds somebody here, and nothing tells that it is the same person")
        return Verdict(row, Fate.UNSURE, why=why)

    def _is_same(self, batch: Batch, record: PersonRecord, person_id: UUID) -> bool:
        """Whether a row without a document is of whoever has its phone now.

        They were seen with it lately, or bear the name.
        """
        if record.last_login_at is not None and batch.now - record.last_login_at < LONG_UNSEEN:
            return True
        named = Document.objects.filter(person_id=person_id, state=Document.State.LIVE).first()
        name = self._name_on(named) if named else ""
        return bool(record.name and name) and compare_names(record.name, name) is Likeness.EXACT

    def _name_on(self, document: Document) -> str:
        try:
            fields = self._fields.of(document.person_id)
        except KeyDestroyed:
            return ""
        return fields.unseal("document.name", document.sealed_name)
