"""Whether a connection to PostgreSQL that was kept is noticed to be gone."""

import pytest
from django.db import connection

pytestmark = pytest.mark.storage


def test_connection_is_made_anew_when_the_server_hung_up(transactional_db: None) -> None:
    del transactional_db
    if connection.vendor != "postgresql":
        pytest.skip("a file does not hang up")
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
