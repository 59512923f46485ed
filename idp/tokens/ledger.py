"""The judge: grants, codes and refresh tokens as rows, changed by compare-and-set.

Owns the rows and who wins; why somebody asks, and what is told to whom, is `redemption`'s,
`rotation`'s and `revocation`'s.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from idp.foundation.audit import AUDIT_INSERT, AuditEvent, audit_row
from idp.foundation.clock import microseconds
from idp.foundation.database import Cursor, Database, Row
from idp.tokens import statements
from idp.tokens.grant import Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRefreshToken:
    """`expires_at` in microseconds."""

    token_hash: bytes
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """What one redemption writes, all or nothing. `judged_until`: when the row may be forgotten."""

    code_hash: bytes
    grant: Grant
    refresh: NewRefreshToken | None
    event: AuditEvent
    judged_until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """What one rotation writes. The successor lives until `expires_at`, or its grant's end."""

    client_id: str
    presented_hash: bytes
    successor_hash: bytes
    expires_at: int
    event: AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """A refresh token's row with its grant; `session_lives` is True for offline grants."""

    issued_at: int
    expires_at: int
    used_at: int | None
    session_lives: bool
    grant: Grant


class GrantLedger:
    """Every method raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def redeem(self, redemption: Redemption, *, now: datetime) -> tuple[int | None] | None:
        """Judge a single-use code and write all that comes of it.

        None: it was redeemed before, or its session has ended. Else a tuple of when a replay
        overtook this redemption (the grant is then born revoked), or of None.
        """
        if self._database.is_postgresql:
            parameters = self._redeem_parameters(redemption, now)
            return self._database.returning(statements.REDEEM_POSTGRESQL, parameters)
        return self._database.write(self._redeem_job(redemption, now))

    def rotate(self, rotation: Rotation, *, now: datetime) -> Grant | None:
        """Use up a refresh token and write its successor; None when it may not be used (again)."""
        if self._database.is_postgresql:
            parameters = self._rotate_parameters(rotation, now)
            row = self._database.returning(statements.ROTATE_POSTGRESQL, parameters)
        else:
            row = self._database.write(self._rotate_job(rotation, now))
        return None if row is None else self._read_grant(row)

    def grant(self, grant_id: UUID) -> Grant | None:
        row = self._database.read(statements.READ_GRANT, (self._database.identifier(grant_id),))
        return None if row is None else self._read_grant(row)

    def refresh_token(self, token_hash: bytes, *, now: datetime) -> RefreshToken | None:
        instant = self._database.instant(now)
        row = self._database.read(statements.READ_REFRESH, (instant, token_hash))
        if row is None:
            return None
        return RefreshToken(
            issued_at=row[0],
            expires_at=row[1],
            used_at=row[2],
            session_lives=bool(row[3]),
            grant=self._read_grant(row[4:]),
        )

    def is_unused(self, token_hash: bytes, *, now: datetime) -> bool:
        parameters = (token_hash, microseconds(now))
        return self._database.read(statements.IS_REFRESH_UNUSED, parameters) is not None

    def was_redeemed(self, code_hash: bytes) -> bool:
        row = self._database.read(statements.WAS_CODE_JUDGED, (code_hash,))
        return row is not None and row[0] is not None

    def revoke_grant(
        self, grant_id: UUID, *, reason: str, event: AuditEvent, now: datetime
    ) -> bool:
        """Revoke a grant with all its tokens; False when it was revoked before, or is unknown."""
        return self._database.write(self._revoke_job(grant_id, reason, event, now))

    def revoke_replayed(
        self, redemption: tuple[bytes, UUID, int], *, event: AuditEvent, now: datetime
    ) -> bool:
        """Revoke the grant of a code that came twice, even one whose redemption is still under way.

        `redemption` is the code's hash, its grant's id, and until when to remember.
        """
        code_hash, grant_id, judged_until = redemption
        parameters = (
            code_hash,
            self._database.identifier(grant_id),
            microseconds(now),
            judged_until,
        )
        revoke = self._revoke_job(grant_id, "replay", event, now)

        def job(cursor: Cursor) -> bool:
            # First the code's row, which an unfinished redemption holds: after it, its grant shows.
            cursor.execute(statements.MARK_REPLAYED, parameters)
            return revoke(cursor)

        return self._database.write(job)

    def revoke_token(self, jti: str, *, expires_at: int, event: AuditEvent, now: datetime) -> bool:
        """Remember one access token as revoked until `expires_at` (microseconds)."""

        def job(cursor: Cursor) -> bool:
            is_new = cursor.execute(statements.REVOKE_TOKEN, (jti, expires_at)).rowcount == 1
            if is_new:
                cursor.execute(AUDIT_INSERT, audit_row(event, now))
            return is_new

        return self._database.write(job)

    def revoked_grants_since(self, instant: int) -> list[tuple[UUID, int]]:
        rows = self._database.read_all(statements.REVOKED_GRANTS_SINCE, (instant,))
        return [(self._database.read_identifier(row[0]), row[1]) for row in rows]

    def revoked_tokens(self, instant: int) -> list[tuple[str, int]]:
        rows = self._database.read_all(statements.REVOKED_TOKENS, (instant,))
        return [(row[0], row[1]) for row in rows]

    def purge(self, *, now: datetime) -> int:
        """Forget what expired more than a day ago; how many rows that were."""
        before = microseconds(now) - 86_400_000_000

        def job(cursor: Cursor) -> int:
            return sum(cursor.execute(sql, (before,)).rowcount for sql in statements.PURGE)

        return self._database.write(job)

    def _redeem_job(
        self, redemption: Redemption, now: datetime
    ) -> Callable[[Cursor], tuple[int | None] | None]:
        grant, refresh = redemption.grant, redemption.refresh
        judged = self._judge_parameters(redemption, now)
        granted = self._grant_parameters(grant)
        participant = self._participant_parameters(grant, now)
        audited = audit_row(redemption.event, now)

        def job(cursor: Cursor) -> tuple[int | None] | None:
            row = cursor.execute(statements.JUDGE_SQLITE, judged).fetchone()
            if row is None:
                return None
            reason = "" if row[0] is None else "replay"
            cursor.execute(statements.INSERT_GRANT, (*granted, row[0], reason))
            cursor.execute(statements.INSERT_PARTICIPANT, participant)
            if refresh is not None:
                cursor.execute(
                    statements.INSERT_REFRESH,
                    (refresh.token_hash, granted[0], grant.created_at, refresh.expires_at),
                )
            cursor.execute(AUDIT_INSERT, audited)
            return (row[0],)

        return job

    def _redeem_parameters(self, redemption: Redemption, now: datetime) -> tuple[object, ...]:
        grant, refresh = redemption.grant, redemption.refresh
        return (
            *self._judge_parameters(redemption, now),
            *self._grant_parameters(grant),
            *self._participant_parameters(grant, now),
            refresh.token_hash if refresh else None,
            grant.id,
            grant.created_at,
            refresh.expires_at if refresh else None,
            refresh is not None,
            *audit_row(redemption.event, now),
        )

    def _judge_parameters(self, redemption: Redemption, now: datetime) -> tuple[object, ...]:
        grant = redemption.grant
        return (
            redemption.code_hash,
            self._database.identifier(grant.id),
            microseconds(now),
            redemption.judged_until,
            grant.offline,
            self._identifier(grant.session_id),
            self._identifier(grant.session_id),
            self._database.instant(now),
        )

    def _grant_parameters(self, grant: Grant) -> tuple[object, ...]:
        return (
            self._database.identifier(grant.id),
            grant.client_id,
            self._database.identifier(grant.person_id),
            self._identifier(grant.session_id),
            self._identifier(grant.consent_id),
            grant.sub,
            grant.sid,
            " ".join(grant.scope),
            " ".join(grant.userinfo_claims),
            " ".join(grant.id_token_claims),
            grant.verified_claims,
            " ".join(grant.resources),
            grant.authenticated_at,
            grant.acr,
            " ".join(grant.amr),
            grant.offline,
            grant.created_at,
            grant.expires_at,
        )

    def _participant_parameters(self, grant: Grant, now: datetime) -> tuple[object, ...]:
        return (
            self._identifier(grant.session_id),
            grant.client_id,
            grant.sid,
            grant.sub,
            self._database.instant(now),
        )

    def _rotate_job(self, rotation: Rotation, now: datetime) -> Callable[[Cursor], Row | None]:
        at = microseconds(now)
        used = self._use_parameters(rotation, now)
        event = rotation.event

        def job(cursor: Cursor) -> Row | None:
            found = cursor.execute(statements.USE_REFRESH_SQLITE, used).fetchone()
            if found is None:
                return None
            row = cursor.execute(statements.READ_GRANT, found).fetchone()
            grant = self._read_grant(row or ())
            ends = min(grant.expires_at, rotation.expires_at)
            cursor.execute(statements.INSERT_REFRESH, (rotation.successor_hash, found[0], at, ends))
            audited = AuditEvent(
                type=event.type,
                outcome=event.outcome,
                client_id=event.client_id,
                subject=str(grant.person_id),
                detail={"grant": str(grant.id)},
            )
            cursor.execute(AUDIT_INSERT, audit_row(audited, now))
            return row

        return job

    def _rotate_parameters(self, rotation: Rotation, now: datetime) -> tuple[object, ...]:
        audited = audit_row(rotation.event, now)
        return (
            *self._use_parameters(rotation, now),
            rotation.successor_hash,
            microseconds(now),
            rotation.expires_at,
            *(audited[number] for number in statements.KNOWN_TO_ROTATE),
        )

    def _use_parameters(self, rotation: Rotation, now: datetime) -> tuple[object, ...]:
        at = microseconds(now)
        instant = self._database.instant(now)
        return (at, rotation.presented_hash, at, rotation.client_id, at, instant)

    def _revoke_job(
        self, grant_id: UUID, reason: str, event: AuditEvent, now: datetime
    ) -> Callable[[Cursor], bool]:
        parameters = (microseconds(now), reason, self._database.identifier(grant_id))

        def job(cursor: Cursor) -> bool:
            is_first = cursor.execute(statements.REVOKE_GRANT, parameters).rowcount == 1
            if is_first:
                cursor.execute(AUDIT_INSERT, audit_row(event, now))
            return is_first

        return job

    def _identifier(self, value: UUID | None) -> object:
        return None if value is None else self._database.identifier(value)

    def _read_grant(self, row: Row) -> Grant:
        values: dict[str, Any] = dict(
            zip((*statements.GRANT_COLUMNS, "revoked_at"), row, strict=True)
        )
        del values["offline"]
        for name in ("id", "person_id", "session_id", "consent_id"):
            if values[name] is not None:
                values[name] = self._database.read_identifier(values[name])
        for name in ("scope", "userinfo_claims", "id_token_claims", "resources", "amr"):
            values[name] = tuple(values[name].split())
        return Grant(**values)
