"""At a kiosk: a card on the reader and a face before the camera sign in, with nothing typed."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client as DjangoClient
from pytest_django.fixtures import Settings

from connectors.sandbox.card_chips import text_block
from connectors.sandbox.population import person
from connectors.sandbox.portraits import blurred_portrait, portrait_of
from connectors.sandbox.server import SandboxServer
from idp.channels.sittings import Sittings
from idp.foundation.storage import ValkeyStore
from idp.journey.readings.card import Card, FaceSaid
from idp.subjects.models import Document, Evidence, Person, PurposeConsent
from policies.levels import Level
from tests.city import Asked, City, built_city
from tests.places import ELDER, Kiosk, again, agree, enrolled, kiosk_of, settled, standing_before
from tests.racing import at_once
from tests.trail import detail, events
from tests.waiting import wait_until
from tests.walker import Walker

pytestmark = [pytest.mark.requirement("R7"), pytest.mark.requirement("R10")]


@pytest.fixture
def city(
    request: pytest.FixtureRequest,
    transactional_db: None,
    store: ValkeyStore,
    local_sandbox: SandboxServer,
    settings: Settings,
) -> Iterator[City]:
    """A city whose residents' faces CTID compares."""
    del transactional_db
    kinds = getattr(request, "param", ("population_library", "ctid", "immigration"))
    with built_city(store, local_sandbox, asked=Asked(kinds=kinds)) as built:
        Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
        settings.ROOT_URLCONF = built
        yield built
        built.mend()


@pytest.fixture
def kiosk(city: City) -> Iterator[Kiosk]:
    with kiosk_of(city) as built:
        yield built


@pytest.fixture
def elder(kiosk: Kiosk, walker: Walker) -> Walker:
    return standing_before(kiosk, walker)


@pytest.mark.storage
def test_elder_signs_in_with_nothing_typed_when_card_and_face_are_theirs(
    city: City, kiosk: Kiosk, elder: Walker
) -> None:
    assert "蔡阿土" not in elder.html
    agree(kiosk, elder)
    assert "**土" not in elder.html
    assert kiosk.look(ELDER).status_code == 202
    settled(elder)

    assert elder.answer == "granted"
    granted = city.door.granted
    assert granted.level == Level(ial=3, aal=2)
    assert granted.amr == ("face", "sc", "mfa")
    holder = Person.objects.get(id=granted.person_id)
    by_method = {row.method: row for row in Evidence.objects.filter(person=holder)}
    assert by_method["card_reader"].device == kiosk.reader.device_id
    assert by_method["card_reader"].circumstances == ["chip"]
    assert by_method["ctid"].device == kiosk.camera.device_id
    assert by_method["ctid"].circumstances == ["authority_photo", "liveness"]
    consent = PurposeConsent.objects.get(person=holder)
    assert consent.purpose == "face_comparison"
    assert [each.channel for each in events("login.succeeded")] == ["kiosk"]
    secret, now = elder.browser.session_secret, city.clock.now()
    assert city.rooms.sessions.open(secret, now=now)[0]
    later = now + timedelta(seconds=901)
    assert city.rooms.sessions.open(secret, now=later)[0] is None
    for event in events("device.card_read") + events("device.face_taken"):
        assert event.device in {kiosk.reader.device_id, kiosk.camera.device_id}
        assert "350200193911209935" not in str(detail(event))


def test_same_account_opens_when_the_holder_comes_again(
    city: City, kiosk: Kiosk, elder: Walker, other_walker: Walker
) -> None:
    agree(kiosk, elder)
    kiosk.look(ELDER)
    first = settled(elder) and city.door.granted.person_id
    kiosk.seat(other_walker)
    other_walker.enter(client_id="kiosk", ui_locales=("en",))
    agree(kiosk, other_walker)
    kiosk.look(ELDER)
    settled(other_walker)

    assert city.door.granted.person_id == first
    assert Document.objects.count() == 1
    assert PurposeConsent.objects.filter(replaced_at=None).count() == 1


@pytest.mark.parametrize(
    ("image", "live", "words"),
    [
        pytest.param(portrait_of("adult"), True, "do not seem to belong", id="another's face"),
        pytest.param(blurred_portrait(), True, "could not see your face", id="blurred"),
        pytest.param(portrait_of(ELDER), False, "could not see your face", id="a photograph"),
    ],
)
def test_nobody_is_signed_in_when_the_face_does_not_do(
    *, image: bytes, live: bool, words: str, kiosk: Kiosk, elder: Walker
) -> None:
    agree(kiosk, elder)
    task = kiosk.camera.asked()
    capture = kiosk.camera.capture(image, task["nonce"], live=live)
    assert kiosk.camera.say("readings", capture).status_code == 202
    settled(elder)

    assert words in elder.words
    assert not Person.objects.exists()
    elder.press("action", "agree")
    assert kiosk.look(ELDER).status_code == 202
    assert settled(elder).answer == "granted"


def test_face_is_asked_no_more_when_it_differed_several_times(kiosk: Kiosk, elder: Walker) -> None:
    agree(kiosk, elder)
    for _ in range(5):
        kiosk.look("adult")
        settled(elder).press("action", "agree")
    kiosk.look(ELDER)
    settled(elder)

    assert "did not match several times" in elder.words
    assert ("action", "agree") not in elder.form.buttons
    assert not Person.objects.exists()


def test_authority_that_is_down_costs_nothing_when_a_face_is_compared(
    city: City, kiosk: Kiosk, elder: Walker
) -> None:
    agree(kiosk, elder)
    city.spoil("ctid", "500", times=4)
    kiosk.look(ELDER)
    settled(elder)
    assert "does not answer" in elder.words
    city.mend()
    city.clock.advance(minutes=2)
    kiosk.seat(elder)
    elder.enter(client_id="kiosk", ui_locales=("en",))
    agree(kiosk, elder)
    kiosk.look(ELDER)
    assert settled(elder).answer == "granted"


@pytest.mark.parametrize("city", [("population_library", "ctid")], indirect=True)
def test_card_is_sent_another_way_when_nobody_compares_faces_for_it(
    city: City, kiosk: Kiosk, elder: Walker
) -> None:
    block = text_block(person("hongkong"), person("hongkong").documents[1])
    task = kiosk.reader.asked()
    at = city.clock.timestamp()
    statement = kiosk.reader.key.reading(task["nonce"], at, block, counter=kiosk.reader.next())
    assert kiosk.reader.say("readings", {"statement": statement}).status_code == 202
    again(elder)
    assert "cannot be compared for this document" in elder.words


def test_answer_is_not_lost_when_it_comes_while_the_page_looks(
    city: City, kiosk: Kiosk, elder: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(kiosk, elder)
    take = Sittings.take

    def take_just_before_the_answer(sittings: Sittings, nonce: str) -> bytes | None:
        monkeypatch.undo()
        found = take(sittings, nonce)
        kiosk.look(ELDER)
        wait_until(lambda: city.store.get(f"sitting:answer:{nonce}") is not None)
        return found

    monkeypatch.setattr(Sittings, "take", take_just_before_the_answer)
    assert "Please look into the camera" in again(elder).words
    assert settled(elder).answer == "granted"


@pytest.mark.storage
def test_one_account_is_opened_when_one_card_is_proven_twice_at_once(city: City) -> None:
    someone, now = person(ELDER), city.clock.now()
    card = Card(
        document_type="resident_id_card",
        document_number=someone.documents[0].number,
        name=someone.name,
        birth_date=date(1939, 11, 20),
        valid_from=date(2015, 1, 1),
        valid_until=None,
        sex="male",
        device="device-1",
        reference="device-1:1",
        checked_at=now,
        identity_level=2,
    )
    said = {"outcome": "MATCH", "method": "ctid", "authority": "cn_ctid", "identity_level": 3}
    face = FaceSaid(**{**said, "checked_at": now, "device": "device-2"})
    found = at_once(
        4, lambda _: city.hall.readings.admit(card, face, agreed_at=now, client_id="", now=now)
    )
    assert len(set(found)) == 1
    assert Document.objects.count() == Person.objects.count() == 1


@pytest.mark.requirement("R10")
def test_child_is_sent_to_a_window_when_a_guardian_has_to_agree(
    kiosk: Kiosk, elder: Walker
) -> None:
    kiosk.lay_card("minor")
    again(elder)
    assert "a guardian agrees" in elder.words
    assert ("action", "agree") not in elder.form.buttons
    elder.press("action", "another_card")
    assert "Lay your identity card" in elder.words


def test_card_that_expired_is_named_when_it_is_laid_on_the_reader(
    city: City, kiosk: Kiosk, elder: Walker
) -> None:
    city.clock.advance(days=365 * 20)
    kiosk.seat(elder)
    elder.enter(client_id="kiosk", ui_locales=("en",))
    refused = kiosk.lay_card("adult")
    assert (refused.status_code, refused.json()["error"]) == (422, "expired_document")
    again(elder)
    assert "This card has expired" in elder.words
    assert kiosk.lay_card(ELDER).status_code == 202
    again(elder)
    assert "Look into the camera" in elder.words


def test_phone_opens_the_ordinary_page_when_it_is_chosen_and_back_again(elder: Walker) -> None:
    elder.press("method", "phone")
    assert "identifier" in elder.form.fields
    elder.press("action", "id_card")
    assert "Lay your identity card" in elder.words


def test_reader_is_asked_anew_when_nobody_laid_a_card_in_time(
    city: City, kiosk: Kiosk, elder: Walker
) -> None:
    first = kiosk.reader.asked()["nonce"]
    city.store.delete("sitting:task:kiosk-7")
    again(elder)
    assert kiosk.reader.asked()["nonce"] != first
    agree(kiosk, elder)
    city.store.delete("sitting:task:kiosk-7")
    again(elder)
    assert "The camera saw nobody" in elder.words


def test_next_person_finds_nothing_of_the_last_when_a_sitting_begins(
    city: City, kiosk: Kiosk, elder: Walker
) -> None:
    agree(kiosk, elder)
    kiosk.look(ELDER)
    settled(elder)
    session, page = elder.browser.session_secret, elder.url
    device = elder.browser.device_secret
    assert session

    kiosk.seat(elder)

    assert not elder.browser.session_secret
    assert elder.browser.device_secret != device
    assert city.rooms.sessions.open(session, now=city.clock.now())[0] is None
    elder.open(page)
    assert elder.status in {403, 409}
    elder.enter(client_id="kiosk", ui_locales=("en",))
    assert "Lay your identity card" in elder.words
    assert "土" not in elder.words


def test_last_persons_page_gets_no_card_when_the_next_sitting_began(
    kiosk: Kiosk, elder: Walker, other_walker: Walker
) -> None:
    task = kiosk.reader.asked()
    kiosk.seat(other_walker)
    refused = kiosk.reader.say(
        "readings", {"statement": kiosk.reader.reading(ELDER, task["nonce"])}
    )
    assert (refused.status_code, refused.json()["error"]) == (404, "nobody_waits")
    again(elder)
    assert "Lay your identity card" not in elder.words
    assert "identifier" in elder.form.fields


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("ticket=made-up&return_to=/oauth2/authorize", 403),
        ("ticket=&return_to=/oauth2/authorize", 400),
        ("ticket={ticket}&return_to=https://elsewhere.example/", 400),
        ("ticket={ticket}&return_to=//elsewhere.example/", 400),
        ("ticket={ticket}&return_to=/%5Celsewhere.example/", 400),
    ],
)
def test_seat_is_refused_when_ticket_or_address_is_not_ours(
    kiosk: Kiosk, query: str, status: int
) -> None:
    answer = DjangoClient().get(f"/devices/seat?{query.format(ticket=kiosk.open_sitting())}")
    assert answer.status_code == status
    assert not [name for name in answer.cookies if name.startswith("tx_")]


def test_ticket_seats_one_browser_when_two_show_it(
    kiosk: Kiosk, walker: Walker, other_walker: Walker
) -> None:
    ticket = kiosk.open_sitting()
    assert kiosk.seat(walker, ticket).status_code == 303
    assert kiosk.seat(other_walker, ticket).status_code == 403
    overtaken = kiosk.open_sitting()
    kiosk.open_sitting()
    assert kiosk.seat(walker, overtaken).status_code == 403


def test_devices_of_another_place_are_asked_nothing_when_somebody_sits_here(
    city: City, kiosk: Kiosk, elder: Walker
) -> None:
    elsewhere = enrolled(city, kiosk.devices, "id_card_reader", place="kiosk-8")
    task = kiosk.reader.asked()
    assert elsewhere.asked() is None
    assert kiosk.camera.asked() is None
    statement = elsewhere.reading(ELDER, task["nonce"])
    refused = elsewhere.say("readings", {"statement": statement})
    assert refused.json()["error"] == "nobody_waits"
    again(elder)
    assert "Lay your identity card" in elder.words


@pytest.fixture
def signed_in(kiosk: Kiosk, elder: Walker, phone: str) -> Walker:
    """Somebody who signed in at the kiosk by a code on their phone instead."""
    del kiosk
    elder.press("method", "phone").sign_in_by_code(phone)
    assert elder.step == "verification"
    return elder


def test_card_and_face_prove_a_name_when_somebody_signed_in_by_phone(
    city: City, kiosk: Kiosk, signed_in: Walker
) -> None:
    assert "Lay your identity card on the reader" in signed_in.words
    signed_in.press("method", "particulars")
    assert "Lay it on the reader of this machine" in signed_in.words
    signed_in.press("method", "card_reader")
    signed_in.press("action", "check")
    agree(kiosk, signed_in)
    kiosk.look(ELDER)
    assert settled(signed_in).answer == "granted"
    assert city.door.granted.level == Level(ial=3, aal=1)
    assert PurposeConsent.objects.filter(person_id=city.door.granted.person_id).exists()


def test_card_alone_is_enough_when_a_proven_name_is_all_that_is_needed(
    city: City, kiosk: Kiosk, walker: Walker, phone: str
) -> None:
    city.clients.add("kiosk", minimum_level=Level(ial=2, aal=1), channels=frozenset({"kiosk"}))
    kiosk.seat(walker)
    walker.enter(client_id="kiosk", ui_locales=("en",))
    walker.press("method", "phone").sign_in_by_code(phone)
    kiosk.lay_card(ELDER)
    assert again(walker).answer == "granted"
    assert city.door.granted.level == Level(ial=2, aal=1)
    assert not PurposeConsent.objects.exists()


def test_card_of_anothers_account_is_refused_when_somebody_signed_in_lays_it(
    kiosk: Kiosk, elder: Walker, other_walker: Walker, phone: str
) -> None:
    agree(kiosk, elder)
    kiosk.look(ELDER)
    settled(elder)
    kiosk.seat(other_walker)
    other_walker.enter(client_id="kiosk", ui_locales=("en",))
    other_walker.press("method", "phone").sign_in_by_code(phone)
    agree(kiosk, other_walker)
    kiosk.look(ELDER)
    settled(other_walker)
    assert "already has an account" in other_walker.words
    assert Document.objects.count() == 1
    other_walker.press("method", "particulars").press("method", "card_reader")
    assert "Lay your identity card on the reader" in other_walker.words
    kiosk.seat(elder)
    other_walker.press("action", "check")
    assert not [each for each in other_walker.form.buttons if each[1] == "agree"]
