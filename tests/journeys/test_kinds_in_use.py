"""Which authenticators a city has switched on: pages, answers and promises follow from it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client as DjangoClient
from pytest_django.fixtures import Settings

from connectors.sandbox.server import SandboxServer
from idp.account.security import SECURITY
from idp.conf import Authentication
from idp.foundation.database import Database
from idp.foundation.storage import ValkeyStore
from idp.protocols.oidc.discovery.metadata import server_metadata
from idp.subjects.authenticators.assembly import kinds_in_use
from idp.subjects.models import Authenticator
from policies.levels import Level
from tests.city import City, built_city
from tests.own_space import WithSpace, open_space
from tests.walker import Walker

PASSWORD = "Bailu-adult-4801"
PHONE = "+8613900000123"


@pytest.fixture
def plain_city(
    transactional_db: None, store: ValkeyStore, local_sandbox: SandboxServer, settings: Settings
) -> Iterator[City]:
    """A city with text messages and apps alone."""
    del transactional_db
    kinds = Authentication(kinds=("sms", "totp"))
    with built_city(store, local_sandbox, authentication=kinds) as built:
        settings.ROOT_URLCONF = built
        built.clients.add()
        built.resident(PHONE, password=PASSWORD)
        yield built


@pytest.fixture
def plain_walker(plain_city: City) -> Walker:
    return Walker(city=plain_city, http=DjangoClient())


def test_page_offers_neither_password_nor_passkey_when_they_are_switched_off(
    plain_walker: Walker,
) -> None:
    plain_walker.enter()
    assert "password" not in plain_walker.form.fields
    assert "passkey" not in plain_walker.form.fields
    plain_walker.sign_in_by_code(PHONE)
    assert plain_walker.answer == "granted"


def test_page_speaks_of_mobile_numbers_alone_when_a_code_is_all_there_is(
    plain_walker: Walker,
) -> None:
    plain_walker.enter(ui_locales=("en",))
    assert "user name or e-mail" not in plain_walker.words
    plain_walker.press("method", "sms", identifier="chen@example.com")
    assert "No codes are sent by e-mail here. Enter your mobile number." in plain_walker.words
    assert "password" not in plain_walker.words.partition("Need help?")[0]


def test_own_space_advises_no_passkey_where_none_can_be_made(
    plain_city: City, plain_walker: Walker, database: Database, settings: Settings
) -> None:
    settings.ROOT_URLCONF = WithSpace(plain_city, open_space(plain_city, database))
    plain_walker.http.cookies["tx_language_18700"] = "en"
    plain_walker.open(SECURITY).sign_in_by_code(PHONE)
    assert "Text message" in plain_walker.words
    assert "A passkey cannot" not in plain_walker.words


def test_right_password_is_worth_nothing_when_passwords_are_switched_off(
    plain_walker: Walker,
) -> None:
    plain_walker.enter()
    plain_walker.form.buttons.append(("action", "sign_in"))
    plain_walker.sign_in_by_password("somebody", PASSWORD)
    assert plain_walker.step == "login"
    plain_walker.form.buttons.append(("action", "sign_in"))
    plain_walker.sign_in_by_password(PHONE, PASSWORD)
    assert "6-digit code" in plain_walker.words or "验证码" in plain_walker.words
    assert plain_walker.left_to == ""


def test_service_is_told_that_the_level_is_unmet_when_no_kind_on_offer_reaches_it(
    plain_city: City, plain_walker: Walker
) -> None:
    wanted = {"required": Level(ial=1, aal=2), "required_is_essential": True}
    plain_walker.enter(**wanted)
    assert plain_walker.answer == "unmet_authentication_requirements"
    promised = server_metadata(plain_city.settings)["acr_values_supported"]
    assert promised == [Level(ial=ial, aal=1).acr for ial in (1, 2)]


def test_rested_number_is_not_asked_for_a_password_when_there_are_none(
    plain_city: City, plain_walker: Walker
) -> None:
    long_ago = plain_city.clock.now() - timedelta(days=91)
    Authenticator.objects.filter(kind="sms").update(last_used_at=long_ago)
    plain_walker.enter().sign_in_by_code(PHONE)
    assert ("method", "identity") in plain_walker.form.buttons
    assert ("method", "password") not in plain_walker.form.buttons


@pytest.mark.parametrize(
    ("kinds", "words"),
    [(("password", "passkey"), "sms is missing"), (("sms", "carrier_pigeon"), "carrier_pigeon")],
)
def test_start_is_refused_when_the_kinds_cannot_be(
    plain_city: City, kinds: tuple[str, ...], words: str
) -> None:
    settings = replace(plain_city.settings, authentication=Authentication(kinds=kinds))
    with pytest.raises(ValueError, match=words):
        kinds_in_use(settings)
