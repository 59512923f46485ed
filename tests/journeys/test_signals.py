"""Every signal of risk, from a real sign-in to the policy: a fact, its words, what is owed."""

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import NamedTuple

import pytest

from idp.conf import Risk
from idp.foundation.storage import ValkeyStore
from idp.sessions.models import SessionRow
from policies.engine import Engine
from policies.facts import Facts
from policies.source import PolicySource, default_policies
from policies.vocabulary import SIGNALS
from tests.city import City
from tests.city_fixtures import PASSWORD, another_minute
from tests.journeys.test_authenticators import with_passkey
from tests.trail import detail, events
from tests.walker import Walker

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R2")]
SESSION, LANGUAGE = "tx_session_18700", "tx_language_18700"
ELSEWHERE = "203.0.113.9"
WORDS = {
    "new_device": (
        "您在一台新设备上登录。",
        "您在一部新裝置上登入。",
        "You are signing in on a new device.",
    ),
    "new_network": ("没有用过的网络", "沒有用過的網絡", "a network you have not used before"),
    "other_device": ("不是您登录时", "不是您登入時", "not the one you signed in with"),
    "night": ("深夜", "深夜", "the middle of the night"),
    "many_sign_ins": ("一小时", "一小時", "very often within the hour"),
    "failed_attempts": ("没有成功", "沒有成功", "several failed attempts"),
    "crowded_device": ("很多不同的人", "很多不同的人", "Many different people"),
    "phone_changed": ("手机号", "手機號碼", "mobile number of your account was changed"),
    "email_changed": (
        "电子邮箱",
        "電子郵件",
        "e-mail address of your account was added or changed",
    ),
    "weaker_method": ("您有更安全的", "您有更安全的", "a stronger way to sign in"),
    "mass_registration": ("同一个地方", "同一個地方", "Very many accounts were opened"),
    "unmeasured": ("无法", "無法", "We could not check"),
}
"""What the page says in mainland, traditional and English words."""


class Scene(NamedTuple):
    """Somebody with a phone, the browser that knows them, and another one."""

    city: City
    known: Walker
    fresh: Walker
    phone: str


def asking_for(signal: str) -> PolicySource:
    """A second proof for it, and a session of half an hour."""
    seen = f'context.request has risk && context.request.risk.contains("{signal}")'
    policies = f"""
    @id("second-proof") @obligation("step_up") @acr("urn:tongxing:acr:ial1:aal2")
    forbid (principal, action == Action::"sign_in", resource)
    when {{ {seen} }} unless {{ context.subject.aal >= 2 }};
    @id("short-session") @obligation("shorten_session") @minutes("30")
    forbid (principal, action == Action::"sign_in", resource) when {{ {seen} }};
    """
    return PolicySource(shared=default_policies().shared + policies)


def returning(walker: Walker) -> Walker:
    """In the browser that knows them, signed out."""
    walker.http.cookies.pop(SESSION, None)
    return walker


def on_a_new_device(scene: Scene) -> Walker:
    return scene.fresh


def on_a_new_network(scene: Scene) -> Walker:
    scene.known.http.defaults["REMOTE_ADDR"] = ELSEWHERE
    return returning(scene.known)


def by_night(scene: Scene) -> Walker:
    now = scene.city.clock.now().astimezone(UTC)
    two_in_shanghai = now.replace(hour=18, minute=0)
    scene.city.clock.shift += two_in_shanghai + timedelta(days=two_in_shanghai < now) - now
    return returning(scene.known)


def very_often(scene: Scene) -> Walker:
    for _ in range(10):
        returning(scene.known).enter().press("action", "sign_in", password=PASSWORD)
    return returning(scene.known)


def after_failures(scene: Scene) -> Walker:
    returning(scene.known).enter().press("method", "sms")
    for _ in range(3):
        scene.known.press("action", "sign_in", code="000000")
    scene.known.press("action", "other_account")
    for _ in range(2):
        scene.known.sign_in_by_password(scene.phone, "wrong")
    another_minute(scene.city, scene.phone)
    return scene.known


def in_a_crowd(scene: Scene) -> Walker:
    for number in range(6):
        newcomer = f"+861370000{number:04d}"
        returning(scene.known).enter().press("action", "other_account")
        scene.known.sign_in_by_code(newcomer)
    returning(scene.known).enter().press("action", "other_account")
    return scene.known


def with_a_changed_phone(scene: Scene) -> Walker:
    person, now = scene.city.resident(scene.phone), scene.city.clock.now()
    scene.city.rooms.people.replace_phone(person, "+8613700009999", now=now)
    scene.city.rooms.people.replace_phone(person, scene.phone, now=now)
    return returning(scene.known)


def with_a_new_address(scene: Scene) -> Walker:
    person, now = scene.city.resident(scene.phone), scene.city.clock.now()
    scene.city.rooms.people.replace_email(person, "regular@mail.example", now=now)
    return returning(scene.known)


def without_their_passkey(scene: Scene) -> Walker:
    with_passkey(scene.city, scene.city.resident(scene.phone))
    return returning(scene.known)


def while_nothing_can_be_counted(scene: Scene) -> Walker:
    silent = ValkeyStore("redis://127.0.0.1:1/0", timeout=0.2)
    object.__setattr__(scene.city.login.signing_in.risk.counters, "store", silent)
    return returning(scene.known)


CASES: dict[str, Callable[[Scene], Walker]] = {
    "new_device": on_a_new_device,
    "new_network": on_a_new_network,
    "night": by_night,
    "many_sign_ins": very_often,
    "failed_attempts": after_failures,
    "crowded_device": in_a_crowd,
    "phone_changed": with_a_changed_phone,
    "email_changed": with_a_new_address,
    "weaker_method": without_their_passkey,
    "unmeasured": while_nothing_can_be_counted,
}


def watched(city: City, signal: str) -> list[Facts]:
    kept: list[Facts] = []
    object.__setattr__(city.hall.decisions, "remember", lambda facts, _d, _at: kept.append(facts))
    object.__setattr__(city.hall.standings, "decide", Engine(asking_for(signal)).decide)
    return kept


def explained(walker: Walker, signal: str) -> None:
    """The page that asks for more says why, in each language."""
    page = walker.url
    for language, words in zip(("zh-hans", "zh-hant", "en"), WORDS[signal], strict=True):
        walker.http.cookies[LANGUAGE] = language
        assert words in walker.open(page).words, (language, walker.words)


@pytest.mark.parametrize("signal", CASES)
def test_signal_is_a_fact_is_explained_and_is_answered(
    city: City, walker: Walker, other_walker: Walker, regular: str, signal: str
) -> None:
    person = CASES[signal](Scene(city, walker, other_walker, regular))
    facts = watched(city, signal)
    if not person.html or person.left_to:
        person.enter()
    person.sign_in_by_password(regular, PASSWORD)
    assert signal in (facts[-1].request.risk or ())
    assert signal in detail(events("login.succeeded")[-1])["signals"]
    explained(person, signal)
    if signal == "night":
        return  # the gateway takes no messages at another hour than its own
    person.press("method", "sms").type_code(regular)
    assert person.answer == "granted"
    assert city.door.granted.level.aal == 2
    if signal == "new_network":
        return  # all was proven there meanwhile: it is known now, and nothing is owed for it
    row = SessionRow.objects.order_by("-authenticated_at").first()
    assert row is not None
    assert row.expires_at - row.authenticated_at <= timedelta(minutes=30)


def test_session_carried_away_is_a_fact_is_explained_and_is_answered(
    city: City, walker: Walker, other_walker: Walker, regular: str
) -> None:
    facts = watched(city, "other_device")
    SessionRow.objects.update(authentication_level=1, amr=["pwd"])
    city.store.delete(f"sess:{{{SessionRow.objects.get().secret_hash}}}")
    other_walker.http.cookies[SESSION] = walker.http.cookies[SESSION].value
    other_walker.enter()
    assert "other_device" in (facts[-1].request.risk or ())
    explained(other_walker, "other_device")
    other_walker.press("method", "sms").type_code(regular)
    assert other_walker.answer == "granted"


def test_many_accounts_of_one_place_are_a_fact_that_is_explained(
    city: City, walker: Walker, other_walker: Walker
) -> None:
    """The third account opened in an hour, where two are ordinary; it has no second proof yet."""
    city.clients.add()
    counters = city.login.signing_in.risk.counters
    object.__setattr__(counters, "limits", Risk(registrations_hour=2))
    facts = watched(city, "mass_registration")
    for number in range(3):
        browser = walker if number < 2 else other_walker
        returning(browser).enter()
        if number == 1:
            browser.press("action", "other_account")
        browser.sign_in_by_code(f"+861370000{number:04d}")
    assert "mass_registration" in (facts[-1].request.risk or ())
    explained(other_walker, "mass_registration")


def test_every_signal_is_driven_through_a_sign_in_here() -> None:
    assert {*CASES, "other_device", "mass_registration"} == set(SIGNALS)
    assert set(WORDS) == set(SIGNALS)
