"""`manage.py up` on real sockets: ready, watched over, and gone without a trace."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.verify.checks import PRODUCTION
from tests.product import ROOT, WITHIN, Product, free_base, wait_until

IDLE_BYTES = 500_000_000

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("up")]


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    running = Product(tmp_path / "data")
    yield running
    running.end()


def test_up_is_ready_small_alone_and_gone_without_a_trace_when_stopped(product: Product) -> None:
    said = product.await_ready()
    assert f"http://127.0.0.1:{product.port}" in said
    status, body = product.get("/healthz/ready")
    assert (status, json.loads(body)["status"]) == (200, "ready")
    for address in (product.sandbox, product.portal_a, product.portal_b, product.kiosk):
        assert address in said
        socket.create_connection(("127.0.0.1", urlsplit(address).port), timeout=1).close()
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
        before = product.pids(part)
        os.kill(min(before), signal.SIGKILL)
        wait_until(lambda part=part, before=before: bool(product.pids(part) - before))
        wait_until(product.is_ready)
    assert product.stop() == 0
    assert product.processes() == {}


def test_up_says_which_port_is_taken_when_one_is(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        product = Product(tmp_path, port=port)
        _, error = product.process.communicate(timeout=WITHIN)
    assert product.process.returncode == 1
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


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({}, "TX001"),
        ({"TONGXING_ISSUER": "https://id.city.example", "TONGXING_PERSONAS": "yes"}, "TX003"),
        ({"TONGXING_ROOT_KEY": "short"}, "TONGXING_ROOT_KEY: expected at least 32"),
    ],
    ids=["http issuer", "personas", "short key"],
)
def test_server_refuses_to_start_when_production_is_unsafe(
    tmp_path: Path, variables: dict[str, str], reason: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.runtime.server"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            **PRODUCTION,
            "TONGXING_DATA": str(tmp_path),
            "TONGXING_PORT": str(free_base()),
            "TONGXING_ISSUER": "http://id.city.example",
            **variables,
        },
        check=False,
        capture_output=True,
        text=True,
        timeout=WITHIN,
    )
    assert (done.returncode, reason in done.stderr) == (1, True)


def resident(product: Product) -> int:
    """Sum what each process has for itself plus its share of what is shared (PSS), in bytes."""
    total = 0
    for pid in [*product.processes(), product.process.pid]:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total
