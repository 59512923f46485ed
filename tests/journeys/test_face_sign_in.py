"""Signing in with the face: in browsers that know its person, never alone, never the only way."""

from uuid import UUID

import pytest

from idp.account.security import SECURITY
from idp.sessions.models import KnownDeviceRow
from idp.subjects.models import Authenticator, Person
from tests.before_camera import before_the_camera, come_back, looked, way_there
from tests.city import City
from tests.journeys.face_city import (
    AAL2,
    city,
    comes_again,
    has_face,
    holder,
    home,
    person_id,
)
from tests.journeys.test_authenticators import with_passkey
from tests.journeys.test_obligations import require
from tests.trail import detail, events
from tests.walker import Walker

__all__ = ["city", "holder", "home", "person_id"]
pytestmark = [pytest.mark.storage, pytest.mark.requirement("R6"), pytest.mark.requirement("R15")]


def test_remembered_browser_signs_in_by_face_when_it_is_theirs(
    city: City, holder: Walker, person_id: UUID
) -> None:
    comes_again(holder)
    assert "Welcome back" in holder.words
    holder.press("method", "face")
    before_the_camera(holder, "newcomer")
    assert holder.answer == "granted"
    granted = city.door.granted
    assert (granted.person_id, granted.level.aal, granted.amr) == (person_id, 1, ("face",))
    assert holder.typed == 2  # phone and code, on the first day
    assert detail(events("login.succeeded")[-1])["factor"] == "face"
    assert Authenticator.objects.get(kind="face").counter == 1


@pytest.mark.parametrize("view", ["", "elder"])
def test_face_stands_beside_the_code_whatever_the_view(holder: Walker, view: str) -> None:
    holder.http.cookies["tx_view_18700"] = view
    comes_again(holder)
    assert has_face(holder)
    assert holder.form.buttons[0] == ("method", "sms")  # never the main button


def test_stranger_has_nobody_compared_when_they_know_the_number(
    city: City, holder: Walker, other_walker: Walker, phone: str
) -> None:
    assert holder.url == SECURITY
    before = len(events("face.compared"))
    other_walker.enter(ui_locales=("en",))
    assert not has_face(other_walker)
    city.asks_codes_again(phone)
    other_walker.press("method", "sms", identifier=phone, password="")
    assert not has_face(other_walker)
    other_walker.form.buttons.append(("method", "face"))
    other_walker.press("method", "face", identifier=phone)
    assert "data-go-after" not in other_walker.html
    assert len(events("face.compared")) == before


def test_forgotten_browser_has_no_face_when_it_was_one_of_theirs(
    city: City, holder: Walker, person_id: UUID
) -> None:
    comes_again(holder)
    assert has_face(holder)
    device = KnownDeviceRow.objects.get()
    city.rooms.devices.forget(person_id, device.id, now=city.clock.now())
    holder.enter(ui_locales=("en",))
    assert "Welcome back" in holder.words
    assert not has_face(holder)
    holder.form.buttons.append(("method", "face"))
    holder.press("method", "face")
    assert "cannot be compared" in holder.words


def test_browser_that_is_forgotten_meanwhile_signs_nobody_in(
    city: City, holder: Walker, person_id: UUID
) -> None:
    comes_again(holder).press("method", "face")
    back = looked(way_there(holder), "newcomer")
    device = KnownDeviceRow.objects.get()
    city.rooms.devices.forget(person_id, device.id, now=city.clock.now())
    come_back(holder, back)
    assert holder.step == "login"
    assert not holder.left_to


def test_half_a_proof_elsewhere_makes_no_browser_show_the_face(
    city: City, holder: Walker, other_walker: Walker, phone: str
) -> None:
    """Whoever has the telephone alone, of an account that holds more, is not familiar by it."""
    assert holder.url == SECURITY
    city.rooms.people.set_password(city.resident(phone), "Bailu-adult-4801", now=city.clock.now())
    city.asks_codes_again(phone)
    other_walker.enter(ui_locales=("en",)).sign_in_by_code(phone)
    comes_again(other_walker)
    assert "Welcome back" in other_walker.words
    assert not has_face(other_walker)


@pytest.mark.parametrize("status", [Person.Status.FROZEN, Person.Status.DECEASED])
def test_nobody_is_compared_when_the_account_is_not_open(
    holder: Walker, person_id: UUID, status: str
) -> None:
    Person.objects.filter(id=person_id).update(status=status)
    comes_again(holder)
    assert not has_face(holder)


def test_step_up_is_met_by_the_face_beside_the_telephone(
    city: City, holder: Walker, phone: str
) -> None:
    city.asks_codes_again(phone)
    comes_again(holder, required=AAL2, required_is_essential=True)
    holder.press("method", "sms").type_code(phone)
    assert "needs a second proof" in holder.words
    assert "Confirm with your face" in holder.words
    holder.press("method", "face")
    before_the_camera(holder, "newcomer")
    assert holder.answer == "granted"
    assert (city.door.granted.level.aal, city.door.granted.amr) == (2, ("face", "sms", "mfa"))


def test_step_up_after_the_face_asks_for_the_telephone(
    city: City, holder: Walker, phone: str
) -> None:
    comes_again(holder, required=AAL2, required_is_essential=True).press("method", "face")
    before_the_camera(holder, "newcomer")
    assert "needs a second proof" in holder.words
    city.asks_codes_again(phone)
    holder.press("method", "sms").type_code(phone)
    assert city.door.granted.amr == ("face", "sms", "mfa")


@pytest.mark.spec("Face measures 2025", "nobody is refused for not showing their face")
def test_nobody_is_asked_for_their_face_when_a_level_is_only_wished_for(
    city: City, holder: Walker, phone: str
) -> None:
    city.asks_codes_again(phone)
    comes_again(holder, required=AAL2)
    holder.press("method", "sms").type_code(phone)
    assert holder.answer == "granted"
    assert city.door.granted.level.aal == 1


@pytest.mark.spec("Face measures 2025", "face is never the only method")
def test_another_way_is_set_up_when_somebody_would_rather_not_show_their_face(
    city: City, holder: Walker, phone: str
) -> None:
    city.asks_codes_again(phone)
    city.clients.add(minimum_level=AAL2)
    comes_again(holder).press("method", "sms").type_code(phone)
    holder.press("action", "instead")
    assert "Add a way to sign in" in holder.words or "Create a passkey" in holder.words
    holder.press("method", "password")
    holder.press("action", "add", password="a sentence that is long enough 44")
    assert holder.answer == "granted"
    assert "face" not in city.door.granted.amr


def test_face_alone_changes_nothing_of_the_account(city: City, holder: Walker, phone: str) -> None:
    comes_again(holder).press("method", "face")
    before_the_camera(holder, "newcomer")
    assert holder.answer == "granted"
    holder.open(f"{SECURITY}/add/password")
    assert holder.step == "login"
    assert not has_face(holder)
    city.asks_codes_again(phone)
    holder.press("method", "sms").type_code(phone)
    assert "New password" in holder.words


@pytest.mark.requirement("R2")
def test_sign_in_by_face_is_a_weaker_way_when_the_account_has_a_passkey(
    city: City, holder: Walker, person_id: UUID
) -> None:
    with_passkey(city, person_id)
    comes_again(holder)
    assert holder.form.buttons[-1] != ("method", "face")
    holder.press("method", "face")
    before_the_camera(holder, "newcomer")
    assert holder.answer == "granted"
    assert "weaker_method" in detail(events("login.succeeded")[-1])["signals"]


@pytest.mark.requirement("R2")
def test_policy_that_names_the_face_among_others_is_met_by_it(
    city: City, holder: Walker, phone: str
) -> None:
    require(city, '@obligation("reverify") @by("face passkey")')
    city.asks_codes_again(phone)
    comes_again(holder).press("method", "sms").type_code(phone)
    assert "confirm in this very way" in holder.words
    holder.press("method", "face")
    before_the_camera(holder, "newcomer")
    assert holder.answer == "granted"
    assert "face" in city.door.granted.amr
