"""`manage.py up` on real sockets: ready, watched over, and gone without a trace."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WITHIN = 60.0
IDLE_BYTES = 500_000_000

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("up")]


class Product:
    """One `up` on a data directory of its own."""

    def __init__(self, data: Path, *options: str) -> None:
        self.data = data
        self.port = free_base()
        self.command = [sys.executable, str(ROOT / "manage.py"), "up", "--data", str(data)]
        self.process = self.start(*options)

    def start(self, *options: str, port: int = 0) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.command, "--port", str(port or self.port), *options],
            env={
                "PATH": os.environ["PATH"],
                "HOME": os.environ.get("HOME", "/"),
                "TONGXING_BOOTSTRAP": "0",
                **{name: word for name, word in os.environ.items() if name.startswith("COV")},
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

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

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=WITHIN)
        return self.process.returncode


def free_base() -> int:
    """Return a port that is free together with those that `up` takes beside it."""
    while True:
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            first = stack.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            base: int = first.getsockname()[1]
            for offset in (1, 10, 11, 12):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", base + offset))
            return base


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    running = Product(tmp_path / "data")
    yield running
    if running.process.poll() is None:
        running.stop()
    for stream in (running.process.stdout, running.process.stderr):
        if stream:
            stream.close()


def test_up_is_ready_small_alone_and_gone_without_a_trace_when_stopped(product: Product) -> None:
    said = product.await_ready()
    assert f"http://127.0.0.1:{product.port}" in said
    status, body = product.get("/healthz/ready")
    assert (status, json.loads(body)["status"]) == (200, "ready")
    assert resident(product) < IDLE_BYTES
    same_directory = product.start(port=free_base())
    _, error = same_directory.communicate(timeout=WITHIN)
    assert (same_directory.returncode, "already runs" in error) == (1, True)
    assert product.stop(signal.SIGINT) == 0
    assert product.processes() == {}


def test_up_leaves_no_process_when_its_supervisor_is_killed(product: Product) -> None:
    product.await_ready()
    assert len(product.processes()) >= 4
    product.process.kill()
    product.process.communicate(timeout=WITHIN)
    wait_until(lambda: product.processes() == {})


def test_up_starts_a_child_again_when_it_dies(product: Product) -> None:
    product.await_ready()
    for part in ("deploy.runtime.server", "deploy.runtime.worker", "valkey-server"):
        before = pids(product, part)
        os.kill(min(before), signal.SIGKILL)
        wait_until(lambda part=part, before=before: bool(pids(product, part) - before))
        wait_until(lambda: _is_ready(product))
    assert product.stop() == 0
    assert product.processes() == {}


def test_up_says_which_port_is_taken_when_one_is(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        product = Product.__new__(Product)
        product.command = [sys.executable, str(ROOT / "manage.py"), "up", "--data", str(tmp_path)]
        process = product.start(port=port)
        _, error = process.communicate(timeout=WITHIN)
    assert process.returncode == 1
    assert f"Port {port} on 127.0.0.1 is not free" in error


def test_up_forgets_everything_when_fresh(product: Product) -> None:
    product.await_ready()
    secrets = (product.data / "development-secrets.json").read_text()
    (product.data / "kept.txt").write_text("the operator's own")
    assert product.stop() == 0
    product.process = product.start("--fresh")
    product.await_ready()
    assert (product.data / "development-secrets.json").read_text() != secrets
    assert (product.data / "kept.txt").exists()


def pids(product: Product, part: str) -> set[int]:
    return {pid for pid, command in product.processes().items() if part in command}


def resident(product: Product) -> int:
    """Sum what each process has for itself plus its share of what is shared (PSS), in bytes."""
    total = 0
    for pid in [*product.processes(), product.process.pid]:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def _is_ready(product: Product) -> bool:
    try:
        return product.get("/healthz/ready")[0] == 200
    except (OSError, http.client.HTTPException):
        return False
