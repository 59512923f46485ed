"""Frozen and closed accounts at the sign-in page: why, and how a freeze of one's own ends."""

from typing import Any
from uuid import UUID

import pytest

from idp.foundation.outbox.models import OutboxMessage
from idp.sessions.models import SessionRow
from idp.subjects.documents import Check, VerifiedDocument
from idp.subjects.models import Evidence, Person
from idp.subjects.statuses import Actor, ActorKind, Cause, Reason, StatusRefused
from policies.levels import Level
from tests.city import City
from tests.trail import detail, events
from tests.waiting import wait_until
from tests.walker import Walker

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R13")]
NAME, NUMBER = "陈思远", "350200198803149915"
PASSWORD = "Bailu-adult-4801"
OPERATOR = Actor(kind=ActorKind.OPERATOR, id="op-7")


@pytest.fixture
def english(city: City, walker: Walker) -> Walker:
    city.clients.add()
    return walker.enter(ui_locales=("en",))


def freeze(city: City, person_id: UUID) -> None:
    city.rooms.statuses.freeze(person_id, now=city.clock.now())


@pytest.fixture
def verified(city: City, other_walker: Walker, phone: str) -> UUID:
    """Somebody whose name is proven, with a password, who froze the account."""
    city.clients.add()
    other_walker.enter(required=Level(ial=2, aal=1), required_is_essential=True)
    other_walker.sign_in_by_code(phone).prove_name(NAME, NUMBER)
    person_id: UUID = city.door.granted.person_id
    city.rooms.people.set_password(person_id, PASSWORD, now=city.clock.now())
    freeze(city, person_id)
    return person_id


def test_account_without_a_document_opens_when_its_phone_is_proven_again(
    city: City, english: Walker, phone: str
) -> None:
    person_id = city.resident(phone)
    freeze(city, person_id)
    english.sign_in_by_code(phone)
    assert "This account is frozen" in english.words
    assert not SessionRow.objects.exists()
    (refused,) = events("login.refused")
    assert detail(refused) == {"factor": "sms", "reason": "person_frozen"}
    english.press("action", "reprove")
    assert english.answer == "granted"
    assert Person.objects.get().status == "active"
    last = city.rooms.statuses.last_change(person_id)
    assert last is not None
    assert last.cause.reason is Reason.REPROVEN


def test_account_without_a_document_asks_for_its_phone_when_a_password_was_used(
    city: City, english: Walker, phone: str
) -> None:
    freeze(city, city.resident(phone, password=PASSWORD))
    english.sign_in_by_password(phone, PASSWORD).press("action", "reprove")
    assert "opens by a code to its mobile number" in english.words
    english.press("action", "other_account")
    assert ("method", "sms") in english.form.buttons


def reprove(english: Walker, phone: str) -> None:
    english.sign_in_by_password(phone, PASSWORD)
    english.press("action", "reprove", name=NAME, document_number="３５０２００ 19880314 9915")


def test_verified_account_opens_after_its_hold_when_the_authority_confirms_it_again(
    city: City, english: Walker, verified: UUID, phone: str
) -> None:
    reprove(english, phone)
    assert "The account opens from" in english.words
    assert "name" not in english.form.fields
    english.form.buttons.append(("action", "reprove"))
    english.press("action", "reprove")
    assert Person.objects.get().status == "frozen"
    assert len(events("person.opening_asked")) == 1
    assert OutboxMessage.objects.filter(payload__contains="account_opening_asked").count() == 1

    city.clock.advance(days=1, seconds=1)
    english.enter(ui_locales=("en",)).sign_in_by_password(phone, PASSWORD)
    assert "name" not in english.form.fields
    english.press("action", "reprove")
    assert Person.objects.get().status == "active"
    proofs = Evidence.objects.filter(person_id=verified, method="population_two_factor")
    assert proofs.count() == 2
    english.sign_in_by_password(phone, PASSWORD)
    assert english.answer == "granted"


def test_opening_comes_to_nothing_when_the_person_objects(
    city: City, english: Walker, other_walker: Walker, verified: UUID, phone: str
) -> None:
    reprove(english, phone)
    other_walker.enter(ui_locales=("en",)).sign_in_by_password(phone, PASSWORD)
    other_walker.press("action", "keep_frozen")
    last = city.rooms.statuses.last_change(verified)
    assert last is not None
    assert last.cause.reason is Reason.OBJECTED
    assert city.rooms.statuses.opening(verified, now=city.clock.now()) is None
    other_walker.press("action", "reprove", name=NAME, document_number=NUMBER)
    assert "The account opens from" in other_walker.words
    other_walker.press("action", "keep_frozen")
    city.clock.advance(days=1, seconds=1)
    english.form.buttons.append(("action", "reprove"))
    english.press("action", "reprove")
    assert Person.objects.get().status == "frozen"


def test_freeze_of_others_is_not_kept_as_ones_own_when_somebody_objects(
    city: City, phone: str
) -> None:
    person_id, now = city.resident(phone), city.clock.now()
    with pytest.raises(StatusRefused):
        city.rooms.statuses.keep_frozen(person_id, now=now)
    city.rooms.statuses.change(person_id, Cause(reason=Reason.MISUSE, by=OPERATOR), now=now)
    with pytest.raises(StatusRefused):
        city.rooms.statuses.keep_frozen(person_id, now=now)
    assert city.rooms.statuses.opening(person_id, now=now) is None


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": "", "document_number": NUMBER}, "Enter your name"),
        ({"name": NAME, "document_number": "1"}, "does not belong to this account"),
        ({"name": "林晓岚", "document_number": NUMBER}, "does not belong to this account"),
        ({"name": NAME, "document_number": "350200199207259928"}, "does not belong to this"),
    ],
)
def test_verified_account_stays_frozen_when_something_else_is_typed(
    city: City, english: Walker, verified: UUID, phone: str, typed: dict[str, Any], words: str
) -> None:
    english.sign_in_by_password(phone, PASSWORD).press("action", "reprove", **typed)
    assert words in english.words
    assert Person.objects.get(id=verified).status == "frozen"
    assert not city.door.outcomes[1:]


@pytest.mark.slow
def test_page_waits_when_the_authority_thinks_and_tells_when_it_fails(
    city: City, english: Walker, verified: UUID, phone: str
) -> None:
    del verified
    city.spoil("population_library", "slow", seconds=2.5)
    english.sign_in_by_password(phone, PASSWORD)
    english.press("action", "reprove", name=NAME, document_number=NUMBER)
    assert "asking the authority" in english.words
    assert not english.has_news()
    wait_until(english.has_news)
    city.mend()


def test_account_stays_frozen_when_the_authority_fails(
    city: City, english: Walker, verified: UUID, phone: str
) -> None:
    city.spoil("population_library", "500", times=9)
    english.sign_in_by_password(phone, PASSWORD)
    english.press("action", "reprove", name=NAME, document_number=NUMBER)
    assert "try again later" in english.words
    assert Person.objects.get(id=verified).status == "frozen"


def test_window_is_named_when_the_account_is_above_what_particulars_prove(
    city: City, english: Walker, phone: str
) -> None:
    person_id = city.resident(phone)
    document = VerifiedDocument(document_type="resident_id_card", number=NUMBER, holder_name=NAME)
    check = Check(
        method="card_reader",
        authority="card_chip",
        checked_at=city.clock.now(),
        device="reader-1",
        operator="op-7",
        circumstances=frozenset({"chip"}),  # type: ignore[arg-type]  # a word of the enum
        identity_level=4,
    )
    city.rooms.documents.keep(person_id, document, check)
    freeze(city, person_id)
    english.sign_in_by_code(phone)
    assert "bring your ID to a service window" in english.words
    english.form.buttons.append(("action", "reprove"))
    english.press("action", "reprove")
    assert Person.objects.get().status == "frozen"


@pytest.mark.parametrize("reason", [Reason.MISUSE, Reason.DEATH, Reason.CAPACITY_LOST])
def test_nothing_is_offered_when_somebody_else_closed_the_account(
    city: City, english: Walker, phone: str, reason: Reason
) -> None:
    person_id = city.resident(phone)
    cause = Cause(reason=reason, by=OPERATOR)
    city.rooms.statuses.change(person_id, cause, now=city.clock.now())
    english.sign_in_by_code(phone)
    assert "It cannot be used for any service" in english.words
    assert ("action", "reprove") not in english.form.buttons
    assert not SessionRow.objects.exists()


def test_way_begins_anew_when_the_account_was_opened_elsewhere_meanwhile(
    city: City, english: Walker, phone: str
) -> None:
    person_id = city.resident(phone)
    freeze(city, person_id)
    english.sign_in_by_code(phone)
    cause = Cause(reason=Reason.RELEASED, by=OPERATOR)
    city.rooms.statuses.change(person_id, cause, now=city.clock.now())
    english.press("action", "reprove")
    assert english.step == "login"
    assert ("method", "sms") in english.form.buttons
