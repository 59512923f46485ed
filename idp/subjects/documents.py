"""Giving a person a verified document: one live document has one holder, whoever comes first.

The authority has been asked already; this room only keeps what it answered.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from connectors.documents.document import DocumentNumber, InvalidDocumentNumber, Standing
from connectors.documents.names import Likeness, compare_names
from connectors.documents.registry import (
    CN_PASSPORT,
    DOCUMENT_TYPES,
    IDENTITY_DOCUMENTS,
    PASSPORT,
    PERMANENT_RESIDENT_CARD,
    mask,
)
from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.database.insertion import insert
from idp.foundation.sealing.blind_index import BlindIndex
from idp.subjects.checks import Check, VerifiedDocument, evidence_of
from idp.subjects.evidence import EvidenceChain, Turn
from idp.subjects.families import family, survivor_of
from idp.subjects.fields import PersonalFields
from idp.subjects.mentions import Mentions
from idp.subjects.minors import note_birth
from idp.subjects.models import Document
from idp.subjects.papers import PapersReader, document_papers, read_number
from idp.subjects.rows import note_change, read_live_documents

__all__ = [
    "Check",
    "DocumentHeldByAnother",
    "Documents",
    "NotTied",
    "PastDocument",
    "PersonHoldsAnother",
    "SupplementaryAlone",
    "VerifiedDocument",
]

_LONGEST_PASSPORT: Final = 12
"""What is taken for a foreign passport's number unasked: 15 or 18 characters are a mistyped ID."""


class DocumentHeldByAnother(Exception):
    """The document is another account's. Nothing was kept; both accounts' trails say so."""


class PersonHoldsAnother(Exception):
    """The person is verified already, with another number of a type that is kept for life."""


class NotTied(PersonHoldsAnother):
    """Nothing proves that the new document and those the person has are of one person.

    `idp.subjects.ties` declares what would.
    """


class SupplementaryAlone(Exception):
    """A card that is never enough alone: the person has no identity document it could stand by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDocument:
    """A document as it was before it was renewed or replaced."""

    document_type: str
    masked_number: str
    issue_count: str
    valid_until: date | None
    replaced_at: datetime


class Documents:
    """Keeps documents with the evidence that made them true."""

    def __init__(
        self, *, fields: PersonalFields, index: BlindIndex, chain: EvidenceChain, clock: Clock
    ) -> None:
        self._fields = fields
        self._index = index
        self._chain = chain
        self._clock = clock
        self._papers = PapersReader(chain=chain, fields=fields)
        self.mentions = Mentions(chain=chain)

    def blind(self, document_type: str, number: str, *, issuer: str = "") -> bytes:
        """The blind index of a document: what counters and look-ups are keyed by.

        Two countries give out the same passport number, so the issuer is a part of the key.
        """
        read = read_number(document_type, number, issuer)
        return document_index(self._index, document_type, read)

    def keep(
        self, person_id: UUID, document: VerifiedDocument, check: Check, *, client_id: str = ""
    ) -> UUID:
        """Make the document the person's and append the evidence; return the evidence's id.

        Verifying the same document again, to the same level, supersedes what it gave before. A
        later card of the same number renews it; a new number of a type that changes replaces the
        old one, or stands beside it where both may be in force (`_is_succeeded`). What was stays
        as history.

        Raises:
            DocumentHeldByAnother: it is a live document of another account.
            SupplementaryAlone: it is never enough alone, and would be.
            PersonHoldsAnother: a second number of a type that is kept for life is somebody
                else's; `NotTied`, where no declared rule ties it to what the person holds.
        """
        try:
            with transaction.atomic():
                # Queue on the person: two tabs that verify at once must not both insert.
                turn = self._chain.turn(person_id)
                read = read_number(document.document_type, document.number, document.issuer)
                kept, is_new = self._claim(turn, document, read, check)
                earlier = None if is_new else _superseded(turn, kept, check)
                new = evidence_of(check, document_id=kept.id, supersedes_id=earlier)
                is_first = is_new and not any(link.document_id for link in turn.links)
                evidence_id = self._chain.append_next(
                    turn, new, document=kept if is_first else None
                )
                born_on = document_papers(document, read, check).born_on
                if born_on is not None:
                    note_birth(person_id, born_on, now=check.checked_at)
                self._record("document.verified", "success", person_id, client_id, check.method)
        except DocumentHeldByAnother:
            self._tell_both(person_id, document, check, client_id)
            raise
        except NotTied:
            with transaction.atomic():
                self._record("document.not_tied", "refused", person_id, client_id, check.method)
            raise
        return evidence_id

    def holder(self, number: str, name: str) -> UUID | None:
        """The person one of whose live identity documents has this number, in this name.

        The number is as it was typed, of whatever document; the name is canonical. Nobody is asked
        which document it is: numbers of two types that look alike are both looked up.
        """
        for row in self._live(number):
            kept = self._fields.of(row.person_id).unseal("document.name", row.sealed_name)
            # The number is the very one; of the name's words no order is asked, nor which script.
            if compare_names(name, kept) in {Likeness.EXACT, Likeness.POSSIBLE}:
                return survivor_of(row.person_id)
        return None

    def found(
        self, document_type: str, number: str, *, issuer: str = "", operator: str
    ) -> UUID | None:
        """Whose live document this is, for an operator: a look-up that the trail tells of."""
        row = Document.objects.filter(
            document_type=document_type,
            blind_index=self.blind(document_type, number, issuer=issuer),
            state=Document.State.LIVE,
        ).first()
        person_id = survivor_of(row.person_id) if row else None
        event = AuditEvent(
            type="person.looked_up",
            outcome="success" if person_id else "not_found",
            operator=operator,
            subject=str(person_id or ""),
            detail={"document_type": document_type},
        )
        with transaction.atomic():
            record(event, clock=self._clock)
        return person_id

    def holder_of(self, document_type: str, number: str) -> UUID | None:
        """The person whose live document this is; the number is canonical."""
        row = Document.objects.filter(
            document_type=document_type,
            blind_index=self.blind(document_type, number),
            state=Document.State.LIVE,
        ).first()
        return survivor_of(row.person_id) if row else None

    def is_readable(self, number: str) -> bool:
        """Whether a typed number can be one of any identity document."""
        return bool(_typed_numbers(number))

    def _live(self, number: str) -> list[Document]:
        wanted = Q(pk__in=())
        for document_type, canonical in _typed_numbers(number):
            blind = self.blind(document_type, canonical)
            wanted |= Q(document_type=document_type, blind_index=blind)
        return list(Document.objects.filter(wanted, state=Document.State.LIVE).order_by("id"))

    def masked(self, person_id: UUID) -> str:
        """The masked number of the newest live document; "" when there is none."""
        row = (
            Document.objects.filter(person_id__in=family(person_id), state=Document.State.LIVE)
            .order_by("-created_at")
            .first()
        )
        if row is None:
            return ""
        number = self._fields.of(row.person_id).unseal("document.number", row.sealed_number)
        return mask(row.document_type, number)

    def history(self, person_id: UUID) -> tuple[PastDocument, ...]:
        """What the person's documents were before, the latest first."""
        rows = Document.objects.filter(
            person_id__in=family(person_id),
            state=Document.State.REPLACED,
            replaced_at__isnull=False,
        ).order_by("-replaced_at")
        return tuple(
            PastDocument(
                document_type=row.document_type,
                masked_number=mask(
                    row.document_type,
                    self._fields.of(row.person_id).unseal("document.number", row.sealed_number),
                ),
                issue_count=row.issue_count,
                valid_until=row.valid_until,
                replaced_at=row.replaced_at,
            )
            for row in rows
            if row.replaced_at is not None
        )

    def _claim(
        self, turn: Turn, document: VerifiedDocument, read: DocumentNumber, check: Check
    ) -> tuple[Document, bool]:
        """The document as it is kept, and whether it is new here."""
        now = check.checked_at
        blind = document_index(self._index, document.document_type, read)
        mine = read_live_documents(turn.person_id)
        of_type = [row for row in mine if row.document_type == document.document_type]
        for row in of_type:
            if bytes(row.blind_index) == blind:
                self._renew(row, document, now)
                return row, False
        _require_place(mine, document.document_type)
        # Whoever claims another's document is told so, tied or not: the index judges first.
        row = _new_document(turn, document, read, now, blind=blind)
        # The unique index is the judge, also between two who verify at the same moment.
        if not insert(row, unless="(document_type, blind_index) WHERE state = 'live'"):
            raise DocumentHeldByAnother
        if not self._papers.is_tied(turn, document_papers(document, read, check), now=now):
            raise NotTied
        for earlier in of_type:
            if _is_succeeded(earlier, row, now.date()):
                earlier.state, earlier.replaced_at = Document.State.REPLACED, now
                earlier.replaced_by = row
                earlier.save(update_fields=["state", "replaced_at", "replaced_by"])
        note_change(turn.person_id, now)
        return row, True

    def _renew(self, row: Document, document: VerifiedDocument, now: datetime) -> None:
        """The same number on a later card: the row goes on, its evidence with it.

        What it said before is kept beside as history. An authority that told neither an end nor a
        count renews nothing.
        """
        count = document.issue_count or row.issue_count
        until = document.valid_until or row.valid_until
        if (count, until) == (row.issue_count, row.valid_until):
            return
        if row.issue_count or row.valid_until:
            was = {
                each.attname: getattr(row, each.attname)
                for each in Document._meta.concrete_fields  # noqa: SLF001 - Django's public API
                if not each.primary_key
            }
            changed = {
                "state": Document.State.REPLACED,
                "replaced_at": now,
                "replaced_by_id": row.id,
            }
            Document.objects.create(**{**was, **changed})
        row.issue_count, row.valid_until = count, until
        row.save(update_fields=["issue_count", "valid_until"])

    def _tell_both(
        self, person_id: UUID, document: VerifiedDocument, check: Check, client_id: str
    ) -> None:
        """Both trails say so, and the claim is kept: it may be one person with two accounts."""
        method = check.method
        blind = self.blind(document.document_type, document.number, issuer=document.issuer)
        holders = Document.objects.filter(
            document_type=document.document_type, state=Document.State.LIVE, blind_index=blind
        )
        with transaction.atomic():
            self._record("document.held_by_another", "refused", person_id, client_id, method)
            self.mentions.claimed(person_id, document, check, blind=blind)
            for row in holders:
                holder = survivor_of(row.person_id)
                self._record("document.claimed_by_another", "refused", holder, client_id, method)

    def _record(
        self, event_type: str, outcome: str, person_id: UUID, client_id: str, method: str
    ) -> None:
        event = AuditEvent(
            type=event_type,
            outcome=outcome,
            subject=str(person_id),
            client_id=client_id,
            detail={"method": method},
        )
        record(event, clock=self._clock)


def _new_document(
    turn: Turn, document: VerifiedDocument, read: DocumentNumber, now: datetime, *, blind: bytes
) -> Document:
    return Document(
        person_id=turn.person_id,
        document_type=document.document_type,
        blind_index=blind,
        sealed_number=turn.fields.seal("document.number", document.number),
        sealed_name=turn.fields.seal("document.name", document.holder_name),
        issuer=read.nationality if document.document_type == PASSPORT else "",
        version=read.version,
        issue_count=document.issue_count or read.issue or "",
        valid_until=document.valid_until,
        created_at=now,
    )


def document_index(index: BlindIndex, document_type: str, read: DocumentNumber) -> bytes:
    """The blind index of a document whose number was read."""
    return index.of(f"document.{document_type}", read.key)


def _typed_numbers(text: str) -> list[tuple[str, str]]:
    """The identity documents that a typed number could be of, with its canonical form."""
    found = []
    for document_type in IDENTITY_DOCUMENTS:
        with suppress(InvalidDocumentNumber):
            number = DOCUMENT_TYPES[document_type].normalise(text)
            if document_type != PASSPORT or len(number) <= _LONGEST_PASSPORT:
                found.append((document_type, number))
    return found


def _superseded(turn: Turn, document: Document, check: Check) -> UUID | None:
    """What the same check of the same document gave before; its id."""
    gone = {link.supersedes_id for link in turn.links}
    earlier = [
        link
        for link in turn.links
        if (link.document_id, link.method) == (document.id, check.method)
        # A name checked again does not undo a face that was seen, nor the other way round.
        and link.identity_level == check.identity_level
        and link.id not in gone
    ]
    latest = max(earlier, key=lambda link: (link.checked_at, link.sequence), default=None)
    return latest.id if latest else None


def _require_place(live: list[Document], document_type: str) -> None:
    """Refuse a second number of a type that is kept for life, and a supplementary card alone.

    Raises:
        PersonHoldsAnother: there is a number of that type already.
        SupplementaryAlone: there is no identity document.
    """
    entry = DOCUMENT_TYPES.get(document_type)
    if entry is None:
        return
    if entry.is_for_life and any(row.document_type == document_type for row in live):
        raise PersonHoldsAnother
    if entry.standing is Standing.SUPPLEMENTARY and not any(
        row.document_type in DOCUMENT_TYPES
        and DOCUMENT_TYPES[row.document_type].standing is Standing.IDENTITY
        for row in live
    ):
        raise SupplementaryAlone


def _is_succeeded(earlier: Document, later: Document, today: date) -> bool:
    """Whether a new number ends an earlier one of the same type.

    A Chinese citizen has one ordinary passport. The permanent resident cards of 2017 and 2023 are
    both in force, and some countries give a person two passports: these end with their time.
    """
    is_over = earlier.valid_until is not None and earlier.valid_until < today
    if later.document_type == CN_PASSPORT:
        return True
    if later.document_type == PERMANENT_RESIDENT_CARD and earlier.version == later.version:
        return True
    return is_over and earlier.issuer == later.issuer and earlier.version == later.version
