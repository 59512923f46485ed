from uuid import UUID

import pytest

from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.models import Document, Person
from tests.city import City
from tests.subjects.test_evidence import verified

pytestmark = pytest.mark.storage
PHONE = "+8613800000001"


def read(city: City, person_id: UUID, *names: str, is_statutory: bool = False) -> dict[str, object]:
    return city.rooms.claims.read(person_id, names, now=city.clock.now(), is_statutory=is_statutory)


@pytest.mark.spec("OpenID Connect Core 1.0 §5.1", "standard claims")
def test_claims_are_read_when_known(city: City) -> None:
    person_id = city.resident(PHONE)
    name = TypedIdentifier(kind="username", value="chen")
    email = TypedIdentifier(kind="email", value="chen@example.cn")
    city.rooms.people.add_identifier(person_id, name, verified_at=None)
    city.rooms.people.add_identifier(person_id, email, verified_at=None)
    verified(city, person_id)
    updated = int(Person.objects.get().updated_at.timestamp())
    wanted = {
        "name": "陈思远",
        "name#zh-Hans": "陈思远",
        "birthdate": "1988-03-14",
        "gender": "male",
        "phone_number": PHONE,
        "phone_number_verified": True,
        "email": "chen@example.cn",
        "email_verified": False,
        "preferred_username": "chen",
        "updated_at": updated,
    }
    assert read(city, person_id, *wanted) == wanted


@pytest.mark.spec(
    "OpenID Connect Core 1.0 §5.3.2",
    "If a Claim is not returned, that Claim Name SHOULD be omitted from the JSON object",
)
def test_claims_are_absent_when_nothing_is_known(city: City) -> None:
    person_id = city.resident(PHONE)
    names = ("name", "birthdate", "gender", "email", "email_verified", "verified_claims", "address")
    assert read(city, person_id, *names) == {}
    assert read(city, person_id) == {}


def test_claims_are_gone_when_their_evidence_is(city: City) -> None:
    person_id = city.resident(PHONE)
    evidence_id = verified(city, person_id)
    city.rooms.chain.revoke(person_id, evidence_id, authority="self", now=city.clock.now())
    assert read(city, person_id, "name", "birthdate") == {}


@pytest.mark.requirement("R13")
def test_document_number_is_read_only_when_a_law_is_the_ground(city: City) -> None:
    person_id = city.resident(PHONE)
    verified(city, person_id)
    assert read(city, person_id, "document_number", "document_type") == {}
    assert read(city, person_id, "document_number", "document_type", is_statutory=True) == {
        "document_number": "350200198803149915",
        "document_type": "resident_id_card",
    }


def test_claims_are_gone_when_no_rule_knows_their_document(city: City) -> None:
    person_id = city.resident(PHONE)
    verified(city, person_id)
    Document.objects.update(document_type="retired_card")
    assert read(city, person_id, "document_number", "birthdate", is_statutory=True) == {}


def test_number_is_still_the_persons_when_its_form_is_refused_since(city: City) -> None:
    person_id = city.resident(PHONE)
    verified(city, person_id, number="350200")
    found = read(city, person_id, "document_number", "birthdate", is_statutory=True)
    assert found == {"document_number": "350200"}
