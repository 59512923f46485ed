"""The sandbox as its own process, as `up` starts it."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from connectors.sandbox.__main__ import main
from connectors.sandbox.authority import SandboxAuthority
from connectors.sandbox.server import SandboxServer, is_loopback

ROOT = Path(__file__).parents[2]


@pytest.mark.server
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_process_serves_and_ends_cleanly_and_stays_small_when_it_is_told(
    number: signal.Signals,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "connectors.sandbox", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
            assert answer.status == 200
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        assert int(resident.split()[1]) < 32_000
        process.send_signal(number)
        assert process.wait(timeout=5) == 0


def test_process_refuses_to_listen_when_the_host_is_not_loopback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--host", "0.0.0.0"]) == 2
    assert "not loopback" in capsys.readouterr().err


def test_process_says_so_when_its_port_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["--port", str(taken.getsockname()[1])]) == 2
    assert "cannot listen" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "shown"), [("127.0.0.1", "http://127.0.0.1:"), ("::1", "http://[::1]:")]
)
def test_server_names_its_address_when_it_listens(host: str, shown: str) -> None:
    from datetime import UTC, datetime

    authority = SandboxAuthority(clock=lambda: datetime(2026, 3, 1, tzinfo=UTC))
    with SandboxServer(host, 0, authority) as server:
        assert server.base_url.startswith(shown)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.9.9.9", True), ("::1", True), ("0.0.0.0", False), ("h", False)],
)
def test_host_is_loopback_when_it_is_this_machine(host: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_loopback(host) is expected
