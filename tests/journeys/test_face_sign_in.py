"""The face as a way to sign in: agreed to, compared anew each time, never alone, never the only."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client as DjangoClient
from pytest_django.fixtures import Settings

from connectors.evidence import IdentityClaim
from connectors.sandbox.server import SandboxServer
from idp.account.security import SECURITY
from idp.conf import Authentication
from idp.foundation.database import Database
from idp.foundation.outbox.models import OutboxMessage
from idp.foundation.storage import ValkeyStore
from idp.journey.consent.step import AGREEMENTS
from idp.journey.journeys import hash_of_device
from idp.journey.verification.visit_desk import VisitOrder
from idp.sessions.models import KnownDeviceRow
from idp.subjects.authenticators.kinds import Kind, NotProven, Refusal, Shown
from idp.subjects.documents import Check, VerifiedDocument
from idp.subjects.models import Authenticator, Evidence, Person, PurposeConsent
from idp.subjects.purpose_consents import FACE_SIGN_IN, FACE_SIGN_IN_NOTICE
from policies.levels import Level
from tests.before_camera import before_the_camera, come_back, looked, way_there
from tests.city import Asked, City, built_city
from tests.own_space import WithSpace, open_space
from tests.racing import at_once
from tests.trail import detail, events
from tests.walker import Walker

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R6"), pytest.mark.requirement("R15")]
SESSION = "tx_session_18700"
LANGUAGE = "tx_language_18700"
NEWCOMER = ("何晨", "350200199909099914")
CHILD = ("周小满", "350200201506019916")
AAL2 = Level(ial=1, aal=2)
KINDS = Authentication(kinds=(*Authentication().kinds, "face"))


@pytest.fixture
def city(
    transactional_db: None,
    store: ValkeyStore,
    local_sandbox: SandboxServer,
    settings: Settings,
    database: Database,
) -> Iterator[City]:
    """A city that has faces compared for signing in, with the space of its people."""
    del transactional_db
    asked = Asked(visits=("face", "immigration_face"))
    with built_city(store, local_sandbox, authentication=KINDS, asked=asked) as built:
        settings.ROOT_URLCONF = WithSpace(built, open_space(built, database))
        built.clients.add()
        yield built
        built.mend()


def known_as(city: City, phone: str, name: str, number: str) -> UUID:
    """Somebody whose name and number the population library confirmed."""
    person_id: UUID = city.resident(phone)
    check = Check(
        method="population",
        authority="cn_population_library",
        checked_at=city.clock.now(),
        values={"name": name, "document_number": number},
        matched_claims=("name", "document_number"),
        identity_level=2,
    )
    document = VerifiedDocument(document_type="resident_id_card", number=number, holder_name=name)
    city.rooms.documents.keep(person_id, document, check)
    return person_id


@pytest.fixture
def person_id(city: City, phone: str) -> UUID:
    return known_as(city, phone, *NEWCOMER)


@pytest.fixture
def home(person_id: UUID, walker: Walker, phone: str) -> Walker:
    """Somebody known by name, just signed in, on the page of their ways."""
    assert person_id
    walker.http.cookies[LANGUAGE] = "en"
    return walker.open(SECURITY).sign_in_by_code(phone)


@pytest.fixture
def holder(home: Walker) -> Walker:
    """The same, who signs in with their face from now on."""
    home.open(f"{SECURITY}/add/face").press("action", "agree")
    before_the_camera(home, "newcomer")
    assert home.url == SECURITY
    return home


def comes_again(walker: Walker, **wishes: object) -> Walker:
    """The same browser later, signed out."""
    walker.http.cookies.pop(SESSION)
    return walker.enter(ui_locales=("en",), **wishes)


def post(walker: Walker, path: str, **values: str) -> Walker:
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', walker.html)
    assert token
    sent = {**values, "csrfmiddlewaretoken": token[1]}
    return walker._follow(walker.http.post(path, sent), path)


def has_face(walker: Walker) -> bool:
    return ("method", "face") in walker.form.buttons


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


@pytest.mark.parametrize("how", [{"behaviour": "500"}, {"behaviour": "slow", "seconds": 3.0}])
def test_authority_that_is_down_costs_no_attempt_and_leaves_the_other_ways(
    city: City, holder: Walker, how: dict[str, Any], phone: str
) -> None:
    comes_again(holder)
    city.spoil("face", **how)
    holder.press("method", "face")
    if how["behaviour"] == "slow":
        come_back(holder, holder.url)
    assert "does not answer" in holder.words
    assert events("login.failed") == []
    city.asks_codes_again(phone)
    holder.press("method", "sms").type_code(phone)
    assert holder.answer == "granted"


def test_wrong_faces_are_slowed_and_the_code_still_signs_in(
    city: City, holder: Walker, person_id: UUID, phone: str
) -> None:
    comes_again(holder)
    scope = f"{person_id}:face:{hash_of_device(holder.browser.device_secret)}"
    for _ in range(5):
        holder.press("method", "face")
        before_the_camera(holder, "adult_2")
        assert "did not recognise you" in holder.words
        city.store.delete(f"password:wait:{scope}")
    assert city.store.get(f"password:failures:{scope}") == b"5"
    until = city.clock.now() + timedelta(minutes=1)
    city.store.put(f"password:wait:{scope}", until.isoformat().encode(), ttl=60)
    assert "To protect the account" in holder.press("method", "face").words
    city.store.delete(f"password:wait:{scope}")
    holder.press("method", "face")
    assert "Please choose another way today" in holder.words
    assert len(events("login.failed")) == 5
    assert city.verification.attempts.left(str(person_id), now=city.clock.now()) == 5
    city.asks_codes_again(phone)
    holder.press("method", "sms").type_code(phone)
    assert holder.answer == "granted"


def test_answer_is_refused_when_it_is_brought_again(city: City, holder: Walker) -> None:
    comes_again(holder).press("method", "face")
    back = looked(way_there(holder), "newcomer")
    come_back(holder, back)
    assert holder.answer == "granted"
    outcomes = len(city.door.outcomes)
    city.clock.advance(seconds=10)
    comes_again(holder)
    holder.open(back)
    assert len(city.door.outcomes) == outcomes
    holder.enter(ui_locales=("en",))
    assert holder.step == "login"
    assert "Welcome back" in holder.words


def test_answer_is_refused_when_another_browser_brings_it(
    city: City, holder: Walker, other_walker: Walker
) -> None:
    comes_again(holder).press("method", "face")
    back = looked(way_there(holder), "newcomer")
    outcomes = len(city.door.outcomes)
    other_walker.open(back)
    assert other_walker.status == 403 or "another browser" in other_walker.words
    assert len(city.door.outcomes) == outcomes


def test_answer_is_refused_when_it_comes_late(city: City, holder: Walker) -> None:
    comes_again(holder).press("method", "face")
    back = looked(way_there(holder), "newcomer")
    city.clock.advance(minutes=11)
    come_back(holder, back)
    assert holder.step == "login"
    assert "too late" in holder.words


@pytest.mark.parametrize("enters_as", ["sign_in", "verification"])
def test_visit_counts_for_the_purpose_it_was_opened_for_alone(
    city: City, holder: Walker, person_id: UUID, enters_as: str
) -> None:
    """Opened at one desk and brought to the other, in one journey and by one browser."""
    comes_again(holder)
    of_login = city.hall.faces.desks[0]
    of_checks = replace(of_login, findings=_Forbidden(), purpose=type(of_login.purpose)())
    opens, closes = (of_login, of_checks) if enters_as == "sign_in" else (of_checks, of_login)
    comparable = city.hall.faces.comparable(person_id)
    assert comparable is not None
    order = _order(person_id, comparable.claim, enters_as)
    opened = opens.open(order, now=city.clock.now())
    brought = looked(opened.url, "newcomer").partition("?")[2]
    parameters = dict(each.split("=") for each in brought.split("&"))
    other = replace(order, bound_to="verification" if enters_as == "sign_in" else "sign_in:x")
    closes.close(other, closes.look("journey-1", order.id), parameters)
    assert closes.look("journey-1", order.id).outcome == "NOT_OURS"
    assert not Evidence.objects.filter(method="face_comparison").exists()


class _Forbidden:
    """Findings that must never be kept."""

    def keep(self, *_: object) -> None:
        raise AssertionError("a sign-in became evidence")


def _order(person_id: UUID, claim: IdentityClaim, purpose: str) -> VisitOrder:
    return VisitOrder(
        journey_id="journey-1",
        person_id=person_id,
        client_id="portal",
        claim=claim,
        consent_id="consent-1",
        bound_to="sign_in:x" if purpose == "sign_in" else "verification",
    )


@pytest.mark.requirement("R14")
def test_one_of_two_answers_counts_when_both_come_at_once(
    city: City, holder: Walker, person_id: UUID
) -> None:
    kind = city.hall.faces.kind
    assert holder.url == SECURITY
    assert kind is not None
    held = kind.held(person_id)
    assert held is not None
    shown = Shown(person_id=person_id, answer=held.use, now=city.clock.now())

    def use(_: int) -> str:
        try:
            city.rooms.authenticators.check(Kind.FACE, shown)
        except NotProven as problem:
            return problem.reason
        return "proven"

    assert sorted(map(str, at_once(4, use))) == ["proven", *[Refusal.REPLAYED.value] * 3]


@pytest.mark.requirement("R14")
def test_two_loads_of_one_page_sign_in_once(holder: Walker) -> None:
    comes_again(holder).press("method", "face")
    back = looked(way_there(holder), "newcomer")
    answer = holder.http.get(back)
    twin = DjangoClient()
    twin.cookies = holder.http.cookies
    at_once(2, lambda number: (holder.http, twin)[number].get(answer["Location"]))
    come_back(holder, answer["Location"])
    assert Authenticator.objects.get(kind="face").counter == 1
    by_face = [row for row in events("login.succeeded") if detail(row)["factor"] == "face"]
    assert len(by_face) == 2  # the first was the day on which the way was added
    assert events("login.failed") == []


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
