"""Deleting a person for good (PIPL 47): the wish, its hold, and what is left, which nobody reads.

The chains stay: evidence without its values, audit that names an identifier that leads
nowhere. What other rooms hold of the person (sessions, grants) goes through channels.
"""

from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.sealing.data_keys import DataKeys
from idp.subjects.families import folders
from idp.subjects.models import (
    Authenticator,
    Consent,
    Contact,
    DeletionRequest,
    Disclosure,
    Document,
    DocumentMention,
    Evidence,
    GuardianConsent,
    Identifier,
    LevelRow,
    Minor,
    Person,
    PhoneChange,
    PurposeConsent,
    SelfDescription,
    SubjectAlias,
)
from idp.subjects.notices import DEFAULT_LANGUAGE, SecurityNotices

AT_ONCE: Final = 50
"""Due accounts deleted in one round."""
_HELD: Final = (
    Identifier,
    Authenticator,
    PhoneChange,
    Contact,
    SelfDescription,
    LevelRow,
    Consent,
    PurposeConsent,
    Disclosure,
    DocumentMention,
    SubjectAlias,
    Minor,
    DeletionRequest,
)


class ErasureChannel(Protocol):
    """What is registered, to be told that somebody is being deleted."""

    def person_erased(self, person_id: UUID, *, now: datetime) -> None:
        """Called inside the transaction, while the person's key still opens: end, then forget."""


class Erasures:
    """Every change is one transaction with its audit event."""

    def __init__(
        self, *, keys: DataKeys, notices: SecurityNotices, clock: Clock, hold: timedelta
    ) -> None:
        self._keys = keys
        self._notices = notices
        self._clock = clock
        self.hold = hold
        self._channels: list[ErasureChannel] = []

    def announce_to(self, *channels: ErasureChannel) -> None:
        """Register channels; called by the composition root before anything is served."""
        self._channels.extend(channels)

    def announce_first_to(self, channel: ErasureChannel) -> None:
        """Register one that has to find what the others end, such as who knew the person."""
        self._channels.insert(0, channel)

    def ask(self, person_id: UUID, *, now: datetime, language: str = DEFAULT_LANGUAGE) -> datetime:
        """Keep the person's wish to be deleted; from when. A wish that waits already stands."""
        with transaction.atomic():
            Person.objects.select_for_update().get(id=person_id)
            waiting, is_new = DeletionRequest.objects.get_or_create(
                person_id=person_id, defaults={"asked_at": now, "due_at": now + self.hold}
            )
            if is_new:
                self._notices.tell(person_id, "deletion_asked", language=language)
                self._record("person.deletion_asked", person_id)
        return waiting.due_at

    def stop(self, person_id: UUID, *, now: datetime, language: str = DEFAULT_LANGUAGE) -> bool:
        """Keep the account; False when nobody had asked for its deletion."""
        with transaction.atomic():
            waiting = DeletionRequest.objects.filter(person_id=person_id, due_at__gt=now)
            if not waiting.delete()[0]:
                return False
            self._notices.tell(person_id, "deletion_stopped", language=language)
            self._record("person.deletion_stopped", person_id)
        return True

    def due_at(self, person_id: UUID) -> datetime | None:
        """When the account will be deleted; None when nobody asked."""
        waiting = DeletionRequest.objects.filter(person_id=person_id).first()
        return waiting.due_at if waiting else None

    def erase_due(self, *, now: datetime) -> int:
        """Delete the accounts whose hold is over; how many. The worker calls it."""
        due = DeletionRequest.objects.filter(due_at__lte=now).order_by("due_at")
        people = list(due.values_list("person_id", flat=True)[:AT_ONCE])
        return sum(self.erase(person_id, now=now) for person_id in people)

    def erase(self, person_id: UUID, *, now: datetime) -> bool:
        """Delete a person at once, with the folders of those merged into them; False when done.

        Their phone, names and documents may be anybody's afterwards, their own included.
        """
        with transaction.atomic():
            person = Person.objects.select_for_update().get(id=person_id)
            if person.status == Person.Status.DELETED:
                return False
            for each in (*folders(person_id), person_id):
                for channel in self._channels:
                    channel.person_erased(each, now=now)
                _empty(each)
                self._keys.destroy(each)
            gone = Person.objects.filter(Q(id=person_id) | Q(merged_into_id=person_id))
            gone.update(status=Person.Status.DELETED, updated_at=now)
            self._record("person.deleted", person_id)
        return True

    def _record(self, event_type: str, person_id: UUID) -> None:
        event = AuditEvent(type=event_type, outcome="success", subject=str(person_id))
        record(event, clock=self._clock)


def _empty(person_id: UUID) -> None:
    """Delete what tables hold of one folder, and empty the rows that chains still point at."""
    documents = Document.objects.filter(person_id=person_id)
    for document_type, index in documents.values_list("document_type", "blind_index"):
        DocumentMention.objects.filter(document_type=document_type, blind_index=index).delete()
    for table in _HELD:
        table.objects.filter(person_id=person_id).delete()
    GuardianConsent.objects.filter(ward_id=person_id).delete()
    blank(documents)
    # Older links cover their ciphertext, which stays: without the key it says nothing.
    evidence = Evidence.objects.filter(person_id=person_id, hash_version__gte=3)
    evidence.update(sealed_values=b"")


def blank(documents: QuerySet[Document]) -> int:
    """Empty documents, whose rows evidence still points at; how many that were.

    Without its blind index nobody finds one any more, and the number is free.
    """
    return documents.update(
        state=Document.State.REVOKED,
        blind_index=b"",
        sealed_number=b"",
        sealed_name=b"",
        issuer="",
        version="",
        issue_count="",
        valid_until=None,
    )
