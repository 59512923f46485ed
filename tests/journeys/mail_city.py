"""A city that sends e-mail, and people who come to it by their address."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client as DjangoClient
from pytest_django.fixtures import Settings

from connectors.plan import Terms
from connectors.sandbox.server import SandboxServer
from idp.conf import Authentication, EmailAccounts
from idp.foundation.storage import ValkeyStore
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.models import Identifier
from tests.city import ASKED, City, built_city
from tests.walker import Walker

ADDRESS = "ana.sousa@mail.example"
IN_ENGLISH = {"ui_locales": ("en",)}


class Switches:
    """Which gateways are switched off just now."""

    def __init__(self) -> None:
        self.off: set[str] = set()

    def __call__(self, terms: Terms) -> Terms:
        return replace(terms, is_on=terms.name not in self.off)


@pytest.fixture
def switches() -> Switches:
    return Switches()


@pytest.fixture
def build(
    transactional_db: None,
    store: ValkeyStore,
    local_sandbox: SandboxServer,
    settings: Settings,
    switches: Switches,
) -> Iterator[Callable[[EmailAccounts], City]]:
    """Builds a city whose text messages reach +86 and +1 alone, and which sends e-mail."""
    del transactional_db
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    mailbox = local_sandbox.authority.mailbox("127.0.0.1", 0)
    mailbox.start()
    opened = ExitStack()

    def open_city(accounts: EmailAccounts) -> City:
        asked = replace(
            ASKED, mail_port=mailbox.port, prefixes=("+86", "+1"), delivery_terms=switches
        )
        built = built_city(
            store,
            local_sandbox,
            authentication=Authentication(email_accounts=accounts),
            asked=asked,
        )
        city = opened.enter_context(built)
        settings.ROOT_URLCONF = city
        city.clients.add()
        return city

    yield open_city
    opened.close()
    mailbox.stop()


@pytest.fixture
def city(build: Callable[[EmailAccounts], City]) -> City:
    """As shipped: an address opens an account, and a name has to be proven."""
    return build(EmailAccounts.VERIFIED)


def somebody(city: City) -> Walker:
    return Walker(city=city, http=DjangoClient(enforce_csrf_checks=True))


def ask(city: City, address: str = ADDRESS, **wishes: object) -> Walker:
    """Somebody who typed their address and was sent a code."""
    walker = somebody(city)
    walker.enter(**IN_ENGLISH, **wishes)
    return walker.press("method", "sms", identifier=address, password="")


def with_address(city: City, phone: str, address: str = ADDRESS) -> UUID:
    """A resident who confirmed an address beside their phone."""
    person_id: UUID = city.resident(phone)
    now = city.clock.now()
    proven = TypedIdentifier(kind=Identifier.Kind.EMAIL, value=address)
    city.rooms.people.add_identifier(person_id, proven, verified_at=now)
    return person_id
