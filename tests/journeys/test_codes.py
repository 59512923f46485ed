"""Codes by text message: tries, life, single use, and the limits against flooding."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from idp.journey.login.addresses import counted_address, pause_of
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.models import Person
from tests.city import City
from tests.walker import Walker

pytestmark = pytest.mark.storage


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


@pytest.fixture
def asked(city: City, walker: Walker, phone: str) -> str:
    """Somebody who was just sent a code; returns it."""
    city.clients.add()
    walker.enter(ui_locales=("en",)).press("method", "sms", identifier=phone)
    return city.codes_for(phone)[0]


def answer(walker: Walker, code: str) -> str:
    walker.press("action", "sign_in", code=code)
    return walker.words


def test_code_is_forgiven_its_spaces_and_width_when_typed(walker: Walker, asked: str) -> None:
    typed = f"{asked[:3]} {asked[3:]}".translate(
        str.maketrans("0123456789", "０１２３４５６７８９")
    )
    walker.press("action", "sign_in", code=typed)
    assert walker.answer == "granted"


@pytest.mark.requirement("R14")
def test_code_is_void_when_it_was_wrong_five_times(walker: Walker, asked: str) -> None:
    for _ in range(4):
        assert "not the code we sent" in answer(walker, wrong(asked))
    assert "no longer works" in answer(walker, wrong(asked))
    assert "no longer works" in answer(walker, asked)


def test_code_is_void_when_it_is_old(city: City, walker: Walker, asked: str) -> None:
    kept = city.hall.journeys.find(walker.url.split("/")[2])
    assert kept is not None
    city.store.delete(f"sms:code:{kept.journey.progress.login_challenge}")
    assert "has expired" in answer(walker, asked)


def test_code_works_once_when_two_journeys_show_it(
    city: City, walker: Walker, asked: str, phone: str
) -> None:
    kept = city.hall.journeys.find(walker.url.split("/")[2])
    assert kept is not None
    challenge = kept.journey.progress.login_challenge
    codes, to = city.login.codes, TypedIdentifier(kind="phone", value=phone)
    assert codes.judge(challenge, to, asked).name == "RIGHT"
    assert codes.judge(challenge, to, asked).name == "EXPIRED"


def test_code_is_asked_for_when_it_is_empty(walker: Walker, asked: str) -> None:
    del asked
    assert "Enter the code" in answer(walker, "")


def test_new_code_waits_a_minute_when_asked_at_once(
    city: City, walker: Walker, asked: str, phone: str
) -> None:
    del asked
    walker.press("action", "resend")
    assert "You can ask for another one in" in walker.words
    assert len(city.codes_for(phone)) == 1


def test_last_code_counts_when_a_new_one_was_sent(
    city: City, walker: Walker, asked: str, phone: str
) -> None:
    city.store.delete(minute_key(city, phone))
    walker.press("action", "resend")
    newest, *_ = city.codes_for(phone)
    if newest != asked:
        assert "not the code we sent" in answer(walker, asked)
    walker.press("action", "sign_in", code=newest)
    assert walker.answer == "granted"


def minute_key(city: City, phone: str) -> str:
    return f"sms:minute:{city.given.index.of('sms.phone', phone).hex()}"


@pytest.mark.requirement("R14")
def test_phone_gets_ten_codes_a_day_when_flooded(
    city: City, walker: Walker, asked: str, phone: str
) -> None:
    del asked
    for _ in range(9):
        city.store.delete(minute_key(city, phone))
        walker.press("action", "resend")
    city.store.delete(minute_key(city, phone))
    walker.press("action", "resend")
    assert "received its codes for today" in walker.words
    assert len(city.codes_for(phone)) == 10


@pytest.mark.requirement("R14")
def test_address_is_slowed_when_it_asks_for_many_phones(city: City, walker: Walker) -> None:
    city.clients.add()
    city.store.increment("sms:address:127.0.0.1", ttl=3600, by=60)
    assert pause_of(city.store, "sms:address:127.0.0.1", per_hour=60) == 0
    walker.enter(ui_locales=("en",)).press("method", "sms", identifier="13912345678")
    assert "There were many attempts" in walker.words
    assert city.codes_for("+8613912345678") == []


def test_new_accounts_are_slowed_when_one_address_makes_many(
    city: City, walker: Walker, asked: str
) -> None:
    city.store.increment("registrations:127.0.0.1", ttl=3600, by=60)
    assert pause_of(city.store, "registrations:127.0.0.1", per_hour=60) == 0
    assert "There were many attempts" in answer(walker, asked)
    assert not Person.objects.exists()


def test_code_still_counts_once_when_its_new_account_had_to_wait(
    city: City, walker: Walker, asked: str, phone: str
) -> None:
    kept = city.hall.journeys.find(walker.url.split("/")[2])
    assert kept is not None
    challenge = kept.journey.progress.login_challenge
    city.store.increment("registrations:127.0.0.1", ttl=3600, by=60)
    assert pause_of(city.store, "registrations:127.0.0.1", per_hour=60) == 0
    for _ in range(6):
        assert "There were many attempts" in answer(walker, asked)
    city.store.delete("registrations:127.0.0.1", "registrations:127.0.0.1:trickle")
    walker.press("action", "sign_in", code=asked)
    assert walker.answer == "granted"
    to = TypedIdentifier(kind="phone", value=phone)
    assert city.login.codes.judge(challenge, to, asked).name == "EXPIRED"
    city.login.codes.give_back("another", to, asked)
    assert city.login.codes.judge("another", to, asked).name == "EXPIRED"


def test_person_is_told_when_the_gateway_refuses(city: City, walker: Walker, phone: str) -> None:
    city.clients.add()
    city.spoil("sms", "provider_code", code="isv.BUSINESS_LIMIT_CONTROL")
    walker.enter(ui_locales=("en",)).press("method", "sms", identifier=phone)
    assert "could not be sent" in walker.words
    walker.press("method", "sms", identifier=phone)
    assert "code" in walker.form.fields


@pytest.mark.slow
def test_page_does_not_wait_when_the_gateway_is_slow(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    city.spoil("sms", "slow", seconds=3)
    began = city.clock.now()
    walker.enter().press("method", "sms", identifier=phone)
    assert city.clock.now() - began < timedelta(seconds=2.8)
    assert "code" in walker.form.fields


@pytest.mark.requirement("R14")
def test_same_words_are_said_when_a_phone_has_an_account_or_none(
    city: City, walker: Walker, other_walker: Walker, phone: str
) -> None:
    city.clients.add()
    city.resident("+8613700000001")
    walker.enter().press("method", "sms", identifier="13700000001")
    other_walker.enter().press("method", "sms", identifier=phone)
    ours = walker.words.replace("137 **** 0001", "")
    assert ours == other_walker.words.replace(f"{phone[3:6]} **** {phone[-4:]}", "")


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("not an address", "unknown"),
    ],
)
def test_address_is_counted_by_network_when_limits_apply(address: str, counted: str) -> None:
    assert counted_address(address) == counted


def test_exactly_one_gets_in_when_a_code_is_typed_many_times_at_once(
    city: City, asked: str, walker: Walker, phone: str
) -> None:
    kept = city.hall.journeys.find(walker.url.split("/")[2])
    assert kept is not None
    challenge = kept.journey.progress.login_challenge
    codes, to = city.login.codes, TypedIdentifier(kind="phone", value=phone)
    with ThreadPoolExecutor(5) as pool:
        judged = list(pool.map(lambda _: codes.judge(challenge, to, asked).name, range(5)))
    assert sorted(judged) == ["EXPIRED"] * 4 + ["RIGHT"]


@pytest.mark.requirement("R14")
def test_address_is_let_through_at_a_pace_and_never_shut_out_when_it_asked_much(
    city: City,
) -> None:
    asked = [pause_of(city.store, "address", per_hour=1800) for _ in range(1800)]
    assert set(asked) == {0}
    assert [pause_of(city.store, "address", per_hour=1800) for _ in range(3)] == [0, 2, 2]
    city.store.delete("address:trickle")  # two seconds later
    assert pause_of(city.store, "address", per_hour=1800) == 0
