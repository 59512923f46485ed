"""What the worker repeats for the console: counting the trail, and raising alerts from it."""

from datetime import timedelta
from typing import Final

from django.db import transaction

from deploy.composition.alerting import alert_tasks
from deploy.composition.rooms import Rooms
from deploy.house import Task
from idp.channels.connector_desk import resting_key
from idp.foundation.audit import AuditEvent, record
from idp.foundation.tally import fold_trail, forget_counts

AT_ONCE: Final = 2_000
COUNTS_KEPT: Final = timedelta(days=62)
TOLD_AGAIN_AFTER: Final = 600
"""Seconds in which one connector that rests again and again is told of once."""


def console_tasks(rooms: Rooms) -> tuple[Task, ...]:
    clock, known = rooms.ground.clock, rooms.clients.directory

    def is_client(client_id: str) -> bool:
        return known.get(client_id) is not None

    def count() -> None:
        while fold_trail(is_client=is_client, limit=AT_ONCE) == AT_ONCE:
            pass

    return (
        *alert_tasks(rooms.ground),
        Task(name="resting", interval=5.0, run=lambda: tell_resting(rooms)),
        Task(name="counts", interval=2.0, run=count),
        Task(
            name="counts-purge",
            interval=3600.0,
            run=lambda: forget_counts(clock.now() - COUNTS_KEPT),
        ),
    )


def tell_resting(rooms: Rooms) -> int:
    """Record, for an alert, which connectors no node asks at the moment; how many that were."""
    ground, told = rooms.ground, 0
    for each in rooms.hall.connectors:
        if ground.store.get(resting_key(each.key)) is None:
            continue
        if not ground.store.add(f"connector:told:{each.key}", b"1", ttl=TOLD_AGAIN_AFTER):
            continue
        event = AuditEvent(
            type="alert.connector_rests", outcome="failure", detail={"connector": each.key}
        )
        with transaction.atomic():
            record(event, clock=ground.clock)
        told += 1
    return told
