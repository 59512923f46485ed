"""Who hears that an account was frozen, opened or deleted, and that a `sub` was retired by a merge.

Written into the outbox in the transaction of the change, for every client that registered a
receiver. Why an account is not open is told to nobody.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from idp.clients.client import Client, ClientDirectory
from idp.foundation.clock import Clock
from idp.foundation.outbox import enqueue
from idp.protocols.events.announcing import KnownBy, Withdrawn
from idp.subjects.merging import Merged
from idp.subjects.statuses import StatusChanged

KIND = "events.account"

SubFor = Callable[[UUID, Client], str]
"""The `sub` a client knows a person by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAnnouncer:
    """Implements subjects.StatusChannel, subjects.MergeChannel and subjects.ErasureChannel."""

    clients: ClientDirectory
    known_by: KnownBy
    withdrawn: Withdrawn
    sub_for: SubFor
    clock: Clock

    def status_changed(self, change: StatusChanged) -> None:
        """Only opening and closing are told: a frozen account that is closed stays disabled."""
        was_open = change.previous == "active"
        if was_open == change.is_open:
            return
        known = self.known_by(change.person_id, now=change.at)
        gone = self.withdrawn(change.person_id)
        told = [(client_id, sub) for client_id, sub in known.items() if client_id not in gone]
        self._tell(told, "enabled" if change.is_open else "disabled", change.at)

    def merged(self, merge: Merged) -> None:
        """Clients that know both hear which `sub` is retired, and, undone, that it lives again."""
        gone = self.withdrawn(merge.survivor) | self.withdrawn(merge.retired)
        told = [each for each in merge.told if each[0] not in gone]
        state = "enabled" if merge.is_undone else "disabled"
        self._tell(told, state, merge.at, survivor=merge.survivor)

    def person_erased(self, person_id: UUID, *, now: datetime) -> None:
        """Whoever knows somebody hears that the account is gone, by the very `sub` they know.

        Called for every folder of a family before its grants end, which tell who that is.
        """
        gone = self.withdrawn(person_id)
        known = self.known_by(person_id, now=now)
        self._tell([each for each in known.items() if each[0] not in gone], "purged", now)

    def _tell(
        self,
        told: Iterable[tuple[str, str]],
        state: str,
        at: datetime,
        *,
        survivor: UUID | None = None,
    ) -> None:
        txn = secrets.token_urlsafe(16)
        for client_id, sub in sorted(told):
            client = self.clients.get(client_id)
            if client is None or client.status != "active" or not client.event_delivery_uri:
                continue
            jti = secrets.token_urlsafe(16)
            payload = {
                "client_id": client_id,
                "sub": sub,
                "account": state,
                "survivor": self.sub_for(survivor, client) if survivor else "",
                "at": int(at.timestamp()),
                "jti": jti,
                "txn": txn,
            }
            enqueue(KIND, payload, key=jti, clock=self.clock)
