"""Signing staff in: user name and password first, always a second factor after it.

A refusal never says which part was wrong. What cannot be decided (a directory that is down, a
store that does not answer) is refused.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction

from connectors.contract import PasswordLogin, UpstreamIdentity
from connectors.errors import ConnectorError
from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.sealing import BlindIndex
from idp.foundation.storage import ShortLivedStore
from idp.staff.accounts import (
    LOCKED_FOR,
    MOST_FAILURES,
    Member,
    NotAccepted,
    StaffAccounts,
    canonical_username,
    directory_id,
)
from idp.staff.authenticators import SecondFactors
from idp.subjects.authenticators.kinds import PASSWORD, Kind, NotProven, Shown
from idp.subjects.authenticators.levels import completed

PENDING_TTL: Final = 300
_LONGEST_PASSWORD: Final = 256
_LOG: Final = structlog.get_logger(__name__)


class Refused(StrEnum):
    """Why somebody is not let in, as far as they are told."""

    WRONG = "wrong"
    LOCKED = "locked"
    UNAVAILABLE = "unavailable"
    NO_SECOND_FACTOR = "no_second_factor"
    EXPIRED = "expired"


class SignInRefused(Exception):
    """Nobody is signed in."""

    def __init__(self, reason: Refused) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """Somebody whose password was right: `token` is the browser's, `kinds` what may follow."""

    token: str = field(repr=False)
    member: Member
    kinds: tuple[Kind, ...]

    @property
    def bound_to(self) -> str:
        """What a passkey's challenge is made for."""
        return f"console:{_digest(self.token)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """Somebody who showed both; `amr` holds what that proves (RFC 8176 §2)."""

    member: Member
    kind: Kind
    amr: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningIn:
    """`directory` checks the passwords of accounts that are its entries; None without one."""

    accounts: StaffAccounts
    factors: SecondFactors
    store: ShortLivedStore
    index: BlindIndex
    clock: Clock
    directory: PasswordLogin | None = None

    def first(self, username: str, password: str) -> Half:
        """Judge user name and password.

        Raises:
            SignInRefused: they open nothing, now.
        """
        try:
            canonical = canonical_username(username)
        except NotAccepted:
            canonical = ""
        member = self.accounts.find(canonical) if canonical else None
        is_outside = self.directory is not None and (member is None or member.is_of_directory)
        if is_outside and canonical and password:
            member = self._of_directory(canonical, password[:_LONGEST_PASSWORD], member)
        else:
            self._of_ours(canonical, password[:_LONGEST_PASSWORD], member)
        if member is None or member.is_shut:
            raise SignInRefused(Refused.WRONG)
        kinds = self.factors.held(member.id, member.role)
        if not kinds:
            raise SignInRefused(Refused.NO_SECOND_FACTOR)
        return self._half(member, kinds)

    def half(self, token: str) -> Half:
        """Who came half-way with this token.

        Raises:
            SignInRefused: nobody, or too long ago.
        """
        kept = self.store.get(_pending(token)) if token else None
        member = self.accounts.get(UUID(kept.decode())) if kept else None
        if member is None or member.is_shut:
            raise SignInRefused(Refused.EXPIRED)
        kinds = self.factors.held(member.id, member.role)
        return Half(token=token, member=member, kinds=kinds)

    def second(self, half: Half, kind: Kind, answer: str) -> Proven:
        """Judge the second factor, and use the half-way token up.

        Raises:
            SignInRefused: it proves nothing, or the account is locked by now.
        """
        proven = self.prove(half.member, kind, answer, bound_to=half.bound_to)
        taken = self.store.take(_pending(half.token))
        if taken is None or taken.replayed:
            raise SignInRefused(Refused.EXPIRED)
        return proven

    def prove(self, member: Member, kind: Kind, answer: str, *, bound_to: str) -> Proven:
        """Judge a second factor of a member; wrong ones count towards the lock.

        Raises:
            SignInRefused: it proves nothing, or the account is locked.
        """
        now = self.clock.now()
        if self.accounts.is_locked(member, now):
            raise SignInRefused(Refused.LOCKED)
        service = self.factors.service(kind)
        if service is None or kind not in self.factors.allowed(member.role):
            raise SignInRefused(Refused.WRONG)
        shown = Shown(now=now, answer=answer, person_id=member.id, bound_to=bound_to)
        try:
            proof = service.check(shown)
        except NotProven as problem:
            is_locked = self.accounts.failed(member, why=f"{kind}:{problem.reason}", now=now)
            raise SignInRefused(Refused.LOCKED if is_locked else Refused.WRONG) from problem
        return Proven(member=member, kind=kind, amr=completed({PASSWORD, *proof.amr}))

    def _half(self, member: Member, kinds: tuple[Kind, ...]) -> Half:
        token = secrets.token_urlsafe(32)
        self.store.put(_pending(token), str(member.id).encode(), ttl=PENDING_TTL)
        return Half(token=token, member=member, kinds=kinds)

    def _of_ours(self, username: str, password: str, member: Member | None) -> None:
        now = self.clock.now()
        is_right = self.accounts.is_password_of(member, password)
        if member is not None and self.accounts.is_locked(member, now):
            raise SignInRefused(Refused.LOCKED if is_right else Refused.WRONG)
        if member is None or not is_right:
            self._count(username, member)
            raise SignInRefused(Refused.WRONG)

    def _of_directory(self, username: str, password: str, known: Member | None) -> Member | None:
        """The account of the directory's entry; one that is locked is not even asked about."""
        if known is not None and self.accounts.is_locked(known, self.clock.now()):
            raise SignInRefused(Refused.WRONG)
        if self._tries(username) > MOST_FAILURES:
            raise SignInRefused(Refused.WRONG)
        identity = self._asked(username, password)
        if identity is None:
            self._count(username, known)
            raise SignInRefused(Refused.WRONG)
        member = self.accounts.by_directory(directory_id(identity))
        if member is None:
            raise SignInRefused(Refused.NO_SECOND_FACTOR)
        said = (identity.claims.get("role", ""), identity.claims.get("department", ""))
        if said != (member.role.value, member.department):
            self._tell_of_role(member, said[0])
            raise SignInRefused(Refused.WRONG)
        self.store.delete(self._tries_key(username))
        return member

    def _asked(self, username: str, password: str) -> UpstreamIdentity | None:
        if self.directory is None:
            raise SignInRefused(Refused.UNAVAILABLE)
        try:
            return self.directory.authenticate(username, password, now=self.clock.now())
        except ConnectorError as problem:
            _LOG.warning("the staff directory could not decide", why=problem.debug)
            raise SignInRefused(Refused.UNAVAILABLE) from problem

    def _count(self, username: str, member: Member | None) -> None:
        """Known accounts lock in the database; other names are counted for a while."""
        if member is not None:
            self.accounts.failed(member, why="password", now=self.clock.now())
        elif username:
            ttl = int(LOCKED_FOR.total_seconds())
            self.store.increment(self._tries_key(username), ttl=ttl)

    def _tries(self, username: str) -> int:
        kept = self.store.get(self._tries_key(username))
        return int(kept) if kept else 0

    def _tries_key(self, username: str) -> str:
        return f"staff:tries:{self.index.of('staff.tries', username).hex()}"

    def _tell_of_role(self, member: Member, said: str) -> None:
        """The directory says another role: whoever moves between roles gets another account."""
        event = AuditEvent(
            type="alert.staff_role_differs",
            outcome="refused",
            operator=str(member.id),
            channel="console",
            detail={"account": str(member.id), "role": member.role.value, "directory": said},
        )
        with transaction.atomic():
            record(event, clock=self.clock)


def _pending(token: str) -> str:
    return f"staff:half:{_digest(token)}"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
