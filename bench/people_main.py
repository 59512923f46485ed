"""Seeds installations of two sizes, asks each in turn the same things, and compares their CPU."""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import machine
from bench.population import SOURCE, write_export
from bench.servers import WORK

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = 1.2
"""How much more an operation may cost among the many."""


def main(arguments: Sequence[str]) -> int:
    """Print the table; 0 if no operation costs more than it may."""
    chosen = _parser().parse_args(arguments)
    few, many = (_seeded(chosen.work / str(size), size) for size in (chosen.few, chosen.many))
    rounds: dict[Path, list[dict[str, float]]] = {few: [], many: []}
    for number in range(chosen.rounds):
        # In turn, so that a machine that slows down slows both.
        for data, size in ((few, chosen.few), (many, chosen.many)):
            found = _probed(data, size, chosen.times, number)
            rounds[data].append(found)
            print(f"  {size}: {found}", file=sys.stderr, flush=True)
    print(f"\n{machine.description()}; {chosen.rounds} rounds of {chosen.times}, in turn\n")
    print(f"| operation | {chosen.few:,} people | {chosen.many:,} people | ratio | at most |")
    print("| --- | --- | --- | --- | --- |")
    is_met = True
    for name in rounds[few][0]:
        small, large = (
            statistics.median(each[name] for each in rounds[data]) for data in (few, many)
        )
        is_met = is_met and large <= ALLOWED * small
        ratio = large / small
        print(f"| {name} | {small:,.0f} µs | {large:,.0f} µs | {ratio:.2f} | {ALLOWED} |")
    return 0 if is_met else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench/people", description=__doc__)
    add = parser.add_argument
    add("--few", type=int, default=1_000, help="people in the small installation")
    add("--many", type=int, default=1_000_000, help="people in the large one")
    add("--rounds", type=int, default=5, help="how often each is asked, in turn")
    add("--times", type=int, default=300, help="operations of each kind in a round")
    add("--work", type=Path, default=WORK / "people", help="installations are kept there")
    return parser


def _seeded(data: Path, size: int) -> Path:
    """An installation of so many people, imported like any other platform's, once."""
    stamp = data / "seeded"
    if not stamp.exists():
        data.mkdir(parents=True, exist_ok=True)
        export, source = data / "people.ndjson", data / "source.yaml"
        write_export(export, size)
        source.write_text(SOURCE, encoding="utf-8")
        _manage(data, "migrate", "--verbosity", "0")
        _manage(data, "apply", str(source))
        _manage(data, "import", "people", str(export), "--source", "old-platform")
        export.unlink()
        stamp.touch()
    return data


def _warm(data: Path) -> None:
    """Have the system hold the database in memory, as it does where a server has run for a while.

    Reading from a disk costs processor time, too: it is the machine's, and not the product's.
    """
    with (data / "tongxing.sqlite3").open("rb") as file:
        while file.read(1 << 24):
            pass


def _probed(data: Path, size: int, times: int, number: int) -> dict[str, float]:
    _warm(data)
    command = [sys.executable, "-m", "bench.people_probe", *map(str, (size, times, number))]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(data), capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _manage(data: Path, *words: str) -> None:
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    subprocess.run(command, env=environment(data), check=True, stdout=sys.stderr)


def environment(data: Path) -> dict[str, str]:
    """What a process is told that works on an installation of ours."""
    return {
        "PATH": os.environ["PATH"],
        "TONGXING_BOOTSTRAP": "0",
        "TONGXING_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "deploy.settings.development",
        **{n: os.environ[n] for n in ("DATABASE_URL", "REDIS_URL") if n in os.environ},
    }
