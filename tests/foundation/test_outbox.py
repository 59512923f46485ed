"""The outbox: delivered because a transaction committed, once at a time, with patience."""

import threading
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from idp.foundation.clock import microseconds
from idp.foundation.database import Database
from idp.foundation.outbox import (
    OUTBOX_INSERT,
    Deliveries,
    DeliveryFailed,
    DeliveryPolicy,
    Fate,
    deliver_due,
    enqueue,
    forget_delivered,
    outbox_row,
    revive,
)
from idp.foundation.outbox.models import OutboxMessage
from tests.clocks import SetClock
from tests.trail import detail, events

pytestmark = [pytest.mark.storage, pytest.mark.django_db]


class Recipient:
    """A handler that keeps what it got and refuses as often as it is told to."""

    def __init__(self, *, refusals: int = 0, retry: bool = True) -> None:
        self.got: list[Mapping[str, Any]] = []
        self.refusals = refusals
        self.retry = retry

    def __call__(self, payload: Mapping[str, Any]) -> None:
        if self.refusals:
            self.refusals -= 1
            raise DeliveryFailed("the portal answered 503", retry=self.retry)
        self.got.append(payload)


def test_message_is_delivered_once_when_due(clock: SetClock) -> None:
    enqueue("logout", {"sid": "s1"}, clock=clock)
    portal = Recipient()
    assert deliver_due({"logout": portal}, clock.now()) == Deliveries(delivered=1)
    assert deliver_due({"logout": portal}, clock.move(days=1)) == Deliveries()
    assert portal.got == [{"sid": "s1"}]


def test_message_waits_when_its_kind_has_no_handler_here(clock: SetClock) -> None:
    enqueue("sms", {}, clock=clock)
    assert deliver_due({"logout": Recipient()}, clock.now()) == Deliveries()
    assert deliver_due({}, clock.now()) == Deliveries()
    assert OutboxMessage.objects.get().attempts == 0


@pytest.mark.django_db(transaction=True)
def test_enqueue_refuses_when_outside_a_transaction(clock: SetClock) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        enqueue("logout", {}, clock=clock)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_delivered_when_the_transaction_is_undone(clock: SetClock) -> None:
    with transaction.atomic():
        enqueue("logout", {}, clock=clock)
        transaction.set_rollback(True)
    assert deliver_due({"logout": Recipient()}, clock.now()) == Deliveries()


def test_same_key_waits_once_when_enqueued_twice(clock: SetClock) -> None:
    for _ in range(2):
        enqueue("logout", {"sid": "s1"}, key="s1:portal", clock=clock)
        enqueue("logout", {"sid": "s2"}, clock=clock)
    portal = Recipient()
    assert deliver_due({"logout": portal}, clock.now()).delivered == 3
    enqueue("logout", {"sid": "s1"}, key="s1:portal", clock=clock)
    assert deliver_due({"logout": portal}, clock.now()).delivered == 1


def test_delivery_is_tried_again_later_when_it_failed(clock: SetClock) -> None:
    enqueue("logout", {}, clock=clock)
    portal = Recipient(refusals=2)
    handlers = {"logout": portal}
    assert deliver_due(handlers, clock.now()) == Deliveries(postponed=1)
    assert deliver_due(handlers, clock.now()) == Deliveries()
    assert OutboxMessage.objects.get().last_error == "the portal answered 503"
    assert deliver_due(handlers, clock.move(seconds=1.5)) == Deliveries(postponed=1)
    assert deliver_due(handlers, clock.move(seconds=0.9)) == Deliveries()
    assert deliver_due(handlers, clock.move(seconds=2.1)) == Deliveries(delivered=1)


@pytest.mark.parametrize(
    ("attempt", "low", "high"),
    [(1, 0.5, 1.5), (2, 1, 3), (5, 8, 24), (30, 300, 900), (10_000, 300, 900)],
)
def test_delay_doubles_with_jitter_up_to_the_ceiling(attempt: int, low: float, high: float) -> None:
    policy = DeliveryPolicy(seed="one")
    delays = [policy.delay(message, attempt).total_seconds() for message in range(50)]
    assert all(low <= delay <= high for delay in delays)
    assert len(set(delays)) > 40
    assert delays[7] == DeliveryPolicy(seed="one").delay(7, attempt).total_seconds()
    assert delays[7] != DeliveryPolicy(seed="two").delay(7, attempt).total_seconds()


def test_message_dies_when_its_attempts_are_used_up_and_can_be_revived(clock: SetClock) -> None:
    enqueue("logout", {}, clock=clock)
    portal = Recipient(refusals=2)
    policy = DeliveryPolicy(attempts=2)
    assert deliver_due({"logout": portal}, clock.now(), policy=policy).postponed == 1
    later = clock.move(seconds=5)
    assert deliver_due({"logout": portal}, later, policy=policy) == Deliveries(dead=1)
    message = OutboxMessage.objects.get()
    assert revive(message.pk, clock.now()) is Fate.REVIVED
    assert revive(message.pk, clock.now()) is Fate.NOT_DEAD
    assert deliver_due({"logout": portal}, clock.now(), policy=policy) == Deliveries(delivered=1)


def test_message_stays_dead_when_the_same_work_waits_already(clock: SetClock) -> None:
    """The key means the same work: whoever revives both would do it twice, or break."""
    gone = {"logout": Recipient(refusals=2, retry=False)}
    for _ in range(2):
        enqueue("logout", {}, key="sid-1", clock=clock)
        assert deliver_due(gone, clock.now()).dead == 1
    first, second = OutboxMessage.objects.order_by("pk")
    assert revive(first.pk, clock.now()) is Fate.REVIVED
    assert revive(second.pk, clock.now()) is Fate.SUPERSEDED
    assert deliver_due({"logout": Recipient()}, clock.now()).delivered == 1
    assert revive(second.pk, clock.now()) is Fate.REVIVED


def test_alert_is_told_of_each_message_that_is_given_up_and_of_no_other(clock: SetClock) -> None:
    for _ in range(2):
        enqueue("logout", {"sub": "person"}, clock=clock)
    handlers = {"logout": Recipient(refusals=1, retry=False)}
    assert deliver_due(handlers, clock.now()) == Deliveries(delivered=1, dead=1)
    (told,) = events("alert.delivery_given_up")
    dead = OutboxMessage.objects.get(state="dead")
    why = {"delivery": "logout", "message": dead.pk, "reason": "the portal answered 503"}
    assert detail(told) == why
    enqueue("mail", {}, clock=clock)
    policy = DeliveryPolicy(attempts=2)
    assert deliver_due({"mail": Recipient(refusals=1)}, clock.now(), policy=policy).postponed == 1
    assert len(events("alert.delivery_given_up")) == 1


def test_message_dies_at_once_when_a_retry_is_pointless(clock: SetClock) -> None:
    enqueue("logout", {}, clock=clock)
    handlers = {"logout": Recipient(refusals=1, retry=False)}
    assert deliver_due(handlers, clock.now()) == Deliveries(dead=1)


def test_others_are_delivered_when_one_handler_breaks(clock: SetClock) -> None:
    enqueue("broken", {}, clock=clock)
    enqueue("logout", {}, clock=clock)

    def break_down(_: Mapping[str, Any]) -> None:
        raise ZeroDivisionError

    outcome = deliver_due({"broken": break_down, "logout": Recipient()}, clock.now())
    assert outcome == Deliveries(delivered=1, postponed=1)
    assert OutboxMessage.objects.get(kind="broken").last_error == "unexpected ZeroDivisionError"


def test_message_returns_when_the_worker_died_with_it(clock: SetClock) -> None:
    enqueue("logout", {}, clock=clock)

    def die(_: Mapping[str, Any]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver_due({"logout": die}, clock.now())
    portal = Recipient()
    assert deliver_due({"logout": portal}, clock.move(seconds=100)) == Deliveries()
    assert deliver_due({"logout": portal}, clock.move(seconds=30)) == Deliveries(delivered=1)


def test_late_worker_changes_nothing_when_its_lease_ended(clock: SetClock) -> None:
    enqueue("logout", {}, clock=clock)
    second = Recipient()

    def dawdle(_: Mapping[str, Any]) -> None:
        deliver_due({"logout": second}, clock.now() + timedelta(minutes=3))
        raise DeliveryFailed("too late")

    deliver_due({"logout": dawdle}, clock.now())
    assert len(second.got) == 1
    assert OutboxMessage.objects.get().state == "done"


def test_raw_insert_is_delivered_when_written_by_the_hot_path(
    database: Database, clock: SetClock
) -> None:
    row = outbox_row("logout", {"sid": "s"}, key="k", now=clock.now())
    assert database.execute(OUTBOX_INSERT, row) == 1
    assert database.execute(OUTBOX_INSERT, row) == 0
    portal = Recipient()
    deliver_due({"logout": portal}, clock.now())
    assert portal.got == [{"sid": "s"}]


def test_delivered_messages_are_forgotten_when_old(clock: SetClock) -> None:
    enqueue("logout", {}, clock=clock)
    deliver_due({"logout": Recipient()}, clock.now())
    enqueue("sms", {}, clock=clock)
    assert forget_delivered(clock.now()) == 0
    assert forget_delivered(clock.move(seconds=1)) == 1
    assert OutboxMessage.objects.get().kind == "sms"


@pytest.mark.django_db(transaction=True)
def test_every_message_is_delivered_once_when_workers_race(clock: SetClock) -> None:
    with transaction.atomic():
        for number in range(60):
            enqueue("logout", {"n": number}, clock=clock)
    got: Counter[int] = Counter()
    lock = threading.Lock()
    gate = threading.Barrier(4)

    def handle(payload: Mapping[str, Any]) -> None:
        with lock:
            got[payload["n"]] += 1

    def work(_: int) -> int:
        gate.wait()
        try:
            rounds = [deliver_due({"logout": handle}, clock.now(), limit=5) for _ in range(15)]
            return sum(one.delivered for one in rounds)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 60
    assert set(got.values()) == {1}
    assert len(got) == 60


def test_due_instant_is_kept_in_microseconds(clock: SetClock) -> None:
    enqueue("logout", {}, clock=clock)
    assert OutboxMessage.objects.get().due_at == microseconds(clock.now())
