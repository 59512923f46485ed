"""A city in which the face signs in, and somebody who chose that."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from pytest_django.fixtures import Settings

from connectors.sandbox.server import SandboxServer
from idp.account.security import SECURITY
from idp.conf import Authentication
from idp.foundation.database import Database
from idp.foundation.storage import ValkeyStore
from idp.subjects.documents import Check, VerifiedDocument
from policies.levels import Level
from tests.before_camera import before_the_camera
from tests.city import Asked, City, built_city
from tests.own_space import WithSpace, open_space
from tests.walker import Walker

SESSION = "tx_session_18700"
LANGUAGE = "tx_language_18700"
NEWCOMER = ("何晨", "350200199909099914")
CHILD = ("周小满", "350200201506019916")
AAL2 = Level(ial=1, aal=2)
KINDS = Authentication(kinds=(*Authentication().kinds, "face"))


@pytest.fixture
def city(
    transactional_db: None,
    store: ValkeyStore,
    local_sandbox: SandboxServer,
    settings: Settings,
    database: Database,
) -> Iterator[City]:
    """A city that has faces compared for signing in, with the space of its people."""
    del transactional_db
    asked = Asked(visits=("face", "immigration_face"))
    with built_city(store, local_sandbox, authentication=KINDS, asked=asked) as built:
        settings.ROOT_URLCONF = WithSpace(built, open_space(built, database))
        built.clients.add()
        yield built
        built.mend()


def known_as(city: City, phone: str, name: str, number: str) -> UUID:
    """Somebody whose name and number the population library confirmed."""
    person_id: UUID = city.resident(phone)
    check = Check(
        method="population",
        authority="cn_population_library",
        checked_at=city.clock.now(),
        values={"name": name, "document_number": number},
        matched_claims=("name", "document_number"),
        identity_level=2,
    )
    document = VerifiedDocument(document_type="resident_id_card", number=number, holder_name=name)
    city.rooms.documents.keep(person_id, document, check)
    return person_id


@pytest.fixture
def person_id(city: City, phone: str) -> UUID:
    return known_as(city, phone, *NEWCOMER)


@pytest.fixture
def home(person_id: UUID, walker: Walker, phone: str) -> Walker:
    """Somebody known by name, just signed in, on the page of their ways."""
    assert person_id
    walker.http.cookies[LANGUAGE] = "en"
    return walker.open(SECURITY).sign_in_by_code(phone)


@pytest.fixture
def holder(home: Walker) -> Walker:
    """The same, who signs in with their face from now on."""
    home.open(f"{SECURITY}/add/face").press("action", "agree")
    before_the_camera(home, "newcomer")
    assert home.url == SECURITY
    return home


def comes_again(walker: Walker, **wishes: object) -> Walker:
    """The same browser later, signed out."""
    walker.http.cookies.pop(SESSION)
    return walker.enter(ui_locales=("en",), **wishes)


def post(walker: Walker, path: str, **values: str) -> Walker:
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', walker.html)
    assert token
    sent = {**values, "csrfmiddlewaretoken": token[1]}
    return walker._follow(walker.http.post(path, sent), path)


def has_face(walker: Walker) -> bool:
    return ("method", "face") in walker.form.buttons
