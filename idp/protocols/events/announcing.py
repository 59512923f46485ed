"""Who hears of a changed level: every client that knows the person and registered a receiver.

Written into the outbox in the transaction that changes the level, so no change goes untold.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from idp.clients.client import ClientDirectory
from idp.foundation.clock import Clock
from idp.foundation.outbox import enqueue
from idp.subjects.evidence import LevelChange

KIND = "events.assurance_level_change"


class KnownBy(Protocol):
    def __call__(self, person_id: UUID, *, now: datetime) -> dict[str, str]:
        """The clients that know a person, each with the `sub` it knows them by."""
        ...


class Withdrawn(Protocol):
    def __call__(self, person_id: UUID) -> frozenset[str]:
        """The clients a person does not agree with any more: they are told nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelAnnouncer:
    """Implements subjects.LevelChannel. One `txn` for all who hear of the same change."""

    clients: ClientDirectory
    known_by: KnownBy
    withdrawn: Withdrawn
    clock: Clock

    def level_changed(self, change: LevelChange) -> None:
        receivers = {
            client_id: sub
            for client_id, sub in self.known_by(change.person_id, now=change.at).items()
            if self._listens(client_id)
        }
        if not receivers:
            return
        txn = secrets.token_urlsafe(16)
        for client_id in sorted(receivers.keys() - self.withdrawn(change.person_id)):
            # The identifier is made once: a receiver tells a repeated delivery by it.
            jti = secrets.token_urlsafe(16)
            enqueue(
                KIND,
                {
                    "client_id": client_id,
                    "sub": receivers[client_id],
                    "previous": change.previous,
                    "current": change.current,
                    "at": int(change.at.timestamp()),
                    "jti": jti,
                    "txn": txn,
                },
                key=jti,
                clock=self.clock,
            )

    def _listens(self, client_id: str) -> bool:
        client = self.clients.get(client_id)
        return client is not None and client.status == "active" and bool(client.event_delivery_uri)
