"""The chain of evidence: what proved a person's identity, row after row.

Rows are appended, never edited: a later row supersedes or revokes an earlier one. What an
authority answers is asked elsewhere; which level follows is `levels`' by the declared rules, and
who may act on a level is the policies'.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Protocol
from uuid import UUID

import orjson
from django.db import transaction

from idp.foundation.clock import Clock, end_of_day_in_shanghai, microseconds
from idp.foundation.database.insertion import insert
from idp.subjects import levels
from idp.subjects.families import is_of
from idp.subjects.fields import OpenFields, PersonalFields
from idp.subjects.level_rules import Condition
from idp.subjects.levels import NOTHING_PROVEN, Explanation, IdentityLevel, Proof
from idp.subjects.models import Document, Evidence, LevelRow
from idp.subjects.rows import ChainHead, EvidenceRow, read_evidence, take_turn, write_level

__all__ = [
    "CLAIMED",
    "GENESIS",
    "MATCH",
    "NOTHING_PROVEN",
    "REVOKED",
    "EvidenceChain",
    "IdentityLevel",
    "LevelChange",
    "LevelChannel",
    "NewEvidence",
    "link_hash",
]

GENESIS: Final = bytes(32)
"""What the first link of every chain points at."""
REVOKED: Final = "REVOKED"
"""The outcome of a row that takes an earlier one back."""
MATCH: Final = "MATCH"
FACE_SCORE: Final = "face_score"
"""Among the sealed values: how alike two faces were, 0 to 1; no claim, and told to no client."""
CLAIMED: Final = "CLAIMED"
"""The outcome of a row that says: an authority confirmed it, but the document is another's here."""
HASH_VERSION: Final = 3
"""The list of columns that new links are hashed over; links of earlier lists still verify."""

_PURPOSE: Final = "evidence.values"
_CONDITIONS: Final = frozenset(Condition)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvidence:
    """What is to be appended. `values` are the matched claims' values; they are sealed.

    `device` and `operator` are set by who knows them to be enrolled and on duty, nobody else.
    """

    method: str
    authority: str
    checked_at: datetime
    outcome: str = MATCH
    provider_code: str = ""
    provider_reference: str = ""
    device: str = ""
    operator: str = ""
    circumstances: frozenset[Condition] = frozenset()
    matched_claims: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    identity_level: int = 0
    expires_at: datetime | None = None
    document_id: UUID | None = None
    supersedes_id: UUID | None = None


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
        row = _linked(turn.fields, new, after=turn.last)
        insert(row)
        # Evidence may be older than today, when it comes from somewhere else.
        now = max(self._clock.now(), new.checked_at)
        links: Collection[EvidenceRow] = (
            (*turn.links, _as_read(row, document)) if document else read_evidence(turn.person_id)
        )
        self._settle(turn.person_id, turn.head, levels.judge(_proofs(links, now), now=now), now)
        return row.id

    def beginning(self, fields: OpenFields, new: NewEvidence) -> tuple[Evidence, LevelRow]:
        """The first link and its level, for whoever writes a person that nobody else knows yet.

        So nothing is locked or looked for, and nobody is told of the level.
        """
        row = _linked(fields, new, after=None)
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
        return _whole(row for row in self._matching(person_id) if _stands(row, now))

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
        return any(map(only, _matches(turn.links)))

    def proofs(self, person_id: UUID, *, now: datetime) -> tuple[Proof, ...]:
        """What stands, as the rules look at it."""
        return _proofs(read_evidence(person_id), now)

    def _matching(self, person_id: UUID) -> Iterator[EvidenceRow]:
        return _matches(read_evidence(person_id))

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
        values: dict[str, str] = orjson.loads(fields.unseal(_PURPOSE, row.sealed_values))
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
                and _holds_its_values(row)
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


def _proofs(links: Collection[EvidenceRow], now: datetime) -> tuple[Proof, ...]:
    rows = (row for row in _matches(links) if _stands(row, now))
    return tuple(_proof(row, row.document_type, row.valid_until) for row in rows)


def _as_read(row: Evidence, document: Document) -> EvidenceRow:
    """A link just written, as it would be read again."""
    return EvidenceRow(
        id=row.id,
        person_id=row.person_id,
        outcome=row.outcome,
        supersedes_id=row.supersedes_id,
        method=row.method,
        authority=row.authority,
        checked_at=row.checked_at,
        identity_level=row.identity_level,
        expires_at=row.expires_at,
        circumstances=tuple(row.circumstances),
        device=row.device,
        operator=row.operator,
        document_id=document.id,
        document_type=document.document_type,
        valid_until=document.valid_until,
        document_state=document.state,
        document_person_id=document.person_id,
        sequence=row.sequence,
        hash=bytes(row.hash),
    )


def _matches(rows: Collection[EvidenceRow]) -> Iterator[EvidenceRow]:
    gone = {row.supersedes_id for row in rows}
    for row in rows:
        if row.outcome == MATCH and row.id not in gone and _is_of_the_family(row):
            yield row


def _linked(fields: OpenFields, new: NewEvidence, *, after: EvidenceRow | None) -> Evidence:
    """A new link, to be written behind the last one."""
    sealed_values = fields.seal(_PURPOSE, orjson.dumps(dict(new.values)).decode())
    row = Evidence(
        person_id=fields.person_id,
        sequence=after.sequence + 1 if after else 1,
        document_id=new.document_id,
        method=new.method,
        authority=new.authority,
        checked_at=new.checked_at,
        outcome=new.outcome,
        provider_code=new.provider_code,
        provider_reference=new.provider_reference,
        device=new.device,
        operator=new.operator,
        circumstances=sorted(new.circumstances),
        matched_claims=list(new.matched_claims),
        sealed_values=sealed_values,
        values_digest=hashlib.sha256(sealed_values).digest(),
        identity_level=new.identity_level,
        expires_at=new.expires_at,
        supersedes_id=new.supersedes_id,
        prev_hash=after.hash if after else GENESIS,
        hash_version=HASH_VERSION,
    )
    row.hash = link_hash(row)
    return row


def proof_of(row: Evidence) -> Proof:
    """A row as the rules look at it; words of circumstance that no rule knows say nothing."""
    document = row.document
    if document is None:
        return _proof(row, "", None)
    return _proof(row, document.document_type, document.valid_until)


def _proof(row: Evidence | EvidenceRow, document_type: str, valid_until: date | None) -> Proof:
    return Proof(
        evidence_id=row.id,
        method=row.method,
        authority=row.authority,
        checked_at=row.checked_at,
        asserted=row.identity_level,
        document_id=row.document_id,
        document_type=document_type,
        valid_until=valid_until,
        expires_at=row.expires_at,
        conditions=conditions_of(row.circumstances, row.device, row.operator),
    )


def conditions_of(
    circumstances: Collection[str], device: str, operator: str
) -> frozenset[Condition]:
    """What the rules may believe: a device and an operator are there when the row names them."""
    conditions = {Condition(each) for each in circumstances if each in _CONDITIONS}
    conditions -= {Condition.ENROLLED_DEVICE, Condition.ATTENDED}
    if device:
        conditions.add(Condition.ENROLLED_DEVICE)
    if device and operator:
        conditions.add(Condition.ATTENDED)
    return frozenset(conditions)


def _stands(row: EvidenceRow, now: datetime) -> bool:
    if row.expires_at is not None and row.expires_at <= now:
        return False
    return row.valid_until is None or end_of_day_in_shanghai(row.valid_until) > now


def _is_of_the_family(row: EvidenceRow) -> bool:
    if row.document_person_id is None:
        return True
    is_live = row.document_state == Document.State.LIVE
    return is_live and is_of(row.document_person_id, row.person_id)


def _whole(rows: Iterable[EvidenceRow]) -> tuple[Evidence, ...]:
    """The rows with their documents and what is sealed, in the same order; those still there."""
    ids = [row.id for row in rows]
    found = Evidence.objects.select_related("document").in_bulk(ids) if ids else {}
    return tuple(found[each] for each in ids if each in found)


def _holds_its_values(row: Evidence) -> bool:
    """Whether the values are those the link was made over, or were emptied since."""
    sealed = bytes(row.sealed_values)
    if row.hash_version < 3 or not sealed:
        return True
    return hashlib.sha256(sealed).digest() == bytes(row.values_digest)


def link_hash(row: Evidence) -> bytes:
    """SHA-256 over the row's columns as stored and the previous link's hash."""
    columns = [
        row.id.hex,
        row.person_id.hex,
        row.sequence,
        row.document_id.hex if row.document_id else None,
        row.method,
        row.authority,
        microseconds(row.checked_at),
        row.outcome,
        row.provider_code,
        row.provider_reference,
        row.matched_claims,
        bytes(row.values_digest if row.hash_version > 2 else row.sealed_values).hex(),
        row.identity_level,
        microseconds(row.expires_at) if row.expires_at else None,
        row.supersedes_id.hex if row.supersedes_id else None,
        bytes(row.prev_hash).hex(),
    ]
    if row.hash_version > 1:
        columns += [row.hash_version, row.device, row.operator, row.circumstances]
    return hashlib.sha256(orjson.dumps(columns)).digest()
