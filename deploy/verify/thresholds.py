"""How much of the code the tests must have run: branches counted, some rooms without exception."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.settings.locations import SOURCE

OVERALL = 95.0
WITHOUT_EXCEPTION = (
    "idp/protocols/oauth/",
    "idp/protocols/oidc/token/",
    "idp/protocols/oidc/authorization/",
    "policies/",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What ran of one room."""

    name: str
    covered: int
    total: int
    missing: tuple[str, ...] = ()

    @property
    def percent(self) -> float:
        """Statements and branches that ran, in per cent; 100 where there is nothing to run."""
        return 100.0 * self.covered / self.total if self.total else 100.0


def judge(results: Path) -> bool:
    """Combine the suites' measurements and hold them against the thresholds.

    Args:
        results: where the suites left their data files.
    """
    report = _combine(results)
    if report is None:
        return False
    overall, rooms = measure(report["files"])
    print(f"   overall {overall.percent:.1f} % (at least {OVERALL:.0f} %)")
    failed = overall.percent < OVERALL
    for room in rooms:
        print(f"   {room.name} {room.percent:.1f} % (all of it)")
        for line in room.missing:
            print(f"      {line}")
        failed = failed or bool(room.missing)
    return not failed


def measure(files: Mapping[str, Any]) -> tuple[Room, tuple[Room, ...]]:
    """Return the figures of everything and of each room that must be whole."""
    rooms = tuple(
        _room(prefix, {name: file for name, file in files.items() if name.startswith(prefix)})
        for prefix in WITHOUT_EXCEPTION
    )
    return _room("overall", files), rooms


def _room(name: str, files: Mapping[str, Any]) -> Room:
    summaries = [file["summary"] for file in files.values()]
    return Room(
        name=name,
        covered=sum(part["covered_lines"] + part["covered_branches"] for part in summaries),
        total=sum(part["num_statements"] + part["num_branches"] for part in summaries),
        missing=tuple(
            f"{path}: lines {file['missing_lines']} branches {file['missing_branches']}"
            for path, file in sorted(files.items())
            if file["missing_lines"] or file["missing_branches"]
        ),
    )


def _combine(results: Path) -> Any:
    for empty in results.glob(".coverage.*"):
        if not empty.stat().st_size:
            empty.unlink()  # of a child that may write no file, on purpose
    environment = {**os.environ, "COVERAGE_FILE": str(results / ".coverage")}
    out = results / "coverage.json"
    coverage = [sys.executable, "-m", "coverage"]
    for arguments in (["combine", "--quiet"], ["json", "--quiet", "-o", str(out)]):
        done = subprocess.run(
            [*coverage, *arguments],
            cwd=SOURCE,
            env=environment,
            check=False,
        )
        if done.returncode != 0:
            return None
    return json.loads(out.read_text(encoding="utf-8"))
