"""What people let clients know: finding, giving and withdrawing consent.

What a client may ask for is its registration's; the page that asks is the journey's.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.subjects.families import family
from idp.subjects.models import Consent, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Names a client may learn of: scope values, and claims by target."""

    scope: frozenset[str] = frozenset()
    userinfo_claims: frozenset[str] = frozenset()
    id_token_claims: frozenset[str] = frozenset()

    def covers(self, other: "Release") -> bool:
        return (
            self.scope >= other.scope
            and self.userinfo_claims >= other.userinfo_claims
            and self.id_token_claims >= other.id_token_claims
        )

    def __or__(self, other: "Release") -> "Release":
        return Release(
            scope=self.scope | other.scope,
            userinfo_claims=self.userinfo_claims | other.userinfo_claims,
            id_token_claims=self.id_token_claims | other.id_token_claims,
        )

    def __and__(self, other: "Release") -> "Release":
        return Release(
            scope=self.scope & other.scope,
            userinfo_claims=self.userinfo_claims & other.userinfo_claims,
            id_token_claims=self.id_token_claims & other.id_token_claims,
        )

    def __sub__(self, other: "Release") -> "Release":
        return Release(
            scope=self.scope - other.scope,
            userinfo_claims=self.userinfo_claims - other.userinfo_claims,
            id_token_claims=self.id_token_claims - other.id_token_claims,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person answered: what they were asked, under which notice, on which ground."""

    offered: Release
    granted: Release
    notice_version: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A live consent: what was granted out of what was offered; the rest was declined."""

    id: UUID
    granted: Release
    offered: Release
    notice_version: str
    basis: str

    def answers(self, wanted: Release, *, notice_version: str) -> bool:
        """Whether everything wanted was asked before, under the notice in force."""
        return self.notice_version == notice_version and self.offered.covers(wanted)

    def encode(self) -> bytes:
        """As the session keeps it."""
        return orjson.dumps(
            [
                self.id.hex,
                _lists(self.granted),
                _lists(self.offered),
                self.notice_version,
                self.basis,
            ]
        )

    @classmethod
    def decode(cls, raw: bytes) -> "Given":
        values: list[Any] = orjson.loads(raw)
        return cls(
            id=UUID(values[0]),
            granted=_release(*values[1]),
            offered=_release(*values[2]),
            notice_version=values[3],
            basis=values[4],
        )


class Consents:
    """Rows are never changed but for their end: what was agreed to when stays readable."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def find(self, person_id: UUID, client_id: str) -> Given | None:
        """The live consent of a person for a client.

        What somebody merged into them agreed to holds until they are asked themselves.
        """
        rows = self._live_of(family(person_id), client_id)
        found = sorted(rows, key=lambda row: (row.person_id != person_id, row.granted_at))
        return _given(found[0]) if found else None

    def withdrawn(self, person_id: UUID) -> frozenset[str]:
        """The clients a person withdrew from, and did not agree with again."""
        rows = Consent.objects.filter(person_id__in=family(person_id), replaced_at=None)
        ended = rows.exclude(withdrawn_at=None).values_list("client_id", flat=True)
        live = rows.filter(withdrawn_at=None).values_list("client_id", flat=True)
        return frozenset(ended) - frozenset(live)

    def give(self, person_id: UUID, client_id: str, answer: Answer, *, now: datetime) -> Given:
        """Keep an answer. It speaks for what was offered now; earlier answers stand beside it."""
        offered, granted, notice_version = answer.offered, answer.granted, answer.notice_version
        with transaction.atomic():
            Person.objects.select_for_update().get(id=person_id)
            previous = self._live(person_id, client_id).first()
            allowed, asked = granted & offered, offered
            if previous is not None and previous.notice_version == notice_version:
                before = _given(previous)
                allowed = (before.granted - offered) | allowed
                asked = before.offered | offered
            if previous is not None:
                previous.replaced_at = now
                previous.save(update_fields=["replaced_at"])
            row = Consent.objects.create(
                person_id=person_id,
                client_id=client_id,
                scope=sorted(allowed.scope),
                userinfo_claims=sorted(allowed.userinfo_claims),
                id_token_claims=sorted(allowed.id_token_claims),
                offered_scope=sorted(asked.scope),
                offered_userinfo_claims=sorted(asked.userinfo_claims),
                offered_id_token_claims=sorted(asked.id_token_claims),
                notice_version=notice_version,
                basis=answer.basis,
                granted_at=now,
            )
            self._record("consent.given", row, declined=_names(offered - granted))
        return _given(row)

    def withdraw(self, person_id: UUID, client_id: str, *, now: datetime) -> bool:
        """Take consent back (PIPL 15); False when there was none. Ends nothing else by itself."""
        with transaction.atomic():
            mine = list(family(person_id).values_list("id", flat=True))
            rows = list(self._live_of(mine, client_id).select_for_update())
            for row in rows:
                row.withdrawn_at = now
                row.save(update_fields=["withdrawn_at"])
                self._record("consent.withdrawn", row)
        return bool(rows)

    def _live(self, person_id: UUID, client_id: str) -> Any:
        return self._live_of([person_id], client_id)

    def _live_of(self, people: Any, client_id: str) -> Any:
        return Consent.objects.filter(
            person_id__in=people, client_id=client_id, withdrawn_at=None, replaced_at=None
        )

    def _record(self, event_type: str, row: Consent, *, declined: tuple[str, ...] = ()) -> None:
        event = AuditEvent(
            type=event_type,
            outcome="success",
            subject=str(row.person_id),
            client_id=row.client_id,
            detail={
                "consent": str(row.id),
                "basis": row.basis,
                "notice_version": row.notice_version,
                "released": list(_names(_given(row).granted)),
                "declined": list(declined),
            },
        )
        record(event, clock=self._clock)


def _given(row: Consent) -> Given:
    return Given(
        id=row.id,
        granted=_release(row.scope, row.userinfo_claims, row.id_token_claims),
        offered=_release(
            row.offered_scope, row.offered_userinfo_claims, row.offered_id_token_claims
        ),
        notice_version=row.notice_version,
        basis=row.basis,
    )


def _release(scope: list[str], userinfo: list[str], id_token: list[str]) -> Release:
    return Release(
        scope=frozenset(scope),
        userinfo_claims=frozenset(userinfo),
        id_token_claims=frozenset(id_token),
    )


def _lists(release: Release) -> list[list[str]]:
    return [
        sorted(release.scope),
        sorted(release.userinfo_claims),
        sorted(release.id_token_claims),
    ]


def _names(release: Release) -> tuple[str, ...]:
    return tuple(sorted(release.scope | release.userinfo_claims | release.id_token_claims))
