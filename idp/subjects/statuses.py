"""A person's status: frozen, without legal capacity, dead; why, by whom, and how it ends.

Owns which change is allowed to whom, its record, its audit event and the notice. What a status
ends (sessions, grants) and which clients hear of it is registered as a channel; who may sign in is
`People.admit`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from django.db import transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.subjects import levels
from idp.subjects.evidence import EvidenceChain
from idp.subjects.links import proof_of
from idp.subjects.models import Person, StatusChange
from idp.subjects.notices import DEFAULT_LANGUAGE, SecurityNotices

_ACTIVE, _FROZEN = Person.Status.ACTIVE, Person.Status.FROZEN
_INCAPABLE, _DECEASED = Person.Status.INCAPABLE, Person.Status.DECEASED


class ActorKind(StrEnum):
    """Who changes a status."""

    PERSON = "person"
    OPERATOR = "operator"
    AUTHORITY = "authority"
    SYSTEM = "system"


class Reason(StrEnum):
    """Why a status changes; `CHANGES` says from what to what, and who may say so."""

    ASKED = "asked"
    """The person wants nobody to use their identity for now."""
    MISUSE = "misuse"
    ORDERED = "ordered"
    """A court or another authority ordered it."""
    OBJECTED = "objected"
    """The person says that it was not they who asked for it to be opened."""
    REPROVEN = "reproven"
    """The person proved their identity anew."""
    RELEASED = "released"
    CAPACITY_LOST = "capacity_lost"
    CAPACITY_RESTORED = "capacity_restored"
    DEATH = "death"
    MISTAKEN = "mistaken"
    """The death or the loss was reported in error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One allowed change. `notice` is the event the person is told of."""

    before: frozenset[str]
    after: str
    by: frozenset[ActorKind]
    notice: str


OWN_FREEZES: Final = frozenset({Reason.ASKED, Reason.OBJECTED})
"""What the person froze, the person opens; what others froze, others."""
_HELD_FROM: Final = 2
"""The level from which opening waits: below, there is but a phone to prove, and to lose."""
_OFFICIAL: Final = frozenset({ActorKind.OPERATOR, ActorKind.AUTHORITY})
_ONESELF: Final = frozenset({ActorKind.PERSON})
CHANGES: Final[Mapping[Reason, Change]] = {
    Reason.ASKED: Change(
        before=frozenset({_ACTIVE}), after=_FROZEN, by=_ONESELF, notice="account_frozen"
    ),
    Reason.OBJECTED: Change(
        before=frozenset({_FROZEN}), after=_FROZEN, by=_ONESELF, notice="account_frozen"
    ),
    Reason.MISUSE: Change(
        before=frozenset({_ACTIVE}), after=_FROZEN, by=_OFFICIAL, notice="account_frozen"
    ),
    Reason.ORDERED: Change(
        before=frozenset({_ACTIVE}), after=_FROZEN, by=_OFFICIAL, notice="account_frozen"
    ),
    Reason.REPROVEN: Change(
        before=frozenset({_FROZEN}), after=_ACTIVE, by=_ONESELF, notice="account_opened"
    ),
    Reason.RELEASED: Change(
        before=frozenset({_FROZEN}), after=_ACTIVE, by=_OFFICIAL, notice="account_opened"
    ),
    Reason.CAPACITY_LOST: Change(
        before=frozenset({_ACTIVE, _FROZEN}),
        after=_INCAPABLE,
        by=_OFFICIAL,
        notice="account_closed",
    ),
    Reason.CAPACITY_RESTORED: Change(
        before=frozenset({_INCAPABLE}), after=_ACTIVE, by=_OFFICIAL, notice="account_opened"
    ),
    Reason.DEATH: Change(
        before=frozenset({_ACTIVE, _FROZEN, _INCAPABLE}),
        after=_DECEASED,
        by=_OFFICIAL,
        notice="account_closed",
    ),
    Reason.MISTAKEN: Change(
        before=frozenset({_DECEASED, _INCAPABLE}),
        after=_ACTIVE,
        by=_OFFICIAL,
        notice="account_opened",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who says so: an identifier, never a name in clear; `channel` is the staff's, in the trail."""

    kind: ActorKind
    id: str
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why, and who says so; `reference` is a case's or register's number, never a person's."""

    reason: Reason
    by: Actor
    reference: str = ""
    evidence_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged:
    """A person's status became another."""

    person_id: UUID
    previous: str
    status: str
    cause: Cause
    at: datetime

    @property
    def is_open(self) -> bool:
        """Whether the account may be used again."""
        return self.status == Person.Status.ACTIVE


class StatusRefused(Exception):
    """This change is not allowed from the present status, or not to this actor."""


class ReproofNeeded(StatusRefused):
    """The evidence is not new, or gives less than the account had."""


class OpeningHeld(StatusRefused):
    """The identity was proven anew; it opens from `due_at`, unless the person objects."""

    def __init__(self, due_at: datetime) -> None:
        super().__init__("held")
        self.due_at = due_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A freeze about to end: by which evidence, and from when."""

    evidence_id: UUID
    due_at: datetime


class StatusChannel(Protocol):
    """What is registered, to be told that somebody's status changed."""

    def status_changed(self, change: StatusChanged) -> None:
        """Called inside the transaction that changes it: end rows, enqueue, do not deliver."""


class Statuses:
    """Every change is one transaction: the status, its record, audit, notice and every channel."""

    def __init__(
        self,
        *,
        chain: EvidenceChain,
        notices: SecurityNotices,
        clock: Clock,
        hold: timedelta = timedelta(),
    ) -> None:
        """`hold` is how long the opening of a frozen, verified identity waits for an objection."""
        self._chain = chain
        self.hold = hold
        self._notices = notices
        self._clock = clock
        self._channels: list[StatusChannel] = []

    def announce_to(self, channel: StatusChannel) -> None:
        """Register a channel; called by the composition root before anything is served."""
        self._channels.append(channel)

    def freeze(
        self, person_id: UUID, *, now: datetime, language: str = DEFAULT_LANGUAGE
    ) -> StatusChanged:
        """The person freezes their own identity everywhere: sessions and tokens end at once.

        Raises:
            StatusRefused: it is not active, so there is nothing to freeze.
        """
        cause = Cause(reason=Reason.ASKED, by=_self(person_id))
        return self.change(person_id, cause, now=now, language=language)

    def unfreeze(
        self,
        person_id: UUID,
        evidence_id: UUID,
        *,
        now: datetime,
        language: str = DEFAULT_LANGUAGE,
    ) -> StatusChanged:
        """The person proved their identity anew: open what they froze themselves.

        Raises:
            ReproofNeeded: the evidence is older than the freeze, no longer stands, or gives less
                than what the person is known by.
            OpeningHeld: it is right, and was given a moment ago.
            StatusRefused: it is not frozen, or somebody else froze it.
        """
        frozen = self.last_change(person_id)
        if frozen is None or frozen.cause.reason not in OWN_FREEZES:
            raise StatusRefused("not frozen by the person")
        due_at = self._require_reproof(person_id, evidence_id, since=frozen.at, now=now)
        if due_at > now:
            raise OpeningHeld(due_at)
        cause = Cause(reason=Reason.REPROVEN, by=_self(person_id), evidence_id=evidence_id)
        return self.change(person_id, cause, now=now, language=language)

    def opening(self, person_id: UUID, *, now: datetime) -> Opening | None:
        """The opening that waits or is due: evidence newer than a freeze of one's own."""
        frozen = self.last_change(person_id)
        if frozen is None or frozen.cause.reason not in OWN_FREEZES:
            return None
        rows = sorted(self._chain.live(person_id, now=now), key=lambda row: row.checked_at)
        for row in rows:
            try:
                due_at = self._require_reproof(person_id, row.id, since=frozen.at, now=now)
            except ReproofNeeded:
                continue
            return Opening(evidence_id=row.id, due_at=due_at)
        return None

    def tell_opening(self, person_id: UUID, *, language: str = DEFAULT_LANGUAGE) -> None:
        """Tell the person, on every channel, that somebody is opening what they froze."""
        with transaction.atomic():
            self._notices.tell(person_id, "account_opening_asked", language=language)
            event = AuditEvent(
                type="person.opening_asked", outcome="success", subject=str(person_id)
            )
            record(event, clock=self._clock)

    def keep_frozen(
        self, person_id: UUID, *, now: datetime, language: str = DEFAULT_LANGUAGE
    ) -> StatusChanged:
        """The person objects: it stays frozen, and what was proven until now opens nothing.

        Raises:
            StatusRefused: it is not frozen, or somebody else froze it.
        """
        frozen = self.last_change(person_id)
        if frozen is None or frozen.cause.reason not in OWN_FREEZES:
            raise StatusRefused("not frozen by the person")
        cause = Cause(reason=Reason.OBJECTED, by=_self(person_id))
        return self.change(person_id, cause, now=now, language=language)

    def change(
        self, person_id: UUID, cause: Cause, *, now: datetime, language: str = DEFAULT_LANGUAGE
    ) -> StatusChanged:
        """Change it for a declared reason.

        Raises:
            StatusRefused: not from the present status, or not by this actor.
            Person.DoesNotExist: there is no such person.
        """
        allowed = CHANGES[cause.reason]
        with transaction.atomic():
            person = Person.objects.select_for_update().get(id=person_id)
            if person.status not in allowed.before or cause.by.kind not in allowed.by:
                raise StatusRefused(f"{cause.reason} from {person.status} by {cause.by.kind}")
            change = StatusChanged(
                person_id=person_id,
                previous=person.status,
                status=allowed.after,
                cause=cause,
                at=now,
            )
            person.status, person.updated_at = allowed.after, now
            person.save(update_fields=["status", "updated_at"])
            self._keep(change)
            self._notices.tell(person_id, allowed.notice, language=language)
            for channel in self._channels:
                channel.status_changed(change)
        return change

    def last_change(self, person_id: UUID) -> StatusChanged | None:
        """The latest change; None for somebody whose status never changed."""
        return next(iter(self.history(person_id)), None)

    def history(self, person_id: UUID) -> tuple[StatusChanged, ...]:
        """What became of the account, the latest first."""
        rows = StatusChange.objects.filter(person_id=person_id).order_by("-id")
        return tuple(
            StatusChanged(
                person_id=person_id,
                previous=row.previous,
                status=row.status,
                cause=Cause(
                    reason=Reason(row.reason),
                    by=Actor(kind=ActorKind(row.actor_kind), id=row.actor),
                    reference=row.reference,
                    evidence_id=row.evidence_id,
                ),
                at=row.at,
            )
            for row in rows
        )

    def _require_reproof(
        self, person_id: UUID, evidence_id: UUID, *, since: datetime, now: datetime
    ) -> datetime:
        """Require evidence newer than the freeze, of the level that all that stands gives.

        Returns from when it opens anything.
        """
        rows = self._chain.live(person_id, now=now)
        fresh = [row for row in rows if row.id == evidence_id and row.checked_at >= since]
        proven = levels.judge((proof_of(row) for row in fresh), now=now).level
        known = self._chain.identity_level(person_id, now=now).level
        if not fresh or proven < known:
            raise ReproofNeeded(f"level {proven} of {known}")
        return fresh[0].checked_at + (self.hold if proven >= _HELD_FROM else timedelta())

    def _keep(self, change: StatusChanged) -> None:
        cause, by = change.cause, change.cause.by
        StatusChange.objects.create(
            person_id=change.person_id,
            previous=change.previous,
            status=change.status,
            reason=cause.reason,
            actor_kind=by.kind,
            actor=by.id,
            reference=cause.reference,
            evidence_id=cause.evidence_id,
            at=change.at,
        )
        is_operator = by.kind is ActorKind.OPERATOR
        event = AuditEvent(
            type="person.status_changed",
            outcome="success",
            actor="" if is_operator else by.id,
            operator=by.id if is_operator else "",
            channel=by.channel,
            subject=str(change.person_id),
            detail={
                "from": change.previous,
                "to": change.status,
                "reason": cause.reason,
                "by": by.kind,
                "reference": cause.reference,
                "evidence": str(cause.evidence_id) if cause.evidence_id else "",
            },
        )
        record(event, clock=self._clock)


def _self(person_id: UUID) -> Actor:
    return Actor(kind=ActorKind.PERSON, id=str(person_id))
