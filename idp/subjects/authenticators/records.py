"""The rows of people's authenticators: written, read and compared-and-set; secrets stay sealed.

What a secret means is its kind's. Every use is one conditional update, so that of two uses of one
code, one time step or one signature counter at once only one counts.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction

from idp.subjects.authenticators.kinds import DECLARED, Kind, NotTaken, Refusal
from idp.subjects.authenticators.levels import proven_by
from idp.subjects.families import family
from idp.subjects.fields import PersonalFields
from idp.subjects.models import Authenticator, Person
from idp.subjects.rows import read_authenticator, read_authenticators, read_kinds, write_use

LONGEST_LABEL: Final = 40
_COUNTING: Final = frozenset({"drift", "is_backed_up"})
"""Beside the counter, what a use of an app's code or of a passkey writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One authenticator of a person, as pages may show it."""

    id: UUID
    kind: Kind
    label: str = field(repr=False)
    created_at: datetime
    last_used_at: datetime | None
    is_backed_up: bool = False
    is_hardware_bound: bool = False
    used: int = 0
    """How often the counter went up: for recovery codes, how many are used."""

    @property
    def amr(self) -> frozenset[str]:
        return proven_by(self.kind, is_hardware_bound=self.is_hardware_bound)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRow:
    """What is to be kept of a new authenticator."""

    person_id: UUID
    kind: Kind
    now: datetime
    label: str = field(default="", repr=False)
    secret: Mapping[str, Any] | None = field(default=None, repr=False)
    columns: Mapping[str, Any] = field(default_factory=dict, repr=False)


class AuthenticatorStore(Protocol):
    """What the services of passkeys and of apps' codes need of a table of authenticators.

    People's and staff's stand in tables of their own, sealed in ways of their own; a row has the
    columns of `Authenticator` that its kind uses, and says whose it is as `person_id`.
    """

    def row(self, person_id: UUID, kind: Kind) -> Any: ...

    def all_of(self, person_id: UUID, kind: Kind) -> Sequence[Any]: ...

    def by_handle(self, kind: Kind, handle: bytes) -> Any: ...

    def secret_of(self, row: Any) -> dict[str, Any]: ...

    def keep(self, new: NewRow) -> Any: ...

    def used(
        self, row: Any, *, now: datetime, counter: int | None = None, **columns: Any
    ) -> bool: ...


class AuthenticatorRecords:
    """Reads and writes the table of people's; an `AuthenticatorStore`."""

    def __init__(self, *, fields: PersonalFields) -> None:
        self._fields = fields

    def of(self, person_id: UUID) -> tuple[Held, ...]:
        """A person's authenticators, oldest first."""
        found = Authenticator.objects.filter(person_id__in=family(person_id))
        rows = list(found.order_by("created_at", "id"))
        fields = {row.person_id: self._fields.of(row.person_id) for row in rows if row.sealed_label}
        return tuple(
            Held(
                id=row.id,
                kind=Kind(row.kind),
                label=fields[row.person_id].unseal("authenticator.label", row.sealed_label)
                if row.sealed_label
                else "",
                created_at=row.created_at,
                last_used_at=row.last_used_at,
                is_backed_up=row.is_backed_up,
                is_hardware_bound=row.is_hardware_bound,
                used=row.counter,
            )
            for row in rows
        )

    def proving(self, person_id: UUID) -> tuple[tuple[Kind, frozenset[str]], ...]:
        """The kinds a person has and what each proves: one statement, and no key is opened."""
        return tuple(
            (Kind(kind), proven_by(Kind(kind), is_hardware_bound=is_bound))
            for kind, is_bound in read_kinds(person_id)
        )

    def row(self, person_id: UUID, kind: Kind) -> Authenticator | None:
        """The person's one authenticator of a kind that there is one of; their own, if any.

        Of a folder's: where they have none, that of somebody merged into them.
        """
        found = read_authenticators(person_id, kind)
        rows = sorted(found, key=lambda row: row.person_id != person_id)
        return rows[0] if rows else None

    def all_of(self, person_id: UUID, kind: Kind) -> list[Authenticator]:
        """The person's authenticators of a kind that there may be several of."""
        return read_authenticators(person_id, kind)

    def by_handle(self, kind: Kind, handle: bytes) -> Authenticator | None:
        return read_authenticator(kind, handle)

    def secret_of(self, row: Authenticator) -> dict[str, Any]:
        opened = self._fields.of(row.person_id).unseal(_purpose(row.kind), row.sealed_secret)
        secret: dict[str, Any] = orjson.loads(opened)
        return secret

    def keep(self, new: NewRow) -> Authenticator:
        """Keep a new one.

        Raises:
            NotTaken: the person has as many of the kind as they may, or somebody has this very one.
        """
        row = Authenticator(
            id=uuid.uuid4(),
            person_id=new.person_id,
            kind=new.kind,
            created_at=new.now,
            last_used_at=new.now,
            **new.columns,
        )
        if new.label or new.secret is not None:
            fields = self._fields.of(new.person_id)
            if new.label:
                row.sealed_label = fields.seal("authenticator.label", new.label[:LONGEST_LABEL])
            if new.secret is not None:
                text = orjson.dumps(dict(new.secret)).decode()
                row.sealed_secret = fields.seal(_purpose(new.kind), text)
        with transaction.atomic():
            # One after the other for each person, so that nobody gets one too many.
            Person.objects.select_for_update().get(id=new.person_id)
            held = Authenticator.objects.filter(person_id=new.person_id, kind=new.kind).count()
            if held >= DECLARED[new.kind].most:
                raise NotTaken(Refusal.TOO_MANY)
            try:
                with transaction.atomic():
                    row.save(force_insert=True)
            except IntegrityError as conflict:
                raise NotTaken(Refusal.ALREADY_HELD) from conflict
        return row

    def used(
        self, row: Authenticator, *, now: datetime, counter: int | None = None, **columns: Any
    ) -> bool:
        """Write one use; False when the row was used or removed since it was read."""
        counted = row.counter if counter is None else counter
        if columns.keys() <= _COUNTING:
            kept = {name: columns.get(name, getattr(row, name)) for name in _COUNTING}
            return write_use(row, now=now, counter=counted, **kept)
        found = Authenticator.objects.filter(id=row.id, counter=row.counter)
        return bool(found.update(last_used_at=now, counter=counted, **columns))

    def rename(self, person_id: UUID, authenticator_id: UUID, label: str) -> bool:
        kept = label.strip()[:LONGEST_LABEL]
        found = Authenticator.objects.filter(id=authenticator_id, person_id__in=family(person_id))
        folder = found.values_list("person_id", flat=True).first()
        if folder is None:
            return False
        sealed = self._fields.of(folder).seal("authenticator.label", kept) if kept else b""
        return bool(found.update(sealed_label=sealed))

    def remove(self, person_id: UUID, authenticator_id: UUID) -> bool:
        """Forget one, its secret included; a kind's other rows stay."""
        found = Authenticator.objects.filter(id=authenticator_id, person_id__in=family(person_id))
        return bool(found.delete()[0])


def first_row(person_id: UUID, kind: Kind, *, now: datetime) -> Authenticator:
    """What somebody has from the beginning, to be written in the transaction that makes them.

    Nobody else can see them yet, so that nobody adds or holds one beside it.
    """
    return Authenticator(person_id=person_id, kind=kind, created_at=now, last_used_at=now)


def _purpose(kind: str) -> str:
    return f"authenticator.{kind}"
