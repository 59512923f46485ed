"""A new citizen's first journey, and the returning citizen's empty one."""

import pytest
from pytest_django import DjangoAssertNumQueries

from policies.levels import Level
from tests.city import City
from tests.walker import Walker

pytestmark = pytest.mark.storage
NAME, NUMBER = "何晨", "350200199909099914"


@pytest.mark.requirement("R8")
def test_journey_ends_granted_when_a_new_person_proves_a_phone(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    walker.enter()
    assert walker.step == "login"
    walker.sign_in_by_code(phone)
    assert walker.answer == "granted"
    assert city.door.granted.level == Level(ial=1, aal=1)
    assert city.door.granted.amr == ("sms",)


@pytest.mark.requirement("R1")
def test_journey_takes_three_screens_when_a_new_person_needs_level_two(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add(minimum_level=Level(ial=2, aal=1))
    walker.enter()
    walker.sign_in_by_code(phone)
    assert walker.step == "verification"
    walker.prove_name(NAME, NUMBER)
    assert walker.answer == "granted"
    assert city.door.granted.level == Level(ial=2, aal=1)
    assert walker.screens == 3


def test_hall_answers_at_once_when_the_person_is_signed_in(
    city: City, walker: Walker, phone: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    city.clients.add()
    city.clients.add("other")
    walker.enter()
    walker.sign_in_by_code(phone)
    screens = walker.screens
    with django_assert_num_queries(0):
        walker.enter(client_id="other")
    assert walker.screens == screens
    assert walker.answer == "granted"
