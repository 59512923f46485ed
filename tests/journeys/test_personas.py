"""The made-up people of the sandbox get their accounts, once."""

import json
import urllib.request

import pytest

from idp.journey.personas import seed_people
from idp.subjects.models import Person
from tests.city import City
from tests.walker import Walker

pytestmark = pytest.mark.storage


def test_everybody_with_a_login_can_sign_in_when_seeded_twice(city: City, walker: Walker) -> None:
    with urllib.request.urlopen(f"{city.sandbox.base_url}/people", timeout=5) as answer:
        personas = json.load(answer)
    authority = city.hall.steps[1].desk.authority  # type: ignore[attr-defined]
    for _ in range(2):
        count = seed_people(personas, city.rooms, authority, now=city.clock.now())
    assert count == Person.objects.count() == sum(bool(each["login"]) for each in personas)
    city.clients.add()
    adult = next(each for each in personas if each["key"] == "adult")
    walker.enter()
    walker.sign_in_by_password(adult["login"]["identifier"], adult["login"]["password"])
    assert city.door.granted.level.ial == 2


def test_account_stays_at_level_one_when_the_authority_is_down(city: City) -> None:
    with urllib.request.urlopen(f"{city.sandbox.base_url}/people", timeout=5) as answer:
        personas = [each for each in json.load(answer) if each["key"] == "adult"]
    authority = city.hall.steps[1].desk.authority  # type: ignore[attr-defined]
    city.spoil("population_library", "500")
    seed_people(personas, city.rooms, authority, now=city.clock.now())
    person_id = Person.objects.get().id
    assert city.rooms.chain.identity_level(person_id, now=city.clock.now()).level == 1
