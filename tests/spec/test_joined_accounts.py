"""A person makes one of their two accounts: signed in to both, one after the other."""

import secrets
from uuid import UUID

import pytest

from idp.subjects.documents import Check, VerifiedDocument
from idp.subjects.models import Document, Merge, Person
from tests.spec.house import HouseUnderTest
from tests.spec.pages import forms, step_form, submit
from tests.spec.relying_party import Provider
from tests.spec.wire import Answer, Browser
from tests.trail import detail, events

pytestmark = pytest.mark.requirement("R5")
NUMBER, OTHER = "350200199909099914", "350200200104129923"
PASSWORD = "Bailu-joined-4801"


def opened(house: HouseUnderTest, number: str = "") -> tuple[UUID, str]:
    rooms = house.house.rooms
    subjects, now = rooms.hall.subjects, rooms.ground.clock.now()
    phone = f"+86137{secrets.randbelow(10**8):08d}"
    person_id, _ = subjects.people.find_or_register(phone, client_id="", now=now)
    subjects.people.set_password(person_id, PASSWORD, now=now)
    if number:
        check = Check(
            method="population_two_factor",
            authority="cn_population_library",
            checked_at=now,
            identity_level=2,
        )
        document = VerifiedDocument(
            document_type="resident_id_card", number=number, holder_name="何晨"
        )
        subjects.documents.keep(person_id, document, check)
    return person_id, phone


@pytest.fixture
def browser(provider: Provider) -> Browser:
    return provider.browser()


def signed_in(browser: Browser, page: Answer, phone: str) -> Answer:
    """Whatever the sign-in page is: choose another account, and sign in with this one."""
    page = browser.follow(page)
    form = step_form(page)
    assert form is not None, page.text[:800]
    if "password" not in form.fields or "identifier" not in form.fields:
        page = browser.follow(submit(browser, form, {}, press=("action", "other_account")))
        form = step_form(page)
        assert form is not None
    typed = {"identifier": phone, "password": PASSWORD}
    return browser.follow(submit(browser, form, typed, press=("action", "sign_in")))


def pressed(browser: Browser, page: Answer, action: str) -> Answer:
    (form,) = [each for each in forms(page) if ("action", action) in each.buttons]
    return submit(browser, form, {}, press=("action", action))


def both(browser: Browser, first: str, second: str) -> Answer:
    """Sign in with the first, then with the second; the page that offers to join them."""
    page = signed_in(browser, browser.get("/account/join"), first)
    assert "Now sign in to your other account" in page.text
    return signed_in(browser, pressed(browser, page, "other"), second)


def test_two_accounts_become_one_when_both_were_signed_in_to(
    house: HouseUnderTest, browser: Browser
) -> None:
    (proven, phone), (newer, other_phone) = opened(house, NUMBER), opened(house)
    page = both(browser, other_phone, phone)
    assert "You proved that both are yours" in page.text
    done = browser.follow(pressed(browser, page, "join"))
    assert "Your accounts are one now" in done.text
    assert Person.objects.get(id=newer).merged_into_id == proven
    (event,) = events("person.merged", subject=str(proven))
    assert (event.actor, detail(event)["rule"]) == (str(proven), "both-accounts")
    again = browser.follow(browser.get("/account/join"))
    assert "Now sign in to your other account" in again.text
    Document.objects.filter(person_id=proven).update(state=Document.State.REVOKED)


def test_two_accounts_stay_two_when_their_documents_are_two_peoples(
    house: HouseUnderTest, browser: Browser
) -> None:
    (one, phone), (other, other_phone) = opened(house, NUMBER), opened(house, OTHER)
    page = both(browser, phone, other_phone)
    refused = browser.follow(pressed(browser, page, "join"))
    assert "cannot be joined here" in refused.text
    assert not Merge.objects.filter(survivor_id__in=(one, other)).exists()
    house.house.rooms.hall.subjects.statuses.freeze(one, now=house.house.rooms.ground.clock.now())
    page = browser.follow(browser.get("/account/join"))
    assert "Now sign in to your other account" in page.text
    Document.objects.filter(person_id__in=(one, other)).update(state=Document.State.REVOKED)
