from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction

from idp.foundation.clock import end_of_day_in_shanghai
from idp.foundation.sealing.data_keys import DataKeys
from idp.subjects.documents import Check, VerifiedDocument
from idp.subjects.evidence import NOTHING_PROVEN, NewEvidence
from idp.subjects.models import Document, Evidence
from tests.city import City
from tests.conftest import triggers_at_rest

pytestmark = pytest.mark.storage
NUMBER = "350200198803149915"


def verified(city: City, person_id: UUID, *, valid_until: date | None = None) -> UUID:
    document = VerifiedDocument(
        document_type="resident_id_card",
        number=NUMBER,
        holder_name="陈思远",
        valid_until=valid_until,
    )
    check = Check(
        method="population_two_factor",
        authority="cn_population_library",
        checked_at=city.clock.now(),
        values={"name": "陈思远"},
        matched_claims=("name", "document_number"),
        identity_level=2,
    )
    return city.rooms.documents.keep(person_id, document, check)


def level(city: City, person_id: UUID, at: datetime | None = None) -> int:
    return city.rooms.chain.identity_level(person_id, now=at or city.clock.now()).level


@pytest.mark.requirement("R1")
def test_level_says_why_and_until_when_when_a_document_is_verified(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    evidence_id = verified(city, person_id, valid_until=date(2027, 1, 31))
    found = city.rooms.chain.identity_level(person_id, now=city.clock.now())
    assert (found.level, found.method, found.evidence_id) == (
        2,
        "population_two_factor",
        evidence_id,
    )
    assert found.until == end_of_day_in_shanghai(date(2027, 1, 31))


def test_level_lasts_the_whole_last_day_when_a_document_expires(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    verified(city, person_id, valid_until=date(2027, 1, 31))
    end = end_of_day_in_shanghai(date(2027, 1, 31))
    assert level(city, person_id, end - timedelta(seconds=1)) == 2
    assert level(city, person_id, end) == 1


def test_level_decays_when_evidence_grows_old(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    verified(city, person_id)
    now = city.clock.now()
    assert level(city, person_id, now + timedelta(days=5 * 365 - 1)) == 2
    assert level(city, person_id, now + timedelta(days=5 * 365 + 1)) == 1


def test_level_falls_at_once_when_evidence_is_revoked(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    evidence_id = verified(city, person_id)
    city.rooms.chain.revoke(person_id, evidence_id, authority="self", now=city.clock.now())
    assert level(city, person_id) == 1
    assert city.rooms.chain.first_broken_link(person_id) is None


def test_level_falls_when_the_document_is_revoked(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    verified(city, person_id)
    Document.objects.update(state=Document.State.REVOKED)
    assert level(city, person_id) == 1


def test_level_is_nothing_when_nothing_was_proven(city: City) -> None:
    found = city.rooms.chain.identity_level(UUID(int=7), now=city.clock.now())
    assert found == NOTHING_PROVEN


def test_earlier_evidence_is_superseded_when_verified_again(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    first = verified(city, person_id)
    second = verified(city, person_id)
    live = [row.id for row in city.rooms.chain.live(person_id, now=city.clock.now())]
    assert first not in live
    assert second in live
    assert Document.objects.count() == 1


def test_longest_evidence_counts_when_two_give_one_level(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    now = city.clock.now()
    for days in (10, 30, 20):
        city.rooms.chain.append(
            person_id,
            NewEvidence(
                method="other",
                authority="self",
                checked_at=now,
                identity_level=2,
                expires_at=now + timedelta(days=days),
            ),
        )
    assert city.rooms.chain.identity_level(person_id, now=now).until == now + timedelta(days=30)


@pytest.mark.requirement("R15")
def test_evidence_is_refused_by_the_database_when_edited(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    with pytest.raises(DatabaseError), transaction.atomic():
        Evidence.objects.filter(person_id=person_id).update(identity_level=4)
    with pytest.raises(DatabaseError), transaction.atomic():
        Evidence.objects.filter(person_id=person_id).delete()


@pytest.mark.parametrize(
    ("column", "value"),
    [("identity_level", 4), ("sealed_values", b"other"), ("sequence", 9), ("hash", b"x" * 32)],
)
@pytest.mark.requirement("R15")
def test_chain_breaks_when_a_link_is_forged(
    city: City, phone: str, column: str, value: Any
) -> None:
    person_id = city.resident(phone)
    verified(city, person_id)
    assert city.rooms.chain.first_broken_link(person_id) is None
    with triggers_at_rest():
        Evidence.objects.filter(person_id=person_id, sequence=1).update(**{column: value})
    assert city.rooms.chain.first_broken_link(person_id) == 1


@pytest.mark.requirement("R13")
def test_chain_still_verifies_when_the_persons_key_is_destroyed(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    verified(city, person_id)
    row = Evidence.objects.get(person_id=person_id, sequence=2)
    assert city.rooms.chain.values_of(row)["name"] == "陈思远"
    DataKeys(city.given.sealer, clock=city.clock).destroy(person_id)
    assert city.rooms.chain.first_broken_link(person_id) is None
