"""The chain of evidence: what proved a person's identity, row after row.

Rows are appended, never edited: a later row supersedes or revokes an earlier one. What an
authority answers is asked elsewhere; which level follows is `levels`' by the declared rules, and
who may act on a level is the policies'.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

import orjson
from django.db import transaction

from idp.foundation.clock import Clock
from idp.foundation.database.insertion import insert
from idp.subjects import levels
from idp.subjects.fields import OpenFields, PersonalFields
from idp.subjects.levels import Explanation, IdentityLevel, Proof
from idp.subjects.links import (
    GENESIS,
    PURPOSE,
    REVOKED,
    NewEvidence,
    as_read,
    holds_its_values,
    link_hash,
    linked,
    matches,
    proof_of,
    proofs,
    stands,
)
from idp.subjects.models import Document, Evidence, LevelRow
from idp.subjects.rows import (
    ChainHead,
    EvidenceRow,
    read_evidence,
    read_links,
    take_turn,
    write_level,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelChange:
    """A person's level became another."""

    person_id: UUID
    previous: int
    identity: IdentityLevel
    at: datetime

    @property
    def current(self) -> int:
        """The level from now on."""
        return self.identity.level


class LevelChannel(Protocol):
    """What is registered with the chain, to be told that somebody's level changed."""

    def level_changed(self, change: LevelChange) -> None:
        """Called inside the transaction that changes it: enqueue, do not deliver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A person's chain, read while it is the reader's turn to append: until the transaction ends.

    For one link: what is appended does not show in it.
    """

    person_id: UUID
    head: ChainHead
    links: tuple[EvidenceRow, ...]
    fields: OpenFields

    @property
    def last(self) -> EvidenceRow | None:
        """The person's own last link; folders have chains of their own."""
        own = (row for row in self.links if row.person_id == self.person_id)
        return max(own, key=lambda row: row.sequence, default=None)


class EvidenceChain:
    """Appends to and reads the chains, and tells whose level changed by it."""

    def __init__(self, *, fields: PersonalFields, clock: Clock) -> None:
        self._fields = fields
        self._clock = clock
        self._channels: list[LevelChannel] = []

    def announce_to(self, channel: LevelChannel) -> None:
        """Register a channel; called by the composition root before anything is served."""
        self._channels.append(channel)

    def append(self, person_id: UUID, new: NewEvidence) -> UUID:
        """Append one link; concurrent appends queue on the person's row.

        Raises:
            Person.DoesNotExist: there is no such person.
        """
        with transaction.atomic(savepoint=False):
            return self.append_next(self.turn(person_id), new)

    def turn(self, person_id: UUID) -> Turn:
        """Read a chain to append to it, in the caller's transaction; others wait for its end.

        Raises:
            Person.DoesNotExist: there is no such person.
        """
        head = take_turn(person_id)
        return Turn(
            person_id=person_id,
            head=head,
            links=tuple(read_evidence(person_id)),
            fields=self._fields.opened(
                person_id, head.sealed_key, is_destroyed=head.is_key_destroyed
            ),
        )

    def append_next(
        self, turn: Turn, new: NewEvidence, *, document: Document | None = None
    ) -> UUID:
        """Append the one link that a turn is for; return its id.

        With the `document` it is of, as it is kept from now on, and without documents changed
        beside it, the level follows from what the turn has read.
        """
        row = linked(turn.fields, new, after=turn.last)
        insert(row)
        # Evidence may be older than today, when it comes from somewhere else.
        now = max(self._clock.now(), new.checked_at)
        links: Collection[EvidenceRow] = (
            (*turn.links, as_read(row, document)) if document else read_evidence(turn.person_id)
        )
        self._settle(turn.person_id, turn.head, levels.judge(proofs(links, now), now=now), now)
        return row.id

    def beginning(self, fields: OpenFields, new: NewEvidence) -> tuple[Evidence, LevelRow]:
        """The first link and its level, for whoever writes a person that nobody else knows yet.

        So nothing is locked or looked for, and nobody is told of the level.
        """
        row = linked(fields, new, after=None)
        found = levels.judge([proof_of(row)], now=max(self._clock.now(), new.checked_at))
        return row, LevelRow(person_id=fields.person_id, level=found.level, until=found.until)

    def revoke(self, person_id: UUID, evidence_id: UUID, *, authority: str, now: datetime) -> UUID:
        """Take a link back by a later one; the level it gave is gone at once."""
        revocation = NewEvidence(
            method="revocation",
            authority=authority,
            checked_at=now,
            outcome=REVOKED,
            supersedes_id=evidence_id,
        )
        return self.append(person_id, revocation)

    def live(self, person_id: UUID, *, now: datetime) -> tuple[Evidence, ...]:
        """The matches that stand: not superseded, not revoked; neither they nor their papers ended.

        How old one may be is a rule's: it may be too old for one level, and still give another.
        Folders of people merged into this one are read as theirs.
        """
        return _whole(row for row in self._matching(person_id) if stands(row, now))

    def matches(
        self, person_id: UUID, *, only: Callable[[EvidenceRow], bool] = lambda _row: True
    ) -> tuple[Evidence, ...]:
        """The matches that were not superseded or revoked, whether they are still in time or not.

        Their documents are live ones of the family: what was gathered while two were one counts
        only as long as they are. `only` are those that are wanted.
        """
        return _whole(filter(only, self._matching(person_id)))

    def has_matches(
        self, turn: Turn, *, only: Callable[[EvidenceRow], bool] = lambda _row: True
    ) -> bool:
        """Whether `matches` finds anything, told from what a turn has read."""
        return any(map(only, matches(turn.links)))

    def proofs(self, person_id: UUID, *, now: datetime) -> tuple[Proof, ...]:
        """What stands, as the rules look at it."""
        return proofs(read_evidence(person_id), now)

    def _matching(self, person_id: UUID) -> Iterator[EvidenceRow]:
        return matches(read_evidence(person_id))

    def identity_level(self, person_id: UUID, *, now: datetime) -> IdentityLevel:
        """The highest level that stands, and how long at most, should nothing be revoked."""
        return levels.judge(self.proofs(person_id, now=now), now=now)

    def explain(self, person_id: UUID, *, methods: Collection[str], now: datetime) -> Explanation:
        """The level, why and until when, and the ways to the next; `methods` are those on offer."""
        return levels.explain(self.proofs(person_id, now=now), methods=methods, now=now)

    def reassess(self, person_id: UUID, *, now: datetime) -> IdentityLevel:
        """Compute the level anew and tell everybody concerned if it is another than before.

        Whoever ends a document, merges people or moves evidence calls it, in that transaction.
        """
        with transaction.atomic(savepoint=False):
            # Queue like an append does, so that two workers and a check never cross.
            head = take_turn(person_id)
            found = self.identity_level(person_id, now=now)
            self._settle(person_id, head, found, now)
        return found

    def reassess_due(self, *, now: datetime, limit: int = 200) -> int:
        """Reassess people whose level ended by now, longest ago first; return how many there were.

        An index on the end finds them: nobody else's row is looked at.
        """
        due = LevelRow.objects.filter(until__lte=now).order_by("until")
        people = list(due.values_list("person_id", flat=True)[:limit])
        for person_id in people:
            self.reassess(person_id, now=now)
        return len(people)

    def values_of(self, row: Evidence, *, opened: OpenFields | None = None) -> dict[str, str]:
        """The matched claims' values, unsealed; raises KeyDestroyed when the person was erased.

        `opened` spares opening the person's key for each of several rows. What has served and was
        emptied has none.
        """
        if not row.sealed_values:
            return {}
        fields = opened or self._fields.of(row.person_id)
        values: dict[str, str] = orjson.loads(fields.unseal(PURPOSE, row.sealed_values))
        return values

    def first_broken_link(self, person_id: UUID) -> int | None:
        """The sequence number of the first link that does not verify; None for a whole chain.

        Works without the person's key: the hashes cover ciphertext.
        """
        previous, expected = GENESIS, 1
        for row in self._links(person_id):
            intact = (
                row.sequence == expected
                and bytes(row.prev_hash) == previous
                and bytes(row.hash) == link_hash(row)
                and holds_its_values(row)
            )
            if not intact:
                return expected
            previous, expected = bytes(row.hash), expected + 1
        return None

    def _links(self, person_id: UUID) -> Iterator[Evidence]:
        return iter(Evidence.objects.filter(person_id=person_id).order_by("sequence"))

    def _settle(
        self, person_id: UUID, head: ChainHead, found: IdentityLevel, now: datetime
    ) -> None:
        """Write the level where it is another than the head's, and tell everybody concerned."""
        previous = head.level if head.has_level else 0
        if not head.has_level:
            insert(LevelRow(person_id=person_id, level=found.level, until=found.until))
        elif (head.level, head.until) == (found.level, found.until):
            return
        else:
            write_level(person_id, found.level, found.until)
        if previous is not None and previous != found.level:
            self._announce(person_id, previous, found, now)

    def _announce(
        self, person_id: UUID, previous: int, found: IdentityLevel, now: datetime
    ) -> None:
        change = LevelChange(person_id=person_id, previous=previous, identity=found, at=now)
        for channel in self._channels:
            channel.level_changed(change)


def _whole(rows: Iterable[EvidenceRow]) -> tuple[Evidence, ...]:
    """The rows with their documents and what is sealed, in the same order; those still there."""
    ids = [row.id for row in rows]
    found = {link.id: link for link in read_links(ids)}
    return tuple(found[each] for each in ids if each in found)
