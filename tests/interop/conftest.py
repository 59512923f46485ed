"""Clients as their authors ship them, each a process of its own on a free port."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.product import Product, wait_until
from tests.visiting import Visitor, knowing

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def node_clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the clients that npm has, installed, and our scripts on them."""
    folder = tmp_path_factory.mktemp("npm")
    for file in ("package.json", "openid_client_rp.mjs", "oauth4webapi_rp.mjs"):
        shutil.copy(HERE / file, folder)
    quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]
    done = subprocess.run(
        ["npm", "install", *quiet], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


class Started:
    """Starts clients' processes, and ends them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stack = ExitStack()

    def __call__(self, command: list[str], port: int, **environment: str) -> str:
        """Run `command` until it listens on `port`; its address."""
        log = self.folder / f"client-{port}.log"
        output = self.stack.enter_context(log.open("wb"))
        process = subprocess.Popen(
            command,
            env={"PATH": os.environ["PATH"], "PORT": str(port), **environment},
            cwd=self.folder,
            stdout=output,
            stderr=output,
        )
        self.stack.callback(process.wait)
        self.stack.callback(process.terminate)
        wait_until(lambda: listens(port) or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        return f"http://127.0.0.1:{port}"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., str]]:
    started = Started(tmp_path)
    with started.stack:
        yield started


@pytest.fixture(scope="session")
def citizen(shared_product: Product) -> dict[str, object]:
    """Somebody whose name was verified before: portal A asks for that."""
    person = shared_product.person("adult")
    visitor = Visitor(knows=knowing(shared_product, person))
    answer = visitor.visit(f"{shared_product.portal_a}/login")
    assert person["name"] in answer.text, answer.text
    assert visitor.steps == ["login", "consent"]
    return person


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
