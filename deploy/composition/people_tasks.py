"""What the worker repeats for people: childhoods that end, merges that become final."""

from deploy.composition.people import HallRooms
from deploy.house import Task
from idp.foundation.clock import Clock

AT_ONCE = 200


def people_tasks(hall: HallRooms, clock: Clock) -> tuple[Task, ...]:
    def end_guardianships() -> None:
        while hall.subjects.guardianships.end_due(now=clock.now(), limit=AT_ONCE) == AT_ONCE:
            pass

    def settle_merges() -> None:
        while hall.merging.finalise_due(now=clock.now(), limit=AT_ONCE) == AT_ONCE:
            pass

    return (
        Task(name="guardianships", interval=60.0, run=end_guardianships),
        Task(name="merges", interval=3600.0, run=settle_merges),
    )
