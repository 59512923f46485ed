"""Brings the whole house up in this process: the real wiring, the real database and store.

Owns what only the inside can do for a test: seeding, suspending, delivering, signing as the
provider, looking into the database. Leaves everything a client can do to ``relying_party``.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.urls import clear_url_caches
from redis import Redis

from connectors.sandbox.authority import SandboxAuthority
from connectors.sandbox.population import person
from connectors.sandbox.server import SandboxServer
from deploy import composition
from deploy.access_log import AccessLog
from deploy.composition.clients import open_clients
from deploy.house import House
from deploy.seed import seed
from deploy.wsgi import Application
from idp.clients.metadata import MetadataProblem, validated_metadata
from idp.conf import Profile, ProviderSettings
from idp.foundation.clock import SystemClock
from tests.spec.pages import Person
from tests.spec.relying_party import peek
from tests.spec.wire import Wire

Later = Callable[..., None]
Suspend = Callable[[str], None]
Deliver = Callable[[], None]
Inbox = Callable[[str], list[dict[str, str]]]
Stored = Callable[[], bytes]
Resigned = Callable[..., str]
Judged = Callable[..., bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseUnderTest:
    """The wired house, the wire to it, and the sandbox authority beside it."""

    house: House
    wire: Wire
    authority: SandboxAuthority

    def suspend(self, client_id: str) -> None:
        rooms = self.house.rooms
        rooms.clients.registrar.set_status(client_id, "suspended")
        rooms.clients.directory.reload()

    def inbox(self, phone: str) -> list[dict[str, str]]:
        """What the gateways delivered to a phone, newest first."""
        return self.authority.inbox.to(phone)

    def deliver(self) -> None:
        """Do the outbox's work that is due, as the worker does."""
        for task in self.house.tasks:
            if task.name in {"outbox", "notices"}:
                task.run()

    def age_store(self, by: timedelta) -> None:
        """Take ``by`` off the life of every record in the store, as time would."""
        with Redis.from_url(settings.REDIS_URL) as store:
            for key in store.scan_iter():
                left = store.pttl(key)
                if left > 0:
                    store.pexpire(key, max(0, left - int(by.total_seconds() * 1000)))

    def resigned(self, token: str, claims: Mapping[str, Any], header: Mapping[str, Any]) -> str:
        """The same JWT with some claims and its type changed, signed with the provider's key."""
        old_header, old_claims = peek(token)
        changed = {name: value for name, value in {**old_claims, **claims}.items() if value}
        typ = {**old_header, **header}["typ"]
        keys = self.house.rooms.ground.keys
        return str(keys.sign_jwt(changed, alg=old_header["alg"], typ=typ or ""))

    def judged(self, metadata: Mapping[str, Any], profile: Profile) -> bool:
        """Whether a deployment of this profile would register these metadata."""
        ground = replace(self.house.rooms.ground, settings=production(profile=profile))
        rules = open_clients(ground).registrar._rules
        try:
            validated_metadata(metadata, rules)
        except MetadataProblem:
            return False
        return True


@contextmanager
def standing(store_url: str) -> Iterator[HouseUnderTest]:
    """Build it once: sandbox first, then the house that asks it, then the people."""
    authority = SandboxAuthority(clock=SystemClock().now)
    server = SandboxServer("127.0.0.1", 0, authority)
    serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    serving.start()
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    settings.REDIS_URL = store_url
    settings.PROVIDER = replace(settings.PROVIDER, sandbox_url=server.base_url)
    forget_house()
    try:
        house = composition.house()
        seed(house)
        house.rooms.ground.replays.begin()
        application = Application(
            house, pages=WSGIHandler(), access_log=AccessLog(), clock=SystemClock()
        )
        wire = Wire(application=application, origin=settings.PROVIDER.issuer)
        yield HouseUnderTest(house=house, wire=wire, authority=authority)
    finally:
        rooms = composition.house().rooms
        rooms.hall.errands.close()
        ground = rooms.ground
        ground.store.close()
        ground.database.close()
        forget_house()
        server.shutdown()
        serving.join()
        server.server_close()


def forget_house() -> None:
    """Whatever house another test built in this process, its addresses included."""
    composition.house.cache_clear()
    sys.modules.pop("deploy.urls", None)
    clear_url_caches()


def somebody(key: str) -> Person:
    """A made-up person of the sandbox's population, with what they know."""
    found = person(key)
    assert found.login is not None
    assert found.phone is not None
    return Person(
        identifier=found.login.identifier,
        password=found.login.password,
        name=found.name,
        document_number=found.documents[0].number,
        phone=found.phone,
    )


def production(**changes: Any) -> ProviderSettings:
    """Settings of a production deployment, but for ``changes``."""
    wanted = {
        "profile": Profile.PRODUCTION,
        "issuer": "https://id.city.example",
        "registration_open": False,
        "personas": False,
        "sandbox_url": "",
        **changes,
    }
    return replace(settings.PROVIDER, **wanted)


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
