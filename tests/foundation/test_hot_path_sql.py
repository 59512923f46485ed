"""The hot path's SQL, on whichever database the run uses."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection, transaction
from psycopg import IntegrityError

from idp.foundation.database import Conflict, Cursor, Database, DatabaseUnavailable
from idp.foundation.judge import Judge
from idp.foundation.sealing.models import DataKey
from tests.racing import at_once

pytestmark = pytest.mark.storage

INSERT = "INSERT INTO foundation_judge (name, turns) VALUES (?, ?)"
OWNER = UUID("0190e0a0-0000-7000-8000-000000000001")


def test_read_returns_none_when_no_row_matches(database: Database) -> None:
    assert database.read("SELECT name FROM foundation_judge WHERE name = ?", ("nobody",)) is None
    assert database.read_all("SELECT name FROM foundation_judge") == []


def test_read_sees_what_django_committed_and_the_reverse(database: Database) -> None:
    Judge.objects.create(name="by django", turns=7)
    found = database.read("SELECT turns FROM foundation_judge WHERE name = ?", ("by django",))
    assert found == (7,)
    database.execute(INSERT, ("by hand", 8))
    assert Judge.objects.get(pk="by hand").turns == 8


def test_read_sees_the_latest_commit_when_more_rows_were_left_unread(database: Database) -> None:
    database.execute(INSERT, ("a", 1))
    database.execute(INSERT, ("b", 2))
    statement = "SELECT turns FROM foundation_judge ORDER BY name"
    assert database.read(statement) == (1,)
    database.execute("UPDATE foundation_judge SET turns = turns + 10")
    assert database.read(statement) == (11,)
    assert database.read_all(statement) == [(11,), (12,)]


def test_execute_counts_changed_rows(database: Database) -> None:
    assert database.execute(INSERT, ("a", 1)) == 1
    assert database.execute("UPDATE foundation_judge SET turns = 2 WHERE name = ?", ("x",)) == 0


def test_write_returns_the_jobs_result_when_committed(database: Database) -> None:
    def job(cursor: Cursor) -> int:
        cursor.execute(INSERT, ("a", 1))
        cursor.execute(INSERT, ("b", 2))
        found = cursor.execute("SELECT sum(turns) FROM foundation_judge").fetchone()
        return int(found[0]) if found else -1

    assert database.write(job) == 3
    assert Judge.objects.count() == 2


def test_each_row_is_written_or_none_when_one_is_refused(database: Database) -> None:
    database.write(lambda cursor: cursor.execute_each(INSERT, [("a", 1), ("b", 2)]))
    assert Judge.objects.count() == 2
    with pytest.raises(Conflict):
        database.write(lambda cursor: cursor.execute_each(INSERT, [("c", 1), ("a", 1), ("d", 1)]))
    assert Judge.objects.count() == 2
    database.write(lambda cursor: cursor.execute_each(INSERT, [("c", 1)]))
    assert Judge.objects.count() == 3


def test_write_undoes_everything_when_the_job_raises(database: Database) -> None:
    def job(cursor: Cursor) -> None:
        cursor.execute(INSERT, ("a", 1))
        raise LookupError("refused")

    with pytest.raises(LookupError, match="refused"):
        database.write(job)
    assert Judge.objects.count() == 0
    assert database.execute(INSERT, ("a", 1)) == 1


WAYS: dict[str, Callable[[Database], object]] = {
    "statement": lambda database: database.execute(INSERT, ("a", 2)),
    "transaction": lambda database: database.write(
        lambda cursor: cursor.execute(INSERT, ("a", 2)).rowcount
    ),
}


@pytest.mark.parametrize("write", WAYS.values(), ids=WAYS)
def test_write_raises_conflict_when_somebody_was_first(
    database: Database, write: Callable[[Database], object]
) -> None:
    database.execute(INSERT, ("a", 1))
    with pytest.raises(Conflict):
        write(database)
    assert Judge.objects.get(pk="a").turns == 1


def test_a_wrong_statement_is_no_outage(database: Database) -> None:
    with pytest.raises(Exception, match="nowhere") as caught:
        database.read("SELECT 1 FROM nowhere")
    assert not isinstance(caught.value, DatabaseUnavailable)


def test_compare_and_set_succeeds_exactly_once_when_200_threads_race(database: Database) -> None:
    database.execute(INSERT, ("code", 0))
    claim = "UPDATE foundation_judge SET turns = 1 WHERE name = ? AND turns = 0"
    assert sorted(map(str, at_once(200, lambda _: database.execute(claim, ("code",))))) == [
        *["0"] * 199,
        "1",
    ]


def test_one_failing_job_harms_no_other_when_they_share_a_commit(database: Database) -> None:
    def attempt(number: int) -> object:
        name = "same" if number % 2 else f"own {number}"
        try:
            return database.write(lambda cursor: cursor.execute(INSERT, (name, 1)).rowcount)
        except Conflict:
            return "conflict"

    outcomes = at_once(40, attempt)
    assert outcomes.count(1) == 21
    assert outcomes.count("conflict") == 19
    assert Judge.objects.count() == 21


@pytest.mark.django_db
def test_sqlite_write_refuses_when_inside_a_django_transaction(tmp_path: Path) -> None:
    own = sqlite_file(tmp_path)
    with transaction.atomic(), pytest.raises(RuntimeError, match="wait for itself"):
        own.execute("CREATE TABLE t (a)")
    own.close()


def test_database_works_again_when_closed_and_used(database: Database) -> None:
    database.execute(INSERT, ("a", 1))
    database.close()
    assert database.read("SELECT turns FROM foundation_judge") == (1,)
    assert database.execute(INSERT, ("b", 1)) == 1


def test_identifiers_and_instants_match_djangos_columns(database: Database) -> None:
    born = datetime(2026, 11, 22, 8, 0, 0, 5, tzinfo=UTC)
    database.execute(
        "INSERT INTO foundation_datakey (owner, sealed_key, created_at) VALUES (?, ?, ?)",
        (database.identifier(OWNER), b"sealed", database.instant(born)),
    )
    row = DataKey.objects.get(pk=OWNER)
    assert (bytes(row.sealed_key), row.created_at) == (b"sealed", born)
    found = database.read(
        "SELECT owner, created_at FROM foundation_datakey WHERE owner = ?",
        (database.identifier(OWNER),),
    )
    assert found is not None
    assert database.read_identifier(found[0]) == OWNER
    assert database.read_instant(found[1]) == born


def test_sql_chooses_by_engine(database: Database) -> None:
    expected = "two" if database.is_postgresql else "one"
    assert database.sql(sqlite="one", postgres="two") == expected


@pytest.mark.parametrize("engine", ["sqlite3", "postgresql"])
def test_database_is_unavailable_when_nothing_is_there(engine: str, tmp_path: object) -> None:
    nowhere = f"{tmp_path}/missing/file"
    own = Database({"ENGINE": f"django.db.backends.{engine}", "NAME": nowhere, "HOST": nowhere})
    with pytest.raises(DatabaseUnavailable):
        own.read("SELECT 1")


def sqlite_file(folder: Path, **options: object) -> Database:
    engine = "django.db.backends.sqlite3"
    return Database({"ENGINE": engine, "NAME": folder / "own.sqlite3", "OPTIONS": options})


def test_sqlite_writes_are_refused_when_another_process_keeps_the_lock(tmp_path: Path) -> None:
    owner, hasty = sqlite_file(tmp_path), sqlite_file(tmp_path, timeout=0.05)
    owner.execute("CREATE TABLE t (a)")
    with pytest.raises(DatabaseUnavailable):
        owner.write(lambda _: hasty.execute("INSERT INTO t VALUES (1)"))
    assert hasty.execute("INSERT INTO t VALUES (1)") == 1
    owner.close()
    hasty.close()


def test_sqlite_deferred_foreign_key_harms_no_other_job_when_they_share_a_commit(
    tmp_path: Path,
) -> None:
    own = sqlite_file(tmp_path, init_command="PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON")
    own.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
    own.execute("CREATE TABLE child (id REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")
    own.execute("INSERT INTO parent VALUES (1)")

    def attempt(number: int) -> object:
        try:
            return own.execute("INSERT INTO child VALUES (?)", (1 if number % 2 else 2,))
        except sqlite3.IntegrityError:
            return "refused"

    outcomes = at_once(20, attempt)
    assert (outcomes.count(1), outcomes.count("refused")) == (10, 10)
    assert own.read("SELECT count(*) FROM child") == (10,)
    own.close()


@pytest.mark.slow
def test_sqlite_serves_a_forked_child_when_the_parent_had_connections(tmp_path: Path) -> None:
    own = sqlite_file(tmp_path)
    own.execute("CREATE TABLE t (a)")
    own.read("SELECT a FROM t")
    script = "import os, sys\nfrom pathlib import Path\n" + CHILD
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, timeout=30)
    assert own.read_all("SELECT a FROM t ORDER BY a") == [(1,), (2,)]
    own.close()


CHILD = """
from idp.foundation.database import Database
own = Database({"ENGINE": "sqlite3", "NAME": Path(sys.argv[1]) / "own.sqlite3"})
own.execute("INSERT INTO t VALUES (1)")
if os.fork() == 0:
    own.execute("INSERT INTO t VALUES (2)")
    os._exit(0 if len(own.read_all("SELECT a FROM t")) == 2 else 1)
_, status = os.wait()
own.close()
sys.exit(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks a server to hang up")
def test_an_idle_connection_is_replaced_when_the_server_hung_up(database: Database) -> None:
    statement = "SELECT pg_backend_pid()"
    first = database.read(statement)
    assert first is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", first)
    assert database.read(statement) != first


WRITER = """
import os, sys
from idp.foundation.database import Database
from threading import Thread
own = Database({"ENGINE": "sqlite3", "NAME": sys.argv[1], "OPTIONS": {
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"}})
def write(thread):
    for number in range(1_000_000):
        own.execute("INSERT INTO t VALUES (?)", (thread * 1_000_000 + number,))
        os.write(1, f"{thread * 1_000_000 + number}\\n".encode())
for thread in range(8):
    Thread(target=write, args=(thread,)).start()
"""


@pytest.mark.requirement("R16")
@pytest.mark.slow
def test_sqlite_loses_nothing_it_acknowledged_when_the_process_is_killed(tmp_path: Path) -> None:
    own = sqlite_file(tmp_path)
    own.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)")
    command = [sys.executable, "-c", WRITER, str(tmp_path / "own.sqlite3")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(400)]
        writer.kill()
        acknowledged += [int(line) for line in writer.stdout if line.endswith("\n")]
    kept = {row[0] for row in own.read_all("SELECT a FROM t")}
    assert set(acknowledged) <= kept
    own.close()


def test_statements_that_travel_together_each_get_their_own_answer(database: Database) -> None:
    statement = "INSERT INTO foundation_judge (name, turns) VALUES (?, ?) RETURNING turns"

    def write(number: int) -> bool:
        rows = [database.returning(statement, (f"{number}-{turn}", turn)) for turn in range(20)]
        return rows == [(turn,) for turn in range(20)]

    assert at_once(16, write) == [True] * 16
    assert Judge.objects.count() == 16 * 20


def test_a_refused_statement_harms_nobody_who_travels_with_it(database: Database) -> None:
    database.execute(INSERT, ("taken", 0))

    def write(number: int) -> str:
        refused = number % 4 == 0
        try:
            database.execute(INSERT, ("taken" if refused else f"free-{number}", number))
        except Conflict:
            return "refused"
        return "written"

    for _ in range(10):
        assert at_once(16, write) == ["refused", "written", "written", "written"] * 4
        Judge.objects.exclude(pk="taken").delete()


def test_a_statement_unfit_to_be_sent_harms_nobody_who_travels_with_it(database: Database) -> None:
    """PostgreSQL keeps no NUL in text; SQLite does."""

    def write(number: int) -> str:
        name = "nul\x00" if number == 0 else f"free-{number}"
        try:
            database.execute(INSERT, (name, number))
        except Exception as error:  # noqa: BLE001 - each engine has its own words for it
            return type(error).__name__
        return "written"

    for _ in range(10):
        assert at_once(8, write)[1:] == ["written"] * 7
        assert Judge.objects.filter(pk__startswith="free-").count() == 7
        Judge.objects.all().delete()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks a server to hang up")
def test_a_statement_is_carried_out_when_the_server_hung_up_before(database: Database) -> None:
    database.execute(INSERT, ("before", 1))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    assert database.execute(INSERT, ("after", 1)) == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps foreign keys at once")
def test_statement_is_refused_when_a_deferred_constraint_speaks_at_commit(
    database: Database,
) -> None:
    orphan = (
        "INSERT INTO subjects_identifier (person_id, kind, blind_index, sealed_value)"
        " VALUES (?, 'phone', ?, ?)"
    )

    def write(number: int) -> str:
        try:
            if number == 0:
                database.execute(orphan, (database.identifier(OWNER), b"\x01", b"\x02"))
            else:
                database.execute(INSERT, (f"free-{number}", number))
        except IntegrityError:
            return "refused"
        return "written"

    for _ in range(5):
        assert at_once(8, write) == ["refused", *["written"] * 7]
        Judge.objects.all().delete()
