"""My devices in the citizen's own space: seen, forgotten, taken along, ended with it."""

import json
import re
from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings

from idp.account.devices import DEVICES
from idp.foundation.database import Database
from idp.journey.journeys import hash_of_device
from idp.sessions.known_devices import forget_unused
from idp.sessions.models import KnownDeviceRow, LoginNoticeRow, SessionRow
from tests.city import City
from tests.journeys.test_authenticators import PASSWORD
from tests.own_space import WithSpace, open_space
from tests.trail import detail, events
from tests.walker import Walker

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R15")]
DEVICE = "tx_device_18700"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1"


@pytest.fixture(autouse=True)
def space(city: City, database: Database, settings: Settings) -> None:
    settings.ROOT_URLCONF = WithSpace(city, open_space(city, database))


def signed_in(walker: Walker, phone: str, agent: str) -> Walker:
    """Somebody signed in by password and phone, on the page of their devices."""
    walker.http.defaults["HTTP_USER_AGENT"] = agent
    walker.http.cookies["tx_language_18700"] = "en"
    walker.open(DEVICES).sign_in_by_password(phone, PASSWORD)
    return walker.open(DEVICES)


@pytest.fixture
def mine(city: City, walker: Walker, phone: str) -> Walker:
    city.resident(phone, password=PASSWORD)
    return signed_in(walker, phone, WINDOWS)


@pytest.fixture
def stranger(mine: Walker, other_walker: Walker, phone: str) -> Walker:
    assert mine.url == DEVICES
    return signed_in(other_walker, phone, IPHONE)


def post(walker: Walker, **values: str) -> Walker:
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', walker.html)
    assert token
    sent = {**values, "csrfmiddlewaretoken": token[1]}
    return walker._follow(walker.http.post(DEVICES, sent), DEVICES)


def device_ids(walker: Walker) -> dict[str, str]:
    """The names on the page, each with what its button posts."""
    found = re.findall(r'<li><b>([^<]+)</b>.*?name="device" value="([^"]+)"', walker.html)
    return dict(found)


def test_devices_are_listed_when_the_page_is_opened(mine: Walker, stranger: Walker) -> None:
    assert set(device_ids(mine.open(DEVICES))) == {"Chrome · Windows", "Safari · iPhone"}
    assert "Chrome · Windows this one" in mine.words
    assert "Safari · iPhone new" in mine.words
    assert "network 127.0.*.*" in mine.words
    assert "Safari · iPhone this one" in stranger.words
    assert "2 browsers" in mine.open("/account/").words


def test_forgotten_device_is_signed_out_and_its_sign_in_page_knows_nobody(
    city: City, mine: Walker, stranger: Walker, phone: str
) -> None:
    chosen = device_ids(mine.open(DEVICES))["Safari · iPhone"]
    post(mine, device=chosen)
    assert set(device_ids(mine)) == {"Chrome · Windows"}
    ended = SessionRow.objects.get(end_reason="device_forgotten")
    assert ended.device not in {"", SessionRow.objects.get(ended_at=None).device}
    (event,) = events("device.forgotten")
    assert detail(event) == {"device": chosen}
    stranger.open(DEVICES)
    assert stranger.step == "login"
    assert f"**** {phone[-4:]}" not in stranger.words
    secret = stranger.http.cookies[DEVICE].value
    assert city.login.devices.people(secret) == ()


def test_this_device_is_forgotten_with_its_cookie(mine: Walker, phone: str) -> None:
    secret = mine.http.cookies[DEVICE].value
    (chosen,) = device_ids(mine).values()
    post(mine, device=chosen)
    assert mine.step == "login"
    assert mine.http.cookies[DEVICE].value != secret
    assert not KnownDeviceRow.objects.exists()
    assert f"**** {phone[-4:]}" not in mine.words


@pytest.mark.parametrize("shown", ["", "no uuid", "00000000-0000-0000-0000-000000000000", None])
def test_nothing_is_forgotten_when_it_is_not_the_persons(
    city: City, mine: Walker, other_walker: Walker, shown: str | None
) -> None:
    city.resident("+8613900000009", password=PASSWORD)
    signed_in(other_walker, "+8613900000009", IPHONE)
    (theirs,) = device_ids(other_walker).values()
    post(mine, device=theirs if shown is None else shown)
    assert KnownDeviceRow.objects.count() == 2
    assert events("device.forgotten") == []
    assert mine.url == DEVICES


def test_forgetting_costs_no_fresh_sign_in_but_being_told_no_more_does(
    mine: Walker, phone: str
) -> None:
    post(mine, action="notices_on")
    assert "You get a message" in mine.words
    post(mine, action="notices_off")
    assert mine.step == "login"
    mine.press("method", "sms").type_code(phone)
    assert mine.url == DEVICES
    post(mine, action="notices_off")
    assert "You get no message" in mine.words
    said = [detail(each)["is_wanted"] for each in events("login_notices.chosen")]
    assert said == [True, False]


def test_devices_are_taken_along_and_gone_with_the_account(
    city: City, mine: Walker, phone: str
) -> None:
    post(mine, action="notices_on")
    person_id = city.resident(phone)
    mine.open("/account/data").press("method", "sms").type_code(phone)
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', mine.html)
    assert token
    sent = {"csrfmiddlewaretoken": token[1]}
    taken = json.loads(mine.http.post("/account/data", {**sent, "action": "file"}).content)
    (device,) = taken["devices"]
    assert device["name"] == "Chrome · Windows"
    assert (device["network"], taken["told_of_new_devices"]) == ("127.0.*.*", True)
    text = mine.http.post("/account/data", {**sent, "action": "page"}).content.decode()
    assert "Chrome · Windows" in text
    city.rooms.erasures.erase(person_id, now=city.clock.now())
    assert not KnownDeviceRow.objects.exists()
    assert not LoginNoticeRow.objects.exists()


def test_devices_are_forgotten_once_the_month_of_their_use_is_long_over(
    city: City, mine: Walker
) -> None:
    del mine
    last = KnownDeviceRow.objects.get().last_month
    now = city.clock.now()
    assert forget_unused(now) == 0, "used this month"
    assert forget_unused(now - timedelta(days=400)) == 0
    KnownDeviceRow.objects.update(last_month=(last - timedelta(days=1)).replace(day=1))
    assert forget_unused(now.replace(day=1)) == 1


def test_remembered_account_alone_is_forgotten_on_a_shared_device(
    city: City, mine: Walker, phone: str
) -> None:
    secret, person_id = mine.http.cookies[DEVICE].value, city.resident(phone)
    other = city.resident("+8613900000009")
    city.login.devices.remember(secret, other)
    city.login.devices.forget_one(hash_of_device(secret), person_id)
    assert city.login.devices.people(secret) == (other,)
    city.login.devices.forget_one(hash_of_device("another"), person_id)
    city.login.devices.forget_one("", person_id)
    assert city.login.devices.people(secret) == (other,)
