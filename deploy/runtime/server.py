"""The HTTP server: granian with WSGI workers, configured from the environment.

One worker per core, with many threads each: with one thread a store 0.3 ms away halves everything.
"""

import importlib
import os
import sys

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server import Server

from deploy.production import UnsafeConfigurationError, require_safe
from deploy.settings.environment import SettingError

_THREADS = 16
_THREADS_ON_POSTGRESQL = 48
"""More wait for a commit there, and those who wait share it; none of them has a connection of its
own. On SQLite each thread keeps a file open, with a cache."""
_HEADER_BYTES = 65_536
_KILL_AFTER = 5  # seconds a worker may take to finish its requests


def main() -> int:
    """Serve until SIGTERM or SIGINT; return 1 where this deployment must not serve."""
    profile = os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings.development")
    try:
        # The module alone, without Django: this process only watches over its workers.
        settings = importlib.import_module(profile)
        require_safe(settings.PROVIDER)
    except (SettingError, UnsafeConfigurationError) as error:
        print(error, file=sys.stderr)
        return 1
    is_embedded = settings.DATABASE_URL.startswith("sqlite")
    serve(threads=_THREADS if is_embedded else _THREADS_ON_POSTGRESQL)
    return 0


def serve(*, threads: int) -> None:
    """Run granian, with as many threads unless the environment says otherwise."""
    Server(
        "deploy.runtime.served:application",
        address=os.environ.get("TONGXING_HOST", "127.0.0.1"),
        port=int(os.environ.get("TONGXING_PORT", "8000")),
        interface=Interfaces.WSGI,
        workers=int(os.environ.get("TONGXING_WORKERS", "1")),
        blocking_threads=int(os.environ.get("TONGXING_THREADS", threads)),
        blocking_threads_idle_timeout=600,
        http=HTTPModes.http1,
        websockets=False,
        backlog=2048,
        http1_settings=HTTP1Settings(
            header_read_timeout=10_000, keep_alive=True, max_buffer_size=_HEADER_BYTES
        ),
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_KILL_AFTER,
    ).serve()


if __name__ == "__main__":
    sys.exit(main())
