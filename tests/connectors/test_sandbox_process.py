"""The sandbox as its own process, as `up` starts it."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from threading import Thread

import pytest

from connectors.sandbox.__main__ import main
from connectors.sandbox.server import is_loopback, url_of

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


def test_serving_ends_when_a_signal_comes(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def end_once_it_answers() -> None:
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                    os.kill(os.getpid(), signal.SIGTERM)
                    return
            except urllib.error.URLError:
                continue

    ending = Thread(target=end_once_it_answers, daemon=True)
    ending.start()
    try:
        assert main(["--port", str(port)]) == 0
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    ending.join()
    assert f"http://127.0.0.1:{port}" in capsys.readouterr().out


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
    ("host", "url"), [("127.0.0.1", "http://127.0.0.1:8001"), ("::1", "http://[::1]:8001")]
)
def test_address_is_written_as_a_url_when_the_host_is_of_either_family(host: str, url: str) -> None:
    assert url_of(host, 8001) == url


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.9.9.9", True), ("::1", True), ("0.0.0.0", False), ("h", False)],
)
def test_host_is_loopback_when_it_is_this_machine(host: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_loopback(host) is expected
