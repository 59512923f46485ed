"""Every authority failing in every way, as somebody sees it who only wants to get through.

Whichever it is: the page says that it is not their doing, nothing they typed is lost, no attempt is
spent, no level is raised, and another way leads on.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.test import Client as DjangoClient
from pytest_django.fixtures import Settings

from connectors.registry import IDENTITY_VERIFICATION
from connectors.sandbox.server import SandboxServer
from idp.foundation.storage import ValkeyStore
from idp.journey.views import failed_csrf
from idp.sessions.models import SessionRow
from idp.subjects.identifiers import mask_phone
from policies.levels import Level
from tests.city import Asked, City, built_city
from tests.journeys.test_visits import Traveller
from tests.trail import detail, events
from tests.walker import Walker

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R1")]
FAILURES = ("slow", "500", "reset", "garbage", "wrong_signature")
NEWCOMER = {"name": "何晨", "document_number": "350200199909099914"}
TRAVELLER = {"name": "梁嘉欣", "document_number": "H99900001", "birth_date": "1994-08-23"}
MAINLAND = "+8613800000017"
HONG_KONG = "+85291234567"
FORMS: dict[str, tuple[str, dict[str, str]]] = {
    "population_library": (MAINLAND, NEWCOMER),
    "mobile_operator": (MAINLAND, NEWCOMER),
    "bank_card": (MAINLAND, {**NEWCOMER, "bank_card": "6212 3456 7890 1232"}),
    "ctid": (MAINLAND, NEWCOMER),
    "immigration": (HONG_KONG, TRAVELLER),
}


@contextmanager
def asking(
    kinds: tuple[str, ...], store: ValkeyStore, sandbox: SandboxServer, settings: Settings
) -> Iterator[City]:
    asked = Asked(kinds=kinds, visits=("network_identity",), patience=1.0)
    with built_city(store, sandbox, asked=asked) as built:
        settings.ROOT_URLCONF = built
        settings.CSRF_FAILURE_VIEW = lambda request, **_: failed_csrf(built.desk, request)
        built.clients.add(minimum_level=Level(ial=2, aal=1))
        yield built
        built.mend()


def signed_in(city: City, phone: str) -> Walker:
    walker = Walker(city=city, http=DjangoClient(enforce_csrf_checks=True))
    walker.enter(ui_locales=("en",)).sign_in_by_code(phone)
    assert walker.step == "verification"
    return walker


def test_every_connector_is_made_to_fail_when_they_are_counted() -> None:
    assert set(FORMS) == set(IDENTITY_VERIFICATION)


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.slow
def test_another_way_leads_on_when_an_authority_fails_in_every_way(
    kind: str,
    transactional_db: None,
    store: ValkeyStore,
    local_sandbox: SandboxServer,
    settings: Settings,
) -> None:
    del transactional_db
    phone, typed = FORMS[kind]
    with asking((kind,), store, local_sandbox, settings) as city:
        walker = signed_in(city, phone)
        for behaviour in FAILURES:
            city.spoil(kind, behaviour, seconds=2)
            walker.press("action", "verify", **typed)
            assert "no attempt was used up" in walker.words, behaviour
            walker.press("action", "retry")
            shown = {name: walker.form.fields[name] for name in typed}
            assert shown == typed, behaviour
            city.mend()
        person_id = SessionRow.objects.get().person_id
        assert city.verification.attempts_left(person_id, now=city.clock.now()) == 5
        assert not events("document.verified")
        Traveller(walker=walker).go("newcomer")
        assert walker.answer == "granted"
        assert city.door.granted.level.ial == 3


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        pytest.param({}, "Enter the number of your bank card", id="missing"),
        pytest.param({"bank_card": "6212 3456 7890 1231"}, "seems to be mistyped", id="mistyped"),
        pytest.param(
            {"bank_card": "6212345678901240", "name": "何晨晨"},
            "Does the bank know this number?",
            id="differs",
        ),
    ],
)
def test_bank_card_is_put_right_when_it_does_not_fit(
    typed: dict[str, str],
    words: str,
    transactional_db: None,
    store: ValkeyStore,
    local_sandbox: SandboxServer,
    settings: Settings,
) -> None:
    del transactional_db
    with asking(("bank_card",), store, local_sandbox, settings) as city:
        walker = signed_in(city, MAINLAND)
        assert mask_phone(MAINLAND) in walker.words
        walker.press("action", "verify", **{**NEWCOMER, **typed})
        assert words in walker.words


def test_each_way_asks_its_own_authority_when_the_first_does_not_know_somebody(
    transactional_db: None,
    store: ValkeyStore,
    local_sandbox: SandboxServer,
    settings: Settings,
) -> None:
    del transactional_db
    kinds = ("population_library", "mobile_operator", "bank_card")
    with asking(kinds, store, local_sandbox, settings) as city:
        walker = signed_in(city, MAINLAND)
        offered = [value for name, value in walker.form.buttons if name == "method"]
        assert offered == ["operator", "bank_card", "network_identity"]
        city.spoil("population_library", "500")
        walker.press("action", "verify", **NEWCOMER)
        walker.press("method", "operator")
        assert "mobile operator" in walker.words
        assert walker.form.fields["name"] == NEWCOMER["name"]
        walker.press("action", "verify", **NEWCOMER)
        assert walker.answer == "granted"
        assert [detail(row)["method"] for row in events("document.verified")] == [
            "mobile_three_factor"
        ]


def test_operator_is_not_offered_when_the_number_is_not_theirs_to_know(
    transactional_db: None,
    store: ValkeyStore,
    local_sandbox: SandboxServer,
    settings: Settings,
) -> None:
    del transactional_db
    kinds = ("population_library", "mobile_operator", "immigration")
    with asking(kinds, store, local_sandbox, settings) as city:
        walker = signed_in(city, HONG_KONG)
        offered = [value for name, value in walker.form.buttons if name == "method"]
        assert offered == ["network_identity"]
        assert walker.form.fields["document_type"] == "travel_permit_hm"
