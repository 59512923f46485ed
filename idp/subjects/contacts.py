"""Contacts: numbers and addresses that are told of somebody's notices, and are nothing else.

A contact neither signs in nor recovers nor finds nor ties people: no other room reads this table.
Owns the rows, their bounds, and when a number stops being one because it is another's by now. Who
may add one is the journey's, who is told of it `contact_changes`'s.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.database.reading import columns_of, rows_of
from idp.foundation.sealing.blind_index import BlindIndex
from idp.subjects.families import family, survivor_of
from idp.subjects.fields import PersonalFields
from idp.subjects.identifiers import TypedIdentifier, mask_identifier
from idp.subjects.models import Authenticator, Contact, Person
from idp.subjects.rows import find_person

MOST: Final = 2
"""Contacts that one person has."""
MOST_OF_A_NUMBER: Final = 6
"""People whose contact one number or address is: a family."""
_PURPOSE: Final = "contact.value"
_OF_NUMBER: Final = (
    f"SELECT {columns_of(Contact)} FROM {Contact._meta.db_table} "  # noqa: S608, SLF001 - constants
    "WHERE kind = %s AND blind_index = %s ORDER BY person_id"
)


class OwnContact(Exception):
    """The person signs in with it, and is told there already."""


class TooManyContacts(Exception):
    """The person has as many as one may have."""


class ContactTaken(Exception):
    """It is the contact of as many people as it may be; of whom, nobody is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownContact:
    """One contact, for its person. `set_by` is the guardian who set it for a child."""

    id: UUID
    folder_id: UUID
    value: TypedIdentifier = field(repr=False)
    added_at: datetime
    proven_at: datetime
    set_by: UUID | None = None

    @property
    def masked(self) -> str:
        return mask_identifier(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactBook:
    """Reads and writes the rows. `rests_after`: unused that long, a number may be another's."""

    fields: PersonalFields
    index: BlindIndex
    clock: Clock
    rests_after: timedelta

    def every(self, person_id: UUID) -> tuple[KnownContact, ...]:
        """All there is, those of people merged into this one too; their own come first."""
        return tuple(self._read(row) for row in _rows(person_id))

    def of(self, person_id: UUID) -> tuple[KnownContact, ...]:
        """Those in use: after a merge the survivor's come first; beyond the bound they rest."""
        return self._different(person_id)[:MOST]

    def add(
        self, person_id: UUID, to: TypedIdentifier, *, set_by: UUID | None = None, now: datetime
    ) -> bool:
        """Keep one that was proven just now; False where it was one already, and is fresh again.

        Raises:
            OwnContact: the person signs in with it.
            TooManyContacts: they have as many as one may.
            ContactTaken: as many people have it.
        """
        with transaction.atomic():
            # One after the other for each person, so that nobody gets one too many.
            Person.objects.select_for_update().get(id=person_id)
            if self._is_own(person_id, to):
                raise OwnContact
            mine = Contact.objects.filter(
                person_id__in=family(person_id), kind=to.kind, blind_index=self._blind(to)
            )
            if mine.update(proven_at=now):
                return False
            if len(self._different(person_id)) >= MOST:
                raise TooManyContacts
            self._insert(person_id, to, set_by, now)
            self._record("contact.added", person_id, to.kind, set_by)
        return True

    def remove(self, person_id: UUID, contact_id: UUID) -> bool:
        """Forget one of the person's; what is not theirs, or gone, is left alone."""
        with transaction.atomic():
            mine = Contact.objects.filter(person_id__in=family(person_id))
            row = mine.filter(id=contact_id).first()
            # In every folder: what the person sees once they have once.
            if (
                row is None
                or not mine.filter(kind=row.kind, blind_index=row.blind_index).delete()[0]
            ):
                return False
            self._record("contact.removed", person_id, row.kind)
        return True

    def leave(
        self, own: Iterable[TypedIdentifier], contact_id: UUID, *, holder: UUID
    ) -> tuple[KnownContact, ...]:
        """Forget a contact at the wish of whoever holds it, by all their numbers and addresses.

        Nothing where it is none of their `own`. In the transaction of the caller.
        """
        rows = [row for to in own for row in self._rows_of(to)]
        chosen = next((row for row in rows if row.id == contact_id), None)
        if chosen is None:
            return ()
        whose = survivor_of(chosen.person_id)
        left = [row for row in rows if survivor_of(row.person_id) == whose]
        read = tuple(self._read(row) for row in left)
        Contact.objects.filter(id__in=[row.id for row in left]).delete()
        self._record("contact.left", whose, chosen.kind, holder)
        return read

    def rested(self, person_id: UUID, *, now: datetime) -> tuple[KnownContact, ...]:
        """Phones that may be somebody else's: the account that each signs in rests with it."""
        phones = (each for each in self.every(person_id) if each.value.kind == Contact.Kind.PHONE)
        return tuple(each for each in phones if self._is_rested(each, now))

    def of_number(self, to: TypedIdentifier) -> tuple[KnownContact, ...]:
        """Whose contact a number or address is."""
        return tuple(self._read(row) for row in self._rows_of(to))

    def drop(self, contacts: Iterable[KnownContact], *, why: str) -> tuple[UUID, ...]:
        """Forget contacts that are another's by now; of whom, in the transaction of the caller."""
        dropped = []
        for each in contacts:
            if Contact.objects.filter(id=each.id).delete()[0]:
                person_id = survivor_of(each.folder_id)
                self._record("contact.dropped", person_id, each.value.kind, why=why)
                dropped.append(person_id)
        return tuple(dict.fromkeys(dropped))

    def is_there(self, contact_id: UUID) -> bool:
        """Whether it still is one: what waits to be sent to a removed one is not sent."""
        return Contact.objects.filter(id=contact_id).exists()

    def _rows_of(self, to: TypedIdentifier) -> list[Contact]:
        # Asked of everybody who registers, and hardly ever anybody's: no ORM for that.
        return rows_of(Contact, _OF_NUMBER, (to.kind, self._blind(to)))

    def _different(self, person_id: UUID) -> tuple[KnownContact, ...]:
        return tuple(self._read(row) for row in _different(_rows(person_id)))

    def _insert(
        self, person_id: UUID, to: TypedIdentifier, set_by: UUID | None, now: datetime
    ) -> None:
        blind = self._blind(to)
        sealed = self.fields.of(person_id).seal(_PURPOSE, to.value)
        for _ in range(MOST_OF_A_NUMBER):
            rows = Contact.objects.filter(kind=to.kind, blind_index=blind)
            taken = set(rows.values_list("place", flat=True))
            free = next((n for n in range(1, MOST_OF_A_NUMBER + 1) if n not in taken), None)
            if free is None:
                break
            try:
                with transaction.atomic():
                    Contact.objects.create(
                        person_id=person_id,
                        kind=to.kind,
                        blind_index=blind,
                        place=free,
                        sealed_value=sealed,
                        set_by_id=set_by,
                        added_at=now,
                        proven_at=now,
                    )
            except IntegrityError:
                continue  # somebody came for the same place: the unique index let one of us in
            return
        raise ContactTaken

    def _read(self, row: Contact) -> KnownContact:
        value = self.fields.of(row.person_id).unseal(_PURPOSE, row.sealed_value)
        return KnownContact(
            id=row.id,
            folder_id=row.person_id,
            value=TypedIdentifier(kind=row.kind, value=value),
            added_at=row.added_at,
            proven_at=row.proven_at,
            set_by=row.set_by_id,
        )

    def _is_own(self, person_id: UUID, to: TypedIdentifier) -> bool:
        holder = self._holder(to)
        return holder is not None and survivor_of(holder) == survivor_of(person_id)

    def _is_rested(self, contact: KnownContact, now: datetime) -> bool:
        holder = self._holder(contact.value)
        if holder is None or now - contact.proven_at < self.rests_after:
            return False
        rows = Authenticator.objects.filter(
            person_id__in=family(survivor_of(holder)), kind=Authenticator.Kind.SMS
        )
        used = [row.last_used_at or row.created_at for row in rows]
        return not used or now - max(used) >= self.rests_after

    def _holder(self, to: TypedIdentifier) -> UUID | None:
        return find_person(to.kind, self.index.of(f"identifier.{to.kind}", to.value))

    def _blind(self, to: TypedIdentifier) -> bytes:
        """Of a purpose of its own: the table alone does not tell which account it signs in."""
        return self.index.of(f"contact.{to.kind}", to.value)

    def _record(
        self,
        event_type: str,
        person_id: UUID,
        kind: str,
        actor: UUID | None = None,
        *,
        why: str = "",
    ) -> None:
        detail = {"kind": str(kind), **({"why": why} if why else {})}
        event = AuditEvent(
            type=event_type,
            outcome="success",
            actor=str(actor) if actor else "",
            subject=str(person_id),
            detail=detail,
        )
        record(event, clock=self.clock)


def forget_spare(folder_id: UUID) -> None:
    """Forget what a folder whose merge is final has beyond the bound of its survivor."""
    kept = {row.id for row in _different(_rows(survivor_of(folder_id)))[:MOST]}
    Contact.objects.filter(person_id=folder_id).exclude(id__in=kept).delete()


def _rows(person_id: UUID) -> list[Contact]:
    """Those of people merged into this one too; the person's own come first, in their order."""
    rows = Contact.objects.filter(person_id__in=family(person_id)).order_by("added_at", "id")
    return sorted(rows, key=lambda row: row.person_id != person_id)


def _different(rows: list[Contact]) -> list[Contact]:
    """Each number or address once, however many folders it stands in."""
    found: dict[tuple[str, bytes], Contact] = {}
    for row in rows:
        found.setdefault((row.kind, bytes(row.blind_index)), row)
    return list(found.values())
