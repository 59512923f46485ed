"""`manage.py up`: starts the whole product, watches over it, and stops all of it.

The supervisor has one thread and loads no Django. Order: lock, ports, store, database, server,
worker, companions; then the addresses are printed. A child that dies is started again; one that
dies three times within a minute brings everything down, with its last words.
"""

import contextlib
import fcntl
import http.client
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from deploy.runtime.options import Options, parse
from deploy.runtime.prepared import forget, is_prepared, remember
from deploy.runtime.process import Child, Program
from deploy.runtime.store import is_answering, store_program

_SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGCHLD})
_OFFSETS = (0, 1, 10, 11, 12)
_START_WITHIN = 60.0
_STOP_WITHIN = 8.0


class CannotRunError(Exception):
    """The product cannot start or go on; the message says why."""


class _AskedToStop(BaseException):
    """SIGINT or SIGTERM came."""


def run(arguments: Sequence[str]) -> int:
    """Run until SIGINT or SIGTERM and return 0; 1 when something prevents it."""
    options = parse(arguments)
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        with _only_one(options):
            _require_free_ports(options)
            if options.fresh:
                _forget(options)
            Supervisor(options).run()
    except CannotRunError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


@contextlib.contextmanager
def _only_one(options: Options) -> Iterator[None]:
    """Hold the data directory's lock; the kernel gives it back however we end."""
    options.locations.create()
    with options.locations.lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise CannotRunError(
                f"Tongxing already runs on {options.locations.data} ({file.read().strip()})."
                " Stop it first, or give this one another directory with --data."
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()}, {options.issuer}")
        file.flush()
        yield


def _require_free_ports(options: Options) -> None:
    for offset in _OFFSETS:
        host = options.host if offset == 0 else "127.0.0.1"
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, options.port + offset))
            except OSError as error:
                raise CannotRunError(
                    f"Port {options.port + offset} on {host} is not free ({error.strerror})."
                    " Choose another with --port; it and the ports + 1, + 10 to + 12 are used."
                ) from error


def _forget(options: Options) -> None:
    """Remove what we keep in the data directory, and nothing else that may lie there."""
    place = options.locations
    for path in (place.store, place.logs):
        shutil.rmtree(path, ignore_errors=True)
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{place.database}{suffix}").unlink(missing_ok=True)
    place.secrets.unlink(missing_ok=True)
    forget(place)


class Supervisor:
    """Starts the children in order and keeps them running."""

    def __init__(self, options: Options) -> None:
        """Take the options; nothing runs yet."""
        self._options = options
        self._environment = options.environment()
        self._children: list[Child] = []

    def run(self) -> None:
        """Start everything, say so, watch until asked to stop, stop everything."""
        try:
            self._start()
            self._announce()
            self._watch()
        except _AskedToStop:
            print("Stopping …", file=sys.stderr, flush=True)
        finally:
            self._stop()

    def _start(self) -> None:
        if "REDIS_URL" not in self._environment and "REDIS_URL_FILE" not in self._environment:
            place = self._options.locations
            program = store_program(
                place.store,
                socket_path=place.store_socket,
                log=place.logs / "store.log",
                environment=self._environment,
            )
            store = self._begin(program)
            self._await(store, lambda: is_answering(place.store_socket))
        self._prepare()
        server = self._begin(self._python("server", "-m", "deploy.runtime.server"))
        self._begin(self._python("worker", "-m", "deploy.runtime.worker"))
        companions = self._begin(self._python("companions", "-m", "deploy.runtime.companions"))
        self._await(server, self._is_ready)
        self._await(companions, self._have_companions_come)

    def _prepare(self) -> None:
        """Migrate and seed, in a process that ends, unless nothing has changed since."""
        place = self._options.locations
        if is_prepared(place, self._environment):
            return
        forget(place)
        child = Child(self._python("prepare", "-m", "django", "prepare"))
        child.start()
        self._children.append(child)
        while (code := child.exit_code()) is None:
            _pause(1.0)
        self._children.remove(child)
        if code:
            raise CannotRunError(f"Preparing the database failed:\n{child.last_words()}")
        remember(place, self._environment)

    def _python(self, name: str, *arguments: str) -> Program:
        return Program(
            name=name,
            command=[sys.executable, *arguments],
            environment=self._environment,
            log=self._options.locations.logs / f"{name}.log",
        )

    def _begin(self, program: Program) -> Child:
        child = Child(program)
        child.start()
        self._children.append(child)
        return child

    def _await(self, child: Child, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _START_WITHIN
        while not condition():
            if child.exit_code() is not None or time.monotonic() > deadline:
                raise CannotRunError(
                    f"The {child.program.name} did not start:\n{child.last_words()}"
                )
            _pause(0.02)

    def _is_ready(self) -> bool:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._options.host, self._options.host)
        connection = http.client.HTTPConnection(host, self._options.port, timeout=5)
        with (
            contextlib.closing(connection),
            contextlib.suppress(OSError, http.client.HTTPException),
        ):
            connection.request("GET", "/healthz/ready")
            return connection.getresponse().status == 200
        return False

    def _have_companions_come(self) -> bool:
        """Whether every address that is about to be printed can be opened."""
        for offset in _OFFSETS[1:]:
            try:
                socket.create_connection(("127.0.0.1", self._options.port + offset), 1).close()
            except OSError:
                return False
        return True

    def _announce(self) -> None:
        from deploy.runtime.addresses import announcement

        print(announcement(self._options), flush=True)

    def _watch(self) -> None:
        while True:
            _pause(3600)
            for child in self._children:
                if child.exit_code() is not None:
                    self._mend(child)

    def _mend(self, child: Child) -> None:
        name = child.program.name
        if child.has_died_too_often():
            raise CannotRunError(f"The {name} keeps dying; its last words:\n{child.last_words()}")
        print(f"The {name} ended by itself; starting it again.", file=sys.stderr, flush=True)
        child.start()

    def _stop(self) -> None:
        """Ask the children in reverse order, the store last: the others still write to it."""
        deadline = time.monotonic() + _STOP_WITHIN
        store = [child for child in self._children if child.program.name == "store"]
        others = [child for child in self._children if child not in store]
        for group in (others, store):
            for child in group:
                child.terminate()
            for child in group:
                child.wait(max(deadline - time.monotonic(), 0.5))


def _pause(seconds: float) -> None:
    """Wait that long, or until a child ends; being asked to stop ends everything."""
    came = signal.sigtimedwait(_SIGNALS, seconds)
    if came is not None and came.si_signo in {signal.SIGINT, signal.SIGTERM}:
        raise _AskedToStop
