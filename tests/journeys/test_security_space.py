"""Sign-in and security in the citizen's own space: seeing, adding, naming and removing."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from pytest_django.fixtures import Settings

from idp.account.security import SECURITY
from idp.foundation.database import Database
from idp.foundation.outbox.models import OutboxMessage
from idp.sessions.models import SessionRow
from idp.subjects.authenticators.recovery_code import CODES
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.models import Authenticator
from tests.city import ISSUER, City
from tests.journeys.test_authenticators import (
    CHOSEN,
    PASSWORD,
    app_code,
    show_passkey,
    with_passkey,
)
from tests.key_holder import KeyHolder
from tests.own_space import WithSpace, open_space
from tests.trail import events
from tests.walker import Walker

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R15")]


@pytest.fixture(autouse=True)
def space(city: City, database: Database, settings: Settings) -> None:
    settings.ROOT_URLCONF = WithSpace(city, open_space(city, database))


@pytest.fixture
def home(city: City, walker: Walker, phone: str) -> Walker:
    """Somebody with a password, signed in with password and phone, on the page."""
    city.resident(phone, password=PASSWORD)
    walker.http.cookies["tx_language_18700"] = "en"
    walker.open(SECURITY).sign_in_by_password(phone, PASSWORD)
    return walker


def second_factor(walker: Walker, phone: str) -> Walker:
    walker.press("method", "sms")
    return walker.type_code(phone)


def post(walker: Walker, path: str, **values: str) -> Walker:
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', walker.html)
    assert token
    return walker._follow(walker.http.post(path, {**values, "csrfmiddlewaretoken": token[1]}), path)


def own_pages(walker: Walker) -> list[str]:
    return re.findall(rf'href="({SECURITY}/[0-9a-f-]{{36}})"', walker.html)


def test_ways_to_sign_in_are_listed_when_the_page_is_opened(home: Walker, phone: str) -> None:
    assert home.url == SECURITY
    for words in ("Password", "Text message", f"{phone[3:6]} **** {phone[-4:]}", "last used"):
        assert words in home.words
    assert "A passkey cannot" in home.words
    assert len(own_pages(home)) == 1


def test_passkey_is_added_when_the_person_proved_all_their_account_reaches(
    home: Walker, phone: str
) -> None:
    home.open(f"{SECURITY}/add/passkey")
    assert "needs a second proof" in home.words
    second_factor(home, phone)
    show_passkey(home, KeyHolder(origin=ISSUER, is_synced=True), makes=True)
    assert home.url == SECURITY
    assert "on all your devices" in home.words
    assert OutboxMessage.objects.filter(kind="security_notice").count() == 1


def test_recovery_codes_are_shown_once_when_they_were_made(home: Walker, phone: str) -> None:
    home.open(f"{SECURITY}/add/recovery_code")
    second_factor(home, phone)
    home.press("action", "add")
    codes = re.findall(r'<li class="figure">([0-9a-z-]{19})</li>', home.html)
    assert len(codes) == CODES
    home.press("action", "kept")
    assert home.url == SECURITY
    assert f"{CODES} left" in home.words
    assert codes[0] not in home.html


def test_app_and_password_are_added_when_the_sign_in_is_fresh(
    city: City, home: Walker, phone: str
) -> None:
    home.open(f"{SECURITY}/add/totp")
    second_factor(home, phone)
    found = re.search(r'<b class="figure">([A-Z2-7 ]{39})</b>', home.html)
    assert found
    home.press("action", "add", code=app_code(found[1].replace(" ", ""), city))
    assert "Authenticator app" in home.words
    home.open(f"{SECURITY}/add/password").press("action", "add", password=CHOSEN)
    assert home.url == SECURITY
    assert city.rooms.people.is_password_of(city.resident(phone), CHOSEN)
    assert home.open(f"{SECURITY}/add/totp").status == 404
    home.open(f"{SECURITY}/add/password").press("action", "return")
    assert home.url == SECURITY


def test_way_is_named_and_removed_when_the_level_stays_reachable(
    city: City, home: Walker, phone: str
) -> None:
    with_passkey(city, city.resident(phone))
    row = Authenticator.objects.get(kind="passkey")
    here = f"{SECURITY}/{row.id}"
    home.open(here)
    home.press("method", "sms")
    home.type_code(phone)
    assert home.url == here
    post(home, here, action="rename", label="Li's laptop")
    assert "Li&#x27;s laptop" in home.html
    assert b"laptop" not in bytes(Authenticator.objects.get(id=row.id).sealed_label)
    home.open(here)
    post(home, here, action="remove")
    assert home.url == SECURITY
    assert not Authenticator.objects.filter(kind="passkey").exists()
    assert [len(events(f"authenticator.{word}")) for word in ("renamed", "removed")] == [1, 1]


def test_last_way_of_the_level_stays_when_it_is_removed_without_another(
    home: Walker, phone: str
) -> None:
    (here,) = own_pages(home)
    home.open(here)
    second_factor(home, phone)
    assert "Add another one before you remove it" in home.words
    post(home, here, action="remove")
    assert "There is a problem" in home.words
    assert Authenticator.objects.filter(kind="password").exists()


def test_person_confirms_anew_when_the_sign_in_is_five_minutes_old(
    city: City, home: Walker, phone: str
) -> None:
    (here,) = own_pages(home)
    home.open(here)
    second_factor(home, phone)
    assert home.url == here
    city.clock.advance(minutes=6)
    post(home, here, action="rename", label="late")
    assert home.step == "login"
    assert bytes(Authenticator.objects.get(kind="password").sealed_label) == b""


def test_nothing_is_there_when_the_way_is_another_persons(
    city: City, home: Walker, phone: str
) -> None:
    (here,) = own_pages(home)
    home.open(here)
    second_factor(home, phone)
    other = city.resident("+8613700000007", password=PASSWORD)
    theirs = Authenticator.objects.get(person_id=other, kind="password")
    sms = Authenticator.objects.get(person_id=city.resident(phone), kind="sms")
    for each in (theirs.id, sms.id):
        assert home.open(f"{SECURITY}/{each}").status == 404
    assert home.open(f"{SECURITY}/add/pigeon").status == 404


@pytest.mark.parametrize("path", [SECURITY, f"{SECURITY}/add/passkey", f"{SECURITY}/{UUID(int=7)}"])
def test_strangers_are_asked_to_sign_in_when_they_open_a_page(walker: Walker, path: str) -> None:
    walker.open(path)
    assert walker.step == "login"


def test_other_sessions_end_when_the_person_keeps_only_this_one(
    home: Walker, other_walker: Walker, phone: str
) -> None:
    other_walker.open("/account/").sign_in_by_password(phone, PASSWORD)
    home.open("/account/sessions")
    post(home, "/account/sessions", action="sign_out_elsewhere")
    assert home.url == "/account/sessions"
    assert SessionRow.objects.filter(ended_at=None).count() == 1
    other_walker.open("/account/")
    assert other_walker.step == "login"


def test_number_change_is_stopped_when_the_person_objects_in_the_space(
    city: City, home: Walker, phone: str
) -> None:
    person_id = city.resident(phone)
    city.rooms.phone_changes.ask(person_id, "+8613700000055", now=city.clock.now())
    home.open(SECURITY)
    assert "Was that not you?" in home.words
    post(home, SECURITY, action="stop_phone_change")
    assert "Was that not you?" not in home.words
    assert city.rooms.phone_changes.of(person_id) is None


NEW = "+8613700000066"


def asked_for(walker: Walker, phone: str, new: str = NEW) -> Walker:
    """The page of the change, with the new number typed."""
    walker.open(f"{SECURITY}/add/sms")
    second_factor(walker, phone)
    return walker.press("action", "add", phone=new)


def test_number_is_changed_at_once_when_old_and_new_are_proven(
    city: City, home: Walker, phone: str
) -> None:
    person_id = city.resident(phone)
    asked_for(home, phone)
    assert "I lost this phone" not in home.words
    home.press("action", "sign_in", code="000000")
    home.type_code(NEW)
    assert home.url == SECURITY
    assert f"{NEW[3:6]} **** {NEW[-4:]}" in home.words
    assert city.rooms.people.standing(person_id, now=city.clock.now()).phone == NEW
    assert city.rooms.people.find(TypedIdentifier(kind="phone", value=phone)) is None
    assert len(events("phone_change.done")) == 1
    assert OutboxMessage.objects.filter(kind="security_notice").count() == 1


def test_number_stays_when_the_person_thinks_again(city: City, home: Walker, phone: str) -> None:
    person_id = city.resident(phone)
    asked_for(home, phone).press("action", "other_account")
    assert "phone" in home.form.fields
    home.press("action", "add", phone="no number")
    assert "Enter the number" in home.words
    home.press("action", "return")
    assert home.url == SECURITY
    assert city.rooms.people.standing(person_id, now=city.clock.now()).phone == phone
    home.open(f"{SECURITY}/add/sms").press("action", "add", phone=phone)
    assert home.url == SECURITY
    assert events("phone_change.done") == []


def test_number_stays_with_its_holder_when_it_signs_in_another_account(
    city: City, home: Walker, phone: str
) -> None:
    holder = city.resident(NEW)
    asked_for(home, phone)
    city.store.delete(f"sms:minute:{city.given.index.of('sms.phone', NEW).hex()}")
    home.press("action", "resend")
    home.type_code(NEW)
    assert "signs in another account" in home.words
    assert city.rooms.people.find(TypedIdentifier(kind="phone", value=NEW)) == holder


@pytest.mark.requirement("R6")
def test_number_moves_to_its_new_holder_when_the_former_left_it_unused(
    city: City, home: Walker, phone: str
) -> None:
    former = city.resident(NEW)
    long_ago = city.clock.now() - timedelta(days=91)
    Authenticator.objects.filter(kind="sms", person_id=former).update(last_used_at=long_ago)
    asked_for(home, phone).type_code(NEW)
    person_id = city.rooms.people.find(TypedIdentifier(kind="phone", value=NEW))
    assert person_id not in {None, former}
    assert city.rooms.people.standing(former, now=city.clock.now()).phone == ""
    assert [row.subject for row in events("person.phone_unbound")] == [str(former)]
