"""Ends tokens before their time: one, a whole grant, or all that hang on a session.

The row is the truth and is written first; the news through the feed makes every node's memory
forget (within 0.9 s at the latest). Who may revoke what is the doors'.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from idp.foundation.audit import AuditEvent
from idp.foundation.clock import Clock, microseconds
from idp.foundation.storage import ShortLivedStore
from idp.tokens.access_tokens import LONGEST_TTL, opaque_key
from idp.tokens.grant import Grant, write_grant_id
from idp.tokens.ledger import GrantLedger
from idp.tokens.verification import LiveToken, grant_key, token_key

SECOND = 1_000_000
RECENT = 120
"""Seconds: more than a fail-over loses, and twice the worker's interval."""
TOLD = "revocations-told"
TOLD_TTL = 86_400


class RevocationNews(Protocol):
    """The feed's telling side: raises StoreUnavailable when nobody was told."""

    def revoke(self, key: str, *, ttl: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """Every method raises DatabaseUnavailable and StoreUnavailable; each may be repeated."""

    ledger: GrantLedger
    store: ShortLivedStore
    news: RevocationNews
    clock: Clock

    def revoke_grant(self, grant: Grant, *, reason: str, event_type: str, now: datetime) -> None:
        """End a grant with its refresh tokens and every access token under it."""
        event = AuditEvent(
            type=event_type,
            outcome="revoked",
            client_id=grant.client_id,
            subject=str(grant.person_id),
            detail={"grant": str(grant.id), "reason": reason},
        )
        self.ledger.revoke_grant(grant.id, reason=reason, event=event, now=now)
        self.announce_grant(grant.id)

    def revoke_access_token(self, value: str, live: LiveToken, *, now: datetime) -> None:
        """End one access token; its grant and refresh token stay (RFC 7009 §2.1)."""
        expires_at = int(live.claims["exp"])
        event = AuditEvent(
            type="token.revoked",
            outcome="revoked",
            client_id=live.claims["client_id"],
            detail={"jti": live.jti},
        )
        self.ledger.revoke_token(live.jti, expires_at=expires_at * SECOND, event=event, now=now)
        if live.is_opaque:
            self.store.delete(opaque_key(value))
        ttl = max(1, expires_at - self.clock.timestamp())
        self.news.revoke(token_key(live.jti), ttl=ttl)

    def announce_grant(self, grant_id: UUID) -> None:
        """Tell every node that a grant is revoked; its row says so already, or is about to."""
        self.news.revoke(grant_key(write_grant_id(grant_id)), ttl=LONGEST_TTL)

    def keep_told(self) -> int:
        """Repeat the news a store may have lost; the worker calls this every minute.

        An asynchronous fail-over loses the last moments, a store that begins empty loses all: a
        mark of our own in it tells which. Returns how many revocations were told.
        """
        has_all = self.store.get(TOLD) is not None
        told = self.announce_again(RECENT if has_all else LONGEST_TTL)
        self.store.put(TOLD, b"1", ttl=TOLD_TTL)
        return told

    def announce_again(self, window: int = LONGEST_TTL) -> int:
        """Tell what the rows say of the last `window` seconds, and every token revoked alone."""
        at = microseconds(self.clock.now())
        grants = self.ledger.revoked_grants_since(at - window * SECOND)
        for grant_id, _ in grants:
            self.announce_grant(grant_id)
        tokens = self.ledger.revoked_tokens(at)
        for jti, expires_at in tokens:
            self.news.revoke(token_key(jti), ttl=max(1, (expires_at - at) // SECOND))
        return len(grants) + len(tokens)
