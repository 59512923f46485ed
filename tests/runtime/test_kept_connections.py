"""Django's connections to PostgreSQL: lent, given back, noticed to be gone."""

from threading import Thread

import pytest
from django.db import OperationalError, connection, transaction

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
