import pytest

from idp.subjects.models import SelfDescription
from idp.subjects.profiles import UnknownSelfDescription
from tests.city import City
from tests.trail import detail, events

pytestmark = pytest.mark.storage


def test_description_is_read_back_when_written(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    assert city.rooms.profiles.read(person_id) == {}
    city.rooms.profiles.write(person_id, {"nickname": "Xiao Chen"})
    city.rooms.profiles.write(person_id, {"nickname": "Lao Chen", "locale": "zh-CN"})
    assert city.rooms.profiles.read(person_id) == {"nickname": "Lao Chen", "locale": "zh-CN"}
    assert b"Chen" not in bytes(SelfDescription.objects.get().sealed_values)
    assert detail(events("person.described")[-1])["claims"] == ["locale", "nickname"]


def test_description_is_refused_when_an_authority_would_have_to_say_it(
    city: City, phone: str
) -> None:
    person_id = city.resident(phone)
    with pytest.raises(UnknownSelfDescription, match="name"):
        city.rooms.profiles.write(person_id, {"name": "Somebody Else"})
    assert city.rooms.profiles.read(person_id) == {}
