"""How far journeys come is told where they enter, pass and are stopped; a switch is obeyed."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from pytest_django.fixtures import Settings

from connectors.plan import Terms
from connectors.sandbox.server import SandboxServer
from idp.foundation.storage import ValkeyStore
from idp.journey.request import WantedClaim
from idp.journey.verification.step import VerificationStep
from idp.journey.verification.visit_desk import VisitOrder
from idp.journey.verification.visit_way import VisitWay
from policies.levels import Level
from tests.city import Asked, City, built_city
from tests.walker import Walker

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R18")]
IAL3 = Level(ial=3, aal=1)


@dataclass(slots=True)
class Seen:
    """What the hall tells, and whether the city lets anybody go to the network identity."""

    told: list[tuple[str, str, str]] = field(default_factory=list)
    is_on: bool = True
    per_day: int | None = None

    def watch(self, step: str, what: str, client_id: str) -> None:
        self.told.append((step, what, client_id))

    def terms(self, terms: Terms) -> Terms:
        return replace(terms, is_on=self.is_on, per_day=self.per_day)


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def city(
    transactional_db: None,
    store: ValkeyStore,
    local_sandbox: SandboxServer,
    settings: Settings,
    seen: Seen,
) -> Iterator[City]:
    del transactional_db
    asked = Asked(visits=("network_identity",), watch=seen.watch, visit_terms=seen.terms)
    with built_city(store, local_sandbox, asked=asked) as built:
        settings.ROOT_URLCONF = built
        yield built
        built.mend()


def test_steps_are_told_as_entered_passed_and_stopped_when_somebody_says_no(
    walker: Walker, seen: Seen, phone: str
) -> None:
    walker.city.clients.add()
    walker.enter(claims=(WantedClaim(name="phone_number"),), ui_locales=("en",)).sign_in_by_code(
        phone
    )
    assert walker.step == "consent"
    walker.press("decision", "deny")
    assert seen.told == [
        ("login", "entered", "portal"),
        ("login", "passed", "portal"),
        ("consent", "entered", "portal"),
        ("consent", "stopped", "portal"),
    ]


def test_last_step_is_told_as_passed_when_somebody_gets_in(
    walker: Walker, seen: Seen, phone: str
) -> None:
    walker.city.clients.add()
    walker.enter(ui_locales=("en",)).sign_in_by_code(phone)
    assert walker.city.door.granted
    assert seen.told == [("login", "entered", "portal"), ("login", "passed", "portal")]


def test_nobody_is_sent_away_when_the_city_switched_the_visit_off(
    walker: Walker, seen: Seen, phone: str
) -> None:
    walker.city.clients.add("strict", minimum_level=IAL3)
    seen.is_on = False
    walker.enter(client_id="strict", ui_locales=("en",)).sign_in_by_code(phone)
    assert "network_identity" not in walker.html
    step = walker.city.hall.steps[1]
    assert isinstance(step, VerificationStep)
    way = next(way for way in step.ways if isinstance(way, VisitWay))
    order = VisitOrder(journey_id="j", person_id=walker.city.resident(phone), client_id="strict")
    now = walker.city.clock.now()
    assert way.desk.open(order, now=now).outcome == "PROVIDER_ERROR"
    seen.is_on, seen.per_day = True, 0
    assert way.desk.standing(now=now) is None
    assert way.desk.open(order, now=now).outcome == "RATE_LIMITED"
