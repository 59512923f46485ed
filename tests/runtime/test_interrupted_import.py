"""An import that is killed midway and resumed, as a process of its own on a database of its own."""

import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.population import SOURCE, write_export
from deploy.settings.locations import Locations

ROOT = Path(__file__).resolve().parents[2]
WITHIN = 2 * 3600.0
EVERYTHING = {
    "people": "SELECT COUNT(*) FROM subjects_person",
    "documents": "SELECT COUNT(DISTINCT blind_index) FROM subjects_document",
    "phones": "SELECT COUNT(DISTINCT blind_index) FROM subjects_identifier",
    "old ids": "SELECT COUNT(DISTINCT blind_index) FROM subjects_import_alias",
    "keys": "SELECT COUNT(*) FROM foundation_datakey",
    "proofs": "SELECT COUNT(*) / 2 FROM subjects_evidence",
    "told of": "SELECT COUNT(DISTINCT subject) FROM foundation_auditrow WHERE subject <> ''",
}
PASSWORDS = "SELECT COUNT(*) FROM subjects_authenticator WHERE kind = 'password'"


class Installation:
    """A database of its own, and `manage.py` on it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.environment = {
            **{name: word for name, word in os.environ.items() if name.startswith("COV")},
            "PATH": os.environ["PATH"],
            "TONGXING_BOOTSTRAP": "0",
            "TONGXING_DATA": str(data),
        }

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(ROOT / "manage.py"), *words]
        return subprocess.Popen(
            command,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def manage(self, *words: str) -> str:
        process = self.start(*words)
        said, _ = process.communicate(timeout=WITHIN)
        assert process.returncode == 0, said
        return said

    @contextmanager
    def peer(self) -> Iterator[sqlite3.Connection]:
        file = Locations(data=self.data).database
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as found:
            yield found

    def number(self, sql: str) -> int:
        with self.peer() as peer:
            row: tuple[Any, ...] | None = peer.execute(sql).fetchone()
        return int(row[0]) if row else 0

    def line(self) -> int:
        return self.number("SELECT line FROM subjects_import_run")


@pytest.mark.server
@pytest.mark.requirement("R16")
@pytest.mark.parametrize(
    ("rows", "passwords"),
    [
        pytest.param(6_000, 3, id="a few thousand"),
        pytest.param(1_000_000, 10_000, id="a million", marks=pytest.mark.long),
    ],
)
def test_nothing_is_lost_or_doubled_when_an_import_is_killed(
    tmp_path: Path, rows: int, passwords: int
) -> None:
    here = Installation(tmp_path / "data")
    here.data.mkdir()
    export, source = tmp_path / "people.ndjson", tmp_path / "source.yaml"
    write_export(export, rows, passwords=passwords)
    source.write_text(SOURCE, encoding="utf-8")
    here.manage("migrate", "--verbosity", "0")
    here.manage("apply", str(source))
    words = ("import", "people", str(export), "--source", "old-platform", "--rows", str(rows))
    process = here.start(*words)
    while here.line() < rows / 3:
        with contextlib.suppress(subprocess.TimeoutExpired):
            pytest.fail(f"it ended: {process.wait(timeout=rows / 1_000_000)}")
    process.kill()
    process.communicate()
    came_to = here.line()
    assert rows / 3 <= came_to < rows
    assert {here.number(sql) for sql in EVERYTHING.values()} == {came_to}
    assert f"{rows} new" in here.manage(*words, "--resume")
    assert {name: here.number(sql) for name, sql in EVERYTHING.items()} == dict.fromkeys(
        EVERYTHING, rows
    )
    assert here.number(PASSWORDS) == passwords
