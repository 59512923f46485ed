"""The order of `manage.py verify`, its report, and its exit code."""

import argparse
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from deploy.settings.locations import SOURCE
from deploy.verify.checks import Check, Checked, run_checks
from deploy.verify.debian import require_packages
from deploy.verify.peers import peers
from deploy.verify.suites import SUITES, Counts, Outcome, Suite, run_suite
from deploy.verify.thresholds import judge

_WIDTH = 88


@dataclass(slots=True)
class Report:
    """What was found so far."""

    is_ci: bool
    failures: list[str] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    ran: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)
    started: float = field(default_factory=time.monotonic)

    def step(self, name: str, work: Callable[[], bool]) -> None:
        """Do one thing under a heading, and time it."""
        _print_heading(name)
        began, worked = time.monotonic(), _processor_seconds()
        passed = work()
        word = "passed" if passed else "FAILED"
        took, worked = time.monotonic() - began, _processor_seconds() - worked
        print(f"   {word} in {took:.1f} s, {worked:.1f} s of processor time", flush=True)
        if not passed:
            self.failures.append(name)

    def tell(self, check: Check, checked: Checked) -> None:
        """Show what a check said, and its time."""
        _print_heading(check.name)
        print(checked.said, end="")
        word = "passed" if checked.passed else "FAILED"
        print(f"   {word} in {checked.seconds:.1f} s", flush=True)
        if not checked.passed:
            self.failures.append(check.name)

    def take(self, outcome: Outcome) -> None:
        """Count one suite; a test skipped in one and run in another was not skipped."""
        self.ran |= outcome.ran
        self.skipped |= outcome.skipped
        self.counts += outcome.counts

    def conclude(self) -> int:
        """Print what failed and pytest's own kind of summary line; return the exit code."""
        never_ran = sorted(self.skipped - self.ran)
        counts = replace(self.counts, skipped=len(never_ran))
        if self.is_ci and never_ran:
            self.failures += [f"{name} (skipped, in continuous integration)" for name in never_ran]
        if not self.counts.passed:
            self.failures.append("no test was run")
        for name in self.failures:
            print(f"FAILED {name}")
        line = f" {counts.in_words()} in {time.monotonic() - self.started:.2f}s "
        print(line.center(_WIDTH, "="), flush=True)
        return 1 if self.failures else 0


def _print_heading(name: str) -> None:
    print(f"\n── {name} {'─' * max(_WIDTH - len(name) - 4, 3)}", flush=True)


def _processor_seconds() -> float:
    """What this process and the ended ones it started have used, in seconds."""
    return sum(os.times()[:4])


def run(arguments: Sequence[str]) -> int:
    """Verify everything, or what `--quick` leaves, or more with `--long`."""
    options = _parse(arguments)
    report = Report(is_ci=bool(os.environ.get("CI")))
    results = SOURCE / "var" / "verify"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    for check, checked in run_checks(with_collection=not options.quick):
        report.tell(check, checked)
    chosen = _quick() if options.quick else SUITES
    if not options.quick:
        report.step("Debian packages", lambda: require_packages(is_ci=report.is_ci))
    for suite in chosen:
        _run_suite(report, suite, results=results, with_long=options.long)
    if not options.quick:
        report.step("coverage", lambda: judge(results))
    return report.conclude()


def _quick() -> tuple[Suite, ...]:
    """What needs no browser and no server package, untraced, and of many cases the first two."""
    return tuple(
        replace(suite, marks=f"{suite.marks} and not slow and not later", measured=False)
        for suite in SUITES
        if not suite.needs_more
    )


def _run_suite(report: Report, suite: Suite, *, results: Path, with_long: bool) -> None:
    def work() -> bool:
        if not suite.on_peers:
            outcome = run_suite(suite, results=results, with_long=with_long, environment={})
        else:
            with peers() as environment:
                outcome = run_suite(
                    suite, results=results, with_long=with_long, environment=environment
                )
        report.take(outcome)
        return outcome.passed

    report.step(suite.name, work)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py verify", description="Prove everything.")
    depth = parser.add_mutually_exclusive_group()
    depth.add_argument(
        "--quick", action="store_true", help="what needs no browser and no server package"
    )
    depth.add_argument("--long", action="store_true", help="also the tests that take minutes")
    return parser.parse_args(arguments)
