"""Pages that ask for a higher identity level say why: what was unusual, or the rules."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client as DjangoClient
from pytest_django.fixtures import Settings

from connectors.sandbox.server import SandboxServer
from idp.conf import Authentication
from idp.foundation.storage import ValkeyStore
from idp.subjects.models import Person
from policies.engine import Engine
from policies.levels import Level
from policies.source import PolicySource, default_policies
from tests.city import Asked, City, built_city
from tests.city_fixtures import PASSWORD
from tests.own_space import merging_of
from tests.registry import NUMBER, Registry
from tests.walker import Walker

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R2")]
LANGUAGE = "tx_language_18700"
LANGUAGES = ("zh-hans", "zh-hant", "en")
UNUSUAL = ("请核验身份，以免他人冒用", "請核驗身分，以免他人冒用", "so that nobody acts as you")
NEW_DEVICE = ("您在一台新设备上登录", "您在一部新裝置上登入", "signing in on a new device")
RULES = ("按照该服务的规定", "按照該服務的規定", "The rules of this service ask for more certainty")
AT_RISK = 'when { context.request has risk && context.request.risk.contains("new_device") }'


def ask(city: City, level: Level, condition: str = "") -> None:
    """A policy that insists on a level, always or under a condition."""
    policy = f"""
    @id("more") @obligation("step_up") @acr("{level.acr}")
    forbid (principal, action == Action::"sign_in", resource) {condition}
    unless {{ context.subject.ial >= {level.ial} && context.subject.aal >= {level.aal} }};
    """
    source = PolicySource(shared=default_policies().shared + policy)
    object.__setattr__(city.hall.standings, "decide", Engine(source).decide)


def said(walker: Walker, *words: tuple[str, ...]) -> list[bool]:
    """Whether the page says each of them in every language; all or nothing."""
    page, found = walker.url, []
    for each in words:
        shown = []
        for language, text in zip(LANGUAGES, each, strict=True):
            walker.http.cookies[LANGUAGE] = language
            shown.append(text in walker.open(page).words)
        assert len(set(shown)) == 1, (each, shown, walker.words)
        found.append(shown[0])
    return found


def test_page_says_what_was_unusual_when_a_risk_asks_for_the_name(
    city: City, regular: str, other_walker: Walker
) -> None:
    ask(city, Level(ial=2, aal=1), AT_RISK)
    other_walker.enter().sign_in_by_password(regular, PASSWORD)
    assert other_walker.step == "verification"
    assert said(other_walker, UNUSUAL, NEW_DEVICE, RULES) == [True, True, False]


def test_page_says_that_the_rules_ask_when_a_policy_asks_for_the_name(
    city: City, regular: str, other_walker: Walker
) -> None:
    ask(city, Level(ial=2, aal=1))
    other_walker.enter().sign_in_by_password(regular, PASSWORD)
    assert other_walker.step == "verification"
    assert said(other_walker, UNUSUAL, NEW_DEVICE, RULES) == [False, False, True]


def test_page_says_neither_when_the_service_itself_needs_the_name(
    city: City, regular: str, other_walker: Walker
) -> None:
    city.clients.add(minimum_level=Level(ial=2, aal=1))
    other_walker.enter().sign_in_by_password(regular, PASSWORD)
    assert other_walker.step == "verification"
    assert said(other_walker, UNUSUAL, NEW_DEVICE, RULES) == [False, False, False]


def test_name_is_not_said_to_be_for_a_risk_that_asks_for_a_second_proof_alone(
    city: City, regular: str, other_walker: Walker
) -> None:
    city.clients.add(minimum_level=Level(ial=2, aal=1))
    ask(city, Level(ial=2, aal=2), AT_RISK)
    other_walker.enter().sign_in_by_password(regular, PASSWORD)
    other_walker.press("method", "sms").type_code(regular)
    assert other_walker.step == "verification"
    assert said(other_walker, UNUSUAL, NEW_DEVICE) == [False, False]


@pytest.fixture
def wide(
    transactional_db: None, store: ValkeyStore, local_sandbox: SandboxServer, settings: Settings
) -> Iterator[City]:
    """A city that compares faces, knows the network identity, and has attended windows."""
    del transactional_db
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    asked = Asked(visits=("face", "network_identity"))
    authentication = Authentication(attended_windows=True)
    with built_city(store, local_sandbox, asked=asked, authentication=authentication) as built:
        settings.ROOT_URLCONF = built
        yield built


@pytest.mark.parametrize(
    ("level", "way", "heading"),
    [
        (3, "face", "Show your face"),
        (3, "network_identity", "National network identity"),
        (4, "", "Please come to a service window"),
    ],
)
def test_every_ways_page_says_why_when_a_risk_asks_for_more(
    wide: City, phone: str, level: int, way: str, heading: str
) -> None:
    walker = Walker(city=wide, http=DjangoClient(enforce_csrf_checks=True))
    person_id, now = wide.resident(phone), wide.clock.now()
    Registry(city=wide, merging=merging_of(wide)).prove(person_id, "resident_id_card", NUMBER)
    Person.objects.filter(id=person_id).update(created_at=now - timedelta(days=30))
    wide.clients.add()
    ask(wide, Level(ial=level, aal=1), AT_RISK)
    walker.enter(ui_locales=("en",)).sign_in_by_code(phone)
    if way and heading not in walker.words:
        walker.press("method", way)
    assert heading in walker.words
    assert said(walker, UNUSUAL, NEW_DEVICE) == [True, True]
