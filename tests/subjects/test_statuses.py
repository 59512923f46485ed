"""Freeze, death, loss of capacity: who may say so, what is kept, and how it ends."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction

from idp.foundation.outbox.models import OutboxMessage
from idp.subjects.links import NewEvidence
from idp.subjects.models import Person, StatusChange
from idp.subjects.statuses import (
    CHANGES,
    Actor,
    ActorKind,
    Cause,
    Change,
    Reason,
    ReproofNeeded,
    StatusRefused,
)
from tests.city import City
from tests.trail import detail, events

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R5")]
OPERATOR = Actor(kind=ActorKind.OPERATOR, id="op-7")
REGISTRY = Actor(kind=ActorKind.AUTHORITY, id="cn_population_library")


def put(person_id: UUID, status: str) -> None:
    Person.objects.filter(id=person_id).update(status=status)


def by(kind: ActorKind, person_id: UUID) -> Actor:
    known = {ActorKind.OPERATOR: OPERATOR, ActorKind.AUTHORITY: REGISTRY}
    return known.get(kind, Actor(kind=kind, id=str(person_id)))


def reproof(city: City, person_id: UUID) -> UUID:
    proof = NewEvidence(
        method="sms_code", authority="self", checked_at=city.clock.now(), identity_level=1
    )
    return city.rooms.chain.append(person_id, proof)


@pytest.mark.parametrize(("reason", "allowed"), [pytest.param(*each) for each in CHANGES.items()])
def test_status_changes_when_the_table_says_so_and_never_else(
    city: City, phone: str, reason: Reason, allowed: Change
) -> None:
    person_id, now = city.resident(phone), city.clock.now()
    for status in Person.Status.values:
        for kind in ActorKind:
            put(person_id, status)
            cause = Cause(reason=reason, by=by(kind, person_id), reference="case-1")
            if status in allowed.before and kind in allowed.by:
                change = city.rooms.statuses.change(person_id, cause, now=now)
                assert (change.previous, change.status) == (status, allowed.after)
            else:
                with pytest.raises(StatusRefused):
                    city.rooms.statuses.change(person_id, cause, now=now)
    expected = len(allowed.before) * len(allowed.by)
    assert StatusChange.objects.count() == len(events("person.status_changed")) == expected
    assert OutboxMessage.objects.filter(kind="security_notice").count() == expected


def test_freeze_is_recorded_with_reason_and_actor_when_the_person_asks(
    city: City, phone: str
) -> None:
    person_id, now = city.resident(phone), city.clock.now()
    assert city.rooms.statuses.last_change(person_id) is None
    city.rooms.statuses.freeze(person_id, now=now, language="en")
    last = city.rooms.statuses.last_change(person_id)
    assert last is not None
    assert (last.status, last.cause.reason, last.cause.by.id) == ("frozen", "asked", str(person_id))
    (event,) = events("person.status_changed")
    assert (event.actor, event.operator, event.subject) == (str(person_id), "", str(person_id))
    assert detail(event)["reason"] == "asked"
    with pytest.raises(StatusRefused):
        city.rooms.statuses.freeze(person_id, now=now)


def test_operator_is_named_when_an_operator_changes_a_status(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    cause = Cause(reason=Reason.DEATH, by=OPERATOR, reference="civil-affairs-2026-118")
    city.rooms.statuses.change(person_id, cause, now=city.clock.now())
    (event,) = events("person.status_changed")
    assert (event.actor, event.operator) == ("", "op-7")
    assert detail(event)["reference"] == "civil-affairs-2026-118"


def test_account_opens_again_when_the_person_is_proven_anew(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    city.rooms.statuses.freeze(person_id, now=city.clock.now())
    evidence_id = reproof(city, person_id)
    city.rooms.statuses.unfreeze(person_id, evidence_id, now=city.clock.now())
    assert Person.objects.get().status == "active"
    last = city.rooms.statuses.last_change(person_id)
    assert last is not None
    assert last.cause.evidence_id == evidence_id


def test_account_stays_frozen_when_the_evidence_is_older_weaker_or_anothers(
    city: City, phone: str
) -> None:
    person_id, stranger = city.resident(phone), city.resident("+8613700000077")
    old = reproof(city, person_id)
    stronger = NewEvidence(
        method="network_identity",
        authority="cn_network_identity",
        checked_at=city.clock.now(),
        identity_level=3,
    )
    city.rooms.chain.append(person_id, stronger)
    city.clock.advance(seconds=5)
    city.rooms.statuses.freeze(person_id, now=city.clock.now())
    weak, foreign = reproof(city, person_id), reproof(city, stranger)
    for evidence_id in (old, weak, foreign):
        with pytest.raises(ReproofNeeded):
            city.rooms.statuses.unfreeze(person_id, evidence_id, now=city.clock.now())
    assert Person.objects.get(id=person_id).status == "frozen"


def test_person_cannot_open_what_an_operator_froze(city: City, phone: str) -> None:
    person_id, now = city.resident(phone), city.clock.now()
    with pytest.raises(StatusRefused):
        city.rooms.statuses.unfreeze(person_id, reproof(city, person_id), now=now)
    city.rooms.statuses.change(person_id, Cause(reason=Reason.MISUSE, by=OPERATOR), now=now)
    with pytest.raises(StatusRefused):
        city.rooms.statuses.unfreeze(
            person_id, reproof(city, person_id), now=now + timedelta(seconds=1)
        )


def test_record_of_changes_only_grows(city: City, phone: str) -> None:
    city.rooms.statuses.freeze(city.resident(phone), now=city.clock.now())
    for attempt in (
        lambda: StatusChange.objects.update(reason="released"),
        lambda: StatusChange.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
