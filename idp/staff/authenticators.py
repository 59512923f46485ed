"""Second factors of staff: the same services as people's, over a table and a sealing of their own.

Owns the rows, and which kind a role may hold. What a proof is worth is told by its kind.
"""

import uuid
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction

from idp.foundation.sealing import Sealer
from idp.staff.certificates import AMR, CertificateKind
from idp.staff.models import StaffAccount, StaffAuthenticator
from idp.staff.roles import Role, must_resist_phishing
from idp.subjects.authenticators.kinds import (
    PASSWORD,
    AuthenticatorKind,
    Kind,
    NotTaken,
    Refusal,
)
from idp.subjects.authenticators.levels import aal_of, completed, proven_by
from idp.subjects.authenticators.passkey import PasskeyKind
from idp.subjects.authenticators.records import NewRow
from idp.subjects.authenticators.totp import TotpKind

MOST: Final = {Kind.PASSKEY: 5, Kind.CERTIFICATE: 2, Kind.TOTP: 1}


class StaffAuthenticatorRecords:
    """Implements `AuthenticatorStore` for staff; a "person" here is an account."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def row(self, person_id: UUID, kind: Kind) -> StaffAuthenticator | None:
        return StaffAuthenticator.objects.filter(account_id=person_id, kind=kind).first()

    def all_of(self, person_id: UUID, kind: Kind) -> list[StaffAuthenticator]:
        return list(StaffAuthenticator.objects.filter(account_id=person_id, kind=kind))

    def by_handle(self, kind: Kind, handle: bytes) -> StaffAuthenticator | None:
        return StaffAuthenticator.objects.filter(kind=kind, handle=handle).first()

    def secret_of(self, row: StaffAuthenticator) -> dict[str, Any]:
        opened = self._sealer.unseal(
            bytes(row.sealed_secret), purpose=_purpose(row.kind), owner=str(row.account_id)
        )
        secret: dict[str, Any] = orjson.loads(opened)
        return secret

    def keep(self, new: NewRow) -> StaffAuthenticator:
        """Keep a new one; raises NotTaken as the people's records do."""
        row = StaffAuthenticator(
            id=uuid.uuid4(),
            account_id=new.person_id,
            kind=new.kind,
            created_at=new.now,
            sealed_secret=self._sealer.seal(
                orjson.dumps(dict(new.secret or {})),
                purpose=_purpose(new.kind),
                owner=str(new.person_id),
            ),
            **new.columns,
        )
        with transaction.atomic():
            StaffAccount.objects.select_for_update().get(id=new.person_id)
            if len(self.all_of(new.person_id, new.kind)) >= MOST[new.kind]:
                raise NotTaken(Refusal.TOO_MANY)
            try:
                with transaction.atomic():
                    row.save(force_insert=True)
            except IntegrityError as conflict:
                raise NotTaken(Refusal.ALREADY_HELD) from conflict
        return row

    def used(
        self, row: StaffAuthenticator, *, now: Any, counter: int | None = None, **columns: Any
    ) -> bool:
        found = StaffAuthenticator.objects.filter(id=row.id, counter=row.counter)
        changes = {"last_used_at": now, **columns}
        if counter is not None:
            changes["counter"] = counter
        return bool(found.update(**changes))

    def forget_all(self, account_id: UUID) -> None:
        """A member who lost their device begins anew."""
        StaffAuthenticator.objects.filter(account_id=account_id).delete()


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactors:
    """The services of the kinds.

    `passkeys` is None where browsers make none, `certificates` where nobody is named to issue any.
    `attested_only` demands passkeys whose maker attests, under a root that is believed here, that
    the key never leaves its hardware.
    """

    records: StaffAuthenticatorRecords
    totp: TotpKind
    passkeys: PasskeyKind | None
    attested_only: bool = False
    certificates: CertificateKind | None = None

    def allowed(self, role: Role) -> tuple[Kind, ...]:
        """What a role may hold here, the stronger first."""
        kinds: tuple[Kind, ...] = (Kind.PASSKEY,) if self.passkeys else ()
        if self.certificates:
            kinds = (*kinds, Kind.CERTIFICATE)
        return kinds if must_resist_phishing(role) else (*kinds, Kind.TOTP)

    def service(self, kind: Kind) -> AuthenticatorKind | None:
        """What judges proofs of this kind; None where it is not used here."""
        services: dict[Kind, AuthenticatorKind | None] = {
            Kind.PASSKEY: self.passkeys,
            Kind.CERTIFICATE: self.certificates,
            Kind.TOTP: self.totp,
        }
        return services.get(kind)

    def held(self, account_id: UUID, role: Role) -> tuple[Kind, ...]:
        """The kinds an account holds among those its role may use."""
        rows = StaffAuthenticator.objects.filter(account_id=account_id)
        has = set(rows.values_list("kind", flat=True))
        return tuple(kind for kind in self.allowed(role) if kind in has)

    def provable(self, account_id: UUID, role: Role) -> frozenset[str]:
        """The most that an account proves with its password and one of these; nothing without."""
        held = StaffAuthenticator.objects.filter(
            account_id=account_id, kind__in=self.allowed(role)
        ).values_list("kind", "is_hardware_bound")
        proven = (_proven_by(Kind(kind), is_bound) for kind, is_bound in held)
        return max(proven, key=aal_of, default=frozenset())


def _proven_by(kind: Kind, is_hardware_bound: bool) -> frozenset[str]:  # noqa: FBT001 - a row's
    is_certificate = kind is Kind.CERTIFICATE
    factor = AMR if is_certificate else proven_by(kind, is_hardware_bound=is_hardware_bound)
    return completed({PASSWORD, *factor})


def _purpose(kind: str) -> str:
    return f"staff.authenticator.{kind}"
