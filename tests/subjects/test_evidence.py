from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from idp.foundation.clock import end_of_day_in_shanghai, today_in_shanghai
from idp.foundation.sealing.data_keys import DataKeys
from idp.subjects.documents import Check, VerifiedDocument
from idp.subjects.evidence import LevelChange
from idp.subjects.level_rules import Condition
from idp.subjects.levels import NOTHING_PROVEN
from idp.subjects.links import NewEvidence, link_hash
from idp.subjects.models import Document, Evidence, LevelRow
from policies.levels import Level
from tests.city import City
from tests.conftest import triggers_at_rest

pytestmark = pytest.mark.storage
NUMBER = "350200198803149915"


def verified(
    city: City, person_id: UUID, *, valid_until: date | None = None, number: str = NUMBER
) -> UUID:
    document = VerifiedDocument(
        document_type="resident_id_card",
        number=number,
        holder_name="陈思远",
        valid_until=valid_until,
    )
    check = Check(
        method="population_two_factor",
        authority="cn_population_library",
        checked_at=city.clock.now(),
        values={"name": "陈思远"},
        matched_claims=("name", "document_number"),
        identity_level=2,
    )
    return city.rooms.documents.keep(person_id, document, check)


def soon(city: City) -> date:
    """The last day of a document that expires while its evidence is young."""
    return today_in_shanghai(city.clock.now()) + timedelta(days=66)


def level(city: City, person_id: UUID, at: datetime | None = None) -> int:
    return city.rooms.chain.identity_level(person_id, now=at or city.clock.now()).level


@pytest.mark.requirement("R1")
def test_level_says_why_and_until_when_when_a_document_is_verified(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    evidence_id = verified(city, person_id, valid_until=soon(city))
    found = city.rooms.chain.identity_level(person_id, now=city.clock.now())
    assert (found.level, found.method, found.evidence_id) == (
        2,
        "population_two_factor",
        evidence_id,
    )
    assert found.until == end_of_day_in_shanghai(soon(city))


def test_level_lasts_the_whole_last_day_when_a_document_expires(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    verified(city, person_id, valid_until=soon(city))
    end = end_of_day_in_shanghai(soon(city))
    assert level(city, person_id, end - timedelta(seconds=1)) == 2
    assert level(city, person_id, end) == 1


def test_level_decays_when_evidence_grows_old(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    verified(city, person_id)
    now = city.clock.now()
    assert level(city, person_id, now + timedelta(days=5 * 365 - 1)) == 2
    assert level(city, person_id, now + timedelta(days=5 * 365 + 1)) == 1


def test_level_falls_at_once_when_evidence_is_revoked(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    evidence_id = verified(city, person_id)
    city.rooms.chain.revoke(person_id, evidence_id, authority="self", now=city.clock.now())
    assert level(city, person_id) == 1
    assert city.rooms.chain.first_broken_link(person_id) is None


def test_level_falls_when_the_document_is_revoked(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    verified(city, person_id)
    Document.objects.update(state=Document.State.REVOKED)
    assert level(city, person_id) == 1


def test_level_is_nothing_when_nothing_was_proven(city: City) -> None:
    found = city.rooms.chain.identity_level(UUID(int=7), now=city.clock.now())
    assert found == NOTHING_PROVEN


def test_earlier_evidence_is_superseded_when_verified_again(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    first = verified(city, person_id)
    second = verified(city, person_id)
    live = [row.id for row in city.rooms.chain.live(person_id, now=city.clock.now())]
    assert first not in live
    assert second in live
    assert Document.objects.count() == 1


def test_longest_evidence_counts_when_two_give_one_level(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    now = city.clock.now()
    for days in (10, 30, 20):
        city.rooms.chain.append(
            person_id,
            NewEvidence(
                method="network_identity",
                authority="cn_network_identity",
                checked_at=now,
                identity_level=3,
                expires_at=now + timedelta(days=days),
            ),
        )
    assert city.rooms.chain.identity_level(person_id, now=now).until == now + timedelta(days=30)


@pytest.mark.requirement("R15")
def test_evidence_is_refused_by_the_database_when_edited(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    with pytest.raises(DatabaseError), transaction.atomic():
        Evidence.objects.filter(person_id=person_id).update(identity_level=4)
    with pytest.raises(DatabaseError), transaction.atomic():
        Evidence.objects.filter(person_id=person_id).update(operator="somebody")
    with pytest.raises(DatabaseError), transaction.atomic():
        Evidence.objects.filter(person_id=person_id).delete()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("identity_level", 4),
        ("sealed_values", b"other"),
        ("sequence", 9),
        ("hash", b"x" * 32),
        ("device", "reader-9"),
        ("operator", "clerk-9"),
        ("circumstances", ["liveness"]),
        ("hash_version", 1),
    ],
)
@pytest.mark.requirement("R15")
def test_chain_breaks_when_a_link_is_forged(
    city: City, phone: str, column: str, value: Any
) -> None:
    person_id = city.resident(phone)
    verified(city, person_id)
    assert city.rooms.chain.first_broken_link(person_id) is None
    with triggers_at_rest():
        Evidence.objects.filter(person_id=person_id, sequence=1).update(**{column: value})
    assert city.rooms.chain.first_broken_link(person_id) == 1


@pytest.mark.requirement("R15")
def test_chain_verifies_when_its_first_links_are_older_than_its_columns(
    city: City, phone: str
) -> None:
    person_id = city.resident(phone)
    row = Evidence.objects.get(person_id=person_id)
    row.hash_version = 1
    with triggers_at_rest():
        Evidence.objects.filter(id=row.id).update(hash_version=1, hash=link_hash(row))
    verified(city, person_id)
    versions = Evidence.objects.order_by("sequence").values_list("hash_version", flat=True)
    assert list(versions) == [1, 3]
    assert city.rooms.chain.first_broken_link(person_id) is None


@pytest.mark.requirement("R10")
def test_level_is_four_when_an_operator_read_the_chip_at_a_window(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    document = VerifiedDocument(
        document_type="resident_id_card", number=NUMBER, holder_name="陈思远"
    )
    check = Check(
        method="card_reader",
        authority="cn_card_reader",
        checked_at=city.clock.now(),
        device="reader-1",
        operator="clerk-1",
        circumstances=frozenset({Condition.CHIP}),
        identity_level=4,
    )
    city.rooms.documents.keep(person_id, document, check)
    row = Evidence.objects.get(person_id=person_id, sequence=2)
    assert (row.device, row.operator) == ("reader-1", "clerk-1")
    assert level(city, person_id) == 4


class Heard:
    """A channel that remembers what it was told."""

    def __init__(self) -> None:
        self.changes: list[tuple[UUID, int, int]] = []

    def level_changed(self, change: LevelChange) -> None:
        self.changes.append((change.person_id, change.previous, change.current))


def test_change_is_told_when_evidence_comes_and_goes(city: City, phone: str) -> None:
    heard = Heard()
    city.rooms.chain.announce_to(heard)
    person_id = city.resident(phone)
    evidence_id = verified(city, person_id)
    verified_again = verified(city, person_id)
    city.rooms.chain.revoke(person_id, verified_again, authority="self", now=city.clock.now())
    assert evidence_id != verified_again
    # Of the first level nobody hears: whoever is registered just now is known to nobody.
    assert heard.changes == [(person_id, 1, 2), (person_id, 2, 1)]


def test_end_of_a_level_is_noticed_when_its_day_comes(city: City, phone: str) -> None:
    heard = Heard()
    person_id = city.resident(phone)
    verified(city, person_id, valid_until=soon(city))
    city.rooms.chain.announce_to(heard)
    end = end_of_day_in_shanghai(soon(city))
    assert city.rooms.chain.reassess_due(now=end - timedelta(seconds=1)) == 0
    assert city.rooms.chain.reassess_due(now=end) == 1
    assert city.rooms.chain.reassess_due(now=end) == 0
    assert heard.changes == [(person_id, 2, 1)]


def test_first_look_tells_nobody_when_people_are_older_than_levels(city: City, phone: str) -> None:
    heard = Heard()
    person_id = city.resident(phone)
    LevelRow.objects.update(level=None, until=city.clock.now())
    city.rooms.chain.announce_to(heard)
    assert city.rooms.chain.reassess_due(now=city.clock.now()) == 1
    assert LevelRow.objects.get(person_id=person_id).level == 1
    assert heard.changes == []


def test_end_is_found_by_an_index_when_many_people_are_kept(city: City) -> None:
    del city
    due = LevelRow.objects.filter(until__lte=datetime(2026, 1, 1, tzinfo=UTC)).order_by("until")
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            assert "subjects_level_ends" in due[:200].explain()
    else:
        assert "subjects_level_ends" in due[:200].explain()


def test_session_stands_no_higher_when_evidence_is_revoked(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    evidence_id = verified(city, person_id)
    now = city.clock.now()
    _, secret = city.rooms.sessions.start(
        person_id=person_id, aal=1, amr=("pwd",), channel="web", now=now
    )
    city.rooms.chain.revoke(person_id, evidence_id, authority="self", now=now)
    session, _ = city.rooms.sessions.open(secret, now=now)
    assert session is not None
    assert session.level == Level(ial=1, aal=1)


@pytest.mark.requirement("R13")
def test_chain_still_verifies_when_the_persons_key_is_destroyed(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    verified(city, person_id)
    row = Evidence.objects.get(person_id=person_id, sequence=2)
    assert city.rooms.chain.values_of(row)["name"] == "陈思远"
    DataKeys(city.given.sealer, clock=city.clock).destroy(person_id)
    assert city.rooms.chain.first_broken_link(person_id) is None
