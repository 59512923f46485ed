"""Django's connections to PostgreSQL: lent, given back, noticed to be gone."""

from queue import SimpleQueue
from threading import Event, Thread

import pytest
from django.db import OperationalError, connection, transaction

from deploy.house import Task
from deploy.postgresql.base import MOST
from deploy.runtime.worker import repeat
from idp.journey.errands import Errands

pytestmark = [
    pytest.mark.storage,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="a file is no connection"),
]


def backend() -> int:
    """Which process of the server this thread speaks with."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        process: int = cursor.fetchone()[0]
    return process


def elsewhere() -> int:
    """The same, of a thread of its own that gives its connection back."""
    found: list[int] = []

    def ask() -> None:
        found.append(backend())
        connection.close()

    thread = Thread(target=ask)
    thread.start()
    thread.join()
    return found[0]


def test_threads_take_turns_with_one_connection_when_each_gives_it_back() -> None:
    connection.close()
    assert elsewhere() == elsewhere()
    own = backend()
    assert elsewhere() != own
    connection.close()
    assert elsewhere() == own


def test_connection_is_thrown_away_when_a_transaction_was_left_open() -> None:
    spoilt = backend()
    connection.set_autocommit(False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    connection.close()
    assert connection.get_autocommit()
    assert backend() != spoilt


def test_nothing_kept_stands_in_the_way_of_dropping_the_database() -> None:
    kept = elsewhere()
    connection.close()
    connection.close_pool()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [kept])
        while cursor.fetchone()[0]:  # until the server has read that it was hung up
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [kept])


def test_transaction_keeps_its_connection_when_somebody_tidies_up() -> None:
    with transaction.atomic():
        first = backend()
        connection.close_if_unusable_or_obsolete()
        assert backend() == first


def test_every_task_of_a_worker_runs_when_there_are_more_than_connections() -> None:
    ran: SimpleQueue[int] = SimpleQueue()

    def task(number: int) -> Task:
        def run() -> None:
            backend()
            ran.put(number)

        return Task(name=f"task {number}", interval=0.01, run=run)

    stop = Event()
    expected = set(range(MOST + 4))
    threads = [Thread(target=repeat, args=(task(number), stop)) for number in expected]
    for thread in threads:
        thread.start()
    try:
        while expected:
            expected.discard(ran.get(timeout=5))
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_errand_gives_its_connection_back_when_it_is_done() -> None:
    connection.close()
    errands = Errands(threads=1)
    lent = errands.run(backend, patience=5)
    assert lent is not None
    assert backend() == lent
    errands.close()


def test_connection_refused_is_an_operational_error() -> None:
    other = connection.copy("nowhere")
    other.settings_dict = {**other.settings_dict, "PORT": "1"}
    for _ in range(20):  # more often than there are places
        with pytest.raises(OperationalError):
            other.ensure_connection()


def test_connection_is_made_anew_when_the_server_hung_up() -> None:
    connection.ensure_connection()
    assert connection.is_usable()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        victim = cursor.fetchone()[0]
    other = connection.copy("other")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 2000)", [victim])
    other.close()
    assert not connection.is_usable()
    connection.health_check_enabled, connection.health_check_done = True, False
    connection.close_if_health_check_failed()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] != victim
    connection.close()
    assert not connection.is_usable()
