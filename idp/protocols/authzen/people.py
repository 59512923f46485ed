"""The people a client knows by `sub`, all of one request in a single statement."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import OuterRef, Subquery

from idp.sessions.models import ParticipantRow, SessionRow
from policies.facts import SubjectFacts

NOBODY: Final = SubjectFacts(person_id="", ial=0, aal=0, status="unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A person as their sessions tell; `authenticated_at` is None without a live one."""

    facts: SubjectFacts
    authenticated_at: datetime | None


def known_people(client_id: str, subs: Collection[str], *, now: datetime) -> dict[str, Known]:
    """Those of the `sub`s that ever signed in to this client, by `sub`; one statement.

    Somebody signed out stands at no authentication level, but keeps what identity was proven.
    """
    if not subs:
        return {}
    of_client = ParticipantRow.objects.filter(client_id=client_id)
    rows = (
        SessionRow.objects.filter(
            id__in=Subquery(of_client.filter(sub__in=set(subs)).values("session_id"))
        )
        .annotate(sub=Subquery(of_client.filter(session_id=OuterRef("id")).values("sub")[:1]))
        .values_list(
            "sub",
            "person_id",
            "person__status",
            "person__levelrow__level",
            "person__levelrow__until",
            "authentication_level",
            "authenticated_at",
            "expires_at",
            "ended_at",
            "amr",
        )
    )
    return _best(rows, now)


def known_subs(client_id: str, *, after: str, limit: int) -> list[str]:
    """The `sub`s of everybody who ever signed in to this client, in their order."""
    rows = ParticipantRow.objects.filter(client_id=client_id, sub__gt=after)
    return list(rows.order_by("sub").values_list("sub", flat=True).distinct()[:limit])


def _best(rows: Iterable[tuple[object, ...]], now: datetime) -> dict[str, Known]:
    found: dict[str, Known] = {}
    for row in rows:
        sub, known = str(row[0]), _known(row, now)
        if sub not in found or _rank(known) > _rank(found[sub]):
            found[sub] = known
    return found


def _known(row: tuple[object, ...], now: datetime) -> Known:
    _sub, person_id, status, level, until, aal, authenticated_at, expires_at, ended_at, amr = row
    is_live = ended_at is None and isinstance(expires_at, datetime) and expires_at > now
    is_proven = until is None or (isinstance(until, datetime) and until > now)
    ial = level if isinstance(level, int) and is_proven else 0
    facts = SubjectFacts(
        person_id=str(person_id),
        ial=ial,
        aal=aal if is_live and isinstance(aal, int) else 0,
        status=str(status),
        authenticators=frozenset(amr) if is_live and isinstance(amr, list) else None,
    )
    at = authenticated_at if is_live and isinstance(authenticated_at, datetime) else None
    return Known(facts=facts, authenticated_at=at)


def _rank(known: Known) -> tuple[int, float]:
    at = known.authenticated_at
    return known.facts.aal, at.timestamp() if at else 0.0
