"""The timers: what is older than its setting goes, what is younger stays."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction

from deploy.composition.retention import TIMERS, retention_tasks
from idp.conf import Retention
from idp.foundation.clock import microseconds
from idp.foundation.outbox.models import OutboxMessage, OutboxState
from idp.sessions.models import SessionRow
from idp.subjects.models import Consent, Disclosure, Document, Evidence, Person, PhoneChange
from tests.city import City
from tests.city_fixtures import city, local_sandbox, phone
from tests.conftest import triggers_at_rest
from tests.subjects.test_evidence import verified

__all__ = ["city", "local_sandbox", "phone"]

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R13")]


@pytest.fixture
def person_id(city: City, phone: str) -> UUID:
    found: UUID = city.resident(phone)
    return found


def run(city: City, task: str = "retention", retention: Retention | None = None) -> None:
    tasks = retention_tasks(retention or Retention(), city.rooms.erasures, city.clock)
    next(each for each in tasks if each.name == task).run()


def keep(person_id: UUID, at: datetime) -> None:
    """One record of each kind, as old as `at`."""
    common = {"person_id": person_id, "client_id": "portal"}
    Consent.objects.create(**common, granted_at=at, withdrawn_at=at)
    Disclosure.objects.create(
        **common,
        day=at.date().isoformat(),
        digest=str(at),
        claims="name",
        basis="consent",
        times=1,
        first_at=microseconds(at),
        last_at=microseconds(at),
    )
    PhoneChange.objects.create(
        person_id=person_id, blind_index=b"i", state="done", asked_at=at, due_at=at, settled_at=at
    )
    SessionRow.objects.create(
        secret_hash=str(at), person_id=person_id, started_at=at, authenticated_at=at,
        last_seen_at=at, expires_at=at, identity_level=1, authentication_level=1,
    )  # fmt: skip
    for state in (OutboxState.DONE, OutboxState.DEAD):
        OutboxMessage.objects.create(
            kind="k", payload="{}", state=state, enqueued_at=microseconds(at), due_at=0
        )


KEPT = (Consent, Disclosure, PhoneChange, SessionRow)


@pytest.mark.parametrize(
    ("age", "left"), [(1, 4), (200, 2), (1_096, 0)], ids=["a-day", "half-a-year", "three-years"]
)
def test_records_are_forgotten_when_their_time_is_over(
    city: City, person_id: UUID, age: int, left: int
) -> None:
    keep(person_id, city.clock.now() - timedelta(days=age))
    run(city)
    assert sum(each.objects.count() for each in KEPT) == left
    assert OutboxMessage.objects.exists() == (age == 1)
    assert Person.objects.get().status == Person.Status.ACTIVE


def test_live_records_stay_when_they_are_old(city: City, person_id: UUID) -> None:
    Consent.objects.create(
        person_id=person_id, client_id="portal", granted_at=city.clock.now() - timedelta(days=4_000)
    )
    verified(city, person_id)
    city.clock.advance(days=4_000)
    run(city)
    assert Consent.objects.exists()
    assert bytes(Document.objects.get().sealed_number)


def test_replaced_document_is_emptied_when_its_time_is_over(city: City, person_id: UUID) -> None:
    verified(city, person_id, valid_until=date(2030, 1, 1))
    city.clock.advance(days=1)
    verified(city, person_id, valid_until=date(2040, 1, 1))
    assert [each.is_live for each in city.rooms.records.documents(person_id)] == [True, False]
    city.clock.advance(days=1_096)
    run(city)
    assert [each.is_live for each in city.rooms.records.documents(person_id)] == [True]
    assert city.rooms.documents.history(person_id) == ()
    assert city.rooms.chain.first_broken_link(person_id) is None


def test_spent_evidence_is_emptied_and_its_chain_verifies(city: City, person_id: UUID) -> None:
    verified(city, person_id)
    city.clock.advance(days=1)
    verified(city, person_id)
    city.clock.advance(days=1_094)
    run(city)
    values = [bytes(row.sealed_values) for row in Evidence.objects.order_by("sequence")]
    assert all(values)
    city.clock.advance(days=2)
    run(city)
    values = [bytes(row.sealed_values) for row in Evidence.objects.order_by("sequence")]
    assert [bool(each) for each in values] == [True, False, True]
    assert city.rooms.chain.first_broken_link(person_id) is None
    shown = city.rooms.records.evidence(person_id, now=city.clock.now())
    assert [bool(each.values) for each in shown] == [True, False, True]
    assert city.rooms.chain.identity_level(person_id, now=city.clock.now()).level == 2


def test_evidence_is_emptied_but_never_changed(city: City, person_id: UUID) -> None:
    evidence_id = verified(city, person_id)
    row = Evidence.objects.filter(id=evidence_id)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        row.update(sealed_values=b"other")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        row.update(values_digest=b"")
    with triggers_at_rest():
        row.update(sealed_values=b"other")
    assert city.rooms.chain.first_broken_link(person_id) == 2


def test_waiting_account_is_deleted_when_its_hold_is_over(city: City, person_id: UUID) -> None:
    city.rooms.erasures.ask(person_id, now=city.clock.now())
    run(city, "erasures")
    assert Person.objects.get().status == Person.Status.ACTIVE
    city.clock.advance(days=8)
    run(city, "erasures")
    assert Person.objects.get().status == Person.Status.DELETED


def test_every_setting_of_retention_has_its_timer() -> None:
    assert {each.setting for each in TIMERS} == set(Retention.__dataclass_fields__)
