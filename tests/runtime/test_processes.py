"""Supervised children, the worker's tasks, the companions and the embedded store."""

import os
import signal
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.house import Task
from deploy.runtime import companions
from deploy.runtime.process import Child, Program
from deploy.runtime.store import is_answering, store_program
from deploy.runtime.worker import repeat

WITHIN = 10.0


def program(tmp_path: Path, *command: str) -> Program:
    return Program(
        name="test", command=command, environment=dict(os.environ), log=tmp_path / "log" / "t.log"
    )


@pytest.fixture
def children() -> Iterator[list[Child]]:
    started: list[Child] = []
    yield started
    for child in started:
        child.wait(0)


def test_child_writes_its_last_words_when_it_ends(tmp_path: Path) -> None:
    child = Child(program(tmp_path, "sh", "-c", "echo one; echo two >&2; exit 3"))
    assert (child.pid, child.exit_code(), child.last_words()) == (None, 0, "")
    child.start()
    child.wait(WITHIN)
    assert child.exit_code() == 3
    assert child.last_words(lines=1) == "two"


def test_child_takes_its_whole_group_along_when_it_will_not_end(tmp_path: Path) -> None:
    code = (
        "import signal,subprocess,sys;signal.signal(15,signal.SIG_IGN);"
        "p=subprocess.Popen(['sleep','60']);print(p.pid,flush=True);p.wait()"
    )
    child = Child(program(tmp_path, sys.executable, "-c", code))
    child.start()
    pid = int(_await_text(child.program.log))
    child.terminate()
    child.wait(0.1)
    assert child.exit_code() == -signal.SIGKILL
    _await_end(pid)


def test_child_that_dies_three_times_within_a_minute_dies_too_often(tmp_path: Path) -> None:
    child = Child(program(tmp_path, "true"))
    assert [child.has_died_too_often() for _ in range(3)] == [False, False, True]


def test_child_ends_with_its_parent_when_the_parent_is_killed(tmp_path: Path) -> None:
    code = (
        "import os,sys,time;from pathlib import Path;"
        "from deploy.runtime.process import Child,Program;"
        "c=Child(Program(name='s',command=['sleep','60'],environment={'PATH':os.environ['PATH']},"
        f"log=Path({str(tmp_path / 'inner.log')!r})));c.start();print(c.pid,flush=True);"
        "os.kill(os.getpid(),9)"
    )
    parent = Child(program(tmp_path, sys.executable, "-c", code))
    parent.start()
    parent.wait(WITHIN)
    _await_end(int(_await_text(parent.program.log)))


def test_log_is_turned_over_when_it_has_grown_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.runtime.process._LOG_BYTES", 3)
    for word in ("first", "second"):
        child = Child(program(tmp_path, "echo", word))
        child.start()
        child.wait(WITHIN)
    assert child.last_words() == "second"
    assert child.program.log.with_suffix(".log.1").read_text() == "first\n"


def test_embedded_store_answers_on_its_socket_when_started(
    tmp_path: Path, children: list[Child]
) -> None:
    path = tmp_path / "sock" / "v.sock"
    path.parent.mkdir()
    path.touch()  # what a killed store leaves behind
    child = Child(
        store_program(
            tmp_path / "store", socket_path=path, log=tmp_path / "store.log", environment={}
        )
    )
    child.start()
    children.append(child)
    _await(lambda: is_answering(path))
    assert path.stat().st_mode & 0o077 == 0
    child.terminate()
    child.wait(WITHIN)
    assert child.exit_code() == 0
    assert not is_answering(path)


@pytest.mark.django_db(transaction=True)
@pytest.mark.storage
@pytest.mark.slow
def test_worker_goes_on_when_a_task_fails() -> None:
    stop, runs = threading.Event(), []

    def work() -> None:
        runs.append(len(runs))
        if len(runs) == 1:
            raise RuntimeError("once")
        stop.set()

    repeat(Task(name="t", interval=0.001, run=work), stop)
    assert runs == [0, 1]


def test_wsgi_companion_serves_on_loopback_when_running() -> None:
    def application(_environ: object, start_response: Callable[..., object]) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"here"]

    server = companions.serve_wsgi(application, port=0)
    with companions._running(server):
        url = f"http://127.0.0.1:{server.server_port}/"
        with urllib.request.urlopen(url, timeout=WITHIN) as answer:
            assert answer.read() == b"here"
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(url, timeout=WITHIN)


def _await(condition: Callable[[], object], *, within: float = WITHIN) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def _await_text(log: Path) -> str:
    _await(lambda: log.exists() and log.read_text().strip())
    return log.read_text().strip()


def _await_end(pid: int) -> None:
    def has_ended() -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            return True

    _await(has_ended)
