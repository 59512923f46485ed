"""Owns the chain over audit events: one writer, a digest for each, checkpoints, the proof.

A row's digest covers its place, its predecessor's digest and all its content; a checkpoint covers
the chain so far, so that neither an altered, a missing nor a cut-off event goes unnoticed.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives import hashes
from django.db import connection, transaction

from idp.foundation.audit.events import AUDIT_INSERT_COLUMNS
from idp.foundation.audit.models import AuditCheckpoint, AuditRow
from idp.foundation.clock import from_microseconds, microseconds
from idp.foundation.judge import take_turn
from idp.foundation.keys import InvalidToken, KeyRing, VerificationKey
from idp.foundation.keys.ring import open_jwt

GENESIS: Final = "0" * 64
CHECKPOINT_TYPE: Final = "audit-checkpoint+jwt"
CHECKPOINT_EVERY: Final = 1000
CHECKPOINT_AFTER: Final = timedelta(minutes=1)


def chain_pending(
    now: datetime, *, ring: KeyRing | None = None, algorithm: str = "sha256", limit: int = 1000
) -> int:
    """Give the next ``limit`` unchained events their place, and sign a checkpoint when one is due.

    ``ring`` holds the audit keys (none: no checkpoint); ``algorithm`` is sha256 or sm3. The number
    chained. Any process may call it at any time: the judge lets one through.
    """
    with transaction.atomic():
        take_turn("audit-chain")
        last = AuditRow.objects.exclude(seq=None).order_by("-seq").first()
        seq, previous = (last.seq or 0, last.digest or GENESIS) if last else (0, GENESIS)
        pending = AuditRow.objects.filter(seq=None).order_by("id")[:limit]
        links = []
        for row in pending:
            seq += 1
            row.seq, row.previous, row.algorithm = seq, previous, algorithm
            previous = row.digest = digest_of(row)
            links.append((seq, row.previous, row.digest, algorithm, row.pk))
        if links:
            with connection.cursor() as cursor:
                cursor.executemany(
                    f"UPDATE {AuditRow._meta.db_table} "  # noqa: S608, SLF001 - Django's own constant
                    "SET seq = %s, previous = %s, digest = %s, algorithm = %s WHERE id = %s",
                    links,
                )
        if ring is not None and seq:
            _checkpoint_when_due(now, ring=ring, seq=seq, digest=previous)
    return len(links)


def _checkpoint_when_due(now: datetime, *, ring: KeyRing, seq: int, digest: str) -> None:
    newest = AuditCheckpoint.objects.order_by("-seq").first()
    if newest is not None:
        is_old = now - from_microseconds(newest.at) >= CHECKPOINT_AFTER
        if newest.seq == seq or not (seq - newest.seq >= CHECKPOINT_EVERY or is_old):
            return
    at = microseconds(now)
    token = ring.sign_jwt(
        {"seq": seq, "digest": digest, "at": at}, alg="ES256", typ=CHECKPOINT_TYPE
    )
    AuditCheckpoint.objects.create(seq=seq, at=at, token=token)


def digest_of(row: AuditRow) -> str:
    """The digest a row must have at its place, in hexadecimal."""
    content = [getattr(row, column) for column in AUDIT_INSERT_COLUMNS]
    canonical = orjson.dumps([row.algorithm, row.seq, row.previous, *content])
    if row.algorithm == "sm3":
        state = hashes.Hash(hashes.SM3())
        state.update(canonical)
        return state.finalize().hex()
    return hashlib.sha256(canonical).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a proof found, and the first break; ``broken_seq`` is None when there is none."""

    events: int
    checkpoints: int
    broken_seq: int | None = None
    reason: str = ""

    @property
    def is_intact(self) -> bool:
        return self.broken_seq is None


def verify_chain(
    rows: Iterable[AuditRow],
    *,
    checkpoints: Iterable[AuditCheckpoint] = (),
    find_key: Callable[[str], VerificationKey | None] = lambda _: None,
) -> Report:
    """Prove chained ``rows`` (in order of seq, from the first) and the ``checkpoints`` over them.

    Needs no database and no secret: rows and public keys may come from a copy. ``find_key`` finds
    an audit key by kid, retired ones included.
    """
    waiting = sorted(checkpoints, key=lambda one: one.seq)
    proof = _Proof(checkpoints=waiting, find_key=find_key)
    for row in rows:
        reason = proof.follow(row)
        if reason:
            return proof.report(broken_seq=proof.seq + 1, reason=reason)
        proof.advance(row)
        reason = proof.compare_checkpoint()
        if reason:
            return proof.report(broken_seq=proof.seq, reason=reason)
    if proof.compared < len(waiting):
        return proof.report(
            broken_seq=proof.seq + 1, reason="events before a checkpoint are missing"
        )
    return proof.report()


class _Proof:
    """How far a proof has come."""

    def __init__(
        self,
        *,
        checkpoints: list[AuditCheckpoint],
        find_key: Callable[[str], VerificationKey | None],
    ) -> None:
        self.seq = 0
        self.compared = 0
        self._digest = GENESIS
        self._checkpoints = checkpoints
        self._find_key = find_key

    def follow(self, row: AuditRow) -> str:
        """Why ``row`` cannot come next, or nothing."""
        if row.seq != self.seq + 1:
            return "an event is missing"
        if row.previous != self._digest:
            return "the event does not follow its predecessor"
        if row.digest != digest_of(row):
            return "the event was altered"
        return ""

    def advance(self, row: AuditRow) -> None:
        self.seq += 1
        self._digest = row.digest or ""

    def compare_checkpoint(self) -> str:
        """Why the checkpoint at this place contradicts the chain, or nothing."""
        if self.compared == len(self._checkpoints):
            return ""
        checkpoint = self._checkpoints[self.compared]
        if checkpoint.seq != self.seq:
            return ""
        try:
            signed: dict[str, Any] = open_jwt(
                checkpoint.token, typ=CHECKPOINT_TYPE, find_key=self._find_key
            )
        except InvalidToken:
            return "the checkpoint's signature is wrong"
        if (signed.get("seq"), signed.get("digest")) != (self.seq, self._digest):
            return "the chain differs from its checkpoint"
        self.compared += 1
        return ""

    def report(self, *, broken_seq: int | None = None, reason: str = "") -> Report:
        return Report(
            events=self.seq, checkpoints=self.compared, broken_seq=broken_seq, reason=reason
        )
