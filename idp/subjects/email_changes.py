"""The e-mail address an account is reached and entered by: added, changed, removed.

Who asks proved all that the account reaches a moment ago, so that it counts at once; every address
and number that there was is told, and so is the new one.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.models import Identifier
from idp.subjects.notices import DEFAULT_LANGUAGE, SecurityNotices
from idp.subjects.people import People


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChanges:
    """Every change is one transaction with its audit event and its notices."""

    people: People
    notices: SecurityNotices

    def holder(self, address: str) -> UUID | None:
        """Whom the address finds."""
        return self.people.find(TypedIdentifier(kind=Identifier.Kind.EMAIL, value=address))

    def change(
        self, person_id: UUID, address: str, *, now: datetime, language: str = DEFAULT_LANGUAGE
    ) -> None:
        """Let a proven address find the person, instead of the one there was.

        Raises:
            IdentifierTaken: somebody registered it meanwhile.
        """
        had = Identifier.Kind.EMAIL in self.people.identifiers(person_id)
        new = TypedIdentifier(kind=Identifier.Kind.EMAIL, value=address)
        with transaction.atomic():
            event = "email_changed" if had else "email_added"
            self.notices.tell(person_id, event, language=language, also=(new,))
            self.people.replace_email(person_id, address, now=now)

    def remove(self, person_id: UUID, *, language: str = DEFAULT_LANGUAGE) -> None:
        """Let the address neither find nor reach the person any more; it is told, too."""
        with transaction.atomic():
            self.notices.tell(person_id, "email_removed", language=language)
            self.people.remove_email(person_id)
