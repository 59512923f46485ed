"""Fixtures around `tests.city`, imported by the folders that walk through it."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F
from django.test import Client as DjangoClient
from pytest_django.fixtures import Settings

from connectors.sandbox.server import SandboxServer
from idp.foundation.storage import ValkeyStore
from idp.journey.views import failed_csrf
from idp.subjects.models import Identifier, Person
from policies.levels import Level
from tests.city import City, built_city, running_sandbox
from tests.walker import Walker

PASSWORD = "Bailu-adult-4801"
_OLD = timedelta(days=30)


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


@pytest.fixture
def regular(city: City, walker: Walker, phone: str) -> str:
    """Somebody who has an account with phone and password for a month, and one known browser."""
    person_id = city.resident(phone, password=PASSWORD)
    Person.objects.filter(id=person_id).update(created_at=F("created_at") - _OLD)
    Identifier.objects.filter(person_id=person_id).update(verified_at=F("verified_at") - _OLD)
    city.clients.add()
    walker.enter(required=Level(ial=1, aal=2)).sign_in_by_password(phone, PASSWORD)
    walker.press("method", "sms").type_code(phone)
    assert walker.answer == "granted"
    another_minute(city, phone)
    return phone


def another_minute(city: City, phone: str) -> None:
    """A minute passes in which no message went to the phone."""
    city.asks_codes_again(phone)
