"""What policies are offered is what somebody gathers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from connectors.sandbox.server import SandboxServer
from idp.foundation.storage import ValkeyStore
from idp.subjects.minors import note_birth
from policies.facts import Facts
from policies.vocabulary import NAMES
from tests.city import Asked, City, built_city
from tests.places import ELDER, Kiosk, agree, kiosk_of, settled, standing_before
from tests.walker import Walker

pytestmark = pytest.mark.storage


@pytest.fixture
def city(
    transactional_db: None,
    store: ValkeyStore,
    local_sandbox: SandboxServer,
    settings: Settings,
) -> Iterator[City]:
    """A city whose residents' faces CTID compares."""
    del transactional_db
    asked = Asked(kinds=("population_library", "ctid"))
    with built_city(store, local_sandbox, asked=asked) as built:
        Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
        settings.ROOT_URLCONF = built
        yield built
        built.mend()


@pytest.fixture
def kiosk(city: City) -> Iterator[Kiosk]:
    with kiosk_of(city) as built:
        yield built


@pytest.fixture
def elder(kiosk: Kiosk, walker: Walker) -> Walker:
    return standing_before(kiosk, walker)


@pytest.mark.requirement("R2")
def test_every_fact_that_policies_are_offered_is_known_of_somebody(
    city: City, kiosk: Kiosk, elder: Walker, other_walker: Walker, phone: str
) -> None:
    """A policy about what nobody gathers could never apply: an elder's and a child's have all."""
    kept: list[Facts] = []
    object.__setattr__(city.hall.decisions, "remember", lambda facts, _d, _at: kept.append(facts))
    agree(kiosk, elder)
    kiosk.look(ELDER)
    settled(elder)
    assert {each.request.device for each in kept} == {kiosk.shell.device_id}
    city.clients.add()
    child, now = city.resident(phone), city.clock.now()
    note_birth(child, now.date(), now=now)
    other_walker.enter().sign_in_by_code(phone)
    assert [each.request.device for each in kept if each.subject.is_minor] == [None]
    records = [each.record() for each in kept]
    known = {f"{group}.{name}" for each in records for group in each for name in each[group]}
    assert {each.key for each in NAMES} <= known
