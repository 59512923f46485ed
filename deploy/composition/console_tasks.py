"""What the worker repeats for the console: counting the trail, so that nobody who looks has to."""

from datetime import timedelta
from typing import Final

from deploy.composition.rooms import Rooms
from deploy.house import Task
from idp.foundation.tally import fold_trail, forget_counts

AT_ONCE: Final = 2_000
COUNTS_KEPT: Final = timedelta(days=62)


def console_tasks(rooms: Rooms) -> tuple[Task, ...]:
    clock, known = rooms.ground.clock, rooms.clients.directory

    def is_client(client_id: str) -> bool:
        return known.get(client_id) is not None

    def count() -> None:
        while fold_trail(is_client=is_client, limit=AT_ONCE) == AT_ONCE:
            pass

    return (
        Task(name="counts", interval=2.0, run=count),
        Task(
            name="counts-purge",
            interval=3600.0,
            run=lambda: forget_counts(clock.now() - COUNTS_KEPT),
        ),
    )
