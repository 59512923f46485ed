"""Audit: written with the change, chained once, never altered, and every tampering named."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from idp.foundation.audit import (
    AUDIT_INSERT,
    AuditEvent,
    Report,
    audit_row,
    chain_pending,
    record,
    verify_chain,
)
from idp.foundation.audit.models import AuditCheckpoint, AuditRow
from idp.foundation.audit.trail import AuditTrail
from idp.foundation.database import Database
from idp.foundation.keys import KeyRing
from idp.foundation.sealing import DataKeys, KeyDestroyed, Sealer
from tests.clocks import SetClock
from tests.conftest import triggers_at_rest

pytestmark = [pytest.mark.storage, pytest.mark.django_db]


def write(count: int, clock: SetClock) -> None:
    for number in range(count):
        event = AuditEvent(type="login.password", outcome="allowed", subject=f"s-{number}")
        record(event, clock=clock)


def proven(ring: KeyRing) -> Report:
    rows = AuditRow.objects.exclude(seq=None).order_by("seq")
    return verify_chain(rows, checkpoints=AuditCheckpoint.objects.all(), find_key=ring.verifier)


def test_record_keeps_every_party_when_in_a_transaction(clock: SetClock) -> None:
    event = AuditEvent(
        type="consent.given",
        outcome="allowed",
        actor="a",
        operator="o",
        device="d",
        channel="web",
        client_id="c",
        subject="s",
        detail={"b": 2, "a": "同意"},
    )
    record(event, clock=clock)
    row = AuditRow.objects.get()
    assert (row.type, row.outcome, row.actor, row.operator) == (
        "consent.given",
        "allowed",
        "a",
        "o",
    )
    assert (row.device, row.channel, row.client_id, row.subject) == ("d", "web", "c", "s")
    assert row.detail == '{"a":"同意","b":2}'
    assert row.at == 1795320000000000
    assert row.seq is None


def test_record_keeps_the_event_when_a_party_holds_a_nul(clock: SetClock) -> None:
    record(AuditEvent(type="t", outcome="o", client_id="a\x00b"), clock=clock)
    assert AuditRow.objects.get().client_id == "a\ufffdb"


@pytest.mark.django_db(transaction=True)
def test_record_refuses_when_outside_a_transaction(clock: SetClock) -> None:
    with pytest.raises(RuntimeError, match="transaction of its change"):
        record(AuditEvent(type="t", outcome="o"), clock=clock)


@pytest.mark.django_db(transaction=True)
def test_record_is_gone_when_the_change_is_undone(clock: SetClock) -> None:
    with transaction.atomic():
        record(AuditEvent(type="t", outcome="o"), clock=clock)
        transaction.set_rollback(True)
    assert AuditRow.objects.count() == 0


@pytest.mark.parametrize("algorithm", ["sha256", "sm3"])
def test_chain_is_intact_when_nobody_touched_it(
    algorithm: str, clock: SetClock, audit_ring: KeyRing
) -> None:
    write(5, clock)
    assert chain_pending(clock.now(), ring=audit_ring, algorithm=algorithm, limit=3) == 3
    assert chain_pending(clock.now(), ring=audit_ring, algorithm=algorithm, limit=3) == 2
    assert chain_pending(clock.now(), ring=audit_ring, algorithm=algorithm) == 0
    clock.move(seconds=61)
    chain_pending(clock.now(), ring=audit_ring)
    assert proven(audit_ring) == Report(events=5, checkpoints=2)


def test_waiting_events_are_counted_no_further_than_is_shown(
    clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("idp.foundation.audit.trail.MOST_WAITING", 3)
    write(3, clock)
    assert AuditTrail().state().waiting_shown == "3"
    write(9, clock)
    state = AuditTrail().state()
    assert (state.waiting, state.waiting_shown) == (4, "3+")


def test_checkpoint_is_signed_when_a_minute_or_a_thousand_events_passed(
    clock: SetClock, audit_ring: KeyRing
) -> None:
    write(1, clock)
    chain_pending(clock.now(), ring=audit_ring)
    write(1, clock)
    chain_pending(clock.now(), ring=audit_ring)
    assert AuditCheckpoint.objects.count() == 1
    chain_pending(clock.move(seconds=60), ring=audit_ring)
    assert list(AuditCheckpoint.objects.values_list("seq", flat=True)) == [1, 2]
    chain_pending(clock.move(seconds=60), ring=audit_ring)
    assert AuditCheckpoint.objects.count() == 2
    write(1000, clock)
    chain_pending(clock.now(), ring=audit_ring)
    assert AuditCheckpoint.objects.count() == 3
    assert proven(audit_ring).is_intact


TAMPERINGS: dict[str, tuple[Callable[[], object], int, str]] = {
    "content altered": (
        lambda: AuditRow.objects.filter(seq=3).update(outcome="denied"),
        3,
        "the event was altered",
    ),
    "instant altered": (
        lambda: AuditRow.objects.filter(seq=2).update(at=1),
        2,
        "the event was altered",
    ),
    "event removed": (
        lambda: AuditRow.objects.filter(seq=4).delete(),
        4,
        "an event is missing",
    ),
    "tail cut off": (
        lambda: AuditRow.objects.filter(seq__gte=5).delete(),
        5,
        "events before a checkpoint are missing",
    ),
    "digest recomputed": (
        lambda: AuditRow.objects.filter(seq=3).update(digest="f" * 64),
        3,
        "the event was altered",
    ),
    "link changed": (
        lambda: AuditRow.objects.filter(seq=3).update(previous="0" * 64),
        3,
        "the event does not follow its predecessor",
    ),
    "checkpoint forged": (
        lambda: AuditCheckpoint.objects.update(token="e30.e30.AAAA"),
        6,
        "the checkpoint's signature is wrong",
    ),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("tamper", "seq", "reason"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_verify_names_the_first_broken_event_when_tampered(
    tamper: Callable[[], object], seq: int, reason: str, clock: SetClock, audit_ring: KeyRing
) -> None:
    with transaction.atomic():
        write(6, clock)
    chain_pending(clock.now(), ring=audit_ring)
    assert proven(audit_ring).is_intact
    with triggers_at_rest():
        tamper()
    report = proven(audit_ring)
    assert (report.broken_seq, report.reason) == (seq, reason)


@pytest.mark.django_db(transaction=True)
def test_verify_notices_a_rewritten_chain_when_checkpoints_are_signed(
    clock: SetClock, audit_ring: KeyRing
) -> None:
    with transaction.atomic():
        write(3, clock)
    chain_pending(clock.now(), ring=audit_ring)
    with triggers_at_rest():
        AuditRow.objects.filter(seq=1).update(subject="somebody else")
        AuditRow.objects.update(seq=None)
    chain_pending(clock.now())
    report = proven(audit_ring)
    assert (report.broken_seq, report.reason) == (3, "the chain differs from its checkpoint")


FORBIDDEN = {
    "altering an unchained event": "UPDATE foundation_auditrow SET outcome = 'x' WHERE seq IS NULL",
    "altering a chained event": "UPDATE foundation_auditrow SET outcome = 'x' WHERE seq = 1",
    "chaining an event twice": "UPDATE foundation_auditrow SET seq = 9 WHERE seq = 1",
    "unchaining an event": "UPDATE foundation_auditrow SET seq = NULL WHERE seq = 1",
    "deleting an event": "DELETE FROM foundation_auditrow WHERE seq IS NULL",
    "deleting a checkpoint": "DELETE FROM foundation_auditcheckpoint",
    "altering a checkpoint": "UPDATE foundation_auditcheckpoint SET token = ''",
    "inserting an event as chained": (
        "INSERT INTO foundation_auditrow (at, type, outcome, actor, operator, device, channel,"
        " client_id, subject, detail, seq) VALUES (1, '', '', '', '', '', '', '', '', '', 99)"
    ),
}


@pytest.mark.requirement("R15")
@pytest.mark.parametrize("statement", FORBIDDEN.values(), ids=FORBIDDEN)
def test_database_refuses_when_audit_would_be_rewritten(
    statement: str, clock: SetClock, audit_ring: KeyRing
) -> None:
    write(1, clock)
    chain_pending(clock.now(), ring=audit_ring)
    write(1, clock)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert AuditRow.objects.filter(outcome="allowed").count() == 2


def test_database_refuses_when_an_event_would_be_replaced_or_truncated(clock: SetClock) -> None:
    write(1, clock)
    columns = "id, at, type, outcome, actor, operator, device, channel, client_id, subject, detail"
    statement = (
        "TRUNCATE foundation_auditrow"
        if connection.vendor == "postgresql"
        else f"INSERT OR REPLACE INTO foundation_auditrow ({columns}) "  # noqa: S608 - constants
        f"SELECT {columns} FROM foundation_auditrow"
    )
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_chain_has_no_gap_and_no_fork_when_four_writers_race(
    clock: SetClock, audit_ring: KeyRing
) -> None:
    audit_ring.jwks()
    with transaction.atomic():
        write(60, clock)

    def chain(_: int) -> int:
        try:
            return sum(chain_pending(clock.now(), ring=audit_ring, limit=7) for _ in range(5))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(chain, range(4))) == 60
    report = proven(audit_ring)
    assert (report.events, report.is_intact) == (60, True)


def test_raw_insert_chains_like_any_other_when_written_by_the_hot_path(
    database: Database, clock: SetClock, audit_ring: KeyRing
) -> None:
    event = AuditEvent(type="token.issued", outcome="allowed", detail={"n": 1})
    database.execute(AUDIT_INSERT, audit_row(event, clock.now()))
    assert chain_pending(clock.now(), ring=audit_ring) == 1
    assert proven(audit_ring) == Report(events=1, checkpoints=1)


@pytest.mark.requirement("R13")
@pytest.mark.requirement("R15")
def test_chain_still_verifies_when_a_persons_data_key_is_destroyed(
    clock: SetClock, sealer: Sealer, audit_ring: KeyRing
) -> None:
    person = UUID("0190e0a0-0000-7000-8000-000000000001")
    keys = DataKeys(sealer, clock=clock)
    keys.create(person)
    sealed = keys.seal_for(person, "note", "身份证".encode())
    detail = {"evidence": sealed.hex()}
    record(
        AuditEvent(type="verified", outcome="match", subject=str(person), detail=detail),
        clock=clock,
    )
    chain_pending(clock.now(), ring=audit_ring)
    keys.destroy(person)
    with pytest.raises(KeyDestroyed):
        keys.unseal_for(person, "note", sealed)
    assert proven(audit_ring) == Report(events=1, checkpoints=1)


def test_audit_verify_prints_counts_when_intact(
    clock: SetClock, audit_ring: KeyRing, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit_ring.jwks()
    write(2, clock)
    chain_pending(clock.now(), ring=audit_ring)
    write(1, clock)
    call_command("audit", "verify")
    assert "2 events, 1 checkpoints: intact" in (printed := capsys.readouterr().out)
    assert "1 event not chained yet" in printed


@pytest.mark.django_db(transaction=True)
def test_audit_verify_fails_and_names_the_event_when_tampered(
    clock: SetClock, audit_ring: KeyRing, capsys: pytest.CaptureFixture[str]
) -> None:
    with transaction.atomic():
        write(2, clock)
    chain_pending(clock.now(), ring=audit_ring)
    with triggers_at_rest():
        AuditRow.objects.filter(seq=2).update(outcome="denied")
    with pytest.raises(SystemExit, match="1"):
        call_command("audit", "verify")
    assert "BROKEN at event 2: the event was altered" in capsys.readouterr().out
