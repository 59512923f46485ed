"""A product that crowds may visit, on the databases this run names or else on the embedded pair."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.product import Product, running

NO_LIMITS = {
    "TONGXING_LIMITS_SMS_PER_ADDRESS_HOUR": "1000000",
    "TONGXING_LIMITS_REGISTRATIONS_PER_ADDRESS_HOUR": "1000000",
    "TONGXING_LIMITS_SMS_PER_PHONE_MINUTE": "1000",
    "TONGXING_LIMITS_EMAILS_PER_MAILBOX_MINUTE": "1000",
}
"""A crowd behind one address, and people who do much within a minute."""


@pytest.fixture(scope="session")
def crowded_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    data = tmp_path_factory.mktemp("crowded") / "data"
    with named_pair() as pair, running(data, {**NO_LIMITS, **pair}) as made:
        yield made


@contextmanager
def named_pair() -> Iterator[dict[str, str]]:
    """The servers that this run names, with a database of our own in the first."""
    pair = {name: os.environ[name] for name in ("REDIS_URL",) if name in os.environ}
    server = os.environ.get("DATABASE_URL")
    if not server:
        yield pair
        return
    name = f"faults_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            own = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
            yield {**pair, "DATABASE_URL": own}
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
