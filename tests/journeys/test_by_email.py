"""Signing in and registering by e-mail, where none of our text messages arrives."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from connectors.sandbox.population import person
from idp.conf import EmailAccounts
from idp.journey.request import WantedClaim
from idp.subjects.authenticators.kinds import Kind
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.models import Authenticator, Evidence, Identifier, Person
from policies.levels import Level
from tests.city import City
from tests.journeys.mail_city import (
    ADDRESS,
    IN_ENGLISH,
    Switches,
    ask,
    build,
    city,
    somebody,
    switches,
    with_address,
)
from tests.journeys.test_obligations import require
from tests.trail import detail, events

__all__ = ["build", "city", "switches"]
pytestmark = [pytest.mark.storage, pytest.mark.requirement("R15")]
AT_SEA = "+870773123456"
"""A satellite telephone: the city's gateway serves none."""


@pytest.mark.requirement("R3")
def test_foreigner_reaches_a_service_by_address_and_passport_when_no_text_message_arrives(
    city: City,
) -> None:
    """The number is typed first: what was typed tells the document, and the address takes over."""
    walker, someone = somebody(city), person("foreigner")
    city.clients.add(minimum_level=Level(ial=2, aal=1))
    walker.enter(**IN_ENGLISH).press("method", "sms", identifier=AT_SEA, password="")
    assert "None of our text messages reaches +87 **** 56" in walker.words
    assert 'type="email" inputmode="email"' in walker.html
    walker.press("method", "email", identifier=ADDRESS.upper())
    assert "by e-mail to a***@mail.example" in walker.words
    assert "you prove your name next" in walker.words
    walker.type_code(ADDRESS)
    assert walker.step == "verification"
    assert "Foreign passport" in walker.words
    passport = someone.documents[0]
    walker.press(
        "action",
        "verify",
        name=someone.name,
        document_number=passport.number,
        birth_date=passport.details["birth_date"],
    )
    assert walker.answer == "granted"
    assert walker.acted == 4
    granted = city.door.granted
    assert (granted.level, granted.amr) == (Level(ial=2, aal=1), ("mca",))


def test_new_address_is_let_in_nowhere_before_a_name_is_proven_when_the_city_says_verified(
    city: City,
) -> None:
    walker = ask(city).type_code(ADDRESS)
    assert walker.step == "verification"
    assert city.door.outcomes == []
    (proof,) = Evidence.objects.all()
    assert (proof.method, proof.identity_level) == ("email_code", 0)
    again = ask(city, address=" ANA.SOUSA@mail.example ")
    assert "You can ask for another one in" in again.words
    city.asks_codes_again(ADDRESS)
    again.press("method", "sms", identifier=ADDRESS, password="").type_code(ADDRESS)
    assert again.step == "verification"
    assert Person.objects.count() == 1


def test_address_alone_opens_an_account_of_level_one_when_the_city_says_any(
    build: Callable[[EmailAccounts], City],
) -> None:
    city = build(EmailAccounts.ANY)
    walker = ask(city)
    assert "prove your name next" not in walker.words
    walker.type_code(ADDRESS)
    assert walker.answer == "granted"
    assert city.door.granted.level == Level(ial=1, aal=1)
    (event,) = events("login.succeeded")
    assert detail(event)["factor"] == "email"


def test_address_opens_nothing_and_still_signs_in_when_the_city_says_none(
    build: Callable[[EmailAccounts], City], phone: str
) -> None:
    city = build(EmailAccounts.NONE)
    walker = ask(city).type_code(ADDRESS)
    assert "No account is found by this address" in walker.words
    assert Person.objects.count() == 0
    with_address(city, phone)
    city.asks_codes_again(ADDRESS)
    known = ask(city).type_code(ADDRESS)
    assert known.answer == "granted"


@pytest.mark.requirement("R14")
def test_same_words_are_said_when_an_address_has_an_account_or_none(city: City, phone: str) -> None:
    with_address(city, phone, "ann@mail.example")
    known, unknown = ask(city, "ann@mail.example"), ask(city, "abe@mail.example")
    assert known.words == unknown.words
    assert len(city.codes_for("ann@mail.example")) == len(city.codes_for("abe@mail.example")) == 1


@pytest.mark.requirement("R14")
def test_code_by_email_is_judged_like_one_by_text_message_when_it_is_guessed(city: City) -> None:
    walker = ask(city)
    code = city.codes_for(ADDRESS)[0]
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(4):
        assert "not the code we sent" in walker.press("action", "sign_in", code=wrong).words
    assert "no longer works" in walker.press("action", "sign_in", code=wrong).words
    assert "no longer works" in walker.press("action", "sign_in", code=code).words
    assert {detail(each)["factor"] for each in events("login.failed")} == {"email"}


def test_code_by_email_works_once_when_it_is_judged_twice(city: City) -> None:
    walker = ask(city)
    kept = city.hall.journeys.find(walker.url.split("/")[2])
    assert kept is not None
    to = TypedIdentifier(kind=Identifier.Kind.EMAIL, value=ADDRESS)
    judge, challenge = city.login.codes.judge, kept.journey.progress.login_challenge
    code = city.codes_for(ADDRESS)[0]
    assert [judge(challenge, to, code).name for _ in range(2)] == ["RIGHT", "EXPIRED"]


@pytest.mark.requirement("R14")
def test_limits_of_mailboxes_are_apart_from_phones_when_one_is_used_up(
    city: City, phone: str
) -> None:
    city.store.increment("email:address:127.0.0.1", ttl=3600, by=60)
    assert ask(city).step == "login"
    assert ask(city, "second@mail.example").form.step == "login"
    assert city.codes_for("second@mail.example") == []
    walker = somebody(city)
    walker.enter().sign_in_by_code(phone)
    assert walker.answer == "granted"


@pytest.mark.requirement("R14")
def test_address_gets_ten_codes_a_day_when_it_is_flooded(city: City) -> None:
    address = "flooded@mail.example"
    walker = ask(city, address)
    for _ in range(10):
        city.asks_codes_again(address)
        walker.press("action", "resend")
    assert "This address has received its codes for today" in walker.words
    assert len(city.codes_for(address)) == 10


def test_nothing_is_shown_of_email_and_an_address_is_refused_when_its_gateway_is_off(
    city: City, switches: Switches
) -> None:
    switches.off.add("email")
    walker = somebody(city)
    walker.enter(**IN_ENGLISH)
    assert "a code goes to" not in walker.words.lower()
    walker.press("method", "sms", identifier=ADDRESS, password="")
    assert "A code needs a mobile number" in walker.words
    walker.press("method", "sms", identifier=AT_SEA, password="")
    assert "We cannot send text messages to this number" in walker.words
    assert walker.form.fields["identifier"] == AT_SEA


@pytest.mark.requirement("R14")
def test_account_is_not_entered_by_an_address_that_was_never_confirmed_there(
    city: City, phone: str
) -> None:
    """A platform that people came from may have taken anything for an address."""
    person_id = city.resident(phone)
    claimed = TypedIdentifier(kind=Identifier.Kind.EMAIL, value=ADDRESS)
    city.rooms.people.add_identifier(person_id, claimed, verified_at=None)
    walker = ask(city).type_code(ADDRESS)
    assert "never confirmed it" in walker.words
    assert city.door.outcomes == []


@pytest.mark.requirement("R15")
def test_code_by_email_is_no_half_of_two_factors_when_a_password_stands_beside(
    city: City, phone: str
) -> None:
    """NIST SP 800-63B-4 §3.1.3.1: a mailbox opens to whoever knows its password."""
    person_id = with_address(city, phone)
    authenticators = city.rooms.authenticators
    held = authenticators.of(person_id)
    assert {each.kind for each in held} == {Kind.SMS, Kind.EMAIL}
    proven = frozenset({"pwd"})
    assert authenticators.ways(held, proven=proven, needed=2) == (Kind.SMS,)
    walker = ask(city, required=Level(ial=1, aal=2), required_is_essential=True)
    walker.type_code(ADDRESS)
    assert walker.step == "login"
    assert ("method", "sms") in walker.form.buttons
    assert "add another now" not in walker.words.lower()


def test_browser_offers_the_address_again_when_somebody_without_a_phone_returns(
    build: Callable[[EmailAccounts], City],
) -> None:
    city = build(EmailAccounts.ANY)
    walker = ask(city).type_code(ADDRESS)
    city.asks_codes_again(ADDRESS)
    city.clock.advance(hours=13)
    walker.enter(**IN_ENGLISH)
    assert "a***@mail.example" in walker.words
    walker.press("method", "email").type_code(ADDRESS)
    assert walker.answer == "granted"
    city.asks_codes_again(ADDRESS)
    walker.enter(prompt=frozenset({"login"}), **IN_ENGLISH)
    walker.press("method", "email").type_code(ADDRESS)
    assert walker.answer == "granted"
    assert Authenticator.objects.get().last_used_at > city.clock.now() - timedelta(minutes=1)


@pytest.mark.requirement("R8")
def test_client_is_told_the_confirmed_address_when_the_person_agrees(
    build: Callable[[EmailAccounts], City],
) -> None:
    city = build(EmailAccounts.ANY)
    wanted = (WantedClaim(name="email"), WantedClaim(name="email_verified"))
    walker = ask(city, claims=wanted).type_code(ADDRESS)
    walker.press("decision", "allow")
    told = city.rooms.claims.read(
        city.door.granted.person_id, city.door.granted.userinfo_claims, now=city.clock.now()
    )
    assert told == {"email": ADDRESS, "email_verified": True}


@pytest.mark.parametrize("typed", ["ana@", "ana@mail", "ana sousa@mail.example", "名@"])
def test_what_is_no_address_is_told_so_and_stays_when_the_page_asks_for_one(
    city: City, typed: str
) -> None:
    walker = somebody(city)
    walker.enter(**IN_ENGLISH).press("method", "sms", identifier=AT_SEA, password="")
    walker.press("method", "email", identifier=typed)
    assert "This is no complete e-mail address" in walker.words
    assert walker.form.fields["identifier"] == typed
    assert "Enter your e-mail address" in walker.press("method", "email", identifier="").words


@pytest.mark.requirement("R14")
def test_wrong_codes_to_a_mailbox_make_its_next_sign_in_unusual(
    build: Callable[[EmailAccounts], City],
) -> None:
    city = build(EmailAccounts.ANY)
    ask(city).type_code(ADDRESS)
    city.asks_codes_again(ADDRESS)
    guesser = ask(city)
    right = city.codes_for(ADDRESS)[0]
    for _ in range(5):
        guesser.press("action", "sign_in", code=f"{(int(right) + 1) % 10**6:06d}")
    city.asks_codes_again(ADDRESS)
    ask(city).type_code(ADDRESS)
    assert "failed_attempts" in detail(events("login.succeeded")[-1])["signals"]


def test_address_is_not_offered_again_when_its_gateway_was_switched_off(
    build: Callable[[EmailAccounts], City], switches: Switches
) -> None:
    city = build(EmailAccounts.ANY)
    walker = ask(city).type_code(ADDRESS)
    switches.off.add("email")
    city.clock.advance(hours=13)
    walker.enter(**IN_ENGLISH)
    assert "a***@mail.example" not in walker.words
    assert "identifier" in walker.form.fields


@pytest.mark.requirement("R2")
def test_person_proves_themselves_by_email_when_the_policies_name_it(
    city: City, phone: str
) -> None:
    """Whoever has a confirmed address shows that they read it; a mailbox adds no level by that."""
    with_address(city, phone)
    require(city, '@obligation("reverify") @by("card email")')
    walker = somebody(city).enter(**IN_ENGLISH).sign_in_by_code(phone)
    assert "ask you to confirm in this very way" in walker.words
    walker.press("method", "email").type_code(ADDRESS)
    walker = walker if walker.left_to else walker.press("claim", "all")
    assert walker.answer == "granted"
    assert set(city.door.granted.amr) >= {"sms", "mca"}
    assert city.door.granted.level.aal == 1
