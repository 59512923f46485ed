import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from idp.subjects.authenticators.kinds import NotTaken
from idp.subjects.identifiers import TypedIdentifier, parse_identifier
from idp.subjects.models import Authenticator, Evidence, Identifier, Person
from idp.subjects.passwords import Passwords
from idp.subjects.people import IdentifierTaken
from tests.city import City
from tests.trail import events

pytestmark = pytest.mark.storage
PASSWORD = "Bailu-adult-4801"


@pytest.mark.requirement("R5")
def test_registration_proves_the_phone_when_an_account_is_new(city: City, phone: str) -> None:
    now = city.clock.now()
    person_id, is_new = city.rooms.people.find_or_register(phone, client_id="portal", now=now)
    again, is_new_again = city.rooms.people.find_or_register(phone, client_id="portal", now=now)
    assert (is_new, is_new_again) == (True, False)
    assert again == person_id
    assert city.rooms.chain.identity_level(person_id, now=now).level == 1
    assert city.rooms.people.identifiers(person_id) == {"phone": (phone, now)}
    assert [row.client_id for row in events("person.registered")] == ["portal"]


def test_registration_makes_one_account_when_two_happen_at_once(city: City, phone: str) -> None:
    def register(_: int) -> object:
        try:
            return city.rooms.people.find_or_register(phone, client_id="", now=city.clock.now())[0]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(register, range(4)))
    assert len(found) == 1
    assert Person.objects.count() == 1


@pytest.mark.requirement("R13")
def test_identifiers_are_unreadable_when_the_database_is_read(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    row = Identifier.objects.get(person_id=person_id)
    bare = phone.removeprefix("+").encode()
    assert bare not in bytes(row.sealed_value) + bytes(row.blind_index)
    assert bare not in bytes(Evidence.objects.get(person_id=person_id).sealed_values)


def test_identifier_is_refused_when_somebody_has_it(city: City, phone: str) -> None:
    one, other = city.resident(phone), city.resident("+8613700000000")
    name = TypedIdentifier(kind="username", value="zhang")
    city.rooms.people.add_identifier(one, name, verified_at=None)
    with pytest.raises(IdentifierTaken):
        city.rooms.people.add_identifier(other, name, verified_at=None)
    assert city.rooms.people.find(name) == one


@pytest.mark.parametrize(
    ("identifier", "password", "is_right"),
    [
        pytest.param("13800000001", PASSWORD, True, id="phone and password"),
        pytest.param("zhang", PASSWORD, True, id="user name and password"),
        pytest.param("13800000001", "wrong-password", False, id="wrong password"),
        pytest.param("13800000002", PASSWORD, False, id="account without a password"),
        pytest.param("nobody", PASSWORD, False, id="unknown account"),
        pytest.param("", PASSWORD, False, id="no identifier"),
    ],
)
def test_password_is_judged_when_checked(
    city: City, identifier: str, password: str, *, is_right: bool
) -> None:
    person_id = city.resident("+8613800000001", password=PASSWORD)
    city.resident("+8613800000002")
    name = TypedIdentifier(kind="username", value="zhang")
    city.rooms.people.add_identifier(person_id, name, verified_at=None)
    found = city.rooms.people.check_password(parse_identifier(identifier), password)
    assert found == (person_id if is_right else None)


@pytest.mark.usefixtures("real_password_cost")
def test_password_takes_as_long_when_the_account_is_unknown(city: City) -> None:
    city.resident("+8613800000001", password=PASSWORD)

    def fastest(identifier: str) -> float:
        spans = []
        for _ in range(3):
            started = time.thread_time()
            city.rooms.people.check_password(parse_identifier(identifier), "wrong-password")
            spans.append(time.thread_time() - started)
        return min(spans)

    assert 0.5 < fastest("13899999999") / fastest("13800000001") < 2


@pytest.mark.parametrize("password", ["short", "12345678", "aaaaaaaaab", "x" * 129])
def test_password_is_refused_when_everybody_guesses_it(city: City, password: str) -> None:
    person_id = city.resident("+8613800000001")
    with pytest.raises(NotTaken):
        city.rooms.people.set_password(person_id, password, now=city.clock.now())
    assert not Authenticator.objects.filter(kind="password").exists()


@pytest.mark.usefixtures("real_password_cost")
def test_password_hash_is_argon2id_when_kept(city: City) -> None:
    city.resident("+8613800000001", password=PASSWORD)
    kept = Authenticator.objects.get(kind="password")
    assert kept.hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    passwords = Passwords()
    assert not passwords.is_outdated(kept.hash)
    assert passwords.is_outdated(kept.hash.replace("m=19456", "m=8192"))
    assert not passwords.is_right("not a hash", PASSWORD)


def test_password_is_one_when_typed_on_two_keyboards(city: City) -> None:
    person_id = city.resident("+8613800000001", password="Ｂailu-adult-4801")
    assert city.rooms.people.is_password_of(person_id, PASSWORD)
    assert not city.rooms.people.is_password_of(city.resident("+8613800000002"), PASSWORD)


def test_standing_is_masked_when_shown(city: City) -> None:
    person_id = city.resident("+8613800000001", password=PASSWORD)
    standing = city.rooms.people.standing(person_id, now=city.clock.now())
    assert standing.masked_name == standing.masked_phone == "138 **** 0001"
    assert standing.has_password
    assert "+8613800000001" not in repr(standing)
