"""What readiness asks of the database and the store; keys are asked by their own room."""

from deploy.house import Probe


def database_probe() -> Probe:
    """Return a probe that asks the database the shortest question."""
    return Probe(name="database", check=_ask_database)


def store_probe() -> Probe:
    """Return a probe that pings the store, on a connection of its own."""
    from django.conf import settings
    from redis import Redis

    client = Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)

    def ask_store() -> str | None:
        from redis.exceptions import RedisError

        try:
            client.ping()
        except RedisError as error:
            return f"the store does not answer ({type(error).__name__})"
        return None

    return Probe(name="store", check=ask_store)


def _ask_database() -> str | None:
    from django.db import DatabaseError, connection

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return f"the database does not answer ({type(error).__name__})"
    return None
