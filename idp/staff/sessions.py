"""Sessions of staff: short when idle, bounded in all, with a new secret at every sign-in.

They live in the database alone: the console is no hot path, and an end must hold at once.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.staff.accounts import Member, StaffAccounts
from idp.staff.models import StaffAccount, StaffSession
from idp.subjects.authenticators.kinds import Kind

FRESH_FOR: Final = timedelta(minutes=5)
_TOUCH_AFTER: Final = timedelta(seconds=30)
_RENEWED: Final = (
    "secret_hash",
    "second_factor",
    "authenticated_at",
    "last_seen_at",
    "expires_at",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffLifetimes:
    """Time-outs in seconds: without use, and in all."""

    idle_ttl: int = 900
    absolute_ttl: int = 28_800


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A member of staff who is signed in."""

    id: UUID
    member: Member
    authenticated_at: datetime
    expires_at: datetime

    def is_fresh(self, now: datetime) -> bool:
        """Whether the second factor was shown so lately that dangerous actions need not ask."""
        return now - self.authenticated_at <= FRESH_FOR


class AccountShut(Exception):
    """The account was suspended or closed since its member began to sign in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSessions:
    accounts: StaffAccounts
    clock: Clock
    lifetimes: StaffLifetimes = StaffLifetimes()

    def start(
        self, member: Member, kind: Kind, *, at_most: int | None = None
    ) -> tuple[Signed, str]:
        """A fresh session and its secret; it lasts so many minutes at most, where they are given.

        Raises:
            AccountShut: the account was shut meanwhile; a session begun then would open the
                console once the account is reinstated.
        """
        secret, now = secrets.token_urlsafe(32), self.clock.now()
        longest = self.lifetimes.absolute_ttl
        lasts = longest if at_most is None else min(longest, at_most * 60)
        with transaction.atomic():
            held = StaffAccount.objects.select_for_update().get(id=member.id)
            if self.accounts.member_of(held).is_shut:
                raise AccountShut
            row = StaffSession.objects.create(
                secret_hash=_hash(secret),
                account_id=member.id,
                started_at=now,
                authenticated_at=now,
                last_seen_at=now,
                expires_at=now + timedelta(seconds=lasts),
                second_factor=kind,
            )
            self.accounts.signed_in(member, now=now)
            self._tell("staff.signed_in", row, factor=kind.value)
        return self._signed(row, member), secret

    def open(self, secret: str, *, is_used: bool = True) -> Signed | None:
        """Who is signed in by this secret; the account is looked at anew each time.

        `is_used` False for what a page asks by itself: nobody's presence is concluded from it.
        """
        now = self.clock.now()
        row = StaffSession.objects.filter(
            secret_hash=_hash(secret),
            ended_at=None,
            expires_at__gt=now,
            last_seen_at__gt=now - timedelta(seconds=self.lifetimes.idle_ttl),
        ).first()
        member = self.accounts.get(row.account_id) if row else None
        if row is None or member is None or member.is_shut:
            return None
        if is_used and now - row.last_seen_at >= _TOUCH_AFTER:
            StaffSession.objects.filter(id=row.id, ended_at=None).update(last_seen_at=now)
        return self._signed(row, member)

    def renew(self, signed: Signed, kind: Kind, *, at_most: int | None = None) -> str:
        """The second factor was shown again: a new instant, a new secret; the old one is void.

        It lasts so many minutes more at most, where they are given, and never longer than it would.
        """
        secret, now = secrets.token_urlsafe(32), self.clock.now()
        with transaction.atomic():
            row = StaffSession.objects.select_for_update().get(id=signed.id)
            row.secret_hash, row.second_factor = _hash(secret), kind
            row.authenticated_at = row.last_seen_at = now
            if at_most is not None:
                row.expires_at = min(row.expires_at, now + timedelta(minutes=at_most))
            row.save(update_fields=_RENEWED)
            self.accounts.signed_in(signed.member, now=now)
            self._tell("staff.confirmed", row, factor=kind.value)
        return secret

    def end(self, session_id: UUID, *, reason: str) -> None:
        """End one; an ended one stays as it ended."""
        with transaction.atomic():
            live = StaffSession.objects.filter(id=session_id, ended_at=None)
            if live.update(ended_at=self.clock.now(), end_reason=reason):
                self._tell("staff.signed_out", StaffSession.objects.get(id=session_id), why=reason)

    def end_all(self, account_id: UUID, *, reason: str) -> int:
        """End all of an account's; the number."""
        with transaction.atomic():
            live = StaffSession.objects.filter(account_id=account_id, ended_at=None)
            found = list(live.values_list("id", flat=True))
            for each in found:
                self.end(each, reason=reason)
        return len(found)

    def _signed(self, row: StaffSession, member: Member) -> Signed:
        return Signed(
            id=row.id,
            member=member,
            authenticated_at=row.authenticated_at,
            expires_at=row.expires_at,
        )

    def _tell(self, event: str, row: StaffSession, **detail: object) -> None:
        told = AuditEvent(
            type=event,
            outcome="success",
            operator=str(row.account_id),
            channel="console",
            detail={"session": str(row.id), **detail},
        )
        record(told, clock=self.clock)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
