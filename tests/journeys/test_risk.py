"""What is seen of a sign-in: each signal, how they add up, and what the counters count."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from idp.journey.journeys import hash_of_device
from idp.journey.login.assembly import build_risk
from idp.journey.request import Browser
from idp.journey.risk.appearance import appearance_of, coarse_network, kind_of
from idp.journey.risk.gathering import Assessment, Coming, RiskDesk
from idp.journey.risk.signals import WEIGHTS, in_words, level_of
from idp.sessions.models import KnownDeviceRow
from idp.subjects.identifiers import TypedIdentifier
from policies.vocabulary import RISK_LEVELS, SIGNALS
from tests.city import City
from tests.journeys.test_authenticators import PASSWORD, with_passkey
from tests.racing import at_once

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R2")]

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NOON = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
SMS = frozenset({"sms"})
BOTH = frozenset({"sms", "pwd", "mfa"})
Comes = Callable[..., Assessment]


def browser(cookie: str = "d" * 43, *, agent: str = CHROME, at: str = "198.51.100.7") -> Browser:
    return Browser(device_secret=cookie, user_agent=agent, remote_address=at)


@pytest.fixture
def desk(city: City) -> RiskDesk:
    return build_risk(city.given, city.rooms)


@pytest.fixture
def person(city: City, phone: str) -> UUID:
    """Somebody whose account is a year old, with a phone and a password; it is noon."""
    city.clock.shift = NOON - timedelta(days=365) - datetime.now(UTC)  # noqa: TID251 - the test's
    found: UUID = city.resident(phone, password=PASSWORD)
    city.clock.advance(days=365)
    return found


@pytest.fixture
def comes(city: City, desk: RiskDesk, person: UUID) -> Comes:
    """They sign in: assessed, and remembered."""

    def come(shown: Browser | None = None, *, amr: frozenset[str] = BOTH, **how: Any) -> Assessment:
        coming = Coming(
            **{
                "person_id": person,
                "browser": shown or browser(),
                "amr": amr,
                "now": city.clock.now(),
                **how,
            }
        )
        assessed = desk.assess(coming)
        desk.remember(assessed)
        return assessed

    return come


def signals(assessed: Assessment) -> tuple[str, ...]:
    assert assessed.seen.signals is not None
    return assessed.seen.signals


def test_every_signal_has_a_weight_and_a_sentence() -> None:
    assert set(WEIGHTS) == set(SIGNALS)
    assert len({str(each) for each in in_words(SIGNALS)}) == len(SIGNALS)


@pytest.mark.parametrize(
    ("seen", "level"),
    [
        ((), "low"),
        (("new_network",), "low"),
        (("night",), "low"),
        (("new_device",), "medium"),
        (("new_device", "new_network"), "medium"),
        (("new_device", "new_network", "night"), "high"),
        (("new_device", "failed_attempts"), "high"),
        (("other_device",), "high"),
        (("unmeasured",), "high"),
        (("a word of a later release",), "low"),
    ],
    ids=str,
)
def test_signals_add_up_to_a_level(seen: tuple[str, ...], level: str) -> None:
    assert level_of(seen) == level
    assert level in RISK_LEVELS


def test_level_never_falls_when_one_more_signal_is_seen() -> None:
    for each in SIGNALS:
        for other in SIGNALS:
            assert RISK_LEVELS.index(level_of((each, other))) >= RISK_LEVELS.index(
                level_of((each,))
            )


@pytest.mark.parametrize(
    ("agent", "kind"),
    [
        (CHROME, "Chrome · Windows"),
        (FIREFOX, "Firefox · Linux"),
        (f"{CHROME} Edg/140.0", "Edge · Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/130 MicroMessenger/8.0", "WeChat · Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/604", "Safari · iPhone"),
        ("curl/8", "? · ?"),
        ("", "? · ?"),
    ],
)
def test_browser_is_named_coarsely(agent: str, kind: str) -> None:
    assert kind_of(agent) == kind


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.*.*"),
        ("::ffff:198.51.100.7", "198.51.*.*"),
        ("2001:db8:1:2::7", "2001:db8::"),
        ("", ""),
        ("nowhere", ""),
    ],
)
def test_network_is_told_coarsely(address: str, network: str) -> None:
    assert coarse_network(address) == network


def test_device_is_new_once_when_all_was_proven_on_it(comes: Comes) -> None:
    first = comes()
    assert signals(first) == ("new_device", "new_network")
    assert first.seen.device_known is False
    again = comes()
    assert signals(again) == ()
    assert again.seen.device_known is True
    assert again.seen.own_aal == 2
    assert again.told == {"risk": "low", "signals": [], "device_known": True}


def test_nothing_is_doubted_when_the_account_is_as_new_as_its_first_device(
    city: City, desk: RiskDesk, phone: str
) -> None:
    city.clock.shift = NOON - datetime.now(UTC)  # noqa: TID251 - the test's
    coming = Coming(
        person_id=city.resident(phone), browser=browser(), amr=SMS, now=city.clock.now()
    )
    assessed = desk.assess(coming)
    assert assessed.told == {"risk": "low", "signals": [], "device_known": False}
    desk.remember(assessed)
    other = desk.assess(
        Coming(
            person_id=coming.person_id,
            browser=browser("e" * 43),
            amr=SMS,
            now=coming.now,
        )
    )
    assert "new_device" in signals(other)


def test_device_stays_new_when_only_half_was_proven_until_a_week_has_passed(
    city: City, comes: Comes
) -> None:
    """Whoever holds the phone alone does not become familiar by coming twice."""
    comes()
    stranger = browser("e" * 43)
    for _ in range(3):
        assert "new_device" in signals(comes(stranger, amr=SMS))
    city.clock.advance(days=6)
    assert "new_device" in signals(comes(stranger, amr=SMS))
    city.clock.advance(days=1)
    assert signals(comes(stranger, amr=SMS)) == ()


def test_device_stays_new_for_good_when_half_was_proven_at_high_risk(
    city: City, comes: Comes, desk: RiskDesk, person: UUID
) -> None:
    """Whoever was stopped cannot just wait."""
    comes()
    for _ in range(desk.settings.failures_hour):
        desk.counters.failed(str(person))
    stranger = browser("e" * 43)
    assert comes(stranger, amr=SMS).told["risk"] == "high"
    city.clock.advance(days=30)
    assert "new_device" in signals(comes(stranger, amr=SMS))
    assert signals(comes()) == ("failed_attempts",), "the known one stays known"


def test_strangers_push_no_known_device_out(comes: Comes) -> None:
    comes()
    for number in range(21):
        comes(browser(f"{number:043d}"), amr=SMS)
    assert KnownDeviceRow.objects.count() == 20
    assert "new_device" not in signals(comes())


def test_device_is_known_at_once_when_the_second_proof_follows(comes: Comes) -> None:
    stranger = browser("e" * 43)
    assert "new_device" in signals(comes(stranger, amr=SMS))
    comes(stranger, amr=BOTH, is_beginning=False)
    assert signals(comes(stranger, amr=SMS)) == ()


@pytest.mark.parametrize(
    ("shown", "seen"),
    [
        pytest.param(browser("x" * 43), "new_device", id="forged cookie"),
        pytest.param(browser(agent=FIREFOX), "new_device", id="stolen into another browser"),
        pytest.param(browser(at="203.0.113.9"), "new_network", id="stolen to another network"),
    ],
)
def test_cookie_alone_makes_nothing_familiar(comes: Comes, shown: Browser, seen: str) -> None:
    comes()
    assert seen in signals(comes(shown, amr=SMS))


def test_device_of_one_person_is_new_to_another(city: City, comes: Comes, desk: RiskDesk) -> None:
    comes()
    other = city.resident("+8613900000001")
    city.clock.advance(days=2)
    found = desk.assess(Coming(person_id=other, browser=browser(), amr=SMS, now=city.clock.now()))
    assert found.seen.device_known is False
    assert "new_device" in signals(found)


def test_network_is_known_once_it_was_used_on_a_known_device(comes: Comes) -> None:
    comes()
    elsewhere = browser(at="203.0.113.9")
    assert signals(comes(elsewhere)) == ("new_network",)
    assert signals(comes(elsewhere)) == ()


def test_browser_that_everybody_uses_is_nobodys_device(comes: Comes) -> None:
    assessed = comes(is_shared=True)
    assert assessed.seen.device_known is None
    assert (assessed.seen.device, signals(assessed)) == ("", ())
    assert "device_known" not in assessed.told
    assert not KnownDeviceRow.objects.exists()


def test_night_is_seen(city: City, comes: Comes) -> None:
    comes()
    city.clock.advance(hours=14)
    assert signals(comes()) == ("night",)


def test_many_sign_ins_are_seen_and_strengthening_one_is_none(comes: Comes, desk: RiskDesk) -> None:
    """But it leaves them seen: a second proof does not make the sign-ins fewer."""
    comes()
    for _ in range(desk.settings.sign_ins_hour - 1):
        assert signals(comes()) == ()
    assert signals(comes(is_beginning=False)) == ()
    assert signals(comes()) == ("many_sign_ins",)
    assert signals(comes(is_beginning=False)) == ("many_sign_ins",)


def test_failures_are_seen_whether_the_person_or_their_phone_was_tried(
    city: City, comes: Comes, desk: RiskDesk, person: UUID, phone: str
) -> None:
    comes()
    index = city.rooms.people.blind(TypedIdentifier(kind="phone", value=phone)).hex()
    desk.counters.failed("")
    for _ in range(desk.settings.failures_hour - 1):
        desk.counters.failed(str(person))
    assert signals(comes()) == ()
    desk.counters.failed(index)
    assert signals(comes()) == ("failed_attempts",)


def test_crowd_on_one_device_is_seen(comes: Comes, desk: RiskDesk) -> None:
    for _ in range(desk.settings.people_per_device):
        desk.counters.newcomer(hash_of_device("d" * 43))
    assert "crowded_device" not in signals(comes())
    assert "crowded_device" in signals(comes())


def test_changed_phone_is_seen_for_a_week(city: City, comes: Comes, person: UUID) -> None:
    comes()
    city.rooms.people.replace_phone(person, "+8613900000002", now=city.clock.now())
    assert signals(comes()) == ("phone_changed",)
    city.clock.advance(days=7)
    assert signals(comes()) == ()


def test_changed_address_is_seen_for_a_week_and_one_that_signs_in_nowhere_is_not(
    city: City, comes: Comes, person: UUID
) -> None:
    comes()
    unconfirmed = TypedIdentifier(kind="email", value="old@mail.example")
    city.rooms.people.add_identifier(person, unconfirmed, verified_at=None)
    assert signals(comes()) == ()
    city.rooms.people.replace_email(person, "new@mail.example", now=city.clock.now())
    assert signals(comes()) == ("email_changed",)
    city.clock.advance(days=7)
    assert signals(comes()) == ()


def test_weaker_method_is_seen_when_a_passkey_is_held(
    city: City, comes: Comes, person: UUID
) -> None:
    comes()
    with_passkey(city, person)
    assert signals(comes()) == ("weaker_method",)
    assert signals(comes(amr=frozenset({"swk", "user", "mfa"}))) == ()


def test_mass_registration_is_seen_on_accounts_opened_in_that_place(
    city: City, comes: Comes, desk: RiskDesk
) -> None:
    comes()
    for _ in range(desk.settings.registrations_hour + 1):
        desk.counters.registered("198.51.100.8")
    assert signals(comes()) == ()
    newcomer = city.resident("+8613900000003")
    here = Coming(person_id=newcomer, browser=browser(), amr=SMS, now=city.clock.now())
    assert signals(desk.assess(here)) == ("mass_registration",)
    away = Coming(
        person_id=newcomer, browser=browser(at="203.0.113.9"), amr=SMS, now=city.clock.now()
    )
    assert signals(desk.assess(away)) == ()


def test_account_without_a_phone_is_assessed(city: City, desk: RiskDesk) -> None:
    person_id = city.rooms.people.open_account(client_id="", now=city.clock.now())
    coming = Coming(person_id=person_id, browser=Browser(), amr=frozenset({"sc", "face"}), now=NOON)
    assessed = desk.assess(coming)
    assert assessed.seen.device_known is None
    desk.remember(assessed)


def test_one_row_is_kept_when_a_device_signs_in_twice_at_once(
    city: City, desk: RiskDesk, person: UUID
) -> None:
    shown = appearance_of(browser())
    now = city.clock.now()

    def keep(_: int) -> object:
        with transaction.atomic():
            return desk.devices.begin(person, shown, known_from=now, others=0, now=now)

    assert sorted(map(bool, at_once(4, keep))) == [False, False, False, True]
    assert KnownDeviceRow.objects.count() == 1


def test_sign_in_on_a_known_device_costs_three_reads_and_no_write(
    city: City,
    comes: Comes,
    desk: RiskDesk,
    person: UUID,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    comes()
    with django_assert_num_queries(3):
        coming = Coming(person_id=person, browser=browser(), amr=SMS, now=city.clock.now())
        desk.remember(desk.assess(coming))


def test_rows_say_nothing_in_clear(comes: Comes, person: UUID) -> None:
    comes()
    row = KnownDeviceRow.objects.get()
    kept = f"{row.tag}{row.device}{row.networks}".encode() + bytes(row.sealed)
    for word in ("Chrome", "198.51", "d" * 43, hash_of_device("d" * 43), str(person)):
        assert word.encode() not in kept


def test_twenty_devices_are_kept_and_the_eldest_goes(city: City, comes: Comes) -> None:
    for number in range(21):
        comes(browser(f"{number:043d}"))
        city.clock.advance(minutes=1)
    assert KnownDeviceRow.objects.count() == 20
    assert "new_device" in signals(comes(browser("0" * 43)))
