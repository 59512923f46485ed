"""Two accounts of one person: found, merged by a declared tie, undone in time, then final."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from deploy.composition.people_tasks import people_tasks
from idp.foundation.outbox.models import OutboxMessage
from idp.sessions.models import SessionRow
from idp.subjects.consents import Answer, Release
from idp.subjects.documents import (
    Check,
    DocumentHeldByAnother,
    PersonHoldsAnother,
)
from idp.subjects.holdings import Holdings
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.level_rules import Condition
from idp.subjects.merging import MergeRefused, Merging, TooLate, Wish
from idp.subjects.models import Authenticator, Document, Evidence, Merge, Person, PhoneChange
from idp.subjects.network_numbers import NetworkNumbers
from idp.subjects.papers import PapersReader
from idp.subjects.partner_links import PartnerLinks
from idp.subjects.ties import NAMES_DOCUMENT, Tie
from idp.tokens.known_by import Acquaintances
from tests.city import City
from tests.registry import NAME, NUMBER, OPERATOR, Registry
from tests.trail import detail, events
from tests.walker import Walker

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R5")]
PERMIT, TRAVEL = "810000199408230021", "H99900001"
PASSWORD = "Bailu-adult-4801"
SEEN = frozenset({Condition.LIVENESS, Condition.AUTHORITY_PHOTO})
OFFERED = Release(userinfo_claims=frozenset({"name"}))


@pytest.fixture
def registry(city: City) -> Registry:
    rooms = city.rooms
    merging = Merging(
        chain=rooms.chain,
        papers=PapersReader(chain=rooms.chain, fields=rooms.fields),
        notices=rooms.authenticators.notices,
        known_to=Acquaintances(clients=city.clients),
        clock=city.clock,
    )
    merging.announce_to(rooms.sessions)
    return Registry(city=city, merging=merging)


@pytest.fixture
def pair(city: City, phone: str) -> tuple[UUID, UUID]:
    """The older account and the newer one, each with a phone of its own."""
    return city.resident(phone), city.resident("+8613700000077", password=PASSWORD)


def folder_of(person_id: UUID) -> dict[str, list[object]]:
    """Every row of a person, as it stands."""
    models = {
        "documents": Document,
        "evidence": Evidence,
        "authenticators": Authenticator,
    }
    return {
        name: list(model.objects.filter(person_id=person_id).order_by("id").values())
        for name, model in models.items()
    }


def test_everything_is_read_as_one_when_two_accounts_are_merged(
    registry: Registry, pair: tuple[UUID, UUID], phone: str
) -> None:
    survivor, retired = pair
    city = registry.city
    registry.prove(retired, "resident_id_card", NUMBER)
    now = city.clock.now()
    answer = Answer(offered=OFFERED, granted=OFFERED, notice_version="1", basis="consent")
    city.rooms.consents.give(retired, "portal", answer, now=now)
    email = TypedIdentifier(kind="email", value="chen@mail.example")
    city.rooms.people.add_identifier(retired, email, verified_at=now)
    before = folder_of(retired)

    registry.merge(survivor, retired)

    people, documents = city.rooms.people, city.rooms.documents
    assert registry.level(survivor) == 2
    assert people.verified_name(survivor) == NAME
    assert people.standing(survivor, now=now).masked_name == "**远"
    assert documents.masked(survivor) == "3502**********9915"
    assert documents.holder(NUMBER, NAME) == survivor
    assert people.identifiers(survivor)["phone"][0] == phone
    assert people.identifiers(survivor)["email"][0] == "chen@mail.example"
    kinds = [each.kind for each in city.rooms.authenticators.of(survivor)]
    assert sorted(kinds) == ["email", "password", "sms", "sms"]
    given = city.rooms.consents.find(survivor, "portal")
    assert given is not None
    assert given.granted == OFFERED
    claims = city.rooms.claims.read(survivor, ["name", "birthdate"], now=now)
    assert claims == {"name": NAME, "birthdate": "1988-03-14"}
    assert folder_of(retired) == before
    assert city.rooms.chain.first_broken_link(retired) is None


def test_both_people_are_as_they_were_when_the_merge_is_undone(
    registry: Registry, pair: tuple[UUID, UUID]
) -> None:
    survivor, retired = pair
    city = registry.city
    registry.prove(retired, "resident_id_card", NUMBER)
    before = folder_of(retired)
    merge = registry.merge(survivor, retired)
    # The survivor has the retired person's document checked again while they are one.
    registry.prove(survivor, "resident_id_card", NUMBER)
    assert registry.level(survivor) == 2

    registry.undo(merge)

    assert registry.level(survivor) == 1
    assert registry.level(retired) == 2
    assert folder_of(retired) == before
    assert Person.objects.get(id=retired).status == "active"
    assert city.rooms.people.verified_name(survivor) == ""
    assert city.rooms.documents.holder(NUMBER, NAME) == retired
    trail = [(row.type, row.subject) for row in events() if row.type.startswith("person.merge")]
    assert trail == [
        ("person.merged", str(survivor)),
        ("person.merged", str(retired)),
        ("person.merge_undone", str(survivor)),
        ("person.merge_undone", str(retired)),
    ]
    (first, *_) = events("person.merged")
    assert (first.operator, detail(first)["reference"], detail(first)["rule"]) == (
        "op-7",
        "c-7",
        "operator",
    )
    assert OutboxMessage.objects.filter(kind="security_notice").count() == 4


def test_either_account_signs_in_the_survivor_when_they_are_merged(
    registry: Registry, pair: tuple[UUID, UUID], walker: Walker, other_walker: Walker
) -> None:
    survivor, retired = pair
    registry.city.clients.add()
    other_walker.enter().sign_in_by_code("+8613700000077")
    assert registry.city.door.granted.person_id == retired
    merge = registry.merge(survivor, retired)
    assert SessionRow.objects.get().end_reason == "person_merged"

    walker.enter().sign_in_by_password("13700000077", PASSWORD)
    assert registry.city.door.granted.person_id == survivor
    registry.undo(merge)
    assert set(SessionRow.objects.values_list("end_reason", flat=True)) == {
        "person_merged",
        "person_parted",
    }
    walker.enter().press("action", "other_account")
    walker.sign_in_by_password("13700000077", PASSWORD)
    assert registry.city.door.granted.person_id == retired


def test_number_of_a_merged_account_goes_when_the_person_changes_theirs(
    registry: Registry, pair: tuple[UUID, UUID]
) -> None:
    survivor, retired = pair
    registry.merge(survivor, retired)
    people = registry.city.rooms.people
    people.replace_phone(survivor, "+8613700000055", now=registry.city.clock.now())
    old = TypedIdentifier(kind="phone", value="+8613700000077")
    assert people.find(old) is None
    assert people.identifiers(survivor)["phone"][0] == "+8613700000055"


@pytest.mark.parametrize(
    ("claim", "rule"),
    [
        pytest.param({"identity_level": 2}, None, id="particulars that many know"),
        pytest.param(
            {"method": "ctid", "identity_level": 3, "circumstances": SEEN},
            Tie.SAME_DOCUMENT,
            id="seen alive for the very document",
        ),
    ],
)
def test_claim_of_anothers_document_ties_when_it_is_proven_no_lower(
    registry: Registry, pair: tuple[UUID, UUID], claim: dict[str, Any], rule: Tie | None
) -> None:
    holder, claimant = pair
    registry.prove(holder, "resident_id_card", NUMBER)
    with pytest.raises(DocumentHeldByAnother):
        registry.prove(claimant, "resident_id_card", NUMBER, **claim)
    assert registry.level(claimant) == 1
    wish = Wish(survivor=holder, retired=claimant, by=OPERATOR)
    plan = registry.merging.plan(wish, now=registry.city.clock.now())
    assert plan.rule is rule
    if rule is None:
        assert plan.problems == ("no evidence ties the two",)
        with pytest.raises(MergeRefused, match="no evidence"):
            registry.merge(holder, claimant, None)
    else:
        assert registry.merge(holder, claimant, None).rule == "same-document"
        assert registry.city.rooms.documents.mentions.duplicates() == ()


def test_accounts_are_tied_when_a_chip_names_the_other_document(
    registry: Registry, pair: tuple[UUID, UUID]
) -> None:
    one, other = pair
    registry.prove(one, "travel_permit_hm", TRAVEL, values={"birthdate": "1994-08-23"})
    named = {NAMES_DOCUMENT: f"travel_permit_hm:{TRAVEL}"}
    registry.prove(other, "residence_permit_hmt", PERMIT, values=named)
    assert registry.merge(one, other, None).rule == "named-document"


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        pytest.param("350200199207259928", "two numbers of one resident_id_card", id="two cards"),
        pytest.param("350200199207259928", "two dates of birth", id="two births"),
        pytest.param("350200199207259928", "two sexes", id="two sexes"),
    ],
)
def test_nobody_merges_two_people_when_their_documents_contradict(
    registry: Registry, pair: tuple[UUID, UUID], number: str, problem: str
) -> None:
    one, other = pair
    registry.prove(one, "resident_id_card", NUMBER)
    registry.prove(other, "resident_id_card", number)
    with pytest.raises(MergeRefused, match=problem):
        registry.merge(one, other)


def test_merge_is_refused_when_one_account_is_not_open_or_both_are_one(
    registry: Registry, pair: tuple[UUID, UUID]
) -> None:
    one, other = pair
    registry.city.rooms.statuses.freeze(other, now=registry.city.clock.now())
    with pytest.raises(MergeRefused, match="frozen"):
        registry.merge(one, other)
    with pytest.raises(MergeRefused, match="one already"):
        registry.merge(one, one)


def test_merge_is_final_when_thirty_days_are_over(
    registry: Registry, pair: tuple[UUID, UUID], walker: Walker
) -> None:
    survivor, retired = pair
    registry.city.rooms.people.set_password(survivor, PASSWORD, now=registry.city.clock.now())
    merge = registry.merge(survivor, retired)
    almost = merge.undoable_until - timedelta(seconds=1)
    assert registry.merging.finalise_due(now=almost) == 0
    assert registry.merging.finalise_due(now=merge.undoable_until) == 1
    assert registry.merging.finalise_due(now=merge.undoable_until) == 0
    with pytest.raises(TooLate, match="30 days"):
        registry.undo(merge)
    assert {row.subject for row in events("person.merge_final")} == {str(survivor), str(retired)}
    kinds = Authenticator.objects.filter(person_id=retired).values_list("kind", flat=True)
    assert list(kinds) == ["sms"]
    registry.city.clients.add()
    walker.enter().sign_in_by_code("+8613700000077")
    assert registry.city.door.granted.person_id == survivor


def test_merge_cannot_be_undone_when_its_time_is_over_though_no_task_ran(
    registry: Registry, pair: tuple[UUID, UUID]
) -> None:
    merge = registry.merge(*pair)
    registry.city.clock.advance(days=30)
    with pytest.raises(TooLate):
        registry.undo(merge)


def test_folders_come_along_and_go_back_when_merges_follow_one_another(
    registry: Registry, pair: tuple[UUID, UUID]
) -> None:
    one, two = pair
    three = registry.city.resident("+8613700000088")
    registry.prove(one, "resident_id_card", NUMBER)
    first = registry.merge(two, one)
    second = registry.merge(three, two)
    assert registry.level(three) == 2
    with pytest.raises(TooLate, match="undo that first"):
        registry.undo(first)
    registry.undo(second)
    assert (registry.level(three), registry.level(two)) == (1, 2)
    registry.undo(first)
    assert (registry.level(two), registry.level(one)) == (1, 2)
    assert [each.id for each in registry.merging.of(two)] == [second.id, first.id]


def test_survivor_is_the_higher_proven_or_the_older_when_nobody_says(
    registry: Registry, pair: tuple[UUID, UUID]
) -> None:
    older, newer = pair
    now = registry.city.clock.now()
    assert registry.merging.survivor_of_two(newer, older, now=now) == older
    registry.prove(newer, "resident_id_card", NUMBER)
    assert registry.merging.survivor_of_two(older, newer, now=now) == newer


def test_waiting_change_of_number_is_dropped_when_its_account_is_merged(
    registry: Registry, pair: tuple[UUID, UUID]
) -> None:
    survivor, retired = pair
    changes = registry.city.rooms.phone_changes
    changes.ask(retired, "+8613700000055", now=registry.city.clock.now())
    registry.merge(survivor, retired)
    assert PhoneChange.objects.get().state == "cancelled"


def test_rested_number_of_a_merged_account_opens_by_the_survivors_document(
    registry: Registry, pair: tuple[UUID, UUID], walker: Walker
) -> None:
    survivor, retired = pair
    registry.city.clients.add()
    registry.prove(survivor, "resident_id_card", NUMBER)
    registry.merge(survivor, retired)
    long_ago = registry.city.clock.now() - timedelta(days=91)
    Authenticator.objects.filter(person_id=retired).update(last_used_at=long_ago)
    walker.enter().sign_in_by_code("+8613700000077")
    walker.press("method", "identity")
    walker.press("action", "sign_in", name=NAME, document_number=NUMBER)
    assert registry.city.door.granted.person_id == survivor


def test_worker_ends_childhoods_and_settles_merges_when_they_are_due(
    registry: Registry, pair: tuple[UUID, UUID]
) -> None:
    merge = registry.merge(*pair)
    Merge.objects.update(undoable_until=registry.city.clock.now())
    city = registry.city
    for task in people_tasks(city.rooms.guardianships, registry.merging, city.clock):
        task.run()
    merge.refresh_from_db()
    assert merge.state == "final"


def test_numbers_documents_and_partners_of_a_folder_are_the_survivors_when_merged(
    registry: Registry, pair: tuple[UUID, UUID]
) -> None:
    survivor, retired = pair
    rooms, given, now = registry.city.rooms, registry.city.given, registry.city.clock.now()
    parts = {"fields": rooms.fields, "index": given.index, "clock": given.clock}
    numbers = NetworkNumbers(chain=rooms.chain, **parts)
    partners = PartnerLinks(**parts)
    check = Check(method="network_identity", authority="cn_network", checked_at=now)
    numbers.link(retired, "N-1", check=check)
    assert partners.link(retired, "province", "p-1", now=now)
    registry.prove(retired, "resident_id_card", NUMBER)
    registry.merge(survivor, retired)

    numbers.link(survivor, "N-1", check=check)
    with pytest.raises(PersonHoldsAnother):
        numbers.link(survivor, "N-2", check=check)
    assert partners.link(survivor, "province", "p-1", now=now)
    (held,) = Holdings(fields=rooms.fields, chain=rooms.chain).of(survivor)
    assert (held.number, held.holder_name) == (NUMBER, NAME)
