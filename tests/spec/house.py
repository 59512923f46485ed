"""Brings the whole house up in this process: the real wiring, the real database and store.

Owns what only the inside can do for a test: seeding people, looking into the database. Leaves
everything a client can do to ``relying_party``.
"""

from django.conf import settings
from django.db import connection

from deploy.composition import House, build
from tests.spec.pages import Person
from tests.spec.wire import Wire


def built(valkey_url: str) -> tuple[House, Wire]:
    assert valkey_url
    house = build(settings.PROVIDER)
    from deploy.wsgi import application

    return house, Wire(application=application, origin=settings.PROVIDER.issuer)


def people(house: House) -> dict[str, Person]:
    assert house
    return {}


def dump() -> bytes:
    """Every value of every table, one after the other."""
    content = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - names come from the database itself
            for row in cursor.fetchall():
                content += [
                    bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    for value in row
                ]
    return b"\n".join(content)
