"""Contacts: told and nothing else, within bounds, and gone when a number becomes another's."""

from uuid import UUID

import orjson
import pytest
from django.db import transaction

from idp.foundation.outbox.models import OutboxMessage
from idp.subjects.casebook import Casebook
from idp.subjects.contacts import (
    MOST,
    MOST_OF_A_NUMBER,
    ContactTaken,
    OwnContact,
    TooManyContacts,
)
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.models import Contact, Identifier, Merge
from idp.subjects.ties import tie_of
from tests.city import City
from tests.own_space import merging_of
from tests.racing import at_once
from tests.registry import NUMBER, Registry
from tests.trail import detail, events

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R15")]
DAUGHTER = TypedIdentifier(kind="phone", value="+8613700000077")
SON = TypedIdentifier(kind="email", value="son@mail.example")
OTHER = TypedIdentifier(kind="phone", value="+8613700000078")


@pytest.fixture
def mother(city: City, phone: str) -> UUID:
    person_id: UUID = city.resident(phone)
    return person_id


def add(city: City, person_id: UUID, to: TypedIdentifier = DAUGHTER) -> None:
    city.rooms.contacts.add(person_id, to, now=city.clock.now())


def tell(city: City, person_id: UUID) -> None:
    with transaction.atomic():
        city.rooms.authenticators.notices.tell(person_id, "password_added", language="en")


def somebody(city: City, number: int) -> UUID:
    person_id: UUID = city.resident(f"+86139{number:08d}")
    return person_id


def told(city: City, *kinds: str) -> list[tuple[str, str]]:
    """Whom notices of these kinds went to and what they say, in the order they were put down."""
    sent: list[tuple[str, str]] = []
    notices = city.rooms.contacts.notices
    delivering = {
        "security_notice": notices.deliver,
        "contact_notice": notices.deliver_to_contact,
    }

    def send(to: TypedIdentifier, _language: str, words: str) -> bool:
        sent.append((to.value, words))
        return True

    for message in OutboxMessage.objects.filter(kind__in=kinds).order_by("id"):
        delivering[message.kind](orjson.loads(message.payload), send)
    return sent


def test_contact_is_told_of_whom_and_nothing_of_what_when_something_changes(
    city: City, mother: UUID, phone: str
) -> None:
    Registry(city=city, merging=merging_of(city)).prove(mother, "resident_id_card", NUMBER)
    add(city, mother)
    add(city, mother, SON)
    OutboxMessage.objects.all().delete()
    tell(city, mother)
    assert told(city, "security_notice") == [(phone, "a new password was set")]
    assert told(city, "contact_notice") == [(DAUGHTER.value, "**远"), (SON.value, "**远")]


def test_contact_hears_nothing_more_when_it_was_removed_before_the_notice_went_out(
    city: City, mother: UUID
) -> None:
    add(city, mother)
    (contact,) = city.rooms.contacts.of(mother)
    assert city.rooms.contacts.remove(mother, contact.id)
    assert told(city, "contact_notice") == []
    assert [words for _, words in told(city, "security_notice")] == [
        "新增了一个接收提醒的联系方式",
        "移除了一个接收提醒的联系方式",
    ]
    assert not city.rooms.contacts.remove(mother, contact.id)


def test_stranger_removes_nothing_when_the_contact_is_somebody_elses(
    city: City, mother: UUID
) -> None:
    add(city, mother)
    (contact,) = city.rooms.contacts.of(mother)
    assert not city.rooms.contacts.remove(somebody(city, 1), contact.id)
    assert Contact.objects.count() == 1


def test_person_has_as_many_contacts_as_one_may_and_each_once(city: City, mother: UUID) -> None:
    add(city, mother)
    add(city, mother)
    assert Contact.objects.count() == 1
    assert len(events("contact.added")) == 1
    add(city, mother, SON)
    with pytest.raises(TooManyContacts):
        add(city, mother, OTHER)
    assert Contact.objects.count() == MOST


def test_own_number_is_refused_as_a_contact_and_one_that_becomes_it_goes(
    city: City, mother: UUID, phone: str
) -> None:
    with pytest.raises(OwnContact):
        add(city, mother, TypedIdentifier(kind="phone", value=phone))
    add(city, mother)
    add(city, mother, SON)
    city.rooms.phone_changes.change(mother, DAUGHTER.value, now=city.clock.now())
    city.rooms.email_changes.change(mother, SON.value, now=city.clock.now())
    assert city.rooms.contacts.of(mother) == ()
    assert {detail(each)["why"] for each in events("contact.dropped")} == {"own"}


def test_number_is_the_contact_of_a_family_and_of_no_more(city: City) -> None:
    people = [somebody(city, each) for each in range(MOST_OF_A_NUMBER + 1)]
    for each in people[:-1]:
        add(city, each)
    with pytest.raises(ContactTaken):
        add(city, people[-1])
    (contact,) = city.rooms.contacts.of(people[0])
    city.rooms.contacts.remove(people[0], contact.id)
    add(city, people[-1])
    assert Contact.objects.count() == MOST_OF_A_NUMBER


def test_places_of_a_number_are_not_exceeded_when_people_come_at_once(city: City) -> None:
    people = [somebody(city, each) for each in range(MOST_OF_A_NUMBER + 4)]

    def one(number: int) -> str:
        try:
            add(city, people[number])
        except ContactTaken:
            return "refused"
        return "added"

    came = at_once(len(people), one)
    assert sorted(came) == ["added"] * MOST_OF_A_NUMBER + ["refused"] * 4  # type: ignore[type-var]
    assert Contact.objects.count() == MOST_OF_A_NUMBER


def test_contacts_of_a_person_are_not_exceeded_when_they_come_at_once(
    city: City, mother: UUID
) -> None:
    def one(number: int) -> str:
        try:
            add(city, mother, TypedIdentifier(kind="phone", value=f"+86137000001{number:02d}"))
        except TooManyContacts:
            return "refused"
        return "added"

    assert at_once(5, one).count("added") == MOST
    assert Contact.objects.count() == MOST


@pytest.mark.requirement("R13")
def test_contact_finds_nobody_ties_nobody_and_proves_nothing(
    city: City, mother: UUID, phone: str
) -> None:
    other = somebody(city, 1)
    add(city, mother)
    add(city, other)
    people, now = city.rooms.people, city.clock.now()
    assert people.find(DAUGHTER) is None
    assert people.check_password(DAUGHTER, "x") is None
    assert DAUGHTER.value not in {value for value, _ in people.identifiers(mother).values()}
    assert people.standing(mother, now=now).phone == phone
    assert city.rooms.phone_changes.holder(DAUGHTER.value, now=now) is None
    assert city.rooms.phone_changes.pending(DAUGHTER.value) is None
    book = Casebook(
        people=people,
        documents=city.rooms.documents,
        chain=city.rooms.chain,
        fields=city.rooms.fields,
        contacts=city.rooms.contacts.book,
    )
    assert book.find(DAUGHTER.value) is None
    registry = Registry(city=city, merging=merging_of(city))
    assert registry.merging.survivor_of_two(mother, other, now=now) in {mother, other}
    papers = registry.merging._papers
    assert tie_of(papers.held(mother, now=now), papers.held(other, now=now)) is None
    case = book.open(mother, now=now)
    assert case is not None
    assert case.contacts == (("phone", "137 **** 0077"),)
    shown = book.open(mother, now=now, is_masked=False)
    assert shown is not None
    assert shown.contacts == (("phone", DAUGHTER.value),)


@pytest.mark.requirement("R13")
def test_row_tells_neither_number_nor_whose_account_it_is_when_it_is_read(
    city: City, mother: UUID
) -> None:
    city.resident(DAUGHTER.value)
    add(city, mother)
    row = Contact.objects.get()
    assert b"13700000077" not in bytes(row.sealed_value)
    signs_in = {bytes(each.blind_index) for each in Identifier.objects.all()}
    assert bytes(row.blind_index) not in signs_in


def test_relative_joins_and_stays_a_contact_when_the_number_was_proven_not_long_ago(
    city: City, mother: UUID
) -> None:
    add(city, mother)
    city.clock.advance(days=89)
    city.resident(DAUGHTER.value)
    assert len(city.rooms.contacts.of(mother)) == 1


@pytest.mark.parametrize("days", [90, 400])
def test_number_is_no_contact_any_more_when_somebody_registers_it_after_long(
    city: City, mother: UUID, days: int
) -> None:
    add(city, mother)
    add(city, mother, SON)
    OutboxMessage.objects.all().delete()
    city.clock.advance(days=days)
    newcomer = city.resident(DAUGHTER.value)
    assert [each.value for each in city.rooms.contacts.of(mother)] == [SON]
    (dropped,) = events("contact.dropped")
    assert (dropped.subject, detail(dropped)["why"]) == (str(mother), "taken")
    assert str(newcomer) not in dropped.detail
    assert "已自动移除" in told(city, "security_notice")[0][1]
    assert [to for to, _ in told(city, "contact_notice")] == [SON.value]


def test_number_is_no_contact_any_more_when_another_changes_to_it_after_long(
    city: City, mother: UUID
) -> None:
    add(city, mother)
    city.clock.advance(days=91)
    other = somebody(city, 1)
    city.rooms.phone_changes.change(other, DAUGHTER.value, now=city.clock.now())
    assert city.rooms.contacts.of(mother) == ()


def test_next_holder_is_told_nothing_when_the_number_of_a_rested_account_is_handed_on(
    city: City, mother: UUID
) -> None:
    former = city.resident(DAUGHTER.value)
    add(city, mother)
    city.clock.advance(days=90)
    OutboxMessage.objects.all().delete()
    tell(city, mother)
    assert told(city, "contact_notice") == []
    assert city.rooms.contacts.of(mother) == ()
    assert detail(events("contact.dropped")[0])["why"] == "rested"
    assert str(former) not in events("contact.dropped")[0].detail


def test_contact_stays_when_its_holder_signs_in_or_the_contact_is_proven_again(
    city: City, mother: UUID
) -> None:
    city.resident(DAUGHTER.value)
    add(city, mother)
    city.clock.advance(days=89)
    add(city, mother)
    city.clock.advance(days=10)
    assert len(city.rooms.contacts.of(mother)) == 1


def test_number_is_nobodys_contact_any_more_when_its_operator_reports_it(
    city: City, mother: UUID
) -> None:
    other = somebody(city, 1)
    add(city, mother)
    add(city, other)
    add(city, other, SON)
    assert city.rooms.contacts.reported(DAUGHTER) == 2
    assert [each.value for each in city.rooms.contacts.of(other)] == [SON]
    assert city.rooms.contacts.of(mother) == ()
    assert city.rooms.contacts.reported(DAUGHTER) == 0


def test_both_have_theirs_again_when_a_merge_is_undone_and_the_bound_holds_meanwhile(
    city: City, mother: UUID
) -> None:
    retired = somebody(city, 1)
    add(city, mother)
    add(city, retired)
    add(city, retired, SON)
    registry = Registry(city=city, merging=merging_of(city))
    merge = registry.merge(mother, retired)
    assert [each.value for each in city.rooms.contacts.of(mother)] == [DAUGHTER, SON]
    with pytest.raises(TooManyContacts):
        add(city, mother, OTHER)
    registry.undo(merge)
    assert [each.value for each in city.rooms.contacts.of(mother)] == [DAUGHTER]
    assert {each.value for each in city.rooms.contacts.of(retired)} == {DAUGHTER, SON}


def test_what_is_beyond_the_bound_is_forgotten_when_a_merge_is_final(
    city: City, mother: UUID
) -> None:
    retired = somebody(city, 1)
    add(city, mother)
    add(city, mother, OTHER)
    add(city, retired, SON)
    registry = Registry(city=city, merging=merging_of(city))
    registry.merge(mother, retired)
    assert Contact.objects.count() == 3
    city.clock.advance(days=31)
    registry.merging.finalise_due(now=city.clock.now())
    assert Merge.objects.get().state == Merge.State.FINAL
    assert {each.kind for each in Contact.objects.all()} == {"phone"}
    assert len(city.rooms.contacts.of(mother)) == MOST


@pytest.mark.requirement("R13")
def test_contacts_are_gone_when_their_person_is_deleted(city: City, mother: UUID) -> None:
    add(city, mother)
    assert city.rooms.erasures.erase(mother, now=city.clock.now())
    assert not Contact.objects.exists()
    assert told(city, "contact_notice") == []
