"""The face becomes a way to sign in: agreed to separately, compared once, taken back any time."""

from datetime import date
from uuid import UUID

import pytest

from connectors.sandbox.server import SandboxServer
from idp.account.security import SECURITY
from idp.foundation.outbox.models import OutboxMessage
from idp.foundation.storage import ValkeyStore
from idp.journey.consent.step import AGREEMENTS
from idp.subjects.models import Authenticator, Evidence, PurposeConsent
from idp.subjects.purpose_consents import FACE_SIGN_IN, FACE_SIGN_IN_NOTICE
from tests.before_camera import before_the_camera, come_back, looked, way_there
from tests.city import Asked, City, built_city
from tests.journeys.face_city import (
    CHILD,
    LANGUAGE,
    city,
    comes_again,
    has_face,
    holder,
    home,
    known_as,
    person_id,
    post,
)
from tests.trail import detail, events
from tests.walker import Walker

__all__ = ["city", "holder", "home", "person_id"]
pytestmark = [pytest.mark.storage, pytest.mark.requirement("R6"), pytest.mark.requirement("R15")]


@pytest.mark.spec("PIPL 29", "a separate consent for sensitive personal information")
def test_face_is_added_when_it_was_agreed_to_and_compared(home: Walker, person_id: UUID) -> None:
    assert "Sign in with your face" in home.words
    home.open(f"{SECURITY}/add/face")
    assert "No picture and no measure of your face" in home.words
    assert not PurposeConsent.objects.exists()
    home.press("action", "agree")
    assert "camera page" in home.words
    before_the_camera(home, "newcomer")
    assert home.url == SECURITY
    assert "Your face" in home.words
    assert "Sign in with your face" not in home.words
    consent = PurposeConsent.objects.get()
    assert (consent.purpose, consent.notice_version) == (FACE_SIGN_IN, FACE_SIGN_IN_NOTICE)
    row = Authenticator.objects.get(kind="face")
    assert row.person_id == person_id
    assert detail(events("authenticator.added")[-1])["kind"] == "face"
    assert OutboxMessage.objects.filter(kind="security_notice").count() == 1
    compared = events("face.compared")[-1]
    assert (compared.outcome, detail(compared)["method"]) == ("match", "face_comparison")


def test_nothing_of_a_face_is_kept_but_reference_and_score(city: City, holder: Walker) -> None:
    assert holder.url == SECURITY
    row = Authenticator.objects.get(kind="face")
    kept = city.rooms.authenticators.records.secret_of(row)
    assert set(kept) == {"reference", "score", "consent"}
    assert kept["score"] == "0.9731"
    assert not Evidence.objects.filter(method="face_comparison").exists()


def test_face_is_not_offered_when_no_document_is_known(
    city: City, walker: Walker, phone: str
) -> None:
    city.resident(phone)
    walker.http.cookies[LANGUAGE] = "en"
    walker.open(SECURITY).sign_in_by_code(phone)
    assert "Sign in with your face" not in walker.words
    assert walker.open(f"{SECURITY}/add/face").status == 404


@pytest.mark.spec("PIPL 31", "a guardian consents for whoever is under 14")
def test_face_is_not_offered_when_the_person_is_under_14(
    city: City, walker: Walker, phone: str
) -> None:
    assert city.clock.now().date() < date(2029, 6, 1)  # then this child is 14
    known_as(city, phone, *CHILD)
    walker.http.cookies[LANGUAGE] = "en"
    walker.open(SECURITY).sign_in_by_code(phone)
    assert "Sign in with your face" not in walker.words
    assert walker.open(f"{SECURITY}/add/face").status == 404


def test_consent_ends_when_the_person_leaves_before_anything_was_added(home: Walker) -> None:
    home.open(f"{SECURITY}/add/face").press("action", "agree")
    before_the_camera(home, "newcomer", decision="deny")
    assert "You came back without a result" in home.words
    home.press("action", "return")
    assert home.url == SECURITY
    assert PurposeConsent.objects.get().withdrawn_at is not None
    assert not Authenticator.objects.filter(kind="face").exists()


@pytest.mark.parametrize("who", ["adult_2", "photograph", "similar"])
def test_nothing_is_added_when_the_face_is_not_theirs(home: Walker, who: str) -> None:
    home.open(f"{SECURITY}/add/face").press("action", "agree")
    before_the_camera(home, who)
    assert "did not recognise you" in home.words
    assert not Authenticator.objects.filter(kind="face").exists()
    (failed,) = events("login.failed")
    assert detail(failed)["factor"] == "face"


@pytest.mark.spec("PIPL 15", "withdrawing consent is as easy as giving it")
def test_way_is_gone_when_the_consent_is_taken_back(holder: Walker, person_id: UUID) -> None:
    holder.open(AGREEMENTS)
    assert "Signing in with your face" in holder.words
    post(holder, AGREEMENTS, withdraw=FACE_SIGN_IN)
    assert not Authenticator.objects.filter(kind="face").exists()
    assert PurposeConsent.objects.get().withdrawn_at is not None
    assert detail(events("authenticator.removed")[-1])["kind"] == "face"
    assert [row.subject for row in events("purpose_consent.withdrawn")] == [str(person_id)]
    assert OutboxMessage.objects.filter(kind="security_notice").count() == 2
    comes_again(holder)
    assert not has_face(holder)


def test_consent_ends_when_the_way_is_removed_however_old_the_sign_in(
    city: City, holder: Walker
) -> None:
    here = f"{SECURITY}/{Authenticator.objects.get(kind='face').id}"
    city.clock.advance(minutes=9)
    holder.open(here)
    assert holder.url == here
    assert "Nothing of your face is kept here" in holder.words
    assert 'name="label"' not in holder.html
    post(holder, here, action="rename", label="Mine")
    assert not Authenticator.objects.get(kind="face").sealed_label
    holder.open(here)
    post(holder, here, action="remove")
    assert holder.url == SECURITY
    assert not Authenticator.objects.filter(kind="face").exists()
    assert PurposeConsent.objects.get().withdrawn_at is not None


def test_face_proves_nothing_when_the_consent_was_taken_back_meanwhile(
    city: City, holder: Walker, person_id: UUID
) -> None:
    comes_again(holder).press("method", "face")
    back = looked(way_there(holder), "newcomer")
    city.rooms.authenticators.end_face(person_id, now=city.clock.now())
    come_back(holder, back)
    assert holder.step == "login"
    assert not holder.left_to


def test_person_is_asked_anew_when_the_words_changed(holder: Walker) -> None:
    PurposeConsent.objects.update(notice_version="older")
    comes_again(holder)
    assert not has_face(holder)


def test_nobody_is_compared_when_faces_are_switched_off(
    store: ValkeyStore, local_sandbox: SandboxServer, holder: Walker
) -> None:
    with built_city(store, local_sandbox, asked=Asked(visits=("face",))) as plain:
        assert plain.hall.faces.kind is None
        (person_id,) = Authenticator.objects.filter(kind="face").values_list("person_id", flat=True)
        assert plain.hall.faces.held(person_id) is None
        assert not plain.hall.faces.may_add(person_id, now=plain.clock.now())
        plain.rooms.authenticators.end_face(person_id, now=plain.clock.now())
    assert holder.url == SECURITY
    assert not Authenticator.objects.filter(kind="face").exists()
