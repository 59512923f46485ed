"""The people a client knows by `sub`, all of one request in a single statement.

What stands in their evidence is read apart, and only where a policy looks at it.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from django.db import connection

from idp.foundation.clock import in_utc
from idp.sessions.models import ParticipantRow
from idp.sessions.telling import proven_at
from idp.subjects.evidence import EvidenceChain
from idp.subjects.minors import minor_until
from idp.subjects.populations import population_of
from policies.facts import SubjectFacts

OF_EVIDENCE: Final = ("is_minor", "population", "methods", "evidence_age_days")
_SELECT: Final = """
SELECT p.sub, s.person_id, pe.status, l.level, l.until,
       s.authentication_level, s.authenticated_at, s.expires_at, s.ended_at, s.amr, s.own_level
FROM sessions_participant p
JOIN sessions_session s ON s.id = p.session_id
JOIN subjects_person pe ON pe.id = s.person_id
LEFT JOIN subjects_level l ON l.person_id = s.person_id
WHERE p.client_id = %s AND p.sub IN ("""
"""Written out: putting the same statement together by objects costs ten times its running."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A person as their sessions tell; `authenticated_at` is None without a live one.

    `is_whole` once the facts of their evidence stand among the facts.
    """

    facts: SubjectFacts
    authenticated_at: datetime | None
    is_whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """The facts of somebody's evidence; `mentions` tells whether a client's policies name a fact.

    Read for each person apart, some three statements: so only where a policy could tell.
    """

    chain: EvidenceChain
    mentions: Callable[[str, str], bool]

    def are_looked_at(self, client_id: str) -> bool:
        """Whether a policy that holds for this client looks at any of them."""
        return any(self.mentions(client_id, name) for name in OF_EVIDENCE)

    def of(self, known: Known, *, now: datetime) -> Known:
        """The person with them, as a sign-in would find them."""
        person_id = UUID(known.facts.person_id)
        identity = self.chain.identity_level(person_id, now=now)
        since, child_until = proven_at(identity), minor_until(person_id)
        facts = replace(
            known.facts,
            is_minor=True if child_until is not None and child_until > now else None,
            population=population_of(proof.document_type for proof in identity.because) or None,
            methods=frozenset(proof.method for proof in identity.because) or None,
            evidence_age_days=None if since is None else max(0, (now - since).days),
        )
        return replace(known, facts=facts, is_whole=True)


class _Row(NamedTuple):
    sub: str
    person_id: Any
    status: str
    level: int | None
    until: datetime | None
    aal: int
    authenticated_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    amr: Any
    own_level: int | None


def known_people(client_id: str, subs: Collection[str], *, now: datetime) -> dict[str, Known]:
    """Those of the `sub`s that ever signed in to this client, by `sub`; one statement.

    Somebody signed out stands at no authentication level, but keeps what identity was proven.
    """
    if not subs:
        return {}
    wanted = sorted(set(subs))
    found: dict[str, Known] = {}
    with connection.cursor() as cursor:
        cursor.execute(f"{_SELECT}{', '.join(['%s'] * len(wanted))})", [client_id, *wanted])
        for values in cursor.fetchall():
            row = _Row(*values)
            known = _known(row, now)
            if row.sub not in found or _rank(known) > _rank(found[row.sub]):
                found[row.sub] = known
    return found


def known_subs(client_id: str, *, after: str, limit: int) -> list[str]:
    """The `sub`s of everybody who ever signed in to this client, in their order."""
    rows = ParticipantRow.objects.filter(client_id=client_id, sub__gt=after)
    return list(rows.order_by("sub").values_list("sub", flat=True).distinct()[:limit])


def _known(row: _Row, now: datetime) -> Known:
    is_live = row.ended_at is None and in_utc(row.expires_at) > now
    is_proven = row.until is None or in_utc(row.until) > now
    amr = orjson.loads(row.amr) if isinstance(row.amr, str) else row.amr
    facts = SubjectFacts(
        person_id=str(UUID(str(row.person_id))),
        ial=row.level if row.level and is_proven else 0,
        aal=row.aal if is_live else 0,
        status=row.status,
        authenticators=frozenset(amr) if is_live else None,
        own_aal=row.own_level if is_live else None,
    )
    return Known(facts=facts, authenticated_at=in_utc(row.authenticated_at) if is_live else None)


def _rank(known: Known) -> tuple[int, float]:
    at = known.authenticated_at
    return known.facts.aal, at.timestamp() if at else 0.0
