"""The worker process: what must happen without anyone asking, each task in a thread of its own.

Tasks come from the composition. One that fails is logged and tried again at its next turn, later
each time; the process ends only when asked to.
"""

import os
import signal
import threading

import django
import structlog

from deploy.house import Task

_log = structlog.get_logger(__name__)
_LONGEST_PAUSE = 60.0
_GRACE = 5.0


def repeat(task: Task, stop: threading.Event) -> None:
    """Run a task every `task.interval` seconds until `stop` is set."""
    from django.db import close_old_connections, connection

    pause = task.interval
    while not stop.wait(pause):
        try:
            task.run()
            pause = task.interval
        except Exception:  # noqa: BLE001 - the outermost handler of a task
            pause = min(max(pause, 0.5) * 2, _LONGEST_PAUSE)
            _log.exception("task_failed", task=task.name, again_in=pause)
        finally:
            close_old_connections()  # there are more tasks than connections
    connection.close()


def main() -> None:
    """Run every task of the house until SIGTERM or SIGINT."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings.development")
    django.setup(set_prefix=False)
    from django.conf import settings

    from deploy.composition import house
    from deploy.logging import configure
    from deploy.production import require_safe

    configure()
    require_safe(settings.PROVIDER)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    wired = house()
    wired.listen()
    threads = [
        threading.Thread(target=repeat, args=(task, stop), name=task.name, daemon=True)
        for task in wired.tasks
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join(timeout=_GRACE)


if __name__ == "__main__":
    main()
