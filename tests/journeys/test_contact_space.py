"""Contacts in the citizen's own space: added by who answers there, removed, and no more."""

import json
import re
import urllib.request
from datetime import timedelta
from uuid import UUID

import orjson
import pytest
from django.test import Client as DjangoClient

from idp.account.contacts import ADD, CONTACTS
from idp.account.family import FAMILY
from idp.sessions.models import SessionRow
from idp.subjects.contacts import MOST_OF_A_NUMBER
from idp.subjects.guardianship import Bond
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.level_rules import Condition
from idp.subjects.models import Contact
from tests.city import City
from tests.journeys.test_address_space import accounts, city
from tests.journeys.test_security_space import post
from tests.own_space import merging_of
from tests.registry import OPERATOR, Registry
from tests.subjects.test_contacts import told
from tests.trail import events
from tests.walker import Walker

__all__ = ["accounts", "city"]

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R15")]
DAUGHTER, SON = "+8613700000077", "son@mail.example"
CHILD, GUARDIAN = "350200201506019035", "350200198506159025"


def somebody(city: City) -> Walker:
    walker = Walker(city=city, http=DjangoClient(enforce_csrf_checks=True))
    walker.http.cookies["tx_language_18700"] = "en"
    return walker


@pytest.fixture
def home(city: City, phone: str) -> Walker:
    """Somebody with a phone alone, signed in, on the page of their contacts."""
    city.resident(phone)
    return somebody(city).open(CONTACTS).sign_in_by_code(phone)


def ask(walker: Walker, to: str = DAUGHTER, path: str = ADD) -> Walker:
    return walker.open(path).press("action", "add", identifier=to)


def confirm(walker: Walker, to: str = DAUGHTER) -> Walker:
    return walker.press("action", "confirm", code=walker.city.codes_for(to)[0])


def removals(walker: Walker) -> list[str]:
    return re.findall(r'name="remove" value="([0-9a-f-]{36})"', walker.html)


def test_contact_is_added_by_the_code_it_was_sent_and_removed_again(
    city: City, home: Walker, phone: str
) -> None:
    assert home.url == CONTACTS
    assert "for example the phone of your daughter" in home.words
    ask(home)
    assert "Ask them for the code" in home.words
    assert "137 **** 0077" in home.words
    confirm(home)
    assert home.url == CONTACTS
    assert "137 **** 0077" in home.words
    ask(home, SON)
    confirm(home, SON)
    assert "s***@mail.example" in home.words
    assert ADD not in home.html
    assert told(city, "security_notice") == [(phone, "a contact who is also told was added")] * 2
    (first, second) = removals(home)
    post(home, CONTACTS, remove=first)
    assert home.url == CONTACTS
    assert removals(home) == [second]
    assert len(events("contact.removed")) == 1
    assert "1 contact" in home.open("/account/").words


def test_contact_hears_who_asks_and_that_the_code_signs_in_nowhere(
    city: City, home: Walker, phone: str
) -> None:
    ask(home)
    url = f"{city.sandbox.base_url}/inbox?to={DAUGHTER.replace('+', '%2B')}"
    with urllib.request.urlopen(url, timeout=5) as answer:
        (message, *_) = json.load(answer)
    assert f"{phone[3:6]} **** {phone[-4:]}" in message["text"]
    assert "signs in nowhere" in message["text"]


@pytest.mark.requirement("R14")
def test_contacts_code_signs_nobody_in_when_the_session_ended_meanwhile(
    city: City, home: Walker
) -> None:
    """Somebody asks for it as a contact's, and would use it as the holder's."""
    daughter = city.resident(DAUGHTER)
    ask(home)
    code, here = city.codes_for(DAUGHTER)[0], home.form.action
    for row in SessionRow.objects.all():
        city.rooms.sessions.end(row.id, reason="logout", now=city.clock.now())
    home.open(here)
    assert "code" not in home.form.fields
    home.press("method", "sms", identifier=DAUGHTER, password="")
    if "code" in home.form.fields:
        home.press("action", "sign_in", code=code)
    assert not SessionRow.objects.filter(person_id=daughter).exists()
    assert not Contact.objects.exists()


def test_wrong_code_adds_nobody_and_another_may_be_named(city: City, home: Walker) -> None:
    ask(home)
    right = city.codes_for(DAUGHTER)[0]
    home.press("action", "confirm", code="000000" if right != "000000" else "000001")
    assert home.status in {200, 400}
    assert not Contact.objects.exists()
    home.press("action", "confirm", code="")
    home.press("action", "other_contact")
    assert "identifier" in home.form.fields
    home.press("action", "add", identifier="nothing")
    assert "Enter your mobile number or your e-mail address" in home.words
    home.press("action", "return")
    assert home.url == CONTACTS
    assert not Contact.objects.exists()


def test_contact_does_not_sign_in_recover_or_show_when_somebody_tries(
    city: City, home: Walker, phone: str
) -> None:
    ask(home)
    confirm(home)
    city.asks_codes_again(DAUGHTER)
    daughter = somebody(city)
    daughter.open(CONTACTS).sign_in_by_code(DAUGHTER)
    hers = city.rooms.people.find(TypedIdentifier(kind="phone", value=DAUGHTER))
    mother = city.rooms.people.find(TypedIdentifier(kind="phone", value=phone))
    assert hers not in {None, mother}
    assert "Nobody yet" in daughter.words
    assert phone[3:] not in daughter.html.replace(" ", "")


def leavings(walker: Walker) -> list[str]:
    return re.findall(r'name="leave" value="([0-9a-f-]{36})"', walker.html)


@pytest.mark.requirement("R15")
def test_contact_ends_it_online_and_the_person_is_told(
    city: City, home: Walker, phone: str
) -> None:
    ask(home)
    confirm(home)
    city.asks_codes_again(DAUGHTER)
    told(city, "contact_notice")
    daughter = somebody(city).open(CONTACTS).sign_in_by_code(DAUGHTER)
    assert f"{phone[3:6]} **** {phone[-4:]}" in daughter.words
    (mother,) = leavings(daughter)
    post(daughter, CONTACTS, leave=mother)
    assert daughter.url == CONTACTS
    assert leavings(daughter) == []
    assert not Contact.objects.exists()
    mothers = [words for to, words in told(city, "security_notice") if to == phone]
    assert mothers[-1] == "一个接收提醒的联系人不再接收您的提醒"
    assert told(city, "contact_notice") == []
    (left,) = events("contact.left")
    mother_id = city.rooms.people.find(TypedIdentifier(kind="phone", value=phone))
    daughter_id = city.rooms.people.find(TypedIdentifier(kind="phone", value=DAUGHTER))
    assert (left.subject, left.actor) == (str(mother_id), str(daughter_id))
    assert "Nobody yet" in home.open(CONTACTS).words


def test_contact_is_gone_by_number_and_by_address_when_they_end_it(
    city: City, home: Walker, phone: str
) -> None:
    confirm(ask(home))
    confirm(ask(home, SON), SON)
    holder = city.resident(DAUGHTER)
    to = TypedIdentifier(kind="email", value=SON)
    city.rooms.email_changes.change(holder, to.value, now=city.clock.now())
    (heard,) = city.rooms.contacts.heard_of(holder)
    assert city.rooms.contacts.leave(holder, heard.contact_id)
    assert not Contact.objects.exists()
    assert city.rooms.contacts.heard_of(holder) == ()
    del phone


def test_contact_of_others_is_left_alone_when_somebody_else_ends_it(
    city: City, home: Walker, phone: str
) -> None:
    ask(home)
    confirm(home)
    (mine,) = Contact.objects.all()
    city.resident("+8613700000088")
    stranger = somebody(city).open(CONTACTS).sign_in_by_code("+8613700000088")
    assert leavings(stranger) == []
    post(stranger, CONTACTS, leave=str(mine.id))
    assert Contact.objects.count() == 1
    holder = city.rooms.people.find(TypedIdentifier(kind="phone", value=phone))
    assert not city.rooms.contacts.leave(holder, mine.id)


def test_nobody_leaves_by_an_open_session_that_is_not_fresh(city: City, home: Walker) -> None:
    ask(home)
    confirm(home)
    city.asks_codes_again(DAUGHTER)
    daughter = somebody(city).open(CONTACTS).sign_in_by_code(DAUGHTER)
    (mother,) = leavings(daughter)
    city.clock.advance(minutes=6)
    post(daughter, CONTACTS, leave=mother)
    assert daughter.step == "login"
    assert Contact.objects.count() == 1


def test_own_number_and_one_that_is_full_are_refused_in_words(
    city: City, home: Walker, phone: str
) -> None:
    city.asks_codes_again(phone)
    confirm(ask(home, phone), phone)
    assert "you are told there already" in home.words
    for each in range(MOST_OF_A_NUMBER):
        other = city.resident(f"+86139{each:08d}")
        to = TypedIdentifier(kind="phone", value=DAUGHTER)
        city.rooms.contacts.add(other, to, now=city.clock.now())
    confirm(ask(home))
    assert "the contact of as many accounts as it may be" in home.words
    assert Contact.objects.count() == MOST_OF_A_NUMBER


def test_thief_with_an_open_session_neither_adds_nor_removes_when_it_is_not_fresh(
    city: City, home: Walker, phone: str
) -> None:
    ask(home)
    confirm(home)
    (mine,) = removals(home)
    city.clock.advance(minutes=6)
    home.open(CONTACTS)
    post(home, CONTACTS, remove=mine)
    assert home.step == "login"
    assert Contact.objects.count() == 1
    home.open(ADD)
    assert "Who else is told" not in home.words
    city.asks_codes_again(phone)


@pytest.mark.requirement("R13")
def test_contact_is_in_the_export_and_in_its_words(home: Walker) -> None:
    ask(home)
    confirm(home)
    home.open("/account/data")
    post(home, "/account/data", action="file")
    (listed,) = orjson.loads(home.html)["contacts"]
    assert (listed["kind"], listed["value"]) == ("phone", DAUGHTER)
    home.open("/account/data")
    post(home, "/account/data", action="page")
    assert DAUGHTER in home.html


@pytest.fixture
def parent(city: City, phone: str) -> tuple[Walker, UUID]:
    """A guardian, signed in on the page of their family, and their child, who has no phone."""
    registry = Registry(city=city, merging=merging_of(city))
    guardian, now = city.resident(phone), city.clock.now()
    child = city.rooms.people.open_account(client_id="", now=now)
    seen = frozenset({Condition.LIVENESS, Condition.AUTHORITY_PHOTO})
    said = {"method": "ctid", "authority": "cn_ctid", "circumstances": seen, "identity_level": 3}
    registry.prove(guardian, "resident_id_card", GUARDIAN, name="周敏", **said)
    registry.prove(child, "resident_id_card", CHILD, name="周小满")
    bond = Bond(ward=child, guardian=guardian, relation="mother", by=OPERATOR, reference="h-1")
    city.rooms.guardianships.link(bond, now=now)
    return somebody(city).open(FAMILY).sign_in_by_code(phone), child


def test_guardian_hears_of_a_childs_account_and_no_more_when_they_stand_for_it_no_longer(
    city: City, parent: tuple[Walker, UUID], phone: str
) -> None:
    guardian, child = parent
    path = f"{FAMILY}/{child}/contact"
    city.asks_codes_again(phone)
    assert path in guardian.html
    confirm(ask(guardian, phone, path), phone)
    assert guardian.url == FAMILY
    assert f"Notices go to {phone[3:6]} **** {phone[-4:]}" in guardian.words
    (contact,) = city.rooms.contacts.of(child)
    assert contact.set_by is not None
    city.rooms.erasures.ask(child, now=city.clock.now())
    assert (phone, "**满") in told(city, "contact_notice")
    (mine,) = removals(guardian)
    post(guardian, FAMILY, remove=mine)
    assert not Contact.objects.exists()
    city.asks_codes_again(phone)
    confirm(ask(guardian, phone, path), phone)
    row = city.rooms.guardianships.wards_of(contact.set_by, now=city.clock.now())[0]
    city.rooms.guardianships.end(row.id, OPERATOR, reason="ended", now=city.clock.now())
    assert not Contact.objects.exists()


def test_guardian_is_told_when_a_contact_they_set_for_a_child_ends_it(
    city: City, parent: tuple[Walker, UUID], phone: str
) -> None:
    guardian, child = parent
    aunt = city.resident(DAUGHTER)
    confirm(ask(guardian, DAUGHTER, f"{FAMILY}/{child}/contact"))
    (contact,) = city.rooms.contacts.of(child)
    assert city.rooms.contacts.leave(aunt, contact.id)
    assert (phone, "一个接收提醒的联系人不再接收您的提醒") in told(city, "security_notice")


def test_stranger_sets_no_contact_for_a_child_when_they_do_not_stand_for_it(
    city: City, parent: tuple[Walker, UUID]
) -> None:
    _, child = parent
    city.resident(DAUGHTER)
    stranger = somebody(city).open(FAMILY).sign_in_by_code(DAUGHTER)
    assert stranger.url == FAMILY
    assert stranger.open(f"{FAMILY}/{child}/contact").status == 404


def test_guardianship_that_ends_while_the_code_is_awaited_adds_nothing(
    city: City, parent: tuple[Walker, UUID], phone: str
) -> None:
    guardian, child = parent
    city.asks_codes_again(phone)
    ask(guardian, phone, f"{FAMILY}/{child}/contact")
    city.rooms.guardianships.end_due(now=city.clock.now() + timedelta(days=3_650))
    confirm(guardian, phone)
    assert guardian.url == FAMILY
    assert not Contact.objects.exists()
