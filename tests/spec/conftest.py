"""The provider under test, the parties that speak to it, and the people who log in.

One application per test session, on the session's own database and store: as outside, tests share
it and keep apart by registering clients of their own. Nobody rolls anything back.
"""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from pytest_django import DjangoDbBlocker

from policies.levels import Level
from tests.spec.house import HouseUnderTest, dump, somebody, standing
from tests.spec.listening import Portal, listening
from tests.spec.old_client import old
from tests.spec.pages import Conduct
from tests.spec.relying_party import Provider, RelyingParty
from tests.spec.wire import Browser

__all__ = ["old"]

HERE = Path(__file__).parent
RESOURCE = "https://api.portal.example/records"
SCOPE = "openid profile email phone address offline_access"
VERIFIED = Level(ial=2, aal=1).acr
BOTH = ["authorization_code", "refresh_token"]


def pytest_itemcollected(item: pytest.Item) -> None:
    """What speaks to the house touches database and store."""
    if "house" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.storage)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run last: what these tests commit stays, and others expect an empty database."""
    items.sort(key=lambda item: item.path.is_relative_to(HERE))


@pytest.fixture(scope="session")
def db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database, open for the whole session, with no transaction around a test."""
    del django_db_setup
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="session")
def house(db: None, valkey_url: str) -> Iterator[HouseUnderTest]:
    del db
    with standing(valkey_url) as found:
        yield found


@pytest.fixture(scope="session")
def provider(house: HouseUnderTest) -> Provider:
    return Provider(wire=house.wire).discover()


@pytest.fixture(scope="session")
def web(provider: Provider) -> RelyingParty:
    """A confidential web client with a secret, refresh tokens, a resource of its own."""
    return provider.party(grant_types=BOTH, scope=SCOPE, resources=[RESOURCE])


def agreeing(key: str) -> Conduct:
    return Conduct(person=somebody(key), presses={"consent": ("decision", "allow")})


@pytest.fixture(scope="session")
def once_signed_in(provider: Provider, web: RelyingParty) -> dict[str, Browser]:
    """Two verified citizens, each signed in once in a browser of their own."""
    browsers = {}
    for key in ("adult", "elder"):
        browser = provider.browser()
        claims = {"id_token": {"acr": {"essential": True, "values": [VERIFIED]}}}
        authorization = web.authorize(browser, agreeing(key), claims=json.dumps(claims))
        assert authorization.code
        browsers[key] = browser
    return browsers


@pytest.fixture
def citizen(once_signed_in: dict[str, Browser]) -> Conduct:
    """A verified adult who agrees to everything."""
    assert once_signed_in
    return agreeing("adult")


@pytest.fixture
def elder(once_signed_in: dict[str, Browser]) -> Conduct:
    """Another verified citizen."""
    assert once_signed_in
    return agreeing("elder")


@pytest.fixture
def stranger(house: HouseUnderTest) -> Conduct:
    """Somebody no other test logs in as: for guessing and shutting out."""
    assert house
    return agreeing("minority_name")


@pytest.fixture(scope="session")
def public(provider: Provider) -> RelyingParty:
    """A native client without a secret."""
    return provider.party(
        application_type="native",
        token_endpoint_auth_method="none",
        redirect_uris=["cn.example.app:/callback"],
        grant_types=BOTH,
        scope=SCOPE,
    )


@pytest.fixture(scope="session")
def service(provider: Provider) -> RelyingParty:
    """A confidential client that acts for itself."""
    return provider.party(
        grant_types=["client_credentials"], response_types=[], redirect_uris=None, scope="a b"
    )


@pytest.fixture
def resource() -> str:
    return RESOURCE


@pytest.fixture
def browser(provider: Provider) -> Browser:
    return provider.browser()


@pytest.fixture
def signed_in(once_signed_in: dict[str, Browser], web: RelyingParty, citizen: Conduct) -> Browser:
    """A browser in which the citizen has logged in already; anew, if a test ended that session."""
    browser = once_signed_in["adult"]
    if "code" not in web.begin(browser.twin(), prompt="none").location_parameters():
        assert web.authorize(browser, citizen).code
    return browser.twin()


@pytest.fixture
def later(house: HouseUnderTest) -> Iterator[Callable[..., None]]:
    """Moves the clock on, until the test is over; what the store keeps grows older with it."""
    travels: list[time_machine.travel] = []
    passed = timedelta()

    def move(**by: float) -> None:
        nonlocal passed
        passed += timedelta(**by)
        house.age_store(timedelta(**by))
        while travels:
            travels.pop().stop()
        travel = time_machine.travel(timedelta(seconds=passed.total_seconds()), tick=True)
        travel.start()
        travels.append(travel)

    yield move
    while travels:
        travels.pop().stop()


@pytest.fixture
def portal() -> Iterator[Portal]:
    with listening() as found:
        yield found


@pytest.fixture
def published(portal: Portal) -> Callable[[str, Any], str]:
    return portal.publish


@pytest.fixture
def stored(house: HouseUnderTest) -> Callable[[], bytes]:
    """Everything the database holds, as bytes to search in."""
    assert house
    return dump


@pytest.fixture
def suspend(house: HouseUnderTest) -> Callable[[str], None]:
    return house.suspend


@pytest.fixture
def inbox(house: HouseUnderTest) -> Callable[[str], list[dict[str, str]]]:
    return house.inbox


@pytest.fixture
def deliver(house: HouseUnderTest) -> Callable[[], None]:
    return house.deliver


@pytest.fixture
def resigned(house: HouseUnderTest) -> Callable[..., str]:
    return house.resigned


@pytest.fixture
def judged(house: HouseUnderTest) -> Callable[..., bool]:
    return house.judged
