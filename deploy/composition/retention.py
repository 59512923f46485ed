"""How long each kind of record about people is kept: the timers that the worker runs.

One table, from which docs/reference/retention.md is written. What is deleted, and how, is each
room's; the time is a setting.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from deploy.house import Task
from idp.conf import Retention
from idp.foundation.clock import Clock
from idp.foundation.outbox import forget_dead, forget_delivered
from idp.sessions.forgetting import forget_before
from idp.sessions.known_devices import forget_unused
from idp.subjects.erasure import Erasures
from idp.subjects.retention import (
    blank_replaced_documents,
    empty_spent_evidence,
    forget_agreements,
    forget_disclosures,
    forget_phone_changes,
)

EVERY: Final = 3_600.0
"""Seconds between two rounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """Deletes what is older than a setting of `Retention` says; `why` cites law or need."""

    setting: str
    what: str
    why: str
    forget: Callable[[datetime], int] | None = None
    """Told before which instant; None for what is deleted elsewhere, by the same setting."""


TIMERS: Final = (
    Timer(
        setting="deletion_hold",
        what="Accounts whose person asked for their deletion: identifiers, ways to sign in, "
        "documents, agreements, the record of what services were told, sessions; the person's "
        "data key is destroyed, so that evidence cannot be read by anybody any more",
        why="PIPL 47; the wait lets a person who was robbed object",
    ),
    Timer(
        setting="sessions",
        what="Sessions that are over, with the services entered in them",
        why="Cybersecurity Law 21: network logs are kept at least six months",
        forget=forget_before,
    ),
    Timer(
        setting="disclosures",
        what="What a service was told of a person (names of claims, never values)",
        why="PIPL 45 and 56: people may ask what was shared; records are kept three years",
        forget=forget_disclosures,
    ),
    Timer(
        setting="agreements",
        what="Agreements that were withdrawn or replaced by later ones",
        why="PIPL 14 and 56: the proof that there was one is kept three years",
        forget=forget_agreements,
    ),
    Timer(
        setting="documents",
        what="Number and name on documents that were replaced or taken back; the row stays, empty",
        why="PIPL 19: no longer than the purpose needs",
        forget=blank_replaced_documents,
    ),
    Timer(
        setting="evidence",
        what="Values that an authority confirmed (name, birth date …), three years after the "
        "evidence was superseded, taken back, ended or lost its document; the link stays, empty",
        why="PIPL 19 and 56: the record that there was a check outlives what it said",
        forget=empty_spent_evidence,
    ),
    Timer(
        setting="devices",
        what="Browsers in which somebody signed in: their kind and coarse network, sealed",
        why="PIPL 19: as long as browsers keep the cookie they are known by",
        forget=forget_unused,
    ),
    Timer(
        setting="phone_changes",
        what="Changes of a lost number that were done or stopped",
        why="Cybersecurity Law 21: six months",
        forget=forget_phone_changes,
    ),
    Timer(
        setting="deliveries",
        what="Notices, messages and events that were delivered",
        why="PIPL 19: no longer than the purpose needs",
        forget=forget_delivered,
    ),
    Timer(
        setting="undelivered",
        what="Notices, messages and events that nobody could deliver",
        why="an administrator may still send them",
        forget=forget_dead,
    ),
)


def retention_tasks(retention: Retention, erasures: Erasures, clock: Clock) -> tuple[Task, ...]:
    """What the worker repeats so that nothing outlives its purpose."""

    def forget() -> None:
        now = clock.now()
        for timer in TIMERS:
            if timer.forget is not None:
                timer.forget(now - timedelta(days=getattr(retention, timer.setting)))

    def erase() -> None:
        while erasures.erase_due(now=clock.now()):
            pass

    return (
        Task(name="retention", interval=EVERY, run=forget),
        Task(name="erasures", interval=60.0, run=erase),
    )
