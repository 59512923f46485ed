"""Lost phones and mailboxes, frozen accounts and numbers handed on, where there is e-mail."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import orjson
import pytest

from idp.conf import EmailAccounts
from idp.foundation.outbox.models import OutboxMessage
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.models import Authenticator, Person, PhoneChange
from policies.levels import Level
from tests.city import City
from tests.journeys.mail_city import (
    ADDRESS,
    IN_ENGLISH,
    ask,
    build,
    city,
    somebody,
    switches,
    with_address,
)
from tests.trail import events
from tests.walker import Walker

__all__ = ["build", "city", "switches"]
pytestmark = [pytest.mark.storage, pytest.mark.requirement("R15")]
NAME, NUMBER = "陈思远", "350200198803149915"


def recover(city: City, to: str) -> Walker:
    """Somebody who says that phone or mailbox is lost, and proves another."""
    walker = somebody(city)
    walker.enter(**IN_ENGLISH).press("action", "recover")
    assert "New mobile number, or e-mail" in walker.words
    walker.press("action", "recover", name=NAME, document_number=NUMBER, phone=to)
    return walker.type_code(to)


def after_the_hold(city: City, to: str) -> Walker:
    PhoneChange.objects.update(due_at=city.clock.now() - timedelta(seconds=1))
    city.asks_codes_again(to)
    return ask(city, to).type_code(to)


def named(city: City, to: str) -> UUID:
    """Somebody whose name is proven, and who signs in by this number or address."""
    city.clients.add("first", minimum_level=Level(ial=2, aal=1))
    walker = ask(city, to, client_id="first").type_code(to)
    if ("document", "resident_id_card") in walker.form.buttons:
        walker.press("document", "resident_id_card")
    walker.prove_name(NAME, NUMBER)
    city.asks_codes_again(to)
    return city.door.granted.person_id


@pytest.mark.requirement("R15")
def test_lost_phone_gives_way_to_an_address_after_the_hold_when_no_text_message_arrives(
    city: City, phone: str
) -> None:
    person_id = named(city, phone)
    waiting = recover(city, ADDRESS)
    assert "Your new number is noted" in waiting.words
    assert "a***@mail.example" in waiting.words
    assert city.rooms.people.find(TypedIdentifier(kind="email", value=ADDRESS)) is None
    city.asks_codes_again(ADDRESS)
    assert "Your new number is noted" in ask(city).type_code(ADDRESS).words
    assert after_the_hold(city, ADDRESS).answer == "granted"
    assert city.door.granted.person_id == person_id
    held = city.rooms.people.identifiers(person_id)
    assert (held["email"][0], "phone" in held) == (ADDRESS, False)
    assert len(events("person.phone_unbound")) == 1


@pytest.mark.requirement("R15")
def test_lost_mailbox_gives_way_to_a_phone_after_the_hold(city: City, phone: str) -> None:
    person_id = named(city, ADDRESS)
    assert "Your new number is noted" in recover(city, phone).words
    assert after_the_hold(city, phone).answer == "granted"
    assert city.door.granted.person_id == person_id
    assert city.rooms.people.identifiers(person_id).keys() == {"phone"}


@pytest.mark.requirement("R15")
def test_own_address_takes_the_place_of_a_lost_phone_only_after_the_hold(
    city: City, phone: str
) -> None:
    """The mailbox signs in as ever; that the phone is gone has to wait, like any such change."""
    person_id = named(city, phone)
    address = TypedIdentifier(kind="email", value=ADDRESS)
    city.rooms.people.add_identifier(person_id, address, verified_at=city.clock.now())
    assert "Your new number is noted" in recover(city, ADDRESS).words
    assert "phone" in city.rooms.people.identifiers(person_id)
    city.asks_codes_again(ADDRESS)
    assert ask(city).type_code(ADDRESS).answer == "granted"
    assert "phone" in city.rooms.people.identifiers(person_id)
    assert after_the_hold(city, ADDRESS).answer == "granted"
    assert city.rooms.people.identifiers(person_id).keys() == {"email"}


@pytest.mark.requirement("R15")
def test_address_of_somebody_else_recovers_nothing(city: City, phone: str) -> None:
    named(city, phone)
    with_address(city, "+8613700000088", ADDRESS)
    assert "belongs to another account" in recover(city, ADDRESS).words
    assert not PhoneChange.objects.exists()


@pytest.mark.requirement("R15")
def test_frozen_account_without_a_phone_opens_by_its_address(
    build: Callable[[EmailAccounts], City],
) -> None:
    city = build(EmailAccounts.ANY)
    ask(city).type_code(ADDRESS)
    city.rooms.statuses.freeze(city.door.granted.person_id, now=city.clock.now())
    city.asks_codes_again(ADDRESS)
    walker = ask(city).type_code(ADDRESS)
    assert "This account is frozen" in walker.words
    assert (
        "password" not in walker.words.partition("This account is frozen")[2].partition("Need")[0]
    )
    walker.press("action", "reprove")
    assert walker.answer == "granted"
    assert city.door.granted.level == Level(ial=1, aal=1)


@pytest.mark.requirement("R14")
def test_frozen_account_with_a_phone_is_not_opened_by_its_address(city: City, phone: str) -> None:
    person_id = with_address(city, phone)
    city.rooms.statuses.freeze(person_id, now=city.clock.now())
    walker = ask(city).type_code(ADDRESS).press("action", "reprove")
    assert "opens by a code to its mobile number" in walker.words
    assert Person.objects.get().status == "frozen"


@pytest.mark.requirement("R15")
def test_former_holder_of_a_number_hears_of_it_at_their_address_alone(
    city: City, phone: str
) -> None:
    person_id = with_address(city, phone)
    long_ago = city.clock.now() - timedelta(days=91)
    Authenticator.objects.filter(person_id=person_id).update(last_used_at=long_ago)
    ask(city, phone).type_code(phone).press("action", "new_account")
    (told,) = OutboxMessage.objects.filter(kind="security_notice")
    payload = orjson.loads(told.payload)
    assert (payload["event"], payload["kind"]) == ("phone_unbound", "email")
