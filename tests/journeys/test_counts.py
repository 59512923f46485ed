"""What each kind of person has to do, through the real pages: screens and fields, as few as agreed.

Counted as the browser tests count: pages that must be acted on, but for one of consent, and fields
that are filled in.
"""

from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from http.client import HTTPConnection
from re import search
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from pytest_django.fixtures import Settings

from connectors.sandbox.population import person
from connectors.sandbox.server import SandboxServer
from idp.foundation.storage import ValkeyStore
from idp.subjects.documents import Check, VerifiedDocument
from idp.subjects.known_names import KnownNames
from idp.subjects.models import PhoneChange
from policies.levels import Level
from tests.city import Asked, City, built_city
from tests.journeys.test_authenticators import show_passkey, with_passkey
from tests.places import ELDER as ELDER_WITHOUT_PHONE
from tests.places import agree, kiosk_of, settled, standing_before
from tests.waiting import wait_until
from tests.walker import Walker

pytestmark = [pytest.mark.requirement("R18"), pytest.mark.requirement("R3")]
IAL2, IAL3 = Level(ial=2, aal=1), Level(ial=3, aal=1)
FROM_AFAR = {
    "hongkong": ("+85291234567", "zh-Hant"),
    "macau": ("+85366123456", "en"),
    "taiwan": ("+886912345678", "zh-Hant"),
    "overseas_chinese": ("+33612345678", "zh-Hans"),
    "foreigner": ("+447400123456", "en"),
    "permanent_resident": ("+8613911110000", "en"),
}


@pytest.fixture
def city(
    transactional_db: None, store: ValkeyStore, local_sandbox: SandboxServer, settings: Settings
) -> Iterator[City]:
    """A city with every authority that these people meet."""
    del transactional_db
    kinds = ("population_library", "immigration", "ctid")
    with built_city(store, local_sandbox, asked=Asked(kinds=kinds, visits=("face",))) as built:
        settings.ROOT_URLCONF = built
        built.clients.add()
        built.clients.add("level-2", minimum_level=IAL2)
        built.clients.add("level-3", minimum_level=IAL3)
        yield built


def done(walker: Walker) -> tuple[int, int]:
    """Screens and fields, once at the service."""
    assert walker.answer == "granted", walker.words
    return walker.acted, walker.typed


def start_counting(walker: Walker) -> None:
    walker.acted = walker.typed = 0


def show_face(walker: Walker, who: str) -> None:
    """Agree, go to the authority's camera page, come back; nothing is done here meanwhile."""
    walker.press("action", "agree")
    found = search(r'<a [^>]*href="([^"]+)"[^>]*data-go-after="0"', walker.html)
    assert found, walker.html
    parts = urlsplit(unescape(found[1]))
    said = {**dict(parse_qsl(parts.query)), "identifier": who, "decision": "allow"}
    connection = HTTPConnection(parts.netloc, timeout=5)
    connection.request("POST", parts.path, urlencode(said))
    answer = connection.getresponse()
    answer.read()
    connection.close()
    back = urlsplit(answer.headers["Location"])
    walker.open(f"{back.path}?{back.query}")
    wait_until(lambda: walker.left_to or "Checking" not in walker.open(walker.url).words)


def test_new_resident_types_four_fields_on_three_screens_when_level_two_is_needed(
    walker: Walker, phone: str
) -> None:
    newcomer = person("newcomer")
    walker.enter(client_id="level-2").sign_in_by_code(phone)
    walker.prove_name(newcomer.name, newcomer.documents[0].number)
    assert done(walker) == (3, 4)


def test_new_resident_types_four_fields_on_four_screens_when_level_three_is_needed(
    walker: Walker, phone: str
) -> None:
    newcomer = person("newcomer")
    walker.enter(client_id="level-3", ui_locales=("en",)).sign_in_by_code(phone)
    walker.prove_name(newcomer.name, newcomer.documents[0].number)
    show_face(walker, "newcomer")
    assert done(walker) == (4, 4)


@pytest.mark.parametrize("key", FROM_AFAR)
def test_person_from_afar_types_four_fields_on_four_screens_at_most_whatever_they_hold(
    key: str, walker: Walker
) -> None:
    someone, (phone, language) = person(key), FROM_AFAR[key]
    document = someone.documents[0]
    walker.enter(client_id="level-2", ui_locales=(language,)).sign_in_by_code(phone)
    if walker.form.fields["document_type"] != document.type:
        walker.press("document", document.type)
    assert walker.form.picked == {"birth_date"}
    walker.press(
        "action",
        "verify",
        name=someone.name,
        document_number=document.number,
        birth_date=document.details["birth_date"],
    )
    screens, fields = done(walker)
    assert screens <= 4
    assert fields == 4


def test_returning_person_types_one_field_on_two_screens_when_they_come_by_sms(
    city: City, walker: Walker, phone: str
) -> None:
    walker.enter().sign_in_by_code(phone)
    walker.http.cookies.pop("tx_session_18700")
    city.store.delete(f"sms:minute:{city.given.index.of('sms.phone', phone).hex()}")
    start_counting(walker)
    walker.enter().press("method", "sms")
    walker.type_code(phone)
    assert done(walker) == (2, 1)


def test_returning_person_touches_once_when_they_have_a_passkey(
    city: City, walker: Walker, phone: str
) -> None:
    holder = with_passkey(city, city.resident(phone))
    show_passkey(walker.enter(), holder)
    assert walker.answer == "granted"
    assert walker.acted == 1


def test_nothing_is_asked_when_somebody_is_signed_in_already(walker: Walker, phone: str) -> None:
    walker.enter().sign_in_by_code(phone)
    start_counting(walker)
    walker.enter(client_id="portal")
    assert done(walker) == (0, 0)


def test_step_up_types_the_number_alone_when_the_account_tells_the_name(
    city: City, walker: Walker, phone: str
) -> None:
    newcomer = person("newcomer")
    names = {"family_name": newcomer.name[:1], "given_name": newcomer.name[1:]}
    city.rooms.profiles.write(city.resident(phone), names)
    walker.enter().sign_in_by_code(phone)
    start_counting(walker)
    walker.enter(client_id="level-2", ui_locales=("en",))
    assert "We know your name as *晨" in walker.words
    assert newcomer.name not in walker.html
    walker.press("action", "verify", document_number=newcomer.documents[0].number)
    assert done(walker) == (1, 1)
    assert newcomer.name not in walker.html


def test_step_up_types_nothing_when_a_face_is_all_that_is_missing(
    walker: Walker, phone: str
) -> None:
    newcomer = person("newcomer")
    walker.enter(client_id="level-2", ui_locales=("en",)).sign_in_by_code(phone)
    walker.prove_name(newcomer.name, newcomer.documents[0].number)
    start_counting(walker)
    walker.enter(client_id="level-3", ui_locales=("en",))
    show_face(walker, "newcomer")
    assert done(walker) == (1, 0)


def test_elder_types_nothing_on_two_screens_when_at_a_kiosk(city: City, walker: Walker) -> None:
    with kiosk_of(city) as kiosk:
        standing_before(kiosk, walker)
        laying_the_card = 1
        agree(kiosk, walker)
        kiosk.look(ELDER_WITHOUT_PHONE)
        settled(walker)
    screens, fields = done(walker)
    assert (screens + laying_the_card, fields) == (2, 0)


def test_person_types_four_fields_on_three_screens_when_the_phone_is_lost(
    walker: Walker, other_walker: Walker, phone: str
) -> None:
    newcomer = person("newcomer")
    document = newcomer.documents[0].number
    walker.enter(client_id="level-2").sign_in_by_code(phone).prove_name(newcomer.name, document)
    lost = other_walker.enter(ui_locales=("en",))
    lost.press("action", "recover")
    new_phone = "+8613700000077"
    typed: dict[str, Any] = {"name": newcomer.name, "document_number": document}
    lost.press("action", "recover", **typed, phone=new_phone)
    lost.type_code(new_phone)
    assert PhoneChange.objects.count() == 1
    assert (lost.acted, lost.typed) == (3, 4)


def test_name_is_typed_anew_when_an_authority_disagreed_with_the_one_that_was_known(
    city: City, walker: Walker, phone: str
) -> None:
    newcomer = person("newcomer")
    names = {"family_name": "贺", "given_name": "辰"}
    city.rooms.profiles.write(city.resident(phone), names)
    walker.enter(client_id="level-2", ui_locales=("en",)).sign_in_by_code(phone)
    number = newcomer.documents[0].number
    walker.press("action", "verify", document_number=number)
    assert "do not belong together" in walker.words
    assert "We know your name" not in walker.words
    walker.press("action", "verify", document_number=number)
    assert "Enter your name" in walker.words
    walker.prove_name(newcomer.name, number)
    assert walker.answer == "granted"


def test_name_that_is_typed_counts_when_another_is_known(
    city: City, walker: Walker, phone: str
) -> None:
    newcomer = person("newcomer")
    city.rooms.profiles.write(city.resident(phone), {"family_name": "贺", "given_name": "辰"})
    walker.enter(client_id="level-2").sign_in_by_code(phone)
    walker.prove_name(newcomer.name, newcomer.documents[0].number)
    assert walker.answer == "granted"


def known_names(city: City) -> KnownNames:
    return city.particulars.names


def test_name_of_a_document_is_known_when_its_evidence_has_grown_old(
    city: City, phone: str
) -> None:
    newcomer, person_id = person("newcomer"), city.resident(phone)
    city.rooms.profiles.write(person_id, {"family_name": "贺", "given_name": "辰"})
    document = VerifiedDocument(
        document_type="resident_id_card",
        number=newcomer.documents[0].number,
        holder_name=newcomer.name,
    )
    long_ago = city.clock.now() - timedelta(days=4000)
    check = Check(
        method="population_two_factor",
        authority="cn_population_library",
        checked_at=long_ago,
        identity_level=2,
    )
    city.rooms.documents.keep(person_id, document, check)
    assert city.rooms.chain.proofs(person_id, now=city.clock.now())
    assert known_names(city).of(person_id) == newcomer.name


@pytest.mark.parametrize(
    ("description", "name"),
    [
        pytest.param({}, "", id="nothing"),
        pytest.param({"given_name": "晨"}, "", id="half"),
        pytest.param({"given_name": "晨", "family_name": 7}, "", id="no text"),
        pytest.param({"given_name": "晨", "family_name": "何"}, "何晨", id="Chinese"),
        pytest.param(
            {"given_name": "Anna", "middle_name": "Maria", "family_name": "Eriksson"},
            "Anna Maria Eriksson",
            id="Latin",
        ),
        pytest.param({"given_name": "a\x00", "family_name": "b"}, "", id="unprintable"),
    ],
)
def test_described_name_is_known_when_it_is_whole(
    city: City, phone: str, description: dict[str, object], name: str
) -> None:
    person_id = city.resident(phone)
    city.rooms.profiles.write(person_id, description)
    assert known_names(city).of(person_id) == name
