"""A lost phone's number gives way to a new one: asked for, held, told of, and then done.

Who asks has proven their identity anew and the new number, or an e-mail address in its place. The
old one hears of it at once and may object while it is held; what was signed in with it ends when it
is done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.sealing.blind_index import BlindIndex
from idp.subjects.contact_changes import ContactChanges
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.models import Identifier, PhoneChange
from idp.subjects.notices import DEFAULT_LANGUAGE, SecurityNotices
from idp.subjects.people import People
from idp.subjects.rows import read_phone_change
from idp.subjects.statuses import Actor

_WAITING: Final = PhoneChange.State.WAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A change that waits: whose it is, and from when it may be done."""

    id: UUID
    person_id: UUID
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What became of a number that changed hands: of whom, nobody is told."""

    holder_rests: bool
    contacts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneChanges:
    """`hold` is how long a change waits, so that who still has the old phone can object.

    `is_dormant` tells whether a person's number was unused so long that it may be another's, and
    `rest` makes it so.
    """

    index: BlindIndex
    people: People
    notices: SecurityNotices
    clock: Clock
    hold: timedelta
    is_dormant: Callable[[UUID, datetime], bool]
    rest: Callable[[UUID, datetime], bool]
    contacts: ContactChanges

    def ask(
        self,
        person_id: UUID,
        value: str,
        *,
        now: datetime,
        language: str = DEFAULT_LANGUAGE,
        kind: str = Identifier.Kind.PHONE,
    ) -> Pending:
        """Note a change to a proven number (E.164) or address; one asked for before gives way."""
        with transaction.atomic():
            self._settle(person_id, PhoneChange.State.CANCELLED, now)
            row = PhoneChange.objects.create(
                person_id=person_id,
                blind_index=self._blind(value, kind),
                asked_at=now,
                due_at=now + self.hold,
            )
            self.notices.tell(person_id, f"{kind}_change_asked", language=language)
            self._record("phone_change.asked", person_id)
        return Pending(id=row.id, person_id=person_id, due_at=row.due_at)

    def pending(self, value: str, *, kind: str = Identifier.Kind.PHONE) -> Pending | None:
        """The change that waits for this number or address, if there is one."""
        found = read_phone_change(self._blind(value, kind))
        if found is None:
            return None
        change_id, person_id, due_at = found
        return Pending(id=change_id, person_id=person_id, due_at=due_at)

    def of(self, person_id: UUID) -> Pending | None:
        """The change a person waits for."""
        row = PhoneChange.objects.filter(person_id=person_id, state=_WAITING).first()
        return Pending(id=row.id, person_id=person_id, due_at=row.due_at) if row else None

    def do(
        self,
        pending: Pending,
        value: str,
        *,
        now: datetime,
        kind: str = Identifier.Kind.PHONE,
    ) -> bool:
        """Let the new number or address find the person, and what they lost nobody; once.

        Raises:
            IdentifierTaken: somebody registered the number meanwhile.
        """
        with transaction.atomic():
            mine = PhoneChange.objects.filter(id=pending.id, state=_WAITING, due_at__lte=now)
            if not mine.update(state=PhoneChange.State.DONE, settled_at=now):
                return False
            self._succeed(pending.person_id, value, kind, now)
        return True

    def change(
        self, person_id: UUID, phone: str, *, now: datetime, language: str = DEFAULT_LANGUAGE
    ) -> None:
        """Change to a proven number (E.164) at once: the person proved all else a moment ago.

        Raises:
            IdentifierTaken: somebody registered the number meanwhile.
        """
        with transaction.atomic():
            self._settle(person_id, PhoneChange.State.CANCELLED, now)
            self._replace(person_id, phone, now, language)

    def holder(self, phone: str, *, now: datetime) -> UUID | None:
        """Whom the number signs in; None too where it rested so long that it was handed on."""
        found = self.people.find(TypedIdentifier(kind=Identifier.Kind.PHONE, value=phone))
        return None if found is None or self.is_dormant(found, now) else found

    def reported(self, phone: str, *, by: Actor, reference: str, now: datetime) -> Reported:
        """Its operator says that a number (E.164) was swapped or handed on.

        Alone it signs in nobody from now on, and it is nobody's contact any more.
        """
        with transaction.atomic():
            holder = self.people.find(TypedIdentifier(kind=Identifier.Kind.PHONE, value=phone))
            rests = holder is not None and self.rest(holder, now)
            contacts = self.contacts.reported(
                TypedIdentifier(kind=Identifier.Kind.PHONE, value=phone)
            )
            event = AuditEvent(
                type="phone.reported",
                outcome="success",
                operator=by.id,
                subject=str(holder or ""),
                detail={"reference": reference, "contacts": contacts},
            )
            record(event, clock=self.clock)
        return Reported(holder_rests=rests, contacts=contacts)

    def cancel(self, person_id: UUID, *, now: datetime) -> None:
        """The person objects."""
        with transaction.atomic():
            if self._settle(person_id, PhoneChange.State.CANCELLED, now):
                self._record("phone_change.cancelled", person_id)

    def _succeed(self, person_id: UUID, value: str, kind: str, now: datetime) -> None:
        """Whoever comes with a number had none, or lost it; whoever comes with an address, too."""
        if kind == Identifier.Kind.PHONE:
            had = self.people.identifiers(person_id)
            self._replace(person_id, value, now, DEFAULT_LANGUAGE)
            if Identifier.Kind.PHONE not in had and Identifier.Kind.EMAIL in had:
                self.people.remove_email(person_id)
            return
        address = TypedIdentifier(kind=kind, value=value)
        self.notices.tell(person_id, "email_changed", also=(address,))
        self.people.lose_phone(person_id)
        self.people.replace_email(person_id, value, now=now)
        self._record("phone_change.done", person_id)

    def _replace(self, person_id: UUID, phone: str, now: datetime, language: str) -> None:
        """A former holder whose number rested for long is unbound, and stays unknown."""
        former = self.people.find(TypedIdentifier(kind=Identifier.Kind.PHONE, value=phone))
        if former is not None and former != person_id and self.is_dormant(former, now):
            self.people.unbind_phone(former, phone)
            self.notices.tell(former, "phone_unbound")
        self.notices.tell(person_id, "phone_changed", language=language)
        self.people.replace_phone(person_id, phone, now=now)
        self._record("phone_change.done", person_id)

    def _settle(self, person_id: UUID, state: str, now: datetime) -> int:
        waiting = PhoneChange.objects.filter(person_id=person_id, state=_WAITING)
        return waiting.update(state=state, settled_at=now)

    def _blind(self, value: str, kind: str) -> bytes:
        return self.index.of(f"identifier.{kind}", value)

    def _record(self, event_type: str, person_id: UUID) -> None:
        event = AuditEvent(type=event_type, outcome="success", subject=str(person_id))
        record(event, clock=self.clock)
