"""What the worker repeats for people: childhoods that end, merges that become final."""

from deploy.house import Task
from idp.foundation.clock import Clock
from idp.subjects.guardianship import Guardianships
from idp.subjects.merging import Merging

AT_ONCE = 200


def people_tasks(guardianships: Guardianships, merging: Merging, clock: Clock) -> tuple[Task, ...]:
    def end_guardianships() -> None:
        while guardianships.end_due(now=clock.now(), limit=AT_ONCE) == AT_ONCE:
            pass

    def settle_merges() -> None:
        while merging.finalise_due(now=clock.now(), limit=AT_ONCE) == AT_ONCE:
            pass

    return (
        Task(name="guardianships", interval=60.0, run=end_guardianships),
        Task(name="merges", interval=3600.0, run=settle_merges),
    )
