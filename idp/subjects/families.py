"""A person and those merged into them: one family, of which each keeps a folder of its own.

Documents, evidence, authenticators and consents stay in the folder they were written to, sealed
under its key; whoever reads a person reads the family. How a merge comes about is `merging`'s.
"""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from idp.subjects.models import Person, SubjectAlias
from idp.subjects.subject_identifiers import KnownAs


def family(person_id: UUID) -> "QuerySet[Person, Any]":
    """The person and their folders, for `person_id__in`: a part of the statement, no trip."""
    return Person.objects.filter(Q(id=person_id) | Q(merged_into_id=person_id)).values("id")


def folders(person_id: UUID) -> tuple[UUID, ...]:
    """Those merged into the person."""
    rows = Person.objects.filter(merged_into_id=person_id).order_by("created_at", "id")
    return tuple(rows.values_list("id", flat=True))


def survivor_of(person_id: UUID) -> UUID:
    """The person whose folder this is: themselves, unless they were merged into another."""
    rows = Person.objects.filter(id=person_id).values_list("merged_into_id", flat=True)
    return rows.first() or person_id


def is_of(person_id: UUID, folder_id: UUID) -> bool:
    """Whether a folder is the person's."""
    return folder_id == person_id or survivor_of(folder_id) == survivor_of(person_id)


def subject_aliases(person_id: UUID) -> tuple[KnownAs, ...]:
    """By which other `sub`s a survivor goes on being known, and where."""
    rows = SubjectAlias.objects.filter(person_id=person_id).order_by("id")
    return tuple(
        KnownAs(subject_type=row.subject_type, sector=row.sector, person_id=row.known_as)
        for row in rows
    )
