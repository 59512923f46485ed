"""Signing in by a partner's login: the first time, ever after, and every way in which it fails.

The partner is the sandbox's OpenID Provider, over real HTTP.
"""

import re
from collections.abc import Iterator
from html import unescape
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import pytest
from pytest_django.fixtures import Settings

from connectors.sandbox.population import person
from connectors.sandbox.server import SandboxServer
from idp.foundation.storage import ValkeyStore
from idp.journey.views import failed_csrf
from idp.subjects.models import Identifier
from tests.city import Asked, City, built_city
from tests.trail import detail, events
from tests.waiting import wait_until
from tests.walker import Walker

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R2")]
BUTTON = ("method", "partner.province")
SOMEBODY = "adult"
PHONE = person(SOMEBODY).phone or ""


@pytest.fixture
def city(
    transactional_db: None, store: ValkeyStore, local_sandbox: SandboxServer, settings: Settings
) -> Iterator[City]:
    """A city that takes a province's logins."""
    del transactional_db
    with built_city(store, local_sandbox, asked=Asked(has_partner=True)) as built:
        settings.ROOT_URLCONF = built
        settings.CSRF_FAILURE_VIEW = lambda request, **_: failed_csrf(built.desk, request)
        built.clients.add()
        yield built
        built.mend()


def leave(walker: Walker) -> str:
    walker.press(*BUTTON)
    found = re.search(r'<a [^>]*href="([^"]+)"[^>]*data-go-after="0"', walker.html)
    assert found, walker.html
    return unescape(found[1])


def at_partner(url: str, who: str, *, decision: str = "allow") -> str:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=5)
    try:
        body = urlencode({"identifier": who, "decision": decision, "acr": "partner:verified"})
        connection.request("POST", f"{parts.path}?{parts.query}", body)
        answer = connection.getresponse()
        answer.read()
        return answer.headers["Location"]
    finally:
        connection.close()


def come_back(walker: Walker, url: str) -> Walker:
    parts = urlsplit(url)
    return walker.open(f"{parts.path}?{parts.query}")


def go(walker: Walker, who: str = SOMEBODY, **how: str) -> Walker:
    return come_back(walker, at_partner(leave(walker), who, **how))


def linked(walker: Walker) -> Walker:
    """Somebody who came by the partner once, and proved their phone."""
    go(walker.enter(ui_locales=("en",)))
    return walker.press("method", "sms").type_code(PHONE)


def test_phone_is_proven_once_when_the_partners_login_is_new_here(
    city: City, walker: Walker
) -> None:
    go(walker.enter(ui_locales=("en",)))
    assert "Province knows you" in walker.words
    assert walker.form.fields["identifier"] == PHONE
    assert walker.form.buttons[0] == ("method", "sms")
    walker.press("method", "sms").type_code(PHONE)
    assert walker.answer == "granted"
    assert Identifier.objects.filter(kind="partner").count() == 1
    assert [detail(row)["partner"] for row in events("person.partner_linked")] == [
        "sandbox_partner"
    ]
    assert city.door.granted.level.ial == 1


def test_partners_login_is_enough_when_it_was_linked_before(
    city: City, walker: Walker, other_walker: Walker
) -> None:
    linked(walker)
    me = city.door.granted.person_id
    go(other_walker.enter(ui_locales=("en",)))
    assert other_walker.answer == "granted"
    granted = city.door.granted
    assert (granted.person_id, granted.level.aal, granted.amr) == (me, 1, ())
    assert detail(events("login.succeeded")[-1])["factor"] == "upstream_oidc"


def test_nobody_is_linked_when_another_phone_is_proven(walker: Walker, phone: str) -> None:
    """Whoever left their login open in this browser must not come to open somebody's account."""
    go(walker.enter(ui_locales=("en",)))
    walker.sign_in_by_code(phone)
    assert walker.answer == "granted"
    assert not Identifier.objects.filter(kind="partner").exists()


def test_remembered_person_is_asked_for_the_partners_number_when_it_is_another(
    walker: Walker, phone: str
) -> None:
    walker.enter().sign_in_by_code(phone)
    walker.http.cookies.pop(walker.city.hall.cookies.session)
    walker.enter(ui_locales=("en",))
    assert BUTTON in walker.form.buttons
    go(walker)
    assert walker.form.fields["identifier"] == PHONE


@pytest.mark.parametrize(
    ("step", "behaviour"),
    [
        (step, behaviour)
        for step in ("token", "jwks")
        for behaviour in ("500", "reset", "garbage", "slow")
    ]
    + [("token", "wrong_signature"), ("token", "other_request"), ("token", "alg_none")],
)
@pytest.mark.slow
def test_person_signs_in_another_way_when_the_partner_fails(
    city: City, walker: Walker, phone: str, step: str, behaviour: str
) -> None:
    walker.enter(ui_locales=("en",))
    if step == "jwks":
        city.spoil("upstream_oidc", behaviour, step=step, seconds=4, times=3)
        walker.press(*BUTTON)
    else:
        back = at_partner(leave(walker), SOMEBODY)
        city.spoil("upstream_oidc", behaviour, step=step, seconds=4)
        come_back(walker, back)
    if ("action", "check") in walker.form.buttons:
        wait_until(walker.has_news)
        walker.press("action", "check")
    assert "Province" in walker.words
    assert "sign in another way" in walker.words
    assert 'role="alert"' in walker.html
    assert not events("login.succeeded")
    walker.sign_in_by_code(phone)
    assert walker.answer == "granted"


def test_page_says_so_when_somebody_comes_back_without_signing_in(walker: Walker) -> None:
    go(walker.enter(ui_locales=("en",)), decision="deny")
    assert "You came back from Province without signing in" in walker.words
    assert BUTTON in walker.form.buttons


def test_answer_is_refused_when_it_was_made_for_another(
    walker: Walker, other_walker: Walker
) -> None:
    back = at_partner(leave(walker.enter(ui_locales=("en",))), SOMEBODY)
    theirs = at_partner(leave(other_walker.enter(ui_locales=("en",))), "elder")
    code = re.search(r"code=[^&]+", theirs)
    assert code
    come_back(walker, re.sub(r"code=[^&]+", code[0], back))
    assert "What came back from Province could not be used" in walker.words


def test_nobody_else_is_signed_in_when_the_address_is_carried_to_another_browser(
    walker: Walker, other_walker: Walker
) -> None:
    back = at_partner(leave(walker.enter()), SOMEBODY)
    other_walker.enter()
    assert come_back(other_walker, back).status == 403
    assert not events("login.succeeded")


def test_another_way_leads_back_when_somebody_changes_their_mind(
    walker: Walker, phone: str
) -> None:
    leave(walker.enter(ui_locales=("en",)))
    walker.open(walker.url)
    assert "have not come back with a result" in walker.words
    walker.press("action", "other_way").sign_in_by_code(phone)
    assert walker.answer == "granted"


def test_partner_is_unknown_when_a_form_is_forged(walker: Walker) -> None:
    walker.enter()
    walker.form.buttons.append(("method", "partner.nobody"))
    assert walker.press("method", "partner.nobody").step == "login"


def test_link_is_refused_when_it_opens_another_account(
    city: City, walker: Walker, phone: str
) -> None:
    linked(walker)
    another, now = city.resident(phone), city.clock.now()
    step = city.hall.steps[0]
    links = step.partners.links  # type: ignore[attr-defined]  # the login step
    subject = f"partner-{SOMEBODY}"
    assert links.link(another, "sandbox_partner", subject, now=now) is False
    assert links.holder("sandbox_partner", subject) == city.door.granted.person_id
