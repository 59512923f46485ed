"""Load: wrk on the core beside the server, several runs of it, and what each cost the server."""

import os
import re
import statistics
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench import machine

_LUA = Path(__file__).parent / "lua"
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


class LoadError(RuntimeError):
    """The server did not do what was measured; a figure would be a lie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One way to press: a wrk script (or none: plain GET) with what it needs.

    `before` runs ahead of every run and puts fresh credentials where the script reads them.
    """

    url: str
    script: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    connections: int = 64
    before: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """An operation too rare to press with wrk: done `times` times in a row from here."""

    operation: Callable[[], object]
    times: int = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What one row came to: medians over the runs. `p99_ms` is 0 where it was not measured."""

    per_second: float
    cpu_us: float
    p99_ms: float = 0.0
    runs: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long to press: seconds a run, how many runs, and requests to warm up with."""

    seconds: int
    runs: int
    warm_up: int


def measure(load: Load | Drive, server_pids: Callable[[], Iterable[int]], plan: Plan) -> Figure:
    """The medians of the planned runs, after the warm-up; LoadError if answers were wrong."""
    if isinstance(load, Drive):
        return _driven(load, server_pids)
    warmed = 0
    while warmed < plan.warm_up:
        warmed += _wrk(load, 1).operations
    samples = []
    for _ in range(plan.runs):
        pids = list(server_pids())
        if load.before:
            load.before()
        before = machine.cpu_seconds(pids)
        run = _wrk(load, plan.seconds, prepare=False)
        cpu = machine.cpu_seconds(pids) - before
        samples.append((run.operations / run.seconds, cpu * 1e6 / run.operations, run.p99_ms))
    rates, cpus, tails = zip(*samples, strict=True)
    return Figure(
        per_second=statistics.median(rates),
        cpu_us=statistics.median(cpus),
        p99_ms=statistics.median(tails),
        runs=rates,
    )


def collect(mint: Load, file: Path, count: int) -> None:
    """Run a collecting script until `file` has `count` lines; nothing if it has them already."""
    while not file.exists() or file.read_bytes().count(b"\n") < count:
        _wrk(mint, 1 + count // 5000)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    operations: int
    seconds: float
    p99_ms: float


def _driven(drive: Drive, server_pids: Callable[[], Iterable[int]]) -> Figure:
    import time

    for _ in range(max(2, drive.times // 4)):
        drive.operation()
    pids = list(server_pids())
    before, started = machine.cpu_seconds(pids), time.perf_counter()
    for _ in range(drive.times):
        drive.operation()
    seconds = time.perf_counter() - started
    cpu = machine.cpu_seconds(pids) - before
    return Figure(per_second=drive.times / seconds, cpu_us=cpu * 1e6 / drive.times)


def _wrk(load: Load, seconds: int, *, prepare: bool = True) -> _Run:
    if prepare and load.before:
        load.before()
    command = ["wrk", "-t1", f"-c{load.connections}", f"-d{seconds}s", "--latency", load.url]
    if load.script:
        command[1:1] = ["-s", str(_LUA / load.script)]
    done = subprocess.run(
        machine.pinned(command, machine.OTHER_CORE),
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **load.variables},
    )
    if done.returncode != 0:
        raise LoadError(f"wrk failed: {done.stderr.strip() or done.stdout.strip()}")
    return _read(done.stdout)


def _read(printed: str) -> _Run:
    """Read wrk's report; a script that counts its own operations prints them at the end."""
    total = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m)", printed)
    tail = re.search(r"99%\s+([\d.]+)(us|ms|s|m)", printed)
    counted = re.search(r"operations (\d+) failures (\d+)", printed)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", printed)
    broken = re.search(r"Socket errors: (.+)", printed)
    if total is None or tail is None:
        raise LoadError(f"wrk said nothing useful: {printed.strip()}")
    operations = int(counted[1] if counted else total[1])
    failures = int(counted[2]) if counted else 0
    failures += int(refused[1]) if refused else 0
    if failures or broken or operations == 0:
        said = broken[1] if broken else ""
        raise LoadError(f"{failures} of {failures + operations} answers were wrong {said}".strip())
    return _Run(
        operations=operations,
        seconds=float(total[2]) * _MILLISECONDS[total[3]] / 1000,
        p99_ms=float(tail[1]) * _MILLISECONDS[tail[2]],
    )
