from uuid import UUID

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from idp.subjects.documents import (
    Check,
    DocumentHeldByAnother,
    PersonHoldsAnother,
    VerifiedDocument,
)
from idp.subjects.models import Document, Person
from tests.city import City
from tests.racing import at_once
from tests.trail import events

pytestmark = pytest.mark.storage
NUMBER, OTHER_NUMBER = "350200198803149915", "350200199207259928"


def keep(city: City, person_id: UUID, number: str = NUMBER) -> UUID:
    document = VerifiedDocument(
        document_type="resident_id_card", number=number, holder_name="陈思远"
    )
    check = Check(
        method="population_two_factor",
        authority="cn_population_library",
        checked_at=city.clock.now(),
        identity_level=2,
    )
    return city.rooms.documents.keep(person_id, document, check, client_id="portal")


def be_patient() -> None:
    """A hundred writers on a busy machine: SQLite's queue is not fair, so nobody gives up early."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 60000")


def newcomers(city: City, count: int) -> list[UUID]:
    """People of whom nothing is known yet."""
    now = city.clock.now()
    with transaction.atomic():
        people = [Person.objects.create(created_at=now, updated_at=now).id for _ in range(count)]
        for each in people:
            city.rooms.fields.create(each)
    return people


@pytest.mark.requirement("R5")
@pytest.mark.slow
def test_exactly_one_wins_when_two_people_claim_one_document_at_once(city: City) -> None:
    people = newcomers(city, 100)

    def claim(number: int) -> bool:
        be_patient()
        try:
            keep(city, people[number])
        except DocumentHeldByAnother:
            return False
        finally:
            connections.close_all()
        return True

    answers = at_once(100, claim)
    assert sorted(answers) == [False] * 99 + [True]  # type: ignore[type-var]
    winner = people[answers.index(True)]
    assert Document.objects.get(state="live").person_id == winner
    assert [row.subject for row in events("document.verified")] == [str(winner)]
    refused = {row.subject for row in events("document.held_by_another")}
    assert refused == {str(each) for each in people} - {str(winner)}
    told = [row.subject for row in events("document.claimed_by_another")]
    assert told == [str(winner)] * 99
    found = city.rooms.documents.mentions.duplicates()
    assert {each.claimant for each in found} == set(people) - {winner}
    assert {each.holder for each in found} == {winner}


def test_document_is_refused_when_the_person_holds_another_number(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    keep(city, person_id)
    with pytest.raises(PersonHoldsAnother):
        keep(city, person_id, OTHER_NUMBER)


@pytest.mark.requirement("R13")
def test_document_is_unreadable_when_the_database_is_read(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    keep(city, person_id)
    row = Document.objects.get()
    stored = bytes(row.sealed_number) + bytes(row.sealed_name) + bytes(row.blind_index)
    assert NUMBER.encode() not in stored
    assert "陈思远".encode() not in stored
    assert city.rooms.documents.masked(person_id) == "3502**********9915"
    assert city.rooms.documents.masked(city.resident("+8613700000001")) == ""


@pytest.mark.requirement("R5")
def test_first_document_is_kept_in_few_statements_when_an_authority_confirmed_it(
    city: City,
) -> None:
    """What every citizen waits for once; the lock is PostgreSQL's, SQLite's is the transaction."""
    (person_id,) = newcomers(city, 1)
    with CaptureQueriesContext(connection) as sent:
        keep(city, person_id)
    said = [each["sql"].split(maxsplit=1)[0] for each in sent]
    writes = [word for word in said if word in {"INSERT", "UPDATE"}]
    reads = [word for word in said if word == "SELECT"]
    assert "SAVEPOINT" not in said
    assert len(writes) == 6  # document, person, link, level, sessions, trail
    assert len(reads) == (4 if connection.vendor == "postgresql" else 3)
