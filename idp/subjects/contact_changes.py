"""Contacts as they come and go: every change is told, and a number that became another's goes.

Who asks proved who they are a moment ago, and the contact agreed by telling them the code.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from idp.subjects.contacts import ContactBook, KnownContact
from idp.subjects.families import is_of, survivor_of
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.models import Identifier
from idp.subjects.notices import DEFAULT_LANGUAGE, SecurityNotices


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Somebody whose notices one hears of, by the masked name that the messages say."""

    contact_id: UUID
    name: str = field(repr=False)
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChanges:
    """Every change is one transaction with its audit events and its notices."""

    book: ContactBook
    notices: SecurityNotices

    def of(self, person_id: UUID) -> tuple[KnownContact, ...]:
        """A person's contacts, once those that rested too long are gone."""
        with transaction.atomic():
            self.notices.drop_rested(person_id)
        return self.book.of(person_id)

    def add(
        self,
        person_id: UUID,
        to: TypedIdentifier,
        *,
        set_by: UUID | None = None,
        now: datetime,
        language: str = DEFAULT_LANGUAGE,
    ) -> None:
        """Let a proven number or address be told from now on; all that there was hear of it.

        Raises:
            OwnContact, TooManyContacts, ContactTaken: as `ContactBook.add`.
        """
        with transaction.atomic():
            if self.book.add(person_id, to, set_by=set_by, now=now):
                self.notices.tell(person_id, "contact_added", language=language)

    def remove(
        self, person_id: UUID, contact_id: UUID, *, language: str = DEFAULT_LANGUAGE
    ) -> bool:
        """Tell it nothing any more; False where it is none of the person's."""
        with transaction.atomic():
            if not self.book.remove(person_id, contact_id):
                return False
            self.notices.tell(person_id, "contact_removed", language=language)
        return True

    def heard_of(self, holder: UUID, *, language: str = DEFAULT_LANGUAGE) -> tuple[Heard, ...]:
        """Of whose notices somebody hears, because their phone or address is a contact."""
        found = [each for _, to in self.notices.own(holder) for each in self.book.of_number(to)]
        by_person = {survivor_of(each.folder_id): each for each in found}
        return tuple(
            Heard(
                contact_id=each.id,
                name=self.notices.name_for_contact(person_id, language),
                since=each.added_at,
            )
            for person_id, each in by_person.items()
        )

    def leave(self, holder: UUID, contact_id: UUID) -> bool:
        """Hear no more of somebody, who is told so; False where it is not the holder's to end.

        What a guardian set for a child, the guardian is told of, too.
        """
        own = [to for _, to in self.notices.own(holder)]
        with transaction.atomic():
            left = self.book.leave(own, contact_id, holder=holder)
            setters = (each.set_by for each in left if each.set_by is not None)
            guardians = (each for each in setters if not is_of(holder, each))
            people = (*(each.folder_id for each in left), *guardians)
            for each in dict.fromkeys(map(survivor_of, people)):
                self.notices.tell(each, "contact_left")
        return bool(left)

    def taken_over(self, to: TypedIdentifier, holder: UUID, *, now: datetime) -> None:
        """Somebody signs in with it from now on, in the transaction that lets them.

        A number that was proven as a contact not long ago is that of a relative who joins; another
        may have been handed on, and is told nothing any more. Nobody is their own contact.
        """
        found = self.book.of_number(to)
        mine = [each for each in found if is_of(holder, each.folder_id)]
        self.book.drop(mine, why="own")
        if to.kind == Identifier.Kind.PHONE:
            old = now - self.book.rests_after
            others = (each for each in found if each not in mine and each.proven_at <= old)
            self._dropped(tuple(others), "taken")

    def reported(self, to: TypedIdentifier) -> int:
        """Its operator says that it was swapped or handed on; of how many people it was one."""
        with transaction.atomic():
            return self._dropped(self.book.of_number(to), "reported")

    def _dropped(self, contacts: tuple[KnownContact, ...], why: str) -> int:
        people = self.book.drop(contacts, why=why)
        for each in people:
            self.notices.tell(each, "contact_dropped")
        return len(people)
