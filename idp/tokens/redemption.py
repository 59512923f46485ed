"""Redeems authorization and device codes: each once, and a second time ends its grant.

RFC 6749 §4.1.2: "If an authorization code is used more than once, the authorization server MUST
deny the request and SHOULD revoke (when possible) all tokens previously issued".
"""

from dataclasses import dataclass, field

from idp.clients.client import Client
from idp.conf import Lifetimes
from idp.foundation.audit import AuditEvent
from idp.foundation.clock import Clock, microseconds
from idp.foundation.randomness import random_token
from idp.tokens.codes import AuthorizationCode, AuthorizationCodes, hash_token
from idp.tokens.grant import Grant, grant_of_code
from idp.tokens.ledger import GrantLedger, NewRefreshToken, Redemption
from idp.tokens.refusals import GrantRefused, ReplayDetected
from idp.tokens.revocation import Revocation

REFRESH_PREFIX = "txr_"
SECOND = 1_000_000
GRANT_TTL = 365 * 86_400
"""Seconds: however often it is refreshed, a grant is given anew after a year."""
JUDGED_TTL = 86_400
"""Seconds: longer than any code lives, so that one brought back by a fail-over is still judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeemed:
    """`refresh_token` is "" for a client that is not registered for it."""

    grant: Grant
    refresh_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemptions:
    codes: AuthorizationCodes
    ledger: GrantLedger
    revocation: Revocation
    lifetimes: Lifetimes
    clock: Clock

    def take(self, value: str) -> AuthorizationCode | None:
        """The code behind a value, used up; None when it is unknown or expired.

        Raises:
            ReplayDetected: it was taken before; its grant is revoked.
        """
        taken = self.codes.take(value)
        if taken is None:
            return None
        code, replayed = taken
        if replayed:
            self._revoke(code, hash_token(value))
        return code

    def redeem(self, client: Client, code: AuthorizationCode, *, presented: str) -> Redeemed:
        """The grant of a taken code, written together with its refresh token and audit event.

        Raises:
            ReplayDetected: another redemption was first; its grant is revoked.
            GrantRefused: the session has ended since.
        """
        now = self.clock.now()
        at = microseconds(now)
        ends = at + GRANT_TTL * SECOND
        grant = grant_of_code(code, created_at=at, expires_at=ends)
        value = ""
        refresh = None
        if "refresh_token" in client.grant_types:
            value = REFRESH_PREFIX + random_token(32)
            idle = at + self.lifetimes.refresh_token_ttl * SECOND
            refresh = NewRefreshToken(token_hash=hash_token(value), expires_at=min(idle, ends))
        code_hash = hash_token(presented)
        redemption = Redemption(
            code_hash=code_hash,
            grant=grant,
            refresh=refresh,
            event=_event(code, "token.issued", "ok"),
            judged_until=at + JUDGED_TTL * SECOND,
        )
        judged = self.ledger.redeem(redemption, now=now)
        if judged is None:
            if self.ledger.was_redeemed(code_hash):
                self._revoke(code, code_hash)
            raise GrantRefused("the session of the code has ended")
        if judged[0] is not None:
            # A replay was faster than this commit: the grant was born revoked. Say so everywhere.
            self.revocation.announce_grant(grant.id)
        return Redeemed(grant=grant, refresh_token=value)

    def _revoke(self, code: AuthorizationCode, code_hash: bytes) -> None:
        now = self.clock.now()
        until = microseconds(now) + JUDGED_TTL * SECOND
        self.ledger.revoke_replayed(
            (code_hash, code.grant_id, until),
            event=_event(code, "token.code_replayed", "revoked"),
            now=now,
        )
        self.revocation.announce_grant(code.grant_id)
        raise ReplayDetected("the code came a second time")


def _event(code: AuthorizationCode, event: str, outcome: str) -> AuditEvent:
    return AuditEvent(
        type=event,
        outcome=outcome,
        client_id=code.client_id,
        subject=str(code.person_id),
        detail={"grant": str(code.grant_id)},
    )
