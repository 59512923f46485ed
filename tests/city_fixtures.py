"""Fixtures around `tests.city`, imported by the folders that walk through it."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client as DjangoClient
from pytest_django.fixtures import Settings

from connectors.sandbox.server import SandboxServer
from idp.foundation.storage import ValkeyStore
from idp.journey.views import failed_csrf
from tests.city import City, built_city, running_sandbox
from tests.walker import Walker


@pytest.fixture(scope="session")
def local_sandbox() -> Iterator[SandboxServer]:
    with running_sandbox() as server:
        yield server


@pytest.fixture
def city(
    transactional_db: None, store: ValkeyStore, local_sandbox: SandboxServer, settings: Settings
) -> Iterator[City]:
    """The city, on a database with real commits: threads and commit hooks work."""
    del transactional_db
    with built_city(store, local_sandbox) as built:
        # WhiteNoise wants the folder, though nothing is collected here.
        Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
        settings.ROOT_URLCONF = built
        settings.CSRF_FAILURE_VIEW = lambda request, **_: failed_csrf(built.desk, request)
        yield built
        built.mend()


@pytest.fixture
def phone() -> str:
    """A mainland mobile number nobody has had yet."""
    return f"+86139{secrets.randbelow(10**8):08d}"


@pytest.fixture
def walker(city: City) -> Walker:
    """Somebody with a fresh browser."""
    return Walker(city=city, http=DjangoClient(enforce_csrf_checks=True))


@pytest.fixture
def other_walker(city: City) -> Walker:
    """Somebody else, in another browser."""
    return Walker(city=city, http=DjangoClient(enforce_csrf_checks=True))
