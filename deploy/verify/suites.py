"""The pytest runs of `manage.py verify`, and how they are counted together."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.settings.locations import SOURCE

_NO_TESTS = 5
_WORKERS = (os.cpu_count() or 1) + 1
"""One more than there are processors: some tests wait for an authority that is slow on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One pytest run.

    `needs_more` suites are left out by `--quick`; `on_peers` ones run on PostgreSQL and Redis.
    `measured` ones count for the coverage: tracing nearly doubles a run's time, so what runs the
    same lines again is not traced.
    `carrying` names the mark that a suite's tests carry: no other file is read for it, as every
    worker reads each file it is given. The specifications run apart: their tests share one
    provider whose rows nobody rolls back.
    """

    name: str
    slug: str
    marks: str
    selects: tuple[str, ...] = ("--ignore=tests/spec",)
    carrying: str = ""
    workers: int = 0
    needs_more: bool = False
    on_peers: bool = False
    measured: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many tests ended how."""

    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Return the counts of both."""
        return Counts(
            passed=self.passed + other.passed,
            failed=self.failed + other.failed,
            errors=self.errors + other.errors,
            skipped=self.skipped + other.skipped,
        )

    def in_words(self) -> str:
        """Return the counts as pytest says them."""
        parts = [
            (self.failed, "failed"),
            (self.passed, "passed"),
            (self.skipped, "skipped"),
            (self.errors, "errors" if self.errors > 1 else "error"),
        ]
        return ", ".join(f"{count} {word}" for count, word in parts if count) or "no tests ran"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one suite ended."""

    passed: bool
    counts: Counts
    ran: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()


SUITES: tuple[Suite, ...] = (
    Suite(
        name="tests on SQLite and Valkey",
        slug="embedded",
        marks="not browser and not server and not packages",
        workers=_WORKERS,
    ),
    Suite(
        name="the specifications on SQLite and Valkey",
        slug="spec",
        marks="not browser and not server and not packages",
        selects=("tests/spec",),
        workers=2,  # none of these tests waits for anything
    ),
    Suite(
        name="the specifications on PostgreSQL and Redis",
        slug="spec-peers",
        marks="not browser and not server and not packages",
        selects=("tests/spec",),
        workers=2,  # none of these tests waits for anything
        needs_more=True,
        on_peers=True,
        measured=False,
    ),
    Suite(
        name="the same storage tests on PostgreSQL and Redis",
        slug="peers",
        marks="storage and not browser and not server and not packages",
        carrying="storage",
        workers=_WORKERS,
        needs_more=True,
        on_peers=True,
        measured=False,
    ),
    Suite(
        name="the whole product on real sockets",
        slug="server",
        marks="server and not browser and not packages",
        carrying="server",
        workers=_WORKERS,
        needs_more=True,
        measured=False,
    ),
    Suite(
        name="kills and races on PostgreSQL and Redis",
        slug="server-peers",
        marks="server and storage and not browser and not packages",
        carrying="server",
        workers=2,
        needs_more=True,
        on_peers=True,
        measured=False,
    ),
    Suite(
        name="unmodified clients",
        slug="packages",
        marks="packages",
        carrying="packages",
        needs_more=True,
        measured=False,
    ),
    Suite(
        name="journeys in a browser",
        slug="browser",
        marks="browser and not packages",
        carrying="browser",
        workers=_WORKERS,
        needs_more=True,
        measured=False,
    ),
)


def run_suite(
    suite: Suite, *, results: Path, with_long: bool, environment: Mapping[str, str]
) -> Outcome:
    """Run one suite, traced where it counts; one that selects no test has passed with nothing."""
    marks = suite.marks if with_long else f"({suite.marks}) and not long"
    junit = results / f"{suite.slug}.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-m", marks, f"--junitxml={junit}"]
    command += suite.selects
    command += files_carrying(suite.carrying) if suite.carrying else ()
    command += ["--durations=8", "--durations-min=1"]
    if suite.measured:
        command += ["--cov", "--cov-report="]
    if suite.workers:
        command += ["-n", str(suite.workers), "--dist=worksteal"]
    done = subprocess.run(
        command,
        cwd=SOURCE,
        check=False,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "deploy.settings.test",
            "PYTHONPATH": str(SOURCE),
            "COVERAGE_FILE": str(results / f".coverage.{suite.slug}"),
            **environment,
        },
    )
    return read_outcome(junit, exit_code=done.returncode)


def files_carrying(mark: str) -> tuple[str, ...]:
    """Return the test files that name a mark, relative to the source; the specifications' apart."""
    tests = SOURCE / "tests"
    return tuple(
        str(file.relative_to(SOURCE))
        for file in sorted(tests.rglob("test_*.py"))
        if not file.is_relative_to(tests / "spec")
        and f"pytest.mark.{mark}" in file.read_text(encoding="utf-8")
    )


def read_outcome(junit: Path, *, exit_code: int) -> Outcome:
    """Read pytest's JUnit report; a run that wrote none counts as one error."""
    try:
        report = ET.parse(junit).getroot()  # noqa: S314 - pytest wrote it a moment ago
    except (OSError, ET.ParseError):
        return Outcome(passed=False, counts=Counts(errors=1))
    cases = {f"{c.get('classname')}::{c.get('name')}": c for c in report.iter("testcase")}
    skipped = {name for name, case in cases.items() if case.find("skipped") is not None}
    return Outcome(
        passed=exit_code in {0, _NO_TESTS},
        counts=_count(report),
        ran=frozenset(cases.keys() - skipped),
        skipped=frozenset(skipped),
    )


def _count(report: ET.Element) -> Counts:
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for suite in report.iter("testsuite"):
        for name in totals:
            totals[name] += int(suite.get(name, "0"))
    broken = totals["failures"] + totals["errors"] + totals["skipped"]
    return Counts(
        passed=totals["tests"] - broken,
        failed=totals["failures"],
        errors=totals["errors"],
        skipped=totals["skipped"],
    )
