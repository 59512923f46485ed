"""All that we hold of a person, for that person: one JSON object, in the clear (PIPL 45).

Owns what is in it and how often it may be taken. Secrets that prove the person (hashes, keys) are
not theirs to read, and stay out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import transaction

from idp.account.connected import Connected, Service
from idp.foundation.audit import AuditEvent, record
from idp.foundation.audit.models import AuditRow
from idp.foundation.clock import Clock, from_microseconds
from idp.foundation.storage import ShortLivedStore
from idp.sessions.directory import Sessions
from idp.sessions.known_devices import DeviceBook, KnownDevice
from idp.subjects.authenticators.directory import Authenticators
from idp.subjects.authenticators.records import Held
from idp.subjects.contact_changes import ContactChanges
from idp.subjects.contacts import KnownContact
from idp.subjects.disclosures import Told
from idp.subjects.families import folders
from idp.subjects.models import Person
from idp.subjects.notices import DEFAULT_LANGUAGE
from idp.subjects.own_records import Agreement, OwnDocument, OwnEvidence, OwnPurpose, OwnRecords
from idp.subjects.people import People
from idp.subjects.profiles import Profiles

FORMAT: Final = "tongxing-export/1"
A_DAY: Final = 10
"""How often one person may take their data along in 24 hours."""
LATEST: Final = 1_000
"""How many of the latest events are in it; older ones are given out on request."""


class ExportedOften(Exception):
    """The person took their data along as often as one may in a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exports:
    issuer: str
    people: People
    profiles: Profiles
    records: OwnRecords
    authenticators: Authenticators
    contacts: ContactChanges
    sessions: Sessions
    devices: DeviceBook
    connected: Connected
    store: ShortLivedStore
    clock: Clock

    def take(self, person_id: UUID, *, language: str = DEFAULT_LANGUAGE) -> dict[str, Any]:
        """Everything, as it stands now; the person is told that it was taken.

        Raises:
            ExportedOften: too often in a day.
        """
        if self.store.increment(f"export:{person_id.hex}", ttl=86_400) > A_DAY:
            raise ExportedOften
        found = self._gather(person_id)
        with transaction.atomic():
            event = AuditEvent(type="person.exported", outcome="success", subject=str(person_id))
            record(event, clock=self.clock)
            self.authenticators.notices.tell(person_id, "data_exported", language=language)
        return found

    def _gather(self, person_id: UUID) -> dict[str, Any]:
        now = self.clock.now()
        person = Person.objects.get(id=person_id)
        return {
            "format": FORMAT,
            "made_at": now,
            "provider": self.issuer,
            "account": {
                "id": person.id,
                "status": person.status,
                "opened_at": person.created_at,
                "changed_at": person.updated_at,
            },
            "identifiers": [
                {"kind": kind, "value": value, "verified_at": verified_at}
                for kind, (value, verified_at) in self.people.identifiers(person_id).items()
            ],
            "contacts": [_contact(each) for each in self.contacts.book.every(person_id)],
            "said_of_oneself": self.profiles.read(person_id),
            "documents": [_document(each) for each in self.records.documents(person_id)],
            "checks": [_check(each) for each in self.records.evidence(person_id, now=now)],
            "ways_to_sign_in": [_way(each) for each in self.authenticators.of(person_id)],
            "sessions": [
                {
                    "device": each.channel,
                    "began_at": each.authenticated_at,
                    "services": [one.client_id for one in self.sessions.participants(each.id)],
                }
                for each in self.sessions.of_person(person_id, now=now)
            ],
            "devices": [_device(each) for each in self.devices.of(person_id, now=now)],
            "told_of_new_devices": self.devices.notice_choice(person_id),
            "services": [_service(each) for each in self.connected.services(person_id, now=now)],
            "agreements": [_agreement(each) for each in self.records.agreements(person_id)],
            "separate_consents": [_purpose(each) for each in self.records.purposes(person_id)],
            "trail": trail_of(person_id),
        }


def as_json(export: Mapping[str, Any]) -> bytes:
    """The export as a file: UTF-8, indented for people who read it."""
    return orjson.dumps(dict(export), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def trail_of(person_id: UUID) -> list[dict[str, Any]]:
    """What the audit says of a person, the latest first; parties are identifiers."""
    people = [str(each) for each in (person_id, *folders(person_id))]
    rows = AuditRow.objects.filter(subject__in=people).order_by("-id")[:LATEST]
    return [
        {
            "at": from_microseconds(row.at),
            "event": row.type,
            "outcome": row.outcome,
            "client_id": row.client_id,
            "channel": row.channel,
            "device": row.device,
            "operator": row.operator,
        }
        for row in rows
    ]


def _document(document: OwnDocument) -> dict[str, Any]:
    return {
        "document_type": document.document_type,
        "number": document.number,
        "holder_name": document.holder_name,
        "issuer": document.issuer,
        "valid_until": document.valid_until,
        "is_live": document.is_live,
        "added_at": document.added_at,
        "replaced_at": document.replaced_at,
    }


def _way(held: Held) -> dict[str, Any]:
    return {
        "kind": held.kind,
        "label": held.label,
        "added_at": held.created_at,
        "last_used_at": held.last_used_at,
    }


def _contact(contact: KnownContact) -> dict[str, Any]:
    return {
        "kind": contact.value.kind,
        "value": contact.value.value,
        "added_at": contact.added_at,
        "is_by_guardian": contact.set_by is not None,
    }


def _device(device: KnownDevice) -> dict[str, Any]:
    return {
        "name": device.name,
        "network": device.network,
        "first_seen_at": device.first_seen_at,
        "last_month": device.last_month,
        "is_known": device.is_settled,
    }


def _check(evidence: OwnEvidence) -> dict[str, Any]:
    return {
        "method": evidence.method,
        "authority": evidence.authority,
        "outcome": evidence.outcome,
        "checked_at": evidence.checked_at,
        "reference": evidence.reference,
        "device": evidence.device,
        "values": dict(evidence.values),
        "level": evidence.level,
        "until": evidence.until,
    }


def _service(service: Service) -> dict[str, Any]:
    return {
        "client_id": service.client_id,
        "name": dict(service.client.client_name) if service.client else {},
        "last_at": service.last_at,
        "has_access": service.has_access,
        "told": [_told(each) for each in service.told],
    }


def _told(told: Told) -> dict[str, Any]:
    return {
        "day": told.day,
        "claims": told.claims,
        "basis": told.basis,
        "times": told.times,
        "first_at": told.first_at,
        "last_at": told.last_at,
    }


def _purpose(given: OwnPurpose) -> dict[str, Any]:
    return {
        "purpose": given.purpose,
        "notice_version": given.notice_version,
        "given_at": given.given_at,
        "ended_at": given.ended_at,
    }


def _agreement(agreement: Agreement) -> dict[str, Any]:
    return {
        "client_id": agreement.client_id,
        "granted": agreement.granted,
        "declined": agreement.declined,
        "basis": agreement.basis,
        "notice_version": agreement.notice_version,
        "granted_at": agreement.granted_at,
        "ended_at": agreement.ended_at,
        "is_withdrawn": agreement.is_withdrawn,
    }
