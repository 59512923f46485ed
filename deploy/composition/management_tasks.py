"""What the worker does for the management API."""

from admin.api.repeating import KEPT_FOR, forget_answers
from deploy.composition.ground import Ground
from deploy.house import Task


def management_tasks(ground: Ground) -> tuple[Task, ...]:
    """Forgets what was answered, once nobody may ask for it again."""

    def forget() -> None:
        forget_answers(ground.clock.now() - KEPT_FOR)

    return (Task(name="management-answers", interval=3_600.0, run=forget),)
