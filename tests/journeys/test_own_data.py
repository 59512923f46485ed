"""My data in the citizen's own space: documents, taking it along, freezing, deleting."""

import json
import re
from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings

from idp.account.data import DATA, DELETE, FILE_NAME, FREEZE, FROZEN
from idp.account.documents import DOCUMENTS
from idp.account.export import A_DAY
from idp.foundation.database import Database
from idp.foundation.outbox.models import OutboxMessage
from idp.subjects.models import Person
from idp.subjects.purpose_consents import FACE, FACE_NOTICE, PurposeConsents
from tests.city import City
from tests.own_space import WithSpace, open_space
from tests.subjects.test_evidence import NUMBER, verified
from tests.trail import events
from tests.walker import Walker

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R13")]


@pytest.fixture(autouse=True)
def space(city: City, database: Database, settings: Settings) -> None:
    settings.ROOT_URLCONF = WithSpace(city, open_space(city, database))


@pytest.fixture
def home(city: City, walker: Walker, phone: str) -> Walker:
    """Somebody verified, signed in by a text message, in English."""
    walker.http.cookies["tx_language_18700"] = "en"
    verified(city, city.resident(phone))
    return walker.open("/account/").sign_in_by_code(phone)


def post(walker: Walker, path: str, **values: str) -> Walker:
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', walker.html)
    assert token
    return walker._follow(walker.http.post(path, {**values, "csrfmiddlewaretoken": token[1]}), path)


def notices(event: str) -> int:
    return sum(event in each.payload for each in OutboxMessage.objects.all())


def test_first_page_leads_to_every_room_when_somebody_signs_in(home: Walker) -> None:
    assert home.url == "/account/"
    rooms = re.findall(r'<li><a href="(/account/[a-z]+)">', home.html)
    assert len(rooms) == 11
    assert "/account/join" in rooms
    for each in rooms:
        assert home.open(each).status == 200, each


def test_documents_are_shown_masked_with_what_their_checks_give(home: Walker) -> None:
    home.open(DOCUMENTS)
    for words in ("Resident", "Name and number, by the population library", "gives level 2"):
        assert words in home.words
    assert NUMBER not in home.html


def test_everything_is_taken_along_when_the_person_just_signed_in(home: Walker, phone: str) -> None:
    home.open(DATA)
    post(home, DATA, action="file")
    answer = home.response
    assert answer["Content-Disposition"] == f'attachment; filename="{FILE_NAME}"'
    assert "no-store" in answer["Cache-Control"]
    export = json.loads(answer.content)
    assert export["identifiers"][0]["value"] == phone
    assert export["documents"][0]["number"] == NUMBER
    assert {each["method"] for each in export["checks"]} == {"sms_code", "population_two_factor"}
    assert "person.registered" in {each["event"] for each in export["trail"]}
    assert len(events("person.exported")) == 1
    assert notices("data_exported") == 1


def test_everything_is_read_in_words_when_the_person_wants_a_page(home: Walker, phone: str) -> None:
    home.open(DATA)
    post(home, DATA, action="page")
    for words in (phone, NUMBER, "Ways to sign in", "Text message", "What happened"):
        assert words in home.words


def test_person_signs_in_anew_when_data_are_taken_from_an_old_session(
    city: City, home: Walker
) -> None:
    home.open(DATA)
    city.clock.advance(minutes=6)
    post(home, DATA, action="file")
    assert home.step == "login"
    assert events("person.exported") == []


def test_data_are_kept_when_they_were_taken_too_often(home: Walker) -> None:
    home.open(DATA)
    page = home.html
    for _ in range(A_DAY):
        home.html = page
        post(home, DATA, action="file")
        assert home.status == 200
    home.html = page
    post(home, DATA, action="file")
    assert home.status == 429
    assert len(events("person.exported")) == A_DAY


def test_identity_is_frozen_everywhere_when_the_person_says_so(
    home: Walker, other_walker: Walker, phone: str
) -> None:
    other_walker.open("/account/").sign_in_by_code(phone)
    home.open(FREEZE)
    post(home, FREEZE, action="freeze")
    assert home.url == FROZEN
    assert Person.objects.get().status == Person.Status.FROZEN
    assert other_walker.open("/account/").step == "login"
    assert home.open("/account/").step == "login"
    assert notices("account_frozen") == 1


def test_freeze_asks_to_sign_in_when_the_session_is_old(city: City, home: Walker) -> None:
    home.open(FREEZE)
    city.clock.advance(minutes=6)
    post(home, FREEZE, action="freeze")
    assert home.step == "login"
    assert Person.objects.get().status == Person.Status.ACTIVE


def test_account_is_kept_when_its_person_thinks_again(city: City, home: Walker) -> None:
    home.open(DELETE)
    post(home, DELETE, action="delete")
    assert "Until then you can keep it" in home.words
    city.clock.advance(days=6)
    home.open("/account/")
    assert home.step == "login"
    city.rooms.erasures.erase_due(now=city.clock.now())
    assert Person.objects.get().status == Person.Status.ACTIVE
    city.clock.advance(days=-6)
    home.open(DELETE)
    post(home, DELETE, action="keep")
    assert "Until then you can keep it" not in home.words
    city.clock.advance(days=8)
    assert city.rooms.erasures.erase_due(now=city.clock.now()) == 0
    kinds = ("deletion_asked", "deletion_stopped")
    assert [len(events(f"person.{each}")) for each in kinds] == [1, 1]
    assert [notices(each) for each in kinds] == [1, 1]


def test_account_is_gone_when_its_hold_is_over(city: City, home: Walker) -> None:
    home.open(DELETE)
    post(home, DELETE, action="delete")
    again = home.open(DELETE)
    assert "Keep my account" in again.words
    later = city.clock.now() + timedelta(days=7)
    assert city.rooms.erasures.erase_due(now=later) == 1
    home.open("/account/")
    assert home.step == "login"


def test_deletion_asks_to_sign_in_when_the_session_is_old(city: City, home: Walker) -> None:
    city.clock.advance(minutes=6)
    home.open(DELETE)
    assert home.step == "login"


def test_separate_consent_is_withdrawn_where_it_stands(
    city: City, home: Walker, phone: str
) -> None:
    person_id, now = city.resident(phone), city.clock.now()
    purposes = PurposeConsents(clock=city.clock)
    purposes.give(person_id, FACE, notice_version=FACE_NOTICE, given_at=now)
    assert "No service yet" in home.open("/account/services").words
    assert "1 in force" in home.open("/account/").words
    home.open("/account/consents")
    assert "Comparing your face" in home.words
    post(home, "/account/consents", withdraw="nothing of ours")
    assert "Withdraw my agreement" in home.words
    post(home, "/account/consents", withdraw=FACE)
    assert "1 earlier agreement" in home.words
    assert "1 in force" not in home.open("/account/").words
    assert not purposes.is_given(person_id, FACE, notice_version=FACE_NOTICE)
