"""Level 4: what a person is told who needs it, and the window where they get it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from connectors.sandbox.population import person
from connectors.sandbox.server import SandboxServer
from idp.conf import Authentication
from idp.foundation.storage import ValkeyStore
from idp.subjects.documents import Check, VerifiedDocument
from idp.subjects.models import Evidence, Person
from policies.levels import Level
from tests.city import Asked, City, built_city
from tests.places import ELDER, Kiosk, again, agree, kiosk_of, settled, staffed
from tests.trail import events
from tests.walker import Walker

pytestmark = [
    pytest.mark.requirement("R1"),
    pytest.mark.requirement("R6"),
    pytest.mark.requirement("R7"),
]
EVERYWHERE = frozenset({"web", "kiosk", "window"})
FOUR = Level(ial=4, aal=1)
WINDOW = "Please come to a service window"
HOLDER = person("adult")
PHONE = "+8613900000077"


@pytest.fixture
def city(
    transactional_db: None,
    store: ValkeyStore,
    local_sandbox: SandboxServer,
    settings: Settings,
) -> Iterator[City]:
    """A city with attended windows, whose residents' faces CTID compares at kiosks."""
    del transactional_db
    with built_city(
        store,
        local_sandbox,
        asked=Asked(kinds=("population_library", "ctid")),
        authentication=Authentication(attended_windows=True),
    ) as built:
        Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
        settings.ROOT_URLCONF = built
        built.clients.add("notary", minimum_level=FOUR, channels=EVERYWHERE)
        yield built


@pytest.fixture
def kiosk(city: City) -> Iterator[Kiosk]:
    with kiosk_of(city) as built:
        yield built


@pytest.fixture
def window(kiosk: Kiosk) -> Kiosk:
    return staffed(kiosk)


def at_home(walker: Walker) -> Walker:
    """Somebody who proved name and number, for a service that asks for more."""
    walker.enter(client_id="notary", ui_locales=("en",))
    walker.sign_in_by_code(PHONE)
    return walker.prove_name(HOLDER.name, HOLDER.documents[0].number)


def at_the_window(window: Kiosk, walker: Walker, **said: str) -> Walker:
    """The window's member of staff opens a sitting for somebody with their card."""
    window.seat(walker, window.open_sitting(**said))
    return walker.enter(client_id="notary", ui_locales=("en",))


def test_page_at_home_goes_on_by_itself_when_the_window_saw_holder_and_card(
    city: City, window: Kiosk, walker: Walker, other_walker: Walker
) -> None:
    at_home(walker)
    again(walker)
    assert WINDOW in walker.words
    assert "original of your identity card" in walker.words
    assert "12345" in walker.words
    assert "leave this page open on your phone" in walker.words

    at_the_window(window, other_walker, operator="li")
    assert "Lay your identity card on the reader" in other_walker.words
    assert window.lay_card("adult").status_code == 202
    again(other_walker)
    assert other_walker.answer == "granted"
    granted = city.door.granted
    assert (granted.level, granted.amr) == (Level(ial=4, aal=2), ("sc", "mfa"))
    assert (other_walker.acted, other_walker.typed) == (0, 0)

    again(walker)
    assert walker.answer == "granted"
    assert city.door.granted.level.ial == 4
    assert city.door.granted.person_id == granted.person_id
    assert Person.objects.count() == 1
    evidence = Evidence.objects.get(method="card_reader")
    assert (evidence.device, evidence.operator) == (window.reader.device_id, "li")
    assert [each.operator for each in events("device.sitting_opened")] == ["li"]


def test_holder_without_an_account_gets_one_when_the_staff_saw_them_with_their_card(
    city: City, window: Kiosk, walker: Walker
) -> None:
    at_the_window(window, walker, operator="li")
    assert window.lay_card(ELDER).status_code == 202
    again(walker)
    assert walker.answer == "granted"
    assert city.door.granted.level == Level(ial=4, aal=2)


def test_signed_in_person_reaches_level_four_when_they_lay_their_card_at_the_window(
    city: City, window: Kiosk, walker: Walker
) -> None:
    city.clients.add("portal", channels=EVERYWHERE)
    window.seat(walker, window.open_sitting(operator="li"))
    walker.enter(client_id="portal", ui_locales=("en",))
    walker.press("method", "phone").sign_in_by_code(PHONE)
    assert city.door.granted.level.ial == 1
    walker.enter(client_id="notary", ui_locales=("en",))
    assert window.lay_card("adult").status_code == 202
    again(walker)
    assert city.door.granted.level.ial == 4


def test_nobody_reaches_level_four_when_no_member_of_staff_is_named(
    city: City, window: Kiosk, walker: Walker
) -> None:
    at_the_window(window, walker)
    assert window.lay_card(ELDER).status_code == 202
    again(walker)
    assert not walker.left_to
    assert "Look into the camera" in walker.words
    assert not city.door.outcomes


def test_machine_without_staff_sends_to_a_window_when_it_did_all_it_can(
    city: City, kiosk: Kiosk, walker: Walker
) -> None:
    kiosk.seat(walker)
    walker.enter(client_id="notary", ui_locales=("en",))
    agree(kiosk, walker)
    assert kiosk.look(ELDER).status_code == 202
    settled(walker)
    assert WINDOW in walker.words
    assert "begin again here or on your phone" in walker.words
    assert not city.door.outcomes
    walker.press("action", "return")
    assert walker.answer == "access_denied"


@pytest.mark.parametrize("operator", ["", "li wei", "<script>", 7, ["li"], "x" * 65], ids=str)
def test_window_is_refused_when_the_name_of_its_staff_is_none(
    operator: object, window: Kiosk
) -> None:
    said = {"counter": window.shell.next(), "operator": operator}
    answer = window.shell.say(
        "sittings", {"statement": window.shell.signed("device-sitting+jws", **said)}
    )
    assert answer.status_code == (201 if operator == "" else 400)


def test_kiosk_is_refused_when_it_speaks_of_staff(kiosk: Kiosk) -> None:
    said = {"counter": kiosk.shell.next(), "operator": "li"}
    statement = kiosk.shell.signed("device-sitting+jws", **said)
    answer = kiosk.shell.say("sittings", {"statement": statement})
    assert (answer.status_code, answer.json()["error"]) == (400, "malformed")


def test_person_goes_on_without_it_when_the_service_takes_less(city: City, walker: Walker) -> None:
    city.clients.add("library", minimum_level=Level(ial=2, aal=1))
    walker.enter(client_id="library", ui_locales=("en",), required=FOUR)
    walker.sign_in_by_code(PHONE).prove_name(HOLDER.name, HOLDER.documents[0].number)
    again(walker)
    assert WINDOW in walker.words
    walker.press("action", "return")
    assert walker.answer == "granted"
    assert city.door.granted.level.ial == 2


def test_no_window_is_promised_when_no_reader_reads_the_document(
    city: City, walker: Walker
) -> None:
    holder = city.resident(PHONE, password="Bailu-garden-4821")
    document = VerifiedDocument(
        document_type="passport", number="L898902C3", holder_name="ANNA ERIKSSON", issuer="UTO"
    )
    check = Check(
        method="immigration",
        authority="cn_national_immigration_administration",
        checked_at=city.clock.now(),
        matched_claims=("name", "document_number", "birthdate"),
        identity_level=2,
    )
    city.rooms.documents.keep(holder, document, check, client_id="")
    walker.enter(client_id="notary", ui_locales=("en",))
    walker.sign_in_by_password(PHONE, "Bailu-garden-4821")
    assert "This cannot be proven online" in walker.words
    assert WINDOW not in walker.words
    assert walker.press("action", "return").answer == "access_denied"


def test_level_four_is_refused_at_once_when_no_window_of_the_city_is_attended(
    store: ValkeyStore, local_sandbox: SandboxServer
) -> None:
    with built_city(store, local_sandbox) as plain:
        plain.clients.add("notary", minimum_level=FOUR)
        outcome = plain.enter(client_id="notary", required=FOUR, required_is_essential=True)
    assert outcome.error == "unmet_authentication_requirements"
