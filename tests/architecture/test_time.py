"""Time is a parameter: one module reads the clock, and tests never sleep."""

import ast
from collections.abc import Iterator, Mapping

Modules = Mapping[str, ast.Module]

THE_CLOCK = "idp/foundation/clock.py"
# The sandbox is a program of its own, below every room that could hand it a clock.
ANOTHER_PROCESS = "connectors/sandbox/__main__.py"
READINGS = frozenset(
    {
        "time.time",
        "time.time_ns",
        "time.localtime",
        "time.gmtime",
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "dt.datetime.now",
        "date.today",
        "dt.date.today",
        "timezone.now",
        "timezone.localtime",
    }
)
INTERVALS = frozenset({"time.monotonic", "time.perf_counter", "time.process_time"})
# Supervising processes and timing checks needs intervals before any room exists.
MAY_MEASURE = ("deploy/runtime/", "deploy/verify/")


def calls(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def test_clock_is_read_in_one_module_only(room_modules: Modules) -> None:
    readings = [
        f"{name}:{line} {call}"
        for name, tree in room_modules.items()
        if name not in {THE_CLOCK, ANOTHER_PROCESS}
        for line, call in calls(tree)
        if call in READINGS
    ]
    assert readings == []


def test_intervals_are_measured_by_the_clock_outside_supervision(room_modules: Modules) -> None:
    readings = [
        f"{name}:{line} {call}"
        for name, tree in room_modules.items()
        if name != THE_CLOCK and not name.startswith(MAY_MEASURE)
        for line, call in calls(tree)
        if call in INTERVALS
    ]
    assert readings == []


def test_tests_never_sleep(modules: Modules) -> None:
    sleeps = [
        f"{name}:{line}"
        for name, tree in modules.items()
        if name.startswith("tests/")
        for line, call in calls(tree)
        if call in {"time.sleep", "sleep", "asyncio.sleep"}
    ]
    assert sleeps == []


def test_tests_replace_nothing_of_ours(modules: Modules) -> None:
    mocks = [
        f"{name}:{node.lineno}"
        for name, tree in modules.items()
        if name.startswith("tests/")
        for node in ast.walk(tree)
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("unittest.mock"))
        or (isinstance(node, ast.Import) and any("mock" in alias.name for alias in node.names))
    ]
    assert mocks == []
