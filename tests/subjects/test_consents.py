from uuid import UUID

import pytest

from idp.subjects.consents import Answer, Given, Release
from tests.city import City
from tests.trail import detail, events

pytestmark = pytest.mark.storage


def release(*userinfo: str, scope: tuple[str, ...] = ()) -> Release:
    return Release(scope=frozenset(scope), userinfo_claims=frozenset(userinfo))


def give(city: City, person: UUID, offered: Release, granted: Release, notice: str = "1") -> Given:
    return city.rooms.consents.give(
        person,
        "portal",
        Answer(offered=offered, granted=granted, notice_version=notice, basis="consent"),
        now=city.clock.now(),
    )


def test_declined_claim_is_remembered_when_asked_again(city: City, phone: str) -> None:
    person = city.resident(phone)
    given = give(city, person, release("name", "email"), release("name"))
    assert given.granted == release("name")
    assert given.answers(release("email"), notice_version="1")
    assert detail(events("consent.given")[0])["declined"] == ["email"]


def test_earlier_answers_stand_when_something_new_is_asked(city: City, phone: str) -> None:
    person = city.resident(phone)
    give(city, person, release("name", "email"), release("name"))
    given = give(city, person, release("phone_number"), release("phone_number"))
    assert given.granted == release("name", "phone_number")
    assert given.answers(release("name", "email", "phone_number"), notice_version="1")


def test_person_is_asked_again_when_the_notice_changes(city: City, phone: str) -> None:
    person = city.resident(phone)
    given = give(city, person, release("name"), release("name"))
    assert not given.answers(release("name"), notice_version="2")
    renewed = give(city, person, release("email"), release("email"), notice="2")
    assert renewed.granted == release("email")


def test_consent_never_exceeds_the_offer_when_more_is_ticked(city: City, phone: str) -> None:
    person = city.resident(phone)
    given = give(city, person, release("name"), release("name", "document_number"))
    assert given.granted == release("name")


@pytest.mark.requirement("R13")
def test_consent_is_gone_when_withdrawn(city: City, phone: str) -> None:
    person = city.resident(phone)
    give(city, person, release("name"), release("name"))
    now = city.clock.now()
    assert city.rooms.consents.withdraw(person, "portal", now=now)
    assert city.rooms.consents.find(person, "portal") is None
    assert not city.rooms.consents.withdraw(person, "portal", now=now)
    assert len(events("consent.withdrawn")) == 1


def test_consent_survives_the_cache_when_encoded(city: City, phone: str) -> None:
    person = city.resident(phone)
    given = give(city, person, release("name", scope=("a", "b")), release("name", scope=("a",)))
    assert Given.decode(given.encode()) == given == city.rooms.consents.find(person, "portal")
