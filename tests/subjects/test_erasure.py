"""Deleting a person: nothing stays readable or findable, and the chains still verify."""

from datetime import timedelta
from uuid import UUID

import pytest

from idp.foundation.audit import chain_pending, verify_chain
from idp.foundation.audit.models import AuditRow
from idp.foundation.database import Database
from idp.foundation.sealing.data_keys import KeyDestroyed
from idp.foundation.sealing.models import DataKey
from idp.journey.consent.ledger import NOTICE_VERSION
from idp.sessions.models import ParticipantRow, SessionRow
from idp.subjects.consents import Answer, Release
from idp.subjects.disclosures import Disclosures, told_of
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.models import (
    Authenticator,
    Consent,
    Document,
    DocumentMention,
    Evidence,
    GuardianConsent,
    Guardianship,
    Identifier,
    LevelRow,
    Person,
    SelfDescription,
)
from idp.tokens.ledger import GrantLedger
from idp.tokens.models import GrantRow
from tests.city import City
from tests.own_space import grants_of
from tests.subjects.test_evidence import NUMBER, verified
from tests.trail import events

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R13")]

NAMES = Release(userinfo_claims=frozenset({"name"}))


@pytest.fixture
def person_id(city: City, database: Database, phone: str) -> UUID:
    """Somebody with everything an account can have."""
    city.rooms.erasures.announce_to(grants_of(city, database))
    found: UUID = city.resident(phone, password="quiet-otter-42-lanterns")
    verified(city, found)
    now = city.clock.now()
    city.rooms.profiles.write(found, {"nickname": "小陈"})
    city.rooms.phone_changes.ask(found, "+8613700000055", now=now)
    answer = Answer(offered=NAMES, granted=NAMES, notice_version=NOTICE_VERSION, basis="consent")
    city.rooms.consents.give(found, "portal", answer, now=now)
    note = Disclosures(database, clock=city.clock).note
    note(found, "portal", ("name",), basis="consent", now=now)
    session, _secret = city.rooms.sessions.start(
        person_id=found, aal=1, amr=("pwd",), channel="web", now=now
    )
    ParticipantRow.objects.create(
        session_id=session.id, client_id="portal", sid="s", sub="sub", joined_at=now
    )
    GrantRow.objects.create(
        id=UUID(int=7), client_id="portal", person_id=found, session_id=session.id, sub="sub",
        authenticated_at=0, offline=False, created_at=0, expires_at=2**60,
    )  # fmt: skip
    return found


def test_nothing_is_readable_or_found_when_a_person_was_deleted(
    city: City, person_id: UUID, phone: str
) -> None:
    now = city.clock.now()
    assert city.rooms.erasures.erase(person_id, now=now)
    for empty in (Identifier, Authenticator, SelfDescription, LevelRow, Consent):
        assert not empty.objects.exists(), empty
    assert not SessionRow.objects.exists()
    assert not ParticipantRow.objects.exists()
    assert told_of(person_id) == ()
    document = Document.objects.get()
    assert bytes(document.blind_index + document.sealed_number + document.sealed_name) == b""
    assert bytes(DataKey.objects.get(owner=person_id).sealed_key) == b""
    assert not any(bytes(each.sealed_values) for each in Evidence.objects.all())
    with pytest.raises(KeyDestroyed):
        city.rooms.fields.of(person_id)
    assert city.rooms.claims.read(person_id, ("name", "phone_number"), now=now) == {}
    assert city.rooms.people.find(TypedIdentifier(kind="phone", value=phone)) is None
    assert city.rooms.documents.holder(NUMBER, "陈思远") is None
    assert Person.objects.get(id=person_id).status == Person.Status.DELETED


def test_chains_verify_when_a_person_was_deleted(city: City, person_id: UUID) -> None:
    city.rooms.erasures.erase(person_id, now=city.clock.now())
    assert Evidence.objects.count() == 2
    assert city.rooms.chain.first_broken_link(person_id) is None
    chain_pending(city.clock.now())
    report = verify_chain(AuditRow.objects.order_by("seq"))
    assert report.is_intact
    assert len(events("person.deleted")) == 1


def test_phone_and_document_open_a_new_account_when_the_old_was_deleted(
    city: City, person_id: UUID, phone: str
) -> None:
    city.rooms.erasures.erase(person_id, now=city.clock.now())
    anew = city.resident(phone)
    verified(city, anew)
    assert anew != person_id
    assert city.rooms.documents.holder(NUMBER, "陈思远") == anew


def test_tokens_end_and_their_rows_go_when_a_person_was_deleted(
    city: City, database: Database, person_id: UUID
) -> None:
    city.rooms.erasures.erase(person_id, now=city.clock.now())
    grant = GrantRow.objects.get()
    assert grant.revoked_reason in {"session_end", "person_deleted"}
    city.clock.advance(days=2)
    GrantLedger(database).purge(now=city.clock.now())
    assert not GrantRow.objects.exists()


def test_person_is_deleted_once_when_it_is_asked_twice(city: City, person_id: UUID) -> None:
    assert city.rooms.erasures.erase(person_id, now=city.clock.now())
    assert not city.rooms.erasures.erase(person_id, now=city.clock.now())
    assert len(events("person.deleted")) == 1


def test_wish_waits_once_when_it_is_repeated(city: City, person_id: UUID) -> None:
    due_at = city.rooms.erasures.ask(person_id, now=city.clock.now())
    city.clock.advance(days=1)
    assert city.rooms.erasures.ask(person_id, now=city.clock.now()) == due_at
    assert city.rooms.erasures.due_at(person_id) == due_at
    assert len(events("person.deletion_asked")) == 1
    assert not city.rooms.erasures.stop(person_id, now=due_at)


def test_folders_of_merged_people_go_along_when_their_survivor_is_deleted(
    city: City, person_id: UUID
) -> None:
    other = city.resident("+8613700000077")
    verified(city, other, number="350200199909099914")
    Person.objects.filter(id=other).update(merged_into=person_id, status=Person.Status.MERGED)
    shown = city.rooms.records.documents(person_id)
    assert {each.number for each in shown} == {NUMBER, "350200199909099914"}
    assert len(city.rooms.records.evidence(person_id, now=city.clock.now())) == 4
    assert city.rooms.erasures.erase(person_id, now=city.clock.now())
    assert not Identifier.objects.exists()
    assert not any(bytes(each.sealed_number) for each in Document.objects.all())
    assert {each.status for each in Person.objects.all()} == {Person.Status.DELETED}
    assert not any(bytes(each.sealed_key) for each in DataKey.objects.all())
    for each in (person_id, other):
        assert city.rooms.chain.first_broken_link(each) is None


def test_signs_of_duplicates_go_when_the_document_was_a_deleted_persons(
    city: City, person_id: UUID
) -> None:
    other = city.resident("+8613700000077")
    document = Document.objects.get()
    DocumentMention.objects.create(
        person_id=other,
        document_type=document.document_type,
        blind_index=document.blind_index,
        source="claimed",
        evidence=Evidence.objects.filter(person_id=other).get(),
        at=city.clock.now(),
    )
    city.rooms.erasures.erase(person_id, now=city.clock.now())
    assert not DocumentMention.objects.exists()
    assert Identifier.objects.get().person_id == other


def test_guardianship_ends_when_either_is_deleted(city: City, person_id: UUID) -> None:
    child = city.resident("+8613700000078")
    evidence = Evidence.objects.filter(person_id=child).get()
    now = city.clock.now()
    bond = Guardianship.objects.create(
        ward_id=child,
        guardian_id=person_id,
        relation="mother",
        evidence=evidence,
        began_at=now,
        ends_at=now + timedelta(days=100),
    )
    GuardianConsent.objects.create(
        ward_id=child, client_id="portal", state="given", guardianship=bond, asked_at=now
    )
    city.rooms.erasures.erase(person_id, now=now)
    assert Guardianship.objects.get().end_reason == "person_deleted"
    assert GuardianConsent.objects.get().state == "withdrawn"
    city.rooms.erasures.erase(child, now=now)
    assert not GuardianConsent.objects.exists()
