"""The whole product on real sockets: `manage.py up` on a data directory and ports of its own."""

import contextlib
import http.client
import json
import os
import re
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

import psycopg
import pytest

from deploy.settings.locations import Locations

ROOT = Path(__file__).resolve().parents[1]
_ANSWERED_WELL = re.compile(r'^\{"event":"request",.*"status":[1-4]\d\d,')
WITHIN = 60.0
"""Seconds that anything may take on a machine that is busy with other things."""


class Product:
    """One `up` on a data directory of its own."""

    def __init__(
        self,
        data: Path,
        *,
        port: int = 0,
        environment: Mapping[str, str] | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.data = data
        self.host = host
        self.port = port or free_base()
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "TONGXING_BOOTSTRAP": "0",
            **{name: word for name, word in os.environ.items() if name.startswith("COV")},
            **(environment or {}),
        }
        self.command = [sys.executable, str(ROOT / "manage.py"), "up", "--data", str(data)]
        self.process = self.start()

    @property
    def issuer(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def sandbox(self) -> str:
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def portal_a(self) -> str:
        return f"http://127.0.0.1:{self.port + 10}"

    @property
    def portal_b(self) -> str:
        return f"http://localhost:{self.port + 11}"

    @property
    def kiosk(self) -> str:
        return f"http://127.0.0.1:{self.port + 12}"

    def start(self, *options: str, port: int = 0) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.command, "--port", str(port or self.port), *self._named(port), *options],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _named(self, port: int) -> tuple[str, ...]:
        """An issuer by name, where it is not the default."""
        if self.host == "127.0.0.1":
            return ()
        return ("--issuer", f"http://{self.host}:{port or self.port}")

    def await_ready(self) -> str:
        assert self.process.stdout
        said = []
        for line in self.process.stdout:
            said.append(line)
            if "Ctrl-C" in line:
                return "".join(said)
        raise AssertionError(f"it ended: {self.process.stderr and self.process.stderr.read()}")

    def get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WITHIN)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def is_ready(self) -> bool:
        try:
            return self.get("/healthz/ready")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def metadata(self) -> dict[str, Any]:
        found: dict[str, Any] = answered(f"{self.issuer}/.well-known/openid-configuration")
        return found

    def register(self, **metadata: Any) -> dict[str, Any]:
        """Register a client dynamically (RFC 7591 §3.1)."""
        made: dict[str, Any] = answered(self.metadata()["registration_endpoint"], metadata)
        return made

    def person(self, key: str) -> dict[str, Any]:
        """One of the made-up people, as the sandbox authority knows them."""
        people: list[dict[str, Any]] = answered(f"{self.sandbox}/people")
        return next(person for person in people if person["key"] == key)

    def messages(self, phone: str) -> list[dict[str, Any]]:
        """What was sent to a telephone, newest first."""
        found: list[dict[str, Any]] = answered(f"{self.sandbox}/inbox?to={quote(phone)}")
        return found

    def code_to(self, phone: str) -> str:
        """The newest code that was sent there, whatever notice came after it."""
        return next(str(message["code"]) for message in self.messages(phone) if message["code"])

    def spoil(self, service: str, behaviour: str, **details: Any) -> None:
        """Make the next answers of one of the authority's services go wrong."""
        fault = {"service": service, "behaviour": behaviour, **details}
        answered(f"{self.sandbox}/control", fault)

    def mend(self) -> None:
        """Forget every fault that is still to come."""
        with urlopen(Request(f"{self.sandbox}/control", method="DELETE"), timeout=WITHIN):
            pass

    def processes(self) -> dict[int, str]:
        """Every living process but the supervisor that was told of this data directory."""
        mark = f"TONGXING_DATA={self.data}".encode()
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                told = (folder / "environ").read_bytes().split(b"\0")
                if mark in told or f"{self.data}/" in command:  # Valkey writes over its own
                    found[int(folder.name)] = command
        found.pop(self.process.pid, None)
        return found

    def pids(self, part: str) -> set[int]:
        return {pid for pid, command in self.processes().items() if part in command}

    def kill(self, part: str) -> None:
        """Kill every process of one part (`kill -9`), and wait for others in its place."""
        before = self.pids(part)
        for pid in before:
            with contextlib.suppress(ProcessLookupError):  # a worker ends with its server
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: bool(self.pids(part) - before))

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another command of `manage.py` on the same data."""
        return subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *words],
            env={
                **self.environment,
                "TONGXING_DATA": str(self.data),
                "TONGXING_ISSUER": self.issuer,
            },
            capture_output=True,
            text=True,
            timeout=WITHIN * 5,
            check=False,
        )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Read the product's database, from outside."""
        server = self.environment.get("DATABASE_URL")
        if server:
            with psycopg.connect(server) as peer:
                return peer.execute(sql.encode()).fetchall()
        file = Locations(data=self.data).database
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as embedded:
            return embedded.execute(sql).fetchall()

    def last_words(self, lines: int = 40) -> str:
        """What each of its programs said last, but for requests that were answered well."""
        said = []
        for log in sorted(Locations(data=self.data).logs.glob("*.log")):
            text = log.read_text(encoding="utf-8", errors="replace")
            ill = [line for line in text.splitlines() if not _ANSWERED_WELL.search(line)]
            said += [f"── {log.name}", *ill[-lines:]]
        return "\n".join(said)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=WITHIN)
        return self.process.returncode

    def end(self) -> None:
        """Stop it if it still runs, and let go of everything."""
        if self.process.poll() is None:
            self.stop()
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()


def answered(url: str, body: Mapping[str, Any] | None = None) -> Any:
    """The JSON answer to a GET, or to a POST of `body` as JSON."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data=data, headers={"Content-Type": "application/json"})
    with urlopen(request, timeout=WITHIN) as answer:
        return json.load(answer)


def free_base() -> int:
    """Return a port that is free together with those that `up` takes beside it.

    Below those that the kernel lends to outgoing connections: one of these could take it again.
    """
    while True:
        base = secrets.choice(range(20_000, 32_000, 20))
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for offset in (0, 1, 10, 11, 12, 25):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", base + offset))
            return base


def wait_until(condition: Callable[[], bool], *, seconds: float = WITHIN) -> None:
    """Return as soon as `condition` holds; looks every 50 ms, since looking is costly here."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "what the test waits for did not come true"
        threading.Event().wait(0.05)


@contextlib.contextmanager
def running(
    data: Path, environment: Mapping[str, str] | None = None, *, host: str = "127.0.0.1"
) -> Iterator[Product]:
    """A product that is ready, stopped in the end."""
    made = Product(data, environment=environment, host=host)
    try:
        made.await_ready()
        yield made
    finally:
        made.end()


@pytest.fixture(scope="session")
def shared_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One product for every test that leaves it running as it was."""
    with running(tmp_path_factory.mktemp("product") / "data") as made:
        yield made
