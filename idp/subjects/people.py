"""People: opening an account for a proven phone or address, finding a person, checking a password.

How a phone or an e-mail address is proven and how often a password may be tried is the journey's.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from connectors.documents.names import mask_name
from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.database.insertion import insert, insert_together
from idp.foundation.sealing.blind_index import BlindIndex
from idp.subjects.authenticators.kinds import Kind, Offer
from idp.subjects.authenticators.password import PasswordKind
from idp.subjects.authenticators.records import AuthenticatorRecords, NewRow, first_row
from idp.subjects.contact_changes import ContactChanges
from idp.subjects.evidence import EvidenceChain
from idp.subjects.families import family, subject_aliases
from idp.subjects.fields import OpenFields, PersonalFields
from idp.subjects.identifiers import TypedIdentifier, mask_email, mask_phone
from idp.subjects.level_rules import EMAIL_CODE, SMS_CODE
from idp.subjects.links import NewEvidence
from idp.subjects.minors import minor_until
from idp.subjects.models import Authenticator, Identifier, Person
from idp.subjects.passwords import Passwords
from idp.subjects.rows import find_person, read_admission, read_person
from idp.subjects.subject_identifiers import KnownAs
from idp.subjects.verified_names import verified_name

PROVING: Final[Mapping[str, Kind]] = MappingProxyType(
    {Identifier.Kind.PHONE: Kind.SMS, Identifier.Kind.EMAIL: Kind.EMAIL}
)
"""The authenticator that a proven identifier is, by the identifier's kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a person stands with us; `masked_name` falls back to the masked phone or address.

    `email` is their confirmed address, "" for none.
    """

    person_id: UUID
    status: str
    masked_name: str
    masked_phone: str = ""
    phone: str = field(default="", repr=False)
    masked_email: str = ""
    email: str = field(default="", repr=False)
    has_password: bool = False
    has_passkey: bool = False
    aliases: tuple[KnownAs, ...] = ()
    """Where they go on being known by another `sub`, after a merge."""
    minor_until: datetime | None = None
    """Until when they are under 14; None for everybody else."""

    @property
    def masked_identifier(self) -> str:
        """The phone, else the address: what the person knows the account by."""
        return self.masked_phone or self.masked_email


class NotAdmitted(Exception):
    """The account is not open: nobody signs in on it. `person_id` is whose it is."""

    def __init__(self, person_id: UUID, status: str) -> None:
        super().__init__(status)
        self.person_id = person_id
        self.status = status


class IdentifierTaken(Exception):
    """Somebody is already found by this identifier."""


class People:
    """Every change is written in one transaction with its audit event."""

    def __init__(
        self,
        *,
        fields: PersonalFields,
        index: BlindIndex,
        passwords: Passwords,
        chain: EvidenceChain,
        contacts: ContactChanges,
        clock: Clock,
    ) -> None:
        self._fields = fields
        self._index = index
        self._records = AuthenticatorRecords(fields=fields)
        self._passwords = PasswordKind(records=self._records, passwords=passwords)
        self._chain = chain
        self._contacts = contacts
        self._clock = clock

    def find(self, identifier: TypedIdentifier) -> UUID | None:
        """The person found by an identifier."""
        return find_person(identifier.kind, self.blind(identifier))

    def blind(self, identifier: TypedIdentifier) -> bytes:
        """The blind index of an identifier: what counters and look-ups are keyed by."""
        return self._index.of(f"identifier.{identifier.kind}", identifier.value)

    def find_or_register(self, phone: str, *, client_id: str, now: datetime) -> tuple[UUID, bool]:
        """The person whose phone (E.164) was just proven, and whether the account is new.

        Two registrations of one phone at once end as one account.
        """
        proven = TypedIdentifier(kind=Identifier.Kind.PHONE, value=phone)
        proof = _proof(SMS_CODE, "phone_number", phone, level=1, now=now)
        return self._find_or_register(proven, proof, client_id=client_id)

    def find_or_register_email(
        self, address: str, *, level: int, client_id: str, now: datetime
    ) -> tuple[UUID, bool]:
        """The person whose e-mail address was just proven, and whether the account is new.

        `level` is what the address alone is worth: 0 where a real-name check has to follow.
        """
        proven = TypedIdentifier(kind=Identifier.Kind.EMAIL, value=address)
        proof = _proof(EMAIL_CODE, "email", address, level=level, now=now)
        return self._find_or_register(proven, proof, client_id=client_id)

    def _find_or_register(
        self, proven: TypedIdentifier, proof: NewEvidence, *, client_id: str
    ) -> tuple[UUID, bool]:
        if person_id := self.find(proven):
            return person_id, False
        with suppress(IdentifierTaken):
            return self._register(proven, proof, client_id=client_id), True
        # Somebody registered it at this very moment: the unique index let one of us in.
        rows = Identifier.objects.filter(kind=proven.kind, blind_index=self.blind(proven))
        return rows.get().person_id, False

    def admit(self, person_id: UUID) -> UUID:
        """Whom a proof signs in: of somebody merged into another, that other.

        Raises:
            NotAdmitted: the account is frozen or closed.
            Person.DoesNotExist: there is no such person.
        """
        status, survivor, their_status = read_admission(person_id)
        whose = person_id
        if survivor is not None:
            whose, status = survivor, their_status or ""
        if status != Person.Status.ACTIVE:
            raise NotAdmitted(whose, status)
        return whose

    def add_identifier(
        self, person_id: UUID, identifier: TypedIdentifier, *, verified_at: datetime | None
    ) -> None:
        """Let a person be found by one more identifier.

        Raises:
            IdentifierTaken: somebody already is.
        """
        fields = self._fields.of(person_id)
        try:
            with transaction.atomic():
                insert(self._identifier(fields, identifier, verified_at))
                if identifier.kind in PROVING and verified_at is not None:
                    kind = PROVING[identifier.kind]
                    self._records.keep(NewRow(person_id=person_id, kind=kind, now=verified_at))
                    self._contacts.taken_over(identifier, person_id, now=verified_at)
        except IntegrityError as conflict:
            raise IdentifierTaken from conflict

    def identifiers(self, person_id: UUID) -> dict[str, tuple[str, datetime | None]]:
        """A person's identifiers by kind, each with the instant it was verified."""
        rows = Identifier.objects.filter(person_id__in=family(person_id)).order_by("-id")
        found = sorted(rows, key=lambda row: row.person_id == person_id)  # one's own come last
        return {
            row.kind: (
                self._fields.of(row.person_id).unseal(f"identifier.{row.kind}", row.sealed_value),
                row.verified_at,
            )
            for row in found
        }

    def check_password(self, identifier: TypedIdentifier | None, password: str) -> UUID | None:
        """The person this identifier and password belong to, or None.

        The work is the same whether the account exists, has a password, or neither.
        """
        kept = None
        if identifier is not None:
            kept = Authenticator.objects.filter(
                kind=Kind.PASSWORD,
                person__identifiers__kind=identifier.kind,
                person__identifiers__blind_index=self.blind(identifier),
            ).first()
        is_right = self._passwords.is_right(kept, password, now=self._clock.now())
        return kept.person_id if kept is not None and is_right else None

    def is_password_of(self, person_id: UUID, password: str) -> bool:
        """Check the password of a person already recognised."""
        kept = self._records.row(person_id, Kind.PASSWORD)
        return self._passwords.is_right(kept, password, now=self._clock.now())

    def set_password(self, person_id: UUID, password: str, *, now: datetime) -> None:
        """Set or change a password that operators declare.

        Raises:
            NotTaken: it breaks a rule.
        """
        offer = Offer(person_id=person_id, answer=password, now=now)
        with transaction.atomic():
            self._passwords.add(offer, is_chosen=False)
            self._record("person.password_changed", person_id)

    def standing(self, person_id: UUID, *, now: datetime) -> Standing:  # noqa: ARG002 - a level may matter later
        """How a person stands with us, masked for pages.

        Raises:
            Person.DoesNotExist: there is no such person.
        """
        row = read_person(person_id)
        fields = self._fields.opened(person_id, row.sealed_key, is_destroyed=row.is_key_destroyed)
        phone = email = name = ""
        if row.sealed_email is not None:
            email = fields.unseal(f"identifier.{Identifier.Kind.EMAIL}", row.sealed_email)
        if row.sealed_phone is not None:
            phone = fields.unseal(f"identifier.{Identifier.Kind.PHONE}", row.sealed_phone)
        if row.sealed_name is not None:
            name = fields.unseal("document.name", row.sealed_name)
        elif row.has_folders:
            name = self.verified_name(person_id)
        masked_phone = mask_phone(phone) if phone else ""
        masked_email = mask_email(email) if email else ""
        return Standing(
            person_id=person_id,
            status=row.status,
            masked_name=mask_name(name) if name else masked_phone or masked_email,
            masked_phone=masked_phone,
            phone=phone,
            masked_email=masked_email,
            email=email,
            has_password=row.has_password,
            has_passkey=row.has_passkey,
            aliases=subject_aliases(person_id) if row.has_folders else (),
            minor_until=minor_until(person_id) if row.is_minor or row.has_folders else None,
        )

    def verified_name(self, person_id: UUID) -> str:
        """The holder's name on the person's live document; "" before any is verified."""
        return verified_name(self._fields, person_id)

    def unbind_phone(self, person_id: UUID, phone: str) -> None:
        """The number is somebody else's now: it neither finds nor reaches this person any more."""
        proven = TypedIdentifier(kind=Identifier.Kind.PHONE, value=phone)
        with transaction.atomic():
            found = Identifier.objects.filter(
                person_id__in=family(person_id), kind=proven.kind, blind_index=self.blind(proven)
            )
            folder = found.values_list("person_id", flat=True).first()
            if folder is not None:
                found.delete()
                Authenticator.objects.filter(person_id=folder, kind=Kind.SMS).delete()
                self._record("person.phone_unbound", person_id)

    def replace_phone(self, person_id: UUID, phone: str, *, now: datetime) -> None:
        """Let a proven number (E.164) find the person instead of the one they had.

        Raises:
            IdentifierTaken: somebody is found by it.
        """
        proven = TypedIdentifier(kind=Identifier.Kind.PHONE, value=phone)
        self._replace(person_id, proven, "person.phone_replaced", now)

    def replace_email(self, person_id: UUID, address: str, *, now: datetime) -> None:
        """Let a proven e-mail address find the person, instead of the one they had.

        Raises:
            IdentifierTaken: somebody is found by it.
        """
        proven = TypedIdentifier(kind=Identifier.Kind.EMAIL, value=address)
        self._replace(person_id, proven, "person.email_replaced", now)

    def lose_phone(self, person_id: UUID) -> None:
        """The person's number neither finds nor reaches them any more: they say it is lost."""
        with transaction.atomic():
            if self._forget(person_id, Identifier.Kind.PHONE):
                self._record("person.phone_unbound", person_id)

    def remove_email(self, person_id: UUID) -> None:
        """The person's e-mail address neither finds nor reaches them any more."""
        with transaction.atomic():
            self._forget(person_id, Identifier.Kind.EMAIL)
            self._record("person.email_removed", person_id)

    def _replace(self, person_id: UUID, proven: TypedIdentifier, event: str, now: datetime) -> None:
        with transaction.atomic():
            self._forget(person_id, proven.kind)
            self.add_identifier(person_id, proven, verified_at=now)
            self._record(event, person_id)

    def _forget(self, person_id: UUID, kind: str) -> bool:
        """Forget what finds the person, and what it proves; False where there was none."""
        mine = list(family(person_id).values_list("id", flat=True))
        Authenticator.objects.filter(person_id__in=mine, kind=PROVING[kind]).delete()
        return bool(Identifier.objects.filter(person_id__in=mine, kind=kind).delete()[0])

    def open_account(self, *, client_id: str, now: datetime) -> UUID:
        """An account without a phone, for whoever is just being proven by a document."""
        with transaction.atomic():
            person = Person.objects.create(created_at=now, updated_at=now)
            self._fields.create(person.id)
            self._record("person.registered", person.id, client_id=client_id)
            return person.id

    def _register(self, proven: TypedIdentifier, proof: NewEvidence, *, client_id: str) -> UUID:
        now = proof.checked_at
        person = Person(created_at=now, updated_at=now)
        key, fields = self._fields.beginning(person.id)
        with transaction.atomic():
            try:
                insert_together(
                    person,
                    key,
                    self._identifier(fields, proven, now),
                    first_row(person.id, PROVING[proven.kind], now=now),
                    *self._chain.beginning(fields, proof),
                )
            except IntegrityError as conflict:
                raise IdentifierTaken from conflict
            self._contacts.taken_over(proven, person.id, now=now)
            self._record("person.registered", person.id, client_id=client_id)
        return person.id

    def _identifier(
        self, fields: OpenFields, identifier: TypedIdentifier, verified_at: datetime | None
    ) -> Identifier:
        return Identifier(
            person_id=fields.person_id,
            kind=identifier.kind,
            blind_index=self.blind(identifier),
            sealed_value=fields.seal(f"identifier.{identifier.kind}", identifier.value),
            verified_at=verified_at,
        )

    def _record(self, event_type: str, person_id: UUID, *, client_id: str = "") -> None:
        event = AuditEvent(
            type=event_type, outcome="success", subject=str(person_id), client_id=client_id
        )
        record(event, clock=self._clock)


def _proof(method: str, claim: str, value: str, *, level: int, now: datetime) -> NewEvidence:
    """What a code that came back proves: that the person is reached there."""
    return NewEvidence(
        method=method,
        authority="self",
        checked_at=now,
        matched_claims=(claim,),
        values={claim: value},
        identity_level=level,
    )
