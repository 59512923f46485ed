"""Owns when keys change: published before they sign, and until nothing they signed is alive.

`rotate` may run on every node and as often as one likes; one judge row makes it happen once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from idp.foundation.judge import take_turn
from idp.foundation.keys import jose
from idp.foundation.keys.models import KeyState, SigningKeyRow
from idp.foundation.keys.ring import TOKEN
from idp.foundation.sealing import Sealer
from idp.foundation.version import bump


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationPolicy:
    """The durations of a key's life.

    ``published_before`` must exceed the time clients cache the key set, ``published_after`` the
    longest lifetime of anything signed (ID tokens used as hints included).
    """

    signs_for: timedelta = timedelta(days=90)
    published_before: timedelta = timedelta(days=2)
    published_after: timedelta = timedelta(days=1)

    def __post_init__(self) -> None:
        if self.published_before >= self.signs_for:
            raise ValueError("a key signs for longer than it is published beforehand")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPlan:
    """Which algorithms have keys, for which purpose, and how they rotate."""

    purpose: str = TOKEN
    algorithms: tuple[str, ...] = jose.ALGORITHMS
    policy: RotationPolicy = RotationPolicy()


def rotate(now: datetime, *, sealer: Sealer, plan: KeyPlan | None = None) -> bool:
    """Bring every key to the state it should have at ``now``; True when anything changed.

    Idempotent. Makes the first keys of a new deployment, too. Rings reload when the stamp they
    watch changes.
    """
    plan = plan or KeyPlan()
    with transaction.atomic():
        take_turn(f"keys:{plan.purpose}")
        rotation = _Rotation(now=now, sealer=sealer, plan=plan)
        changes = [rotation.advance(alg) for alg in plan.algorithms]
        changes.append(rotation.retire_expired())
        if any(changes):
            bump()
    return any(changes)


def replace_now(now: datetime, *, alg: str, sealer: Sealer, plan: KeyPlan | None = None) -> None:
    """Change the key of ``alg`` at once, for a key that may be known to others.

    The old key's tokens stop verifying: it is withdrawn, not left to retire.
    """
    plan = plan or KeyPlan()
    with transaction.atomic():
        take_turn(f"keys:{plan.purpose}")
        rows = SigningKeyRow.objects.filter(purpose=plan.purpose, alg=alg)
        rows.filter(state=KeyState.ACTIVE).update(
            state=KeyState.RETIRED, retire_at=now, sealed_private=b""
        )
        rotation = _Rotation(now=now, sealer=sealer, plan=plan)
        rotation.advance(alg)
        bump()


def announce_next(
    now: datetime, *, alg: str, sealer: Sealer, plan: KeyPlan | None = None
) -> SigningKeyRow:
    """Publish the successor of ``alg``'s key before its time, or return the one that waits.

    It takes over like any other, once it was published long enough for clients to know it.
    """
    plan = plan or KeyPlan()
    with transaction.atomic():
        take_turn(f"keys:{plan.purpose}")
        waiting = SigningKeyRow.objects.filter(
            purpose=plan.purpose, alg=alg, state=KeyState.NEXT
        ).first()
        if waiting is None:
            waiting = _Rotation(now=now, sealer=sealer, plan=plan).create(alg, state=KeyState.NEXT)
            bump()
    return waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rotation:
    now: datetime
    sealer: Sealer
    plan: KeyPlan

    def advance(self, alg: str) -> bool:
        rows = SigningKeyRow.objects.filter(purpose=self.plan.purpose, alg=alg)
        active = rows.filter(state=KeyState.ACTIVE).first()
        waiting = rows.filter(state=KeyState.NEXT).first()
        policy = self.plan.policy
        if active is None:
            if waiting is not None:
                self._activate(waiting)
            else:
                self.create(alg, state=KeyState.ACTIVE)
            return True
        ends_at = (active.activated_at or active.created_at) + policy.signs_for
        if waiting is None:
            if self.now < ends_at - policy.published_before:
                return False
            self.create(alg, state=KeyState.NEXT)
            return True
        if self.now < waiting.created_at + policy.published_before:
            return False
        active.state = KeyState.RETIRING
        active.retire_at = self.now + policy.published_after
        active.save(update_fields=["state", "retire_at"])
        self._activate(waiting)
        return True

    def retire_expired(self) -> bool:
        retiring = SigningKeyRow.objects.filter(
            purpose=self.plan.purpose, state=KeyState.RETIRING, retire_at__lte=self.now
        )
        return retiring.update(state=KeyState.RETIRED, sealed_private=b"") > 0

    def _activate(self, row: SigningKeyRow) -> None:
        row.state = KeyState.ACTIVE
        row.activated_at = self.now
        row.save(update_fields=["state", "activated_at"])

    def create(self, alg: str, *, state: KeyState) -> SigningKeyRow:
        private = jose.generate(alg)
        members = jose.to_jwk(private.public_key())
        kid = jose.thumbprint(members)
        return SigningKeyRow.objects.create(
            kid=kid,
            purpose=self.plan.purpose,
            alg=alg,
            state=state,
            sealed_private=self.sealer.seal(jose.to_der(private), purpose="signing-key", owner=kid),
            public_jwk={**members, "kid": kid, "alg": alg, "use": "sig"},
            created_at=self.now,
            activated_at=self.now if state == KeyState.ACTIVE else None,
        )
