"""How long the console's lists take among a million people: the median and the 95th percentile.

Run as `python -m bench.console [--work FOLDER]` on an installation that `bench/people` has filled.
One member of staff asks, in a process of its own, from the request to the drawn page.
"""

import argparse
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.people_main import environment
from bench.population import resident
from bench.servers import WORK

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = 200.0
"""Milliseconds that the 95th percentile may take."""


def main(arguments: Sequence[str]) -> int:
    """Ask in a process that knows the installation; 0 if every page was in time."""
    parser = argparse.ArgumentParser(prog="python -m bench.console", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000, help="as `bench/people` made")
    parser.add_argument("--times", type=int, default=100, help="how often each page is asked for")
    parser.add_argument("--work", type=Path, default=WORK / "people", help="where they are kept")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.inside:
        return _ask(chosen.people, chosen.times)
    data = chosen.work / str(chosen.people)
    if not (data / "seeded").exists():
        print(f"{data} holds no population: run bench/people first", file=sys.stderr)
        return 2
    command = [sys.executable, "-m", "bench.console", "--inside", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment(data), check=False).returncode


def _ask(people: int, times: int) -> int:
    import django

    django.setup()
    from bench.people_probe import store

    with store():
        browsers = _signed_in()
        print("| page | median, ms | p95, ms | at most, ms |\n| --- | --- | --- | --- |")
        return max([_measured(name, ask, times) for name, ask in _pages(browsers, people)])


def _measured(name: str, ask: Callable[[], Any], times: int) -> int:
    ask()  # what a first time costs is not told
    took = []
    for _ in range(times):
        began = time.perf_counter()
        answer = ask()
        took.append((time.perf_counter() - began) * 1e3)
        if answer.status_code != 200:
            raise RuntimeError(f"{name}: {answer.status_code}")
    last = statistics.quantiles(took, n=20)[-1]
    print(f"| {name} | {statistics.median(took):.0f} | {last:.0f} | {ALLOWED:.0f} |", flush=True)
    return int(last > ALLOWED)


def _signed_in() -> dict[str, Any]:
    """A browser for the guard of people and one for the reader of the trail."""
    from urllib.parse import urlsplit

    from django.conf import settings
    from django.test import Client

    from deploy.composition import house
    from deploy.composition.console import open_console
    from deploy.samples.staff import STAFF, StaffSeeder
    from idp.subjects.authenticators.kinds import Kind

    rooms = house().rooms
    staff, console = rooms.staff, open_console(rooms)
    StaffSeeder(accounts=staff.accounts, records=staff.factors.records, clock=rooms.ground.clock)()
    host = urlsplit(staff.origin).netloc
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, urlsplit(staff.origin).hostname]
    browsers = {}
    for persona in STAFF:
        member = staff.accounts.find(persona.username)
        _, secret = staff.sessions.start(member, Kind.TOTP)
        browsers[persona.username] = Client(HTTP_HOST=host)
        browsers[persona.username].cookies[console.cookie] = secret
    return browsers


def _pages(browsers: dict[str, Any], people: int) -> Iterator[tuple[str, Callable[[], Any]]]:
    from idp.foundation.audit.models import AuditRow

    guard, reader = browsers["security"], browsers["audit"]
    dice = random.Random(4)  # noqa: S311 - whom to ask for
    newest = AuditRow.objects.order_by("-id").values_list("id", flat=True)[0]

    def somebody() -> dict[str, Any]:
        return resident(dice.randrange(people))

    def subject() -> str:
        place = dice.randrange(1, newest)
        return str(AuditRow.objects.filter(id__gte=place).values_list("subject", flat=True)[0])

    def older() -> Any:
        return reader.get("/console/audit", {"before": dice.randrange(2, newest)})

    def found(place: str, name: str) -> Callable[[], Any]:
        return lambda: guard.post(place, {"q": somebody()[name]}, follow=True)

    yield "overview", lambda: guard.get("/console/")
    yield "trail, newest", lambda: reader.get("/console/audit")
    yield "trail, anywhere", older
    yield "trail, a rare event", lambda: reader.get("/console/audit", {"type": "key.rotated"})
    yield "trail of an operator", lambda: reader.get("/console/audit", {"operator": "nobody"})
    yield "trail of one person", lambda: reader.get("/console/audit", {"subject": subject()})
    yield "person by phone", found("/console/people", "phone")
    yield "person by document", found("/console/people", "document_number")
    yield "sessions of a person", found("/console/sessions", "document_number")
    yield "decisions", lambda: reader.get("/console/decisions")
    yield "clients", lambda: guard.get("/console/clients")
    yield "alerts", lambda: guard.get("/console/alerts")
    yield "staff", lambda: guard.get("/console/staff")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
