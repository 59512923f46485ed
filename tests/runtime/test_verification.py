"""How `manage.py verify` counts, measures and concludes."""

from pathlib import Path

import pytest

from deploy.verify import debian
from deploy.verify.checks import Check, run_check
from deploy.verify.run import Report
from deploy.verify.suites import SUITES, Counts, Outcome, files_carrying, read_outcome
from deploy.verify.thresholds import measure

JUNIT = """<?xml version="1.0"?><testsuites><testsuite name="pytest" tests="7" failures="1"
errors="1" skipped="2"><testcase classname="m" name="a"/><testcase classname="m" name="b">
<skipped/></testcase></testsuite></testsuites>"""


def test_outcome_is_read_from_the_report(tmp_path: Path) -> None:
    report = tmp_path / "a.xml"
    report.write_text(JUNIT, encoding="utf-8")
    assert read_outcome(report, exit_code=1) == Outcome(
        passed=False,
        counts=Counts(passed=3, failed=1, errors=1, skipped=2),
        ran=frozenset({"m::a"}),
        skipped=frozenset({"m::b"}),
    )


def test_test_skipped_in_one_suite_counts_as_run_when_another_ran_it() -> None:
    report = Report(is_ci=True)
    both = {"m::a"}
    report.take(Outcome(passed=True, counts=Counts(passed=1, skipped=1), skipped=frozenset(both)))
    report.take(Outcome(passed=True, counts=Counts(passed=1), ran=frozenset(both)))
    assert report.conclude() == 0


@pytest.mark.parametrize("content", [None, "<testsuites"])
def test_missing_report_counts_as_an_error(tmp_path: Path, content: str | None) -> None:
    report = tmp_path / "a.xml"
    if content:
        report.write_text(content, encoding="utf-8")
    assert read_outcome(report, exit_code=0) == Outcome(passed=False, counts=Counts(errors=1))


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (Counts(), "no tests ran"),
        (Counts(passed=3), "3 passed"),
        (Counts(passed=1, failed=2, skipped=4, errors=1), "2 failed, 1 passed, 4 skipped, 1 error"),
        (Counts(errors=2), "2 errors"),
    ],
)
def test_counts_are_said_as_pytest_says_them(counts: Counts, words: str) -> None:
    assert counts.in_words() == words


def test_report_ends_with_one_summary_line_and_0_when_all_passed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = Report(is_ci=True, counts=Counts(passed=2) + Counts(passed=3))
    report.step("something", lambda: True)
    assert report.conclude() == 0
    assert "= 5 passed in 0." in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize(
    ("outcome", "passed", "reason"),
    [
        (Outcome(passed=True, counts=Counts(passed=1)), False, "FAILED something"),
        (Outcome(passed=True, counts=Counts()), True, "FAILED no test was run"),
        (
            Outcome(passed=True, counts=Counts(passed=1), skipped=frozenset({"m::b"})),
            True,
            "FAILED m::b (skipped",
        ),
    ],
    ids=["failed step", "no test", "skipped"],
)
def test_report_ends_with_1_when_anything_went_wrong(
    capsys: pytest.CaptureFixture[str], outcome: Outcome, *, passed: bool, reason: str
) -> None:
    report = Report(is_ci=True)
    report.take(outcome)
    report.step("something", lambda: passed)
    assert report.conclude() == 1
    assert reason in capsys.readouterr().out


def test_check_passes_by_its_exit_code() -> None:
    assert run_check(Check(name="true", command=("true",))).passed
    failed = run_check(Check(name="false", command=("sh", "-c", "echo why; exit 1")))
    assert not failed.passed
    assert failed.said == "why\n"


def test_wordy_check_is_told_of_when_it_fails() -> None:
    told = [
        run_check(
            Check(name="wordy", command=("sh", "-c", f"echo why; exit {code}"), is_wordy=True)
        )
        for code in (0, 1)
    ]
    assert [each.said for each in told] == ["", "why\n"]


def test_quick_leaves_out_what_needs_more() -> None:
    assert [suite.slug for suite in SUITES if not suite.needs_more] == ["embedded", "spec"]


def test_suites_read_every_file_that_names_their_mark() -> None:
    carried = {suite.carrying for suite in SUITES if suite.carrying}
    assert carried == {"storage", "server", "packages", "browser"}
    assert "tests/faults/test_lost_store.py" in files_carrying("server")
    assert "tests/faults/test_lost_store.py" not in files_carrying("browser")
    assert not [file for file in files_carrying("storage") if file.startswith("tests/spec/")]


def measured(covered: int, total: int, *missing: int) -> dict[str, object]:
    return {
        "summary": {
            "covered_lines": covered,
            "num_statements": total,
            "covered_branches": 1,
            "num_branches": 1,
        },
        "missing_lines": list(missing),
        "missing_branches": [],
    }


def test_coverage_names_what_is_missing_when_a_room_must_be_whole() -> None:
    overall, rooms = measure(
        {"policies/engine.py": measured(8, 9, 17), "admin/apps.py": measured(9, 9)}
    )
    assert overall.percent == pytest.approx(95.0)
    missing = {room.name: room.missing for room in rooms if room.missing}
    assert missing == {"policies/": ("policies/engine.py: lines [17] branches []",)}
    assert [room.percent for room in rooms if not room.missing] == [100.0] * 3


def test_missing_package_fails_only_in_continuous_integration(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(debian, "PACKAGES", {"no-such": ("no-such-program", "/no/such/file")})
    monkeypatch.setattr(debian.os, "geteuid", lambda: 1000)
    assert debian.require_packages(is_ci=False)
    assert not debian.require_packages(is_ci=True)
    assert "apt-get install -y --no-install-recommends no-such" in capsys.readouterr().out


def test_present_package_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "PACKAGES", {"shell": ("sh", "/bin/sh")})
    assert debian.missing_packages() == []
    assert debian.require_packages(is_ci=True)
