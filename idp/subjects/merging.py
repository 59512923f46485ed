"""Merging two people who are one: what is planned, done, undone within 30 days, and then final.

Nothing moves: the retired person's folder points at the survivor and is read as theirs, so undoing
is taking the pointer back. Who is who is `ties`'; what ends with a merge (sessions, grants) and who
is told is registered as a channel.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from django.db import transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.subjects.contacts import forget_spare
from idp.subjects.evidence import EvidenceChain
from idp.subjects.families import folders, subject_aliases
from idp.subjects.models import (
    Authenticator,
    LevelRow,
    Merge,
    Person,
    PhoneChange,
    SubjectAlias,
)
from idp.subjects.notices import SecurityNotices
from idp.subjects.papers import PapersReader
from idp.subjects.statuses import Actor, ActorKind
from idp.subjects.subject_identifiers import Place, known_as
from idp.subjects.ties import Tie, contradictions, tie_between, tie_of

UNDOABLE_FOR: Final = timedelta(days=30)
_SPARE: Final = frozenset(
    {
        Authenticator.Kind.PASSWORD,
        Authenticator.Kind.TOTP,
        Authenticator.Kind.RECOVERY_CODE,
    }
)
"""Kinds of which a person has one: a retired folder's go for good, where the survivor has one."""


class Acquaintance(NamedTuple):
    """A client that knows a person, where it shares that, and by which `sub`."""

    client_id: str
    place: Place
    sub: str


class KnownTo(Protocol):
    def __call__(self, person_id: UUID) -> Collection[Acquaintance]:
        """Every client that ever was told a `sub` of this very folder."""
        ...


class MergeRefused(Exception):
    """They are not to be merged; the words say why."""


class TooLate(MergeRefused):
    """It was merged longer ago than can be undone, or the survivor was merged meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who is to be merged into whom, by which tie, and who wants it.

    `rule` None: the one that the evidence gives.
    """

    survivor: UUID
    retired: UUID
    by: Actor
    rule: Tie | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a merge would do. `problems` empty: it can be done."""

    survivor: UUID
    retired: UUID
    rule: Tie | None
    problems: tuple[str, ...] = ()
    kept: tuple[Place, ...] = ()
    """Where the retired person's `sub` goes on."""
    told: tuple[tuple[str, str], ...] = ()
    """Clients that know both, each with the `sub` that is retired for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A merge that was done or undone, for the channels."""

    id: UUID
    survivor: UUID
    retired: UUID
    told: tuple[tuple[str, str], ...]
    merged_at: datetime
    at: datetime
    is_undone: bool = False


class MergeChannel(Protocol):
    """What is registered, to be told of merges."""

    def merged(self, merge: Merged) -> None:
        """Called inside the transaction that does or undoes it."""


class Merging:
    """Every change is one transaction with its audit events, notices and every channel."""

    def __init__(
        self,
        *,
        chain: EvidenceChain,
        papers: PapersReader,
        notices: SecurityNotices,
        known_to: KnownTo,
        clock: Clock,
    ) -> None:
        self._chain = chain
        self._papers = papers
        self._notices = notices
        self._known_to = known_to
        self._clock = clock
        self._channels: list[MergeChannel] = []

    def announce_to(self, channel: MergeChannel) -> None:
        """Register a channel; called by the composition root before anything is served."""
        self._channels.append(channel)

    def survivor_of_two(self, one: UUID, other: UUID, *, now: datetime) -> UUID:
        """Who should survive: whoever is proven higher, else the older account."""

        def rank(person: Person) -> tuple[int, float]:
            level = self._chain.identity_level(person.id, now=now).level
            return level, -person.created_at.timestamp()

        people = Person.objects.filter(id__in=(one, other))
        return max(people, key=rank).id

    def plan(self, wish: Wish, *, now: datetime) -> Plan:
        """What the merge would do; nothing is changed.

        Raises:
            Person.DoesNotExist: one of them is nobody.
        """
        survivor = Person.objects.get(id=wish.survivor)
        retired = Person.objects.get(id=wish.retired)
        rule, problems = self._rule(wish, now=now)
        problems += _of_status(survivor, retired)
        here = self._known_in_family(survivor.id)
        there = self._known_in_family(retired.id)
        places = {each.place for each in here}
        told = {
            (each.client_id, each.sub)
            for each in there
            if each.place in places and each.sub not in {one.sub for one in here}
        }
        return Plan(
            survivor=survivor.id,
            retired=retired.id,
            rule=rule,
            problems=tuple(problems),
            kept=tuple(sorted({each.place for each in there} - places)),
            told=tuple(sorted(told)),
        )

    def merge(self, wish: Wish, *, now: datetime) -> Merged:
        """Do it.

        Raises:
            MergeRefused: there is no tie, they contradict each other, or one is not open.
            Person.DoesNotExist: one of them is nobody.
        """
        with transaction.atomic():
            _lock(wish.survivor, wish.retired)
            plan = self.plan(wish, now=now)
            if plan.problems or plan.rule is None:
                raise MergeRefused("; ".join(plan.problems))
            row = Merge.objects.create(
                survivor_id=plan.survivor,
                retired_id=plan.retired,
                rule=plan.rule,
                actor_kind=wish.by.kind,
                actor=wish.by.id,
                reference=wish.reference,
                told=[list(each) for each in plan.told],
                merged_at=now,
                undoable_until=now + UNDOABLE_FOR,
            )
            self._notices.tell(plan.survivor, "accounts_merged")
            self._notices.tell(plan.retired, "accounts_merged")
            self._keep_aliases(row, plan)
            Person.objects.filter(merged_into_id=plan.retired).update(merged_into_id=plan.survivor)
            Person.objects.filter(id=plan.retired).update(
                status=Person.Status.MERGED, merged_into_id=plan.survivor, updated_at=now
            )
            PhoneChange.objects.filter(
                person_id=plan.retired, state=PhoneChange.State.WAITING
            ).update(state=PhoneChange.State.CANCELLED, settled_at=now)
            LevelRow.objects.filter(person_id=plan.retired).update(until=None)
            return self._announce(row, wish.by, now, is_undone=False)

    def undo(self, merge_id: UUID, by: Actor, *, reference: str = "", now: datetime) -> Merged:
        """Two people again: everything in the retired folder is theirs as it was.

        Raises:
            TooLate: 30 days are over, or the survivor was merged into somebody since.
            Merge.DoesNotExist: there was no such merge, or it was undone before.
        """
        with transaction.atomic():
            row = Merge.objects.get(id=merge_id)
            _lock(row.survivor_id, row.retired_id)
            row = Merge.objects.exclude(state=Merge.State.UNDONE).get(id=merge_id)
            if row.state == Merge.State.FINAL or row.undoable_until <= now:
                raise TooLate("it is final since the 30 days are over")
            if Person.objects.get(id=row.survivor_id).merged_into_id is not None:
                raise TooLate("the survivor was merged since: undo that first")
            row.state, row.settled_at = Merge.State.UNDONE, now
            row.save(update_fields=["state", "settled_at"])
            SubjectAlias.objects.filter(merge_id=row.id).delete()
            Person.objects.filter(id=row.retired_id).update(
                status=Person.Status.ACTIVE, merged_into_id=None, updated_at=now
            )
            Person.objects.filter(id__in=_descendants(row.retired_id)).update(
                merged_into_id=row.retired_id
            )
            self._notices.tell(row.survivor_id, "accounts_parted")
            self._notices.tell(row.retired_id, "accounts_parted")
            return self._announce(row, by, now, is_undone=True, reference=reference)

    def finalise_due(self, *, now: datetime, limit: int = 200) -> int:
        """Make final what can no longer be undone; return how many there were.

        The retired folder stays, for its evidence is the survivor's. What the person has twice by
        then is forgotten: a retired password, app or list, where the survivor has one, and contacts
        beyond what one may have.
        """
        due = Merge.objects.filter(state=Merge.State.DONE, undoable_until__lte=now)
        ids = list(due.order_by("undoable_until").values_list("id", flat=True)[:limit])
        for merge_id in ids:
            with transaction.atomic():
                mine = Merge.objects.filter(id=merge_id, state=Merge.State.DONE)
                if mine.update(state=Merge.State.FINAL, settled_at=now):
                    self._forget_spare(Merge.objects.get(id=merge_id))
        return len(ids)

    def of(self, person_id: UUID) -> tuple[Merge, ...]:
        """The merges somebody was part of, the latest first."""
        rows = Merge.objects.filter(survivor_id=person_id) | Merge.objects.filter(
            retired_id=person_id
        )
        return tuple(rows.order_by("-merged_at"))

    def _rule(self, wish: Wish, *, now: datetime) -> tuple[Tie | None, list[str]]:
        here = self._papers.held(wish.survivor, now=now)
        there = self._papers.held(wish.retired, now=now)
        problems = list(contradictions(here, there))
        if wish.rule is Tie.OPERATOR:
            return wish.rule, problems
        if wish.rule is Tie.BOTH_ACCOUNTS and not (here and there):
            return wish.rule, problems
        if wish.rule is Tie.BOTH_ACCOUNTS and tie_of(here, there) is not None:
            return wish.rule, problems
        claims_here = self._papers.claimed(wish.survivor, now=now)
        claims_there = self._papers.claimed(wish.retired, now=now)
        rule = (
            tie_between(here, there)
            or tie_between(here, claims_there)
            or tie_between(there, claims_here)
        )
        if rule is None:
            problems.append("no evidence ties the two")
        return rule, problems

    def _known_in_family(self, person_id: UUID) -> list[Acquaintance]:
        family = (*folders(person_id), person_id)
        return [each for folder in family for each in self._known_to(folder)]

    def _keep_aliases(self, row: Merge, plan: Plan) -> None:
        aliases = subject_aliases(plan.retired)
        SubjectAlias.objects.bulk_create(
            SubjectAlias(
                merge=row,
                person_id=plan.survivor,
                subject_type=place[0],
                sector=place[1],
                known_as=known_as(plan.retired, aliases, place),
            )
            for place in plan.kept
        )

    def _announce(
        self, row: Merge, by: Actor, now: datetime, *, is_undone: bool, reference: str = ""
    ) -> Merged:
        merged = Merged(
            id=row.id,
            survivor=row.survivor_id,
            retired=row.retired_id,
            told=tuple((client_id, sub) for client_id, sub in row.told),
            merged_at=row.merged_at,
            at=now,
            is_undone=is_undone,
        )
        self._chain.reassess(row.survivor_id, now=now)
        if is_undone:
            self._chain.reassess(row.retired_id, now=now)
        event_type = "person.merge_undone" if is_undone else "person.merged"
        self._record(event_type, row, by, reference or row.reference)
        for channel in self._channels:
            channel.merged(merged)
        return merged

    def _forget_spare(self, row: Merge) -> None:
        kept = Authenticator.objects.filter(person_id=row.survivor_id, kind__in=_SPARE)
        kinds = list(kept.values_list("kind", flat=True))
        Authenticator.objects.filter(person_id=row.retired_id, kind__in=kinds).delete()
        forget_spare(row.retired_id)
        by = Actor(kind=ActorKind.SYSTEM, id="retention")
        self._record("person.merge_final", row, by, "")

    def _record(self, event_type: str, row: Merge, by: Actor, reference: str) -> None:
        is_operator = by.kind is ActorKind.OPERATOR
        for subject, other in (
            (row.survivor_id, row.retired_id),
            (row.retired_id, row.survivor_id),
        ):
            event = AuditEvent(
                type=event_type,
                outcome="success",
                actor="" if is_operator else by.id,
                operator=by.id if is_operator else "",
                channel=by.channel,
                subject=str(subject),
                detail={
                    "merge": str(row.id),
                    "other": str(other),
                    "survivor": str(row.survivor_id),
                    "rule": row.rule,
                    "reference": reference,
                    "told": [client_id for client_id, _ in row.told],
                },
            )
            record(event, clock=self._clock)


def _of_status(survivor: Person, retired: Person) -> list[str]:
    if survivor.id == retired.id:
        return ["they are one already"]
    return [
        f"{each.id} is {each.status}, not active"
        for each in (survivor, retired)
        if each.status != Person.Status.ACTIVE
    ]


def _lock(*people: UUID) -> None:
    """Both rows, always in one order: two merges of the same people queue."""
    for person_id in sorted(people):
        Person.objects.select_for_update().get(id=person_id)


def _descendants(person_id: UUID) -> Iterable[UUID]:
    """Who was merged into somebody, directly or by way of others, and still is."""
    merges = Merge.objects.filter(survivor_id=person_id).exclude(state=Merge.State.UNDONE)
    for retired in merges.values_list("retired_id", flat=True):
        yield retired
        yield from _descendants(retired)
