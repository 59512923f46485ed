"""The cost of deciding: one decision, a replay of a million, the questions of integrated systems.

Run as `python -m bench.policies decisions|replay|access`; a database of its own is filled.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from idp.protocols.authzen.endpoint import Evaluating
    from policies.engine import Engine
    from policies.facts import Facts
    from policies.source import PolicySource

_SIZES = (10, 50, 200, 500, 1000)
_SEED = 20_261_125
_BATCH = 20_000
_DICE = random.Random(_SEED)  # noqa: S311 - made-up decisions, the same every time


def main(arguments: Sequence[str]) -> int:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(prog="python -m bench.policies", description=__doc__)
    parser.add_argument("what", choices=("decisions", "replay", "access"))
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args(arguments)
    _DICE.seed(_SEED)
    if chosen.what == "decisions":
        return _decisions()
    with tempfile.TemporaryDirectory(prefix="replay-") as folder:
        _database(Path(folder))
        if chosen.what == "access":
            return _access()
        return _replay(Path(folder), chosen.decisions, chosen.workers)


def _decisions() -> int:
    from policies.engine import Engine
    from policies.source import PolicySource

    print("| policies | answer known, µs | anew, µs | client like no other, µs | parsed in, ms |")
    print("|---:|---:|---:|---:|---:|")
    for size in _SIZES:
        started = time.perf_counter()
        source = PolicySource(shared=_policies(size))
        engine = Engine(source)
        parsed = (time.perf_counter() - started) * 1e3
        asked = [_facts(number) for number in range(2_000)]
        for each in asked:
            engine.decide(each)
        known = statistics.median(_taken(engine, asked) for _ in range(7))
        anew = statistics.median(_anew(source) for _ in range(5))
        strange = statistics.median(_taken(Engine(source), _strangers()) for _ in range(5))
        print(f"| {size:,} | {known:.1f} | {anew:.0f} | {strange:.0f} | {parsed:.0f} |")
    return 0


def _taken(engine: "Engine", asked: list["Facts"]) -> float:
    """CPU time of one decision, in microseconds."""
    started = time.process_time()
    for each in asked:
        engine.decide(each)
    return (time.process_time() - started) / len(asked) * 1e6


def _anew(source: "PolicySource", count: int = 300) -> float:
    """Cedar is asked each time: the shared text looks at the clock to the second, and it moves."""
    from policies.engine import Engine
    from policies.source import PolicySource

    second = (
        '@id("to-the-second") forbid (principal, action, resource)'
        " when { context.request.now_epoch * 1 == 0 };"
    )
    engine = Engine(PolicySource(shared=f"{source.shared}\n{second}"))
    _taken(engine, [_facts(number) for number in range(count)])
    return _taken(engine, [_facts(number + 1_000_000) for number in range(count)])


def _strangers(count: int = 300) -> list["Facts"]:
    """Every client has a classification of its own: nothing of it was ever asked about."""
    facts = [_facts(number, client=f"fresh-{number}") for number in range(count)]
    return [
        replace(each, client=replace(each.client, classification=f"own-{number}"))
        for number, each in enumerate(facts)
    ]


def _policies(size: int) -> str:
    """The shipped ones, and others of the kinds a city writes, up to a number."""
    from policies.source import default_policies
    from policies.statements import cut

    shipped = default_policies().shared
    kinds = (
        'when {{ resource.classification == "class-{n}" && context.request.hour < {h} }}',
        'when {{ context.request.session_age_s > {s} && resource.department == "d{n}" }}',
        'unless {{ context.request.weekday < 8 || resource.classification == "c{n}" }}',
        'when {{ resource.department == "x{n}" && context.request.channel == "kiosk" }}',
    )
    more = [
        f'@id("made-{n}") @reason("made") forbid (principal, action, resource) '
        + kinds[n % len(kinds)].format(n=n, h=n % 6, s=4_000 + n)
        + ";"
        for n in range(size - sum(1 for _ in cut(shipped)))
    ]
    return "\n".join([shipped, *more])


def _facts(number: int, client: str = "") -> "Facts":
    from policies.facts import ClientFacts, Facts, RequestFacts, SubjectFacts

    return Facts(
        subject=SubjectFacts(
            person_id=f"00000000-0000-4000-8000-{number % 400_000:012d}",
            ial=_DICE.randint(1, 3),
            aal=_DICE.randint(1, 2),
            status="active",
            population=_DICE.choice(("resident", "hong_kong_macau", "foreigner")),
            methods=frozenset({"population_library"}),
            evidence_age_days=_DICE.randint(0, 900),
            authenticators=frozenset({"sms"}),
        ),
        client=ClientFacts(
            client_id=client or f"client-{number % 100}",
            classification="general",
            channel="web",
            minimum_ial=number % 3,
            minimum_aal=1,
            allowed_channels=frozenset({"web", "app"}),
            status="active",
            department=f"department-{number % 20}",
        ),
        request=RequestFacts(
            channel=_DICE.choice(("web", "web", "web", "app")),
            hour=_DICE.randint(0, 23),
            weekday=_DICE.randint(1, 7),
            now_epoch=1_790_000_000 + number,
            session_age_s=_DICE.randint(0, 7_200),
            network=f"10.{number % 200}.{number % 99}",
        ),
    )


def _people(now: "datetime") -> None:
    from datetime import timedelta
    from uuid import uuid4

    from idp.sessions.models import ParticipantRow, SessionRow
    from idp.subjects.models import Person

    for number in range(1_000):
        person = Person.objects.create(created_at=now, updated_at=now)
        session = SessionRow.objects.create(
            secret_hash=uuid4().hex,
            person=person,
            started_at=now,
            authenticated_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(hours=9),
            identity_level=2,
            authentication_level=1,
        )
        ParticipantRow.objects.create(
            session_id=session.id, client_id="pep", sid="s", sub=f"sub-{number}", joined_at=now
        )


def _evaluating() -> "Evaluating":
    from idp.protocols.authzen.decisions import Deciding
    from idp.protocols.authzen.endpoint import Evaluating
    from idp.protocols.authzen.people import Particulars
    from policies.engine import Engine
    from policies.source import PolicySource

    engine = Engine(PolicySource(shared=_policies(50)))
    deciding = Deciding(
        clients={},  # type: ignore[arg-type]  # asked for other clients alone
        decide=engine.decide,
        remember=lambda _facts, _decision, _at: None,
        particulars=Particulars(
            chain=None,  # type: ignore[arg-type]  # no policy here looks at anybody's evidence
            mentions=lambda client_id, name: engine.mentions(name, client_id=client_id),
        ),
    )
    return Evaluating(deciding=deciding)


def _access() -> int:
    """Questions a second and core, behind the token check: people looked up, decided, written."""
    from idp.clients.client import Client
    from idp.foundation.clock import SystemClock

    now = SystemClock().now()
    _people(now)
    asking = Client(client_id="pep")
    evaluating = _evaluating()

    def question(number: int) -> dict[str, object]:
        return {
            "subject": {"type": "user", "id": f"sub-{number % 1_000}"},
            "action": {"name": "use"},
            "resource": {"type": "form", "id": str(number % 20)},
        }

    def answered(size: int, rounds: int) -> float:
        """CPU time of one evaluation, in seconds."""
        started = time.process_time()
        for number in range(rounds):
            body = {"evaluations": [question(number * size + each) for each in range(size)]}
            evaluating.several(asking, body, now)
        return (time.process_time() - started) / rounds / size

    for size in (1, 50):
        answered(size, 20)
        taken = answered(size, 2_000 // size)
        print(f"{size:>2} in a request: {1 / taken:,.0f} evaluations a second and core")
    return 0


def _database(folder: Path) -> None:
    os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'replay.sqlite3'}"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings.test")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _replay(folder: Path, decisions: int, workers: int) -> int:
    from deploy.replays import replayed
    from idp.foundation.clock import SystemClock
    from policies.source import PolicySource

    _fill(decisions)
    size = (folder / "replay.sqlite3").stat().st_size / 1e6
    draft = _policies(50) + (
        '@id("no-app-at-night") @reason("closed") forbid (principal, action, resource)'
        ' when { context.request.channel == "app" && context.request.hour < 6 };'
    )
    since = SystemClock().now().replace(year=2020)
    started = time.perf_counter()
    for progress in replayed(PolicySource(shared=draft), since, workers=workers):
        passed = time.perf_counter() - started
        print(f"\r{progress.done:>9,} of {progress.of:,}  {passed:5.1f} s", end="", file=sys.stderr)
    taken = time.perf_counter() - started
    print(f"\n{progress.done:,} decisions, {progress.changed:,} would change, {taken:.1f} s")
    print(f"{size:.0f} MB, {size * 1e6 / decisions:.0f} bytes a decision; {workers} processes")
    return 0


def _fill(decisions: int) -> None:
    from django.db import connection, transaction

    from policies.decision import OUTCOMES, kind_of
    from policies.engine import Engine
    from policies.source import default_policies

    engine = Engine(default_policies())

    def rows(first: int) -> Iterator[tuple[object, ...]]:
        for number in range(first, min(first + _BATCH, decisions)):
            facts = _facts(number)
            outcome = OUTCOMES.index(kind_of(engine.decide(facts)))
            at = 1_790_000_000_000_000 + number
            yield at, facts.client.client_id, outcome, "", facts.packed()

    for first in range(0, decisions, _BATCH):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO journey_decision (at, client_id, outcome, said, facts)"
                " VALUES (%s, %s, %s, %s, %s)",
                list(rows(first)),
            )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
