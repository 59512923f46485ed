"""Revokes what hangs on a session when it ends: the tokens room's place in the logout fan-out."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import models, transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock, microseconds
from idp.sessions.session import Participant, Session
from idp.subjects.merging import Merged
from idp.subjects.statuses import StatusChanged
from idp.tokens.models import GrantRow
from idp.tokens.revocation import Revocation


class GrantRevoker:
    """A sessions.LogoutChannel. Offline grants stay (OpenID Connect Back-Channel Logout §2.7)."""

    def __init__(self, *, revocation: Revocation, clock: Clock) -> None:
        self._revocation = revocation
        self._clock = clock

    def announce(
        self, session: Session, participants: tuple[Participant, ...], *, now: datetime
    ) -> None:
        """Revoke in the transaction that ends the session; the news goes out when it commits."""
        del participants
        self.revoke_of_session(session.id, now=now)

    def revoke_of_session(self, session_id: UUID, *, now: datetime) -> int:
        """Revoke a session's grants, but offline ones; how many that were."""
        alive = GrantRow.objects.filter(session_id=session_id, offline=False, revoked_at=None)
        return self._revoke(alive.values_list("id", "client_id", "person_id"), "session_end", now)

    def revoke_of_person(
        self, person_id: UUID, *, reason: str, now: datetime, client_id: str = ""
    ) -> int:
        """Revoke all grants of a person (of one client alone, where named), offline ones too."""
        alive = GrantRow.objects.filter(person_id=person_id, revoked_at=None)
        if client_id:
            alive = alive.filter(client_id=client_id)
        return self._revoke(alive.values_list("id", "client_id", "person_id"), reason, now)

    def status_changed(self, change: StatusChanged) -> None:
        """Implements subjects.StatusChannel: an account that is not open has no tokens."""
        if not change.is_open:
            reason = f"person_{change.status}"
            self.revoke_of_person(change.person_id, reason=reason, now=change.at)

    def guardian_consent_ended(self, ward: UUID, client_id: str, *, now: datetime) -> None:
        """Implements subjects.ConsentChannel: what a child gave by it ends."""
        self.revoke_of_person(ward, reason="guardian_withdrew", now=now, client_id=client_id)

    def merged(self, merge: Merged) -> None:
        """Implements subjects.MergeChannel: no token tells of somebody under another's level.

        The retired person's grants end, offline ones too: the next sign-in gives new ones. When a
        merge is undone, what was given meanwhile ends, for it may have been either who gave it.
        """
        if not merge.is_undone:
            self.revoke_of_person(merge.retired, reason="person_merged", now=merge.at)
            return
        given = GrantRow.objects.filter(
            person_id=merge.survivor,
            revoked_at=None,
            created_at__gte=microseconds(merge.merged_at),
        )
        self._revoke(given.values_list("id", "client_id", "person_id"), "merge_undone", merge.at)

    def person_erased(self, person_id: UUID, *, now: datetime) -> None:
        """Implements subjects.ErasureChannel: end them all; the rows go with the next purge."""
        self.revoke_of_person(person_id, reason="person_deleted", now=now)
        GrantRow.objects.filter(person_id=person_id).update(expires_at=microseconds(now))

    def _revoke(
        self,
        grants: "models.QuerySet[GrantRow, tuple[UUID, str, UUID]]",
        reason: str,
        now: datetime,
    ) -> int:
        found = list(grants)
        rows = GrantRow.objects.filter(id__in=[grant_id for grant_id, _, _ in found])
        rows.filter(revoked_at=None).update(revoked_at=microseconds(now), revoked_reason=reason)
        for grant_id, client_id, person_id in found:
            event = AuditEvent(
                type="token.revoked",
                outcome="revoked",
                client_id=client_id,
                subject=str(person_id),
                detail={"grant": str(grant_id), "reason": reason},
            )
            record(event, clock=self._clock)
            tell = partial(self._revocation.announce_grant, grant_id)
            transaction.on_commit(tell, robust=True)
        return len(found)
