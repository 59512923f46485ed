"""Fulfils what the policies ask of whoever lets a person in: notices, and a session cut short.

Masking is the grant's to carry (`idp.tokens.masking`); a fresher sign-in the login step demands.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.storage.contract import ShortLivedStore
from idp.journey.steps import Standing
from idp.sessions.directory import Sessions
from idp.sessions.session import SessionEnded
from idp.subjects.notices import SecurityNotices
from policies.decision import Permit
from policies.obligations import NOTHING_ASKED, PROOFS, Obligations

NOTICE: Final = "watched_sign_in"
_ONCE_FOR: Final = 43_200
"""Seconds in which one session's entries to one client are told of once."""


def owed(standing: Standing) -> Obligations:
    """What a permit asks; nothing of any other decision."""
    decision = standing.decision
    return decision.obligations if isinstance(decision, Permit) else NOTHING_ASKED


def freshest(standing: Standing) -> int | None:
    """How many seconds ago the person may have signed in at most; None for no limit.

    A session that is to end so long after it was proven must not have ended by that already.
    """
    owing = owed(standing)
    limits = [each for each in (owing.reverify_minutes, owing.session_minutes) if each is not None]
    return min(limits) * 60 if limits else None


def proof_owed(standing: Standing) -> frozenset[str]:
    """Ways, one of which the person has yet to take in this session; empty for none."""
    session = standing.session
    proven = frozenset() if session is None else frozenset(session.amr)
    for ways in sorted(owed(standing).reverify_by, key=sorted):
        if not any(PROOFS[each] & proven for each in ways):
            return ways
    return frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """Costs nothing where nothing is asked."""

    sessions: Sessions
    notices: SecurityNotices
    store: ShortLivedStore
    clock: Clock

    def fulfil(self, standing: Standing, *, now: datetime) -> None:
        """Do what is asked before the person is let in."""
        owing, session = owed(standing), standing.session
        if session is None or owing is NOTHING_ASKED:
            return
        if owing.session_minutes is not None:
            until = session.authenticated_at + timedelta(minutes=owing.session_minutes)
            try:
                self.sessions.shorten(session, until=until, now=now)
            except SessionEnded:
                return  # signed out elsewhere at this moment: what is granted ends with it
        if owing.notified:
            self._tell(standing, owing)

    def _tell(self, standing: Standing, owing: Obligations) -> None:
        session = standing.session
        if session is None:
            raise AssertionError("only somebody signed in is let in")
        client_id = standing.client.client_id
        if not self.store.add(f"told:{session.id}:{client_id}", b"1", ttl=_ONCE_FOR):
            return
        event = AuditEvent(
            type="access.alert" if "security" in owing.notified else "access.notified",
            outcome="permitted",
            subject=str(session.person_id),
            client_id=client_id,
            channel=standing.request.channel,
            detail={"session": str(session.id), "policies": list(owing.determining)},
        )
        with transaction.atomic():
            record(event, clock=self.clock)
            if "person" in owing.notified:
                self.notices.tell(session.person_id, NOTICE)
