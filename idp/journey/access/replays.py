"""Replays that are carried out in the background: ordered, claimed by one worker, cancelled, kept.

What a replay finds is `policies.replay`'s; who carries one out, and on how many processes, is
deploy's. A worker that dies gives its replay back when it has not been heard of for a while.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.judge import take_turn
from idp.journey.access.city_policies import source_of
from idp.journey.models import PolicyReplayRow
from policies.replay import Effect, Group, Progress
from policies.source import PolicySource

WAITING: Final = "waiting"
RUNNING: Final = "running"
DONE: Final = "done"
CANCELLED: Final = "cancelled"
FAILED: Final = "failed"
MOST_AT_ONCE: Final = 4
MOST_EFFECTS: Final = 500
LONGEST_DAYS: Final = 90
MEANINGS: Final = ("newly_refused", "newly_stepped_up", "let_in")
_GIVEN_BACK: Final = timedelta(minutes=3)


class TooManyReplays(Exception):
    """As many as may wait or run at once do so already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be replayed: `candidate` names it for people, `texts` are whole."""

    candidate: str
    texts: Mapping[str, str]
    days: int
    author: str
    channel: str = "console"
    """How the author came, for the audit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One replay, as far as it has come."""

    id: UUID
    candidate: str
    texts: Mapping[str, str]
    days: int
    author: str
    created_at: datetime
    state: str
    done: int
    total: int
    totals: Mapping[str, int]
    effects: tuple[Effect, ...]
    groups: int
    finished_at: datetime | None
    claim: str

    @property
    def is_live(self) -> bool:
        return self.state in {WAITING, RUNNING}

    @property
    def source(self) -> PolicySource:
        return source_of(dict(self.texts))

    @property
    def since(self) -> datetime:
        """From which instant on decisions are replayed."""
        return self.created_at - timedelta(days=self.days)

    @property
    def percent(self) -> int:
        if self.state == DONE:
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replays:
    clock: Clock

    def order(self, wanted: Order) -> Replay:
        """Have a replay carried out.

        Raises:
            TooManyReplays: enough wait or run already.
            ValueError: so many days are none.
        """
        if not 1 <= wanted.days <= LONGEST_DAYS:
            raise ValueError(f"1 to {LONGEST_DAYS} days")
        with transaction.atomic():
            take_turn("policy-replays")
            if PolicyReplayRow.objects.filter(state__in=(WAITING, RUNNING)).count() >= MOST_AT_ONCE:
                raise TooManyReplays
            row = PolicyReplayRow.objects.create(
                candidate=wanted.candidate[:160],
                texts=dict(wanted.texts),
                days=wanted.days,
                author=wanted.author,
                created_at=self.clock.now(),
            )
            self._tell("policies.replay_ordered", row, wanted.author, wanted.channel)
        return _replay(row)

    def find(self, replay_id: UUID) -> Replay | None:
        row = PolicyReplayRow.objects.filter(id=replay_id).first()
        return _replay(row) if row else None

    def recent(self, *, candidate: str = "", limit: int = 200) -> tuple[Replay, ...]:
        """The newest first; of one candidate, or of all."""
        rows = PolicyReplayRow.objects.order_by("-created_at")
        found = rows.filter(candidate=candidate) if candidate else rows
        return tuple(_replay(row) for row in found[:limit])

    def rename(self, candidate: str, other: str, *, since: datetime) -> None:
        """What was replayed since an instant goes by another name: a draft became a proposal."""
        found = PolicyReplayRow.objects.filter(candidate=candidate, created_at__gte=since)
        found.update(candidate=other)

    def cancel(self, replay_id: UUID, *, by: str, channel: str = "console") -> bool:
        """Stop one; its worker notices at the next stretch. False where nothing runs."""
        with transaction.atomic():
            live = PolicyReplayRow.objects.filter(id=replay_id, state__in=(WAITING, RUNNING))
            if not live.update(state=CANCELLED, finished_at=self.clock.now(), claim=""):
                return False
            row = PolicyReplayRow.objects.get(id=replay_id)
            self._tell("policies.replay_cancelled", row, by, channel)
        return True

    def claim(self) -> Replay | None:
        """Take the oldest that waits, or that its worker gave up; None where there is none."""
        now, claim = self.clock.now(), secrets.token_hex(16)
        is_free = Q(state=WAITING) | Q(state=RUNNING, beat_at__lt=now - _GIVEN_BACK)
        free = PolicyReplayRow.objects.filter(is_free)
        for found in list(free.order_by("created_at").values_list("id", flat=True)[:MOST_AT_ONCE]):
            if free.filter(id=found).update(state=RUNNING, claim=claim, beat_at=now):
                return _replay(PolicyReplayRow.objects.get(id=found))
        return None

    def advance(self, replay: Replay, progress: Progress) -> bool:
        """Say how far it has come; False once it was cancelled or given to another worker."""
        totals = {means: progress.total(means) for means in MEANINGS}
        found = {
            "totals": totals,
            "groups": len(progress.effects),
            "effects": [_plain(each) for each in progress.effects[:MOST_EFFECTS]],
        }
        updated = self._mine(replay).update(
            done=progress.done, total=progress.of, found=found, beat_at=self.clock.now()
        )
        return bool(updated)

    def finish(self, replay: Replay, *, is_failed: bool = False) -> None:
        """It came to its end, or its text could not be read."""
        state = FAILED if is_failed else DONE
        self._mine(replay).update(state=state, finished_at=self.clock.now(), claim="")

    def _mine(self, replay: Replay) -> Any:
        return PolicyReplayRow.objects.filter(id=replay.id, claim=replay.claim, state=RUNNING)

    def _tell(self, event_type: str, row: PolicyReplayRow, by: str, channel: str) -> None:
        event = AuditEvent(
            type=event_type,
            outcome="success",
            operator=by,
            channel=channel,
            detail={"replay": str(row.id), "candidate": row.candidate, "days": row.days},
        )
        record(event, clock=self.clock)


def purge_replays(*, now: datetime, ttl: int) -> int:
    """Forget replays ordered more than `ttl` seconds ago; the number."""
    limit = now - timedelta(seconds=ttl)
    return PolicyReplayRow.objects.filter(created_at__lt=limit).delete()[0]


def _plain(effect: Effect) -> list[Any]:
    return [
        list(effect.group),
        effect.decisions,
        effect.people,
        list(effect.examples),
        list(effect.policies),
    ]


def _effect(plain: list[Any]) -> Effect:
    group, decisions, people, examples, behind = plain
    return Effect(
        group=Group(*group),
        decisions=decisions,
        people=people,
        examples=tuple(examples),
        policies=tuple(behind),
    )


def _replay(row: PolicyReplayRow) -> Replay:
    return Replay(
        id=row.id,
        candidate=row.candidate,
        texts=row.texts,
        days=row.days,
        author=row.author,
        created_at=row.created_at,
        state=row.state,
        done=row.done,
        total=row.total,
        totals=row.found.get("totals", {}),
        effects=tuple(_effect(each) for each in row.found.get("effects", ())),
        groups=row.found.get("groups", 0),
        finished_at=row.finished_at,
        claim=row.claim,
    )
