"""An e-mail address in the citizen's own space: added, changed and removed, and what it may not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from django.test import Client as DjangoClient
from pytest_django.fixtures import Settings

from connectors.sandbox.server import SandboxServer
from idp.account.security import SECURITY
from idp.conf import Authentication, EmailAccounts
from idp.foundation.database import Database
from idp.foundation.outbox.models import OutboxMessage
from idp.foundation.storage import ValkeyStore
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.models import Authenticator, Identifier
from tests.city import ASKED, City, built_city
from tests.journeys.test_security_space import own_pages, post
from tests.own_space import WithSpace, open_space
from tests.trail import events
from tests.walker import Walker

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R15")]
ADDRESS, OTHER = "wang@mail.example", "wang.new@mail.example"


@pytest.fixture
def accounts() -> EmailAccounts:
    """An address alone opens an account of level 1."""
    return EmailAccounts.ANY


@pytest.fixture
def city(
    transactional_db: None,
    store: ValkeyStore,
    local_sandbox: SandboxServer,
    settings: Settings,
    database: Database,
    accounts: EmailAccounts,
) -> Iterator[City]:
    """A city that sends e-mail, with the space."""
    del transactional_db
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    mailbox = local_sandbox.authority.mailbox("127.0.0.1", 0)
    mailbox.start()
    authentication = Authentication(email_accounts=accounts)
    asked = replace(ASKED, mail_port=mailbox.port)
    with built_city(store, local_sandbox, authentication=authentication, asked=asked) as built:
        settings.ROOT_URLCONF = WithSpace(built, open_space(built, database))
        yield built
    mailbox.stop()


def somebody(city: City) -> Walker:
    walker = Walker(city=city, http=DjangoClient(enforce_csrf_checks=True))
    walker.http.cookies["tx_language_18700"] = "en"
    return walker


@pytest.fixture
def home(city: City, phone: str) -> Walker:
    """Somebody with a phone alone, signed in, on the page of the ways to sign in."""
    city.resident(phone)
    return somebody(city).open(SECURITY).sign_in_by_code(phone)


def add(walker: Walker, address: str = ADDRESS) -> Walker:
    walker.open(f"{SECURITY}/add/email").press("action", "add", email=address)
    return walker.type_code(address)


def told(city: City) -> list[tuple[str, str]]:
    """Whom notices went to, and what they say, in the order they were put down."""
    sent: list[tuple[str, str]] = []

    def send(to: TypedIdentifier, _language: str, words: str) -> bool:
        sent.append((to.value, words))
        return True

    for message in OutboxMessage.objects.filter(kind="security_notice").order_by("id"):
        city.rooms.authenticators.notices.deliver(orjson.loads(message.payload), send)
    return sent


def test_address_is_added_changed_and_removed_and_all_who_knew_are_told(
    city: City, home: Walker, phone: str
) -> None:
    assert "Add an e-mail address" in home.words
    add(home)
    assert home.url == SECURITY
    assert "w***@mail.example" in home.words
    added = "an e-mail address was added"
    assert told(city) == [(phone, added), (ADDRESS, added)]

    (page,) = own_pages(home)
    home.open(page)
    assert f'href="{SECURITY}/add/email"' in home.html
    add(home, OTHER)
    changed = "the e-mail address was changed"
    assert told(city)[2:] == [(phone, changed), (ADDRESS, changed), (OTHER, changed)]
    assert Identifier.objects.filter(kind="email").count() == 1

    (page,) = own_pages(home)
    home.open(page)
    post(home, page, action="remove")
    assert home.url == SECURITY
    removed = "the e-mail address was removed"
    assert told(city)[5:] == [(phone, removed), (OTHER, removed)]
    assert not Identifier.objects.filter(kind="email").exists()
    assert not Authenticator.objects.filter(kind="email").exists()
    assert len(events("person.email_replaced")) == 2
    assert len(events("person.email_removed")) == 1


def test_address_stays_with_its_holder_when_somebody_else_proves_it(
    city: City, home: Walker
) -> None:
    stranger = somebody(city)
    stranger.open(SECURITY).press("method", "sms", identifier=ADDRESS, password="")
    stranger.type_code(ADDRESS)
    city.asks_codes_again(ADDRESS)
    add(home)
    assert "belongs to another account" in home.words
    assert home.form.fields["email"] == ""
    assert Identifier.objects.filter(kind="email").count() == 1


@pytest.mark.requirement("R14")
def test_mailbox_alone_signs_in_and_changes_nothing_when_the_account_has_a_phone(
    city: City, home: Walker, phone: str
) -> None:
    add(home)
    city.asks_codes_again(ADDRESS)
    thief = somebody(city)
    thief.open(SECURITY).press("method", "sms", identifier=ADDRESS, password="")
    thief.type_code(ADDRESS)
    assert thief.url == SECURITY
    (own,) = own_pages(thief)
    for path in (f"{SECURITY}/add/sms", f"{SECURITY}/add/passkey", own, "/account/join"):
        thief.open(path)
        assert "needs a second proof" in thief.words, path
        assert ("method", "sms") in thief.form.buttons
        assert ("method", "email") not in thief.form.buttons
    city.asks_codes_again(phone)
    thief.open(f"{SECURITY}/add/sms").press("method", "sms").type_code(phone)
    assert "phone" in thief.form.fields


def test_only_way_into_an_account_is_not_removed_and_gives_way_to_a_phone(
    city: City, phone: str
) -> None:
    walker = somebody(city)
    walker.open(SECURITY).press("method", "sms", identifier=ADDRESS, password="")
    walker.type_code(ADDRESS)
    assert "w***@mail.example" in walker.words
    (page,) = own_pages(walker)
    walker.open(page)
    assert "Add another one before you remove it" in walker.words
    post(walker, page, action="remove")
    assert Identifier.objects.filter(kind="email").exists()
    walker.open(f"{SECURITY}/add/sms").press("action", "add", phone=phone).type_code(phone)
    assert walker.url == SECURITY
    walker.open(page)
    post(walker, page, action="remove")
    assert not Identifier.objects.filter(kind="email").exists()


@pytest.mark.requirement("R16")
def test_address_is_in_the_export_and_gone_when_the_account_is(city: City, home: Walker) -> None:
    add(home)
    person_id = UUID(events("person.email_replaced")[0].subject)
    home.open("/account/data")
    post(home, "/account/data", action="file")
    export = orjson.loads(home.html)
    assert ADDRESS in {each["value"] for each in export["identifiers"]}
    city.rooms.erasures.ask(person_id, now=city.clock.now())
    city.clock.advance(days=8)
    city.rooms.erasures.erase_due(now=city.clock.now())
    found = TypedIdentifier(kind="email", value=ADDRESS)
    assert city.rooms.people.find(found) is None


@pytest.mark.requirement("R16")
@pytest.mark.parametrize("accounts", [EmailAccounts.VERIFIED])
def test_account_is_seen_and_ended_by_its_person_when_nothing_of_them_is_proven(
    city: City, phone: str
) -> None:
    """Services stay closed to them; what is theirs does not."""
    walker = somebody(city)
    walker.open("/account/").press("method", "sms", identifier=ADDRESS, password="")
    walker.type_code(ADDRESS)
    assert walker.url == "/account/"
    assert "not proven yet" in walker.words
    for room in ("/account/security", "/account/documents", "/account/data", "/account/join"):
        assert walker.open(room).status == 200, room
        assert walker.step == "", room
    walker.open(f"{SECURITY}/add/sms").press("action", "add", phone=phone).type_code(phone)
    assert walker.url == SECURITY
    walker.open("/account/delete")
    post(walker, "/account/delete", action="delete")
    assert "Your account is deleted on" in walker.open("/account/").words
    city.clients.add()
    walker.enter()
    assert walker.step == "verification"
