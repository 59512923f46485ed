"""Signing in: by password, by code, again, as somebody else; and what guessing costs."""

from datetime import timedelta
from uuid import UUID

import pytest

from idp.sessions.models import SessionRow
from idp.subjects.identifiers import TypedIdentifier
from tests.city import City
from tests.trail import detail, events
from tests.walker import Walker

pytestmark = pytest.mark.storage
PASSWORD = "Bailu-adult-4801"


@pytest.fixture
def adult(city: City, phone: str) -> str:
    """The phone of somebody with a password."""
    city.clients.add()
    city.resident(phone, password=PASSWORD)
    return phone


def test_journey_ends_granted_when_the_password_is_right(
    city: City, walker: Walker, adult: str
) -> None:
    walker.enter().sign_in_by_password(adult, PASSWORD)
    assert walker.answer == "granted"
    assert city.door.granted.amr == ("pwd",)
    assert [detail(row)["factor"] for row in events("login.succeeded")] == ["password"]


@pytest.mark.spec("RFC 9700 §4.7", "session fixation")
def test_secret_changes_and_device_stays_when_somebody_signs_in(
    city: City, walker: Walker, adult: str
) -> None:
    names = city.hall.cookies
    walker.http.cookies[names.session] = "planted-by-an-attacker-0123456789012345678"
    walker.enter()
    device = walker.http.cookies[names.device].value
    walker.sign_in_by_password(adult, PASSWORD)
    secret = walker.http.cookies[names.session]
    assert secret.value != "planted-by-an-attacker-0123456789012345678"
    assert walker.http.cookies[names.device].value == device
    assert (secret["httponly"], secret["samesite"], secret["path"]) == (True, "Lax", "/")


@pytest.mark.parametrize(
    ("identifier", "password", "words"),
    [
        pytest.param("", PASSWORD, "Enter your mobile number", id="no identifier"),
        pytest.param("zhang san", "", "neither a mobile number", id="unreadable"),
        pytest.param("zhangsan", "", "Enter your password", id="user name without password"),
        pytest.param("13899999999", PASSWORD, "do not belong together", id="unknown account"),
        pytest.param("nobody", PASSWORD, "do not belong together", id="unknown user name"),
        pytest.param("zhang san", PASSWORD, "do not belong together", id="unreadable, password"),
    ],
)
def test_login_page_says_what_to_do_when_something_is_wrong(
    city: City, walker: Walker, identifier: str, password: str, words: str
) -> None:
    city.clients.add()
    walker.enter(ui_locales=("en",)).sign_in_by_password(identifier, password)
    assert words in walker.words
    assert 'role="alert"' in walker.html
    assert walker.form.fields["identifier"] == identifier


def test_wrong_password_is_told_like_an_unknown_account_when_guessed(
    walker: Walker, other_walker: Walker, adult: str
) -> None:
    walker.enter().sign_in_by_password(adult, "wrong-password")
    other_walker.enter().sign_in_by_password("13899999999", "wrong-password")
    ours = walker.words.replace(adult, "")
    assert ours == other_walker.words
    assert walker.status == other_walker.status == 200


def test_code_is_sent_when_a_phone_comes_without_a_password(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    walker.enter().sign_in_by_password(phone, "")
    assert "code" in walker.form.fields
    walker.type_code(phone)
    assert walker.answer == "granted"


def test_page_asks_for_a_phone_when_a_code_is_wanted_for_a_user_name(
    city: City, walker: Walker
) -> None:
    city.clients.add()
    walker.enter(ui_locales=("en",)).press("method", "sms", identifier="zhangsan")
    assert "A code needs a mobile number" in walker.words
    walker.press("method", "sms", identifier="")
    assert "Enter your mobile number: the code comes by text message" in walker.words


@pytest.mark.requirement("R18")
def test_page_says_which_button_an_email_goes_with_when_there_are_two(
    city: City, walker: Walker
) -> None:
    """A code is not sent by e-mail, so the field that takes one says so before the button does."""
    city.clients.add()
    walker.enter(ui_locales=("en",))
    assert "Mobile number, user name or e-mail" in walker.words
    assert "A code by text message needs the mobile number" in walker.words
    walker.press("method", "sms", identifier="chen@example.com")
    assert "A code needs a mobile number. Enter it, or use your password" in walker.words
    assert walker.form.fields["identifier"] == "chen@example.com"


@pytest.mark.requirement("R14")
def test_guessing_is_slowed_when_a_password_is_wrong_again_and_again(
    walker: Walker, adult: str
) -> None:
    walker.enter(ui_locales=("en",))
    for _ in range(3):
        walker.sign_in_by_password(adult, "wrong-password")
        assert "do not belong together" in walker.words
    walker.sign_in_by_password(adult, PASSWORD)
    assert "There were many attempts" in walker.words
    assert len(events("login.failed")) == 3


@pytest.mark.requirement("R14")
def test_known_device_stays_free_when_others_guess(
    city: City, walker: Walker, other_walker: Walker, adult: str
) -> None:
    walker.enter().sign_in_by_password(adult, PASSWORD)
    city.rooms.sessions.end(SessionRow.objects.get().id, reason="logout", now=city.clock.now())
    other_walker.enter()
    for _ in range(4):
        other_walker.sign_in_by_password(adult, "wrong-password")
    walker.enter()
    walker.press("action", "sign_in", password=PASSWORD)
    assert walker.answer == "granted"


@pytest.mark.requirement("R14")
def test_unknown_account_is_slowed_alike_when_guessed(city: City, walker: Walker) -> None:
    city.clients.add()
    walker.enter(ui_locales=("en",))
    for _ in range(3):
        walker.sign_in_by_password("13899999999", "wrong-password")
    walker.sign_in_by_password("13899999999", "wrong-password")
    assert "There were many attempts" in walker.words


def test_delay_ends_when_its_time_is_over(city: City, walker: Walker, adult: str) -> None:
    walker.enter()
    for _ in range(3):
        walker.sign_in_by_password(adult, "wrong-password")
    attempt_key = f"password:wait:{city.rooms.people.find(identifier(adult))}"
    city.store.delete(attempt_key)
    walker.sign_in_by_password(adult, PASSWORD)
    assert walker.answer == "granted"


def identifier(phone: str) -> TypedIdentifier:
    return TypedIdentifier(kind="phone", value=phone)


def test_remembered_phone_is_offered_masked_when_the_browser_is_known(
    city: City, walker: Walker, adult: str
) -> None:
    walker.enter().sign_in_by_code(adult)
    city.rooms.sessions.end(SessionRow.objects.get().id, reason="logout", now=city.clock.now())
    walker.enter()
    assert f"{adult[3:6]} **** {adult[-4:]}" in walker.words
    assert adult.removeprefix("+86") not in walker.html
    city.clock.advance(seconds=61)
    city.store.delete(*minute_keys(city, adult))
    walker.press("method", "sms")
    walker.type_code(adult)
    assert walker.answer == "granted"


def minute_keys(city: City, phone: str) -> tuple[str, ...]:
    return (f"sms:minute:{city.given.index.of('sms.phone', phone).hex()}",)


def test_another_account_can_be_chosen_when_one_is_remembered(
    city: City, walker: Walker, adult: str
) -> None:
    walker.enter().sign_in_by_password(adult, PASSWORD)
    city.rooms.sessions.end(SessionRow.objects.get().id, reason="logout", now=city.clock.now())
    city.resident("+8613700000001", password=PASSWORD)
    walker.enter()
    walker.press("action", "other_account")
    assert walker.form.fields["identifier"] == ""
    walker.sign_in_by_password("13700000001", PASSWORD)
    assert walker.answer == "granted"


@pytest.mark.parametrize(
    ("hint", "shown"),
    [
        ("13800000001", "13800000001"),
        ("tel:+8613800000001", "+8613800000001"),
        ("zhang san <script>", ""),
        ("x" * 200, ""),
    ],
)
def test_login_hint_is_prefilled_when_it_can_be_an_identifier(
    city: City, walker: Walker, hint: str, shown: str
) -> None:
    city.clients.add()
    walker.enter(login_hint=hint)
    assert walker.form.fields["identifier"] == shown


def test_page_is_shown_again_when_no_button_was_pressed(city: City, walker: Walker) -> None:
    city.clients.add()
    walker.enter()
    walker.form.buttons.append(("other", "button"))
    walker.press("other", "button", identifier="typed")
    assert walker.form.fields["identifier"] == "typed"
    assert 'role="alert"' not in walker.html


def test_password_is_asked_for_when_a_remembered_person_leaves_it_empty(
    city: City, walker: Walker, adult: str
) -> None:
    walker.enter(ui_locales=("en",)).sign_in_by_password(adult, PASSWORD)
    city.rooms.sessions.end(SessionRow.objects.get().id, reason="logout", now=city.clock.now())
    walker.enter(ui_locales=("en",)).press("action", "sign_in", password="")
    assert "Enter your password" in walker.words


def test_nobody_is_remembered_when_the_device_forgot(
    city: City, walker: Walker, adult: str
) -> None:
    walker.enter().sign_in_by_password(adult, PASSWORD)
    city.rooms.sessions.end(SessionRow.objects.get().id, reason="logout", now=city.clock.now())
    devices = city.login.devices
    device = walker.browser.device_secret
    devices.forget("")
    devices.remember("", city.resident(adult))
    devices.remember(device, UUID(int=7))
    walker.enter()
    assert ("method", "sms") in walker.form.buttons
    devices.forget(device)
    assert devices.people(device) == ()
    walker.open(walker.url)
    assert walker.form.fields["identifier"] == ""


def test_new_session_begins_when_the_old_one_ended_while_the_page_was_open(
    city: City, walker: Walker, adult: str
) -> None:
    walker.enter().sign_in_by_password(adult, PASSWORD)
    first = city.door.granted.session_id
    walker.enter(prompt=frozenset({"login"}))
    SessionRow.objects.update(ended_at=city.clock.now())
    walker.press("action", "sign_in", password=PASSWORD)
    assert walker.answer == "granted"
    assert city.door.granted.session_id != first


def test_address_is_slowed_when_it_tries_many_accounts(
    city: City, walker: Walker, adult: str
) -> None:
    walker.enter(ui_locales=("en",))
    for minute in (city.clock.now(), city.clock.now() + timedelta(minutes=1)):
        city.store.increment(f"password:address:127.0.0.1:{minute:%H%M}", ttl=60, by=120)
    walker.sign_in_by_password(adult, PASSWORD)
    assert "There were many attempts" in walker.words
