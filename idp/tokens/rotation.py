"""Refresh tokens: used once each, with a short grace for a client that lost the answer.

RFC 9700 §4.14.2: reuse of a rotated token revokes the whole grant. A successor is derived from the
token it follows, so the same answer can be given again without storing any token.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime

from idp.clients.client import Client
from idp.conf import Lifetimes, Secret
from idp.foundation.audit import AuditEvent
from idp.foundation.clock import Clock, microseconds
from idp.tokens.codes import hash_token
from idp.tokens.grant import Grant
from idp.tokens.ledger import GrantLedger, RefreshToken, Rotation
from idp.tokens.redemption import REFRESH_PREFIX, SECOND
from idp.tokens.refusals import GrantRefused, ReplayDetected
from idp.tokens.revocation import Revocation


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    grant: Grant
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotations:
    """`key` derives successors: whoever holds it and one token holds the whole chain after it."""

    key: Secret
    ledger: GrantLedger
    revocation: Revocation
    lifetimes: Lifetimes
    clock: Clock

    def rotate(self, client: Client, presented: str) -> Rotated:
        """The grant of a refresh token, which is used up, and its successor.

        Raises:
            ReplayDetected: it was used before, outside the grace; its grant is revoked.
            GrantRefused: unknown, expired, revoked, another client's, or its session has ended.
        """
        now = self.clock.now()
        at = microseconds(now)
        successor = self._successor(presented)
        until = at + self.lifetimes.refresh_token_ttl * SECOND
        rotation = Rotation(
            client_id=client.client_id,
            presented_hash=hash_token(presented),
            successor_hash=hash_token(successor),
            expires_at=until,
            event=AuditEvent(type="token.refreshed", outcome="ok", client_id=client.client_id),
        )
        grant = self.ledger.rotate(rotation, now=now)
        if grant is None:
            grant = self._answer_again(client, presented, successor, now=now)
        return Rotated(grant=grant, refresh_token=successor)

    def peek(self, client: Client, presented: str) -> Grant | None:
        """The grant of a client's refresh token, whatever its state; None for any other value."""
        found = self.ledger.refresh_token(hash_token(presented), now=self.clock.now())
        if found is None or found.grant.client_id != client.client_id:
            return None
        return found.grant

    def _answer_again(
        self, client: Client, presented: str, successor: str, *, now: datetime
    ) -> Grant:
        token = self.ledger.refresh_token(hash_token(presented), now=now)
        if token is None:
            raise GrantRefused("no such refresh token")
        grant = token.grant
        if grant.client_id != client.client_id:
            raise GrantRefused("another client's refresh token")
        if grant.revoked_at is not None or not token.session_lives:
            raise GrantRefused("the grant is revoked, or its session has ended")
        if token.used_at is None:
            raise GrantRefused("the refresh token has expired")
        if self._is_within_grace(token, now) and self.ledger.is_unused(
            hash_token(successor), now=now
        ):
            return grant
        self.revocation.revoke_grant(
            grant, reason="reuse", event_type="token.refresh_reused", now=now
        )
        raise ReplayDetected("the refresh token was used before")

    def _is_within_grace(self, token: RefreshToken, now: datetime) -> bool:
        """Too soon is no lost answer but two holders; too late is a thief, or a broken client."""
        since = microseconds(now) - (token.used_at or 0)
        begins, ends = self.lifetimes.refresh_grace_from, self.lifetimes.refresh_grace_until
        return begins * SECOND <= since <= ends * SECOND

    def _successor(self, presented: str) -> str:
        digest = hmac.digest(self.key.reveal(), presented.encode(), "sha256")
        return REFRESH_PREFIX + urlsafe_b64encode(digest).rstrip(b"=").decode()
