"""The hot path's SQL, on whichever database the run uses."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection, transaction

from idp.foundation.database import Conflict, Cursor, Database, DatabaseUnavailable
from idp.foundation.judge import Judge
from idp.foundation.sealing.models import DataKey

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


def test_write_undoes_everything_when_the_job_raises(database: Database) -> None:
    def job(cursor: Cursor) -> None:
        cursor.execute(INSERT, ("a", 1))
        raise LookupError("refused")

    with pytest.raises(LookupError, match="refused"):
        database.write(job)
    assert Judge.objects.count() == 0
    assert database.execute(INSERT, ("a", 1)) == 1


@pytest.mark.parametrize("single", [True, False], ids=["single", "transaction"])
def test_write_raises_conflict_when_somebody_was_first(database: Database, single: bool) -> None:  # noqa: FBT001 - a parameter of the table
    database.execute(INSERT, ("a", 1))
    with pytest.raises(Conflict):
        database.write(lambda cursor: cursor.execute(INSERT, ("a", 2)).rowcount, single=single)
    assert Judge.objects.get(pk="a").turns == 1


def test_a_wrong_statement_is_no_outage(database: Database) -> None:
    with pytest.raises(Exception, match="nowhere") as caught:
        database.read("SELECT 1 FROM nowhere")
    assert not isinstance(caught.value, DatabaseUnavailable)


def at_once(count: int, call: Callable[[int], object]) -> list[object]:
    gate = threading.Barrier(count)

    def run(number: int) -> object:
        gate.wait()
        return call(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.spec("RFC 9700 §2.2.2", "refresh tokens MUST be sender-constrained or use rotation")
def test_compare_and_set_succeeds_exactly_once_when_200_threads_race(database: Database) -> None:
    database.execute(INSERT, ("code", 0))
    claim = "UPDATE foundation_judge SET turns = 1 WHERE name = ? AND turns = 0"
    assert sorted(map(str, at_once(40, lambda _: database.execute(claim, ("code",))))) == [
        *["0"] * 39,
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


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only one engine has one writer")
def test_write_refuses_when_inside_a_django_transaction(database: Database) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="wait for itself"):
        database.execute(INSERT, ("a", 1))


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


@pytest.mark.skipif(connection.vendor != "sqlite", reason="asks SQLite's busy handler")
def test_writes_are_refused_when_another_process_keeps_the_lock(database: Database) -> None:
    options = {**settings.DATABASES["default"]["OPTIONS"], "timeout": 0.05}
    options["init_command"] = "PRAGMA journal_mode=WAL"
    name = connection.settings_dict["NAME"]
    own = Database({"ENGINE": "sqlite3", "NAME": name, "OPTIONS": options})
    own.read("SELECT 1")
    with pytest.raises(DatabaseUnavailable):
        database.write(lambda _: own.execute(INSERT, ("a", 1)))
    assert own.execute(INSERT, ("a", 1)) == 1
    own.close()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks a server to hang up")
def test_an_idle_connection_is_replaced_when_the_server_hung_up(database: Database) -> None:
    statement = "SELECT pg_backend_pid()"
    first = database.read(statement)
    assert first is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", first)
    assert database.read(statement) != first
