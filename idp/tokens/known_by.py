"""Which clients know a person: those that were given something within a grant's life."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from idp.clients.client import ClientDirectory
from idp.foundation.clock import from_microseconds, microseconds
from idp.sessions.models import ParticipantRow, SessionRow
from idp.subjects.families import folders
from idp.subjects.merging import Acquaintance
from idp.subjects.models import Person
from idp.tokens.models import GrantRow

_KNOWING: Final = (
    "SELECT g.client_id, g.sub "  # noqa: S608 - constants
    f"FROM {GrantRow._meta.db_table} g JOIN {Person._meta.db_table} p ON p.id = g.person_id "  # noqa: SLF001 - Django's documented interface
    "WHERE (p.id = %s OR p.merged_into_id = %s) AND g.expires_at > %s "
    "ORDER BY CASE WHEN p.id = %s THEN 1 ELSE 0 END, p.created_at, p.id, g.created_at"
)
"""The person's own newest grant comes last, and counts where a folder has another."""


def clients_that_know(person_id: UUID, *, now: datetime) -> dict[str, str]:
    """Each with the `sub` of its newest grant: what it knows the person by.

    A grant that ended with its session counts: the client still keeps its account. One that knew
    only somebody who was merged goes on knowing them by that `sub`. One statement, written out:
    every check asks it.
    """
    person = Person._meta.pk.get_db_prep_value(person_id, connection)  # noqa: SLF001 - Django's documented interface
    with connection.cursor() as cursor:
        cursor.execute(_KNOWING, (person, person, microseconds(now), person))
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquaintances:
    """Every `sub` that was ever told of a folder: by a grant, or in a session that took part."""

    clients: ClientDirectory

    def __call__(self, person_id: UUID) -> tuple[Acquaintance, ...]:
        grants = GrantRow.objects.filter(person_id=person_id)
        sessions = SessionRow.objects.filter(person_id=person_id).values("id")
        took_part = ParticipantRow.objects.filter(session_id__in=sessions)
        known = {
            *grants.values_list("client_id", "sub"),
            *took_part.values_list("client_id", "sub"),
        }
        return tuple(
            Acquaintance(client_id=client_id, place=client.subject_place, sub=sub)
            for client_id, sub in sorted(known)
            if (client := self.clients.get(client_id)) is not None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A client that a person entered: when last, and whether it still has access."""

    last_at: datetime
    is_live: bool


def connections_of(person_id: UUID, *, now: datetime) -> dict[str, Connection]:
    """Every client that a person's grants name, by `client_id`."""
    at = microseconds(now)
    found: dict[str, Connection] = {}
    people = (person_id, *folders(person_id))
    rows = GrantRow.objects.filter(person_id__in=people).order_by("created_at")
    for client_id, created_at, expires_at, revoked_at in rows.values_list(
        "client_id", "created_at", "expires_at", "revoked_at"
    ):
        before = found.get(client_id)
        lives = revoked_at is None and expires_at > at
        found[client_id] = Connection(
            last_at=from_microseconds(created_at),
            is_live=lives or (before is not None and before.is_live),
        )
    return found
