"""An unusual sign-in on its way to a service: a second proof, why, and what policies see of it."""

from datetime import timedelta
from typing import Any

import pytest

from idp.foundation.outbox.models import OutboxMessage
from idp.sessions.models import KnownDeviceRow, SessionRow
from policies.decision import Permit
from policies.engine import Engine
from policies.facts import Facts
from policies.levels import Level
from policies.source import PolicySource, cautious_policies, default_policies
from tests.city import City
from tests.city_fixtures import another_minute
from tests.journeys.test_authenticators import PASSWORD
from tests.trail import detail, events
from tests.walker import Walker

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R2")]
SESSION = "tx_session_18700"


def decide_by(city: City, source: PolicySource) -> None:
    object.__setattr__(city.hall.standings, "decide", Engine(source).decide)


def seen(signals: Any) -> set[str]:
    """What was seen, whatever hour of the day the tests run at."""
    return set(signals) - {"night"}


def seen_in_facts(city: City) -> list[Facts]:
    kept: list[Facts] = []
    object.__setattr__(city.hall.decisions, "remember", lambda facts, _d, _at: kept.append(facts))
    return kept


def fail_often(city: City, phone: str) -> None:
    """Somebody tried to sign in to the account several times."""
    for _ in range(5):
        city.login.proofs.counters.failed(str(city.resident(phone)))


def test_ordinary_first_sign_in_is_not_bothered_by_the_strictest_policies(
    city: City, walker: Walker, phone: str
) -> None:
    decide_by(city, cautious_policies())
    city.clients.add()
    walker.enter().sign_in_by_code(phone)
    assert (walker.answer, walker.screens) == ("granted", 2)
    (event,) = events("login.succeeded")
    said = detail(event)
    assert (said["risk"], seen(said["signals"]), said["device_known"]) == ("low", set(), False)


def test_high_risk_asks_a_second_proof_and_says_why(
    city: City, other_walker: Walker, regular: str
) -> None:
    decide_by(city, cautious_policies())
    stranger = other_walker
    stranger.http.cookies["tx_language_18700"] = "zh-hans"
    fail_often(city, regular)
    stranger.enter().sign_in_by_password(regular, PASSWORD)
    assert stranger.step == "login"
    assert "这次登录与您平时不同" in stranger.words
    assert "您在一台新设备上登录。" in stranger.words
    assert "刚才有人多次尝试登录您的账号而没有成功。" in stranger.words
    stepped = detail(events("access.step_up")[-1])
    assert stepped["policies"] == ["high-risk-second-proof"]
    assert stepped["facts"]["request"]["risk_level"] == "high"
    said = detail(events("login.succeeded")[-1])
    assert (said["risk"], said["device_known"]) == ("high", False)
    assert seen(said["signals"]) == {"new_device", "failed_attempts"}
    stranger.press("method", "sms").type_code(regular)
    assert stranger.answer == "granted"
    assert city.door.granted.level.aal == 2


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-hant", "您在一部新裝置上登入。"), ("en", "You are signing in on a new device.")],
)
def test_explanation_is_in_the_language_of_the_page(
    city: City, other_walker: Walker, regular: str, language: str, words: str
) -> None:
    decide_by(city, cautious_policies())
    other_walker.http.cookies["tx_language_18700"] = language
    fail_often(city, regular)
    other_walker.enter().sign_in_by_password(regular, PASSWORD)
    assert words in other_walker.words


def test_half_a_proof_twice_is_still_half_a_proof(
    city: City, other_walker: Walker, regular: str
) -> None:
    """A guesser who gives up at the second proof finds it there again."""
    decide_by(city, cautious_policies())
    fail_often(city, regular)
    for _ in range(2):
        other_walker.enter().sign_in_by_password(regular, PASSWORD)
        assert "new device" in other_walker.words or "新设备" in other_walker.words
        other_walker.http.cookies.pop(SESSION)
    assert other_walker.enter(prompt=frozenset({"none"})).answer == "login_required"


def test_second_proof_for_another_reason_is_not_blamed_on_the_device(
    other_walker: Walker, regular: str
) -> None:
    other_walker.http.cookies["tx_language_18700"] = "en"
    other_walker.enter(required=Level(ial=1, aal=2), required_is_essential=True)
    other_walker.sign_in_by_password(regular, PASSWORD)
    assert "This errand needs a second proof" in other_walker.words
    assert "new device" not in other_walker.words


def test_policy_sees_whether_the_device_is_known(
    city: City, walker: Walker, other_walker: Walker, regular: str
) -> None:
    strangers = """
    @id("strangers-confirm") @obligation("step_up") @acr("urn:tongxing:acr:ial1:aal2")
    forbid (principal, action, resource)
    when { context.request has device_known && !context.request.device_known }
    unless { context.subject.aal >= 2 };
    """
    decide_by(city, PolicySource(shared=default_policies().shared + strangers))
    facts = seen_in_facts(city)
    walker.http.cookies.pop(SESSION)
    walker.enter().press("method", "sms").type_code(regular)
    assert walker.answer == "granted"
    assert facts[-1].request.device_known is True
    assert facts[-1].request.risk_level == "low"
    assert facts[-1].subject.own_aal == 2
    another_minute(city, regular)
    other_walker.http.cookies["tx_language_18700"] = "en"
    other_walker.enter().sign_in_by_code(regular)
    assert "You are signing in on a new device." in other_walker.words
    assert facts[-1].request.device_known is False


@pytest.mark.usefixtures("regular")
def test_session_in_another_browser_is_seen(
    city: City, walker: Walker, other_walker: Walker
) -> None:
    facts = seen_in_facts(city)
    walker.enter()
    assert facts[-1].request.risk is not None
    assert "other_device" not in facts[-1].request.risk
    other_walker.http.cookies[SESSION] = walker.http.cookies[SESSION].value
    other_walker.enter()
    assert other_walker.answer == "granted", "the shipped policies ask nothing more"
    carried = facts[-1].request
    assert "other_device" in (carried.risk or ())
    assert (carried.risk_level, carried.device_known) == ("high", False)
    decide_by(city, cautious_policies())
    object.__setattr__(city.hall.decisions, "remember", lambda *_: None)
    row = SessionRow.objects.get()
    SessionRow.objects.filter(id=row.id).update(authentication_level=1)
    city.store.delete(f"sess:{{{row.secret_hash}}}")
    other_walker.enter()
    assert other_walker.step == "login"


@pytest.mark.usefixtures("regular")
def test_session_of_before_is_judged_without_them(city: City, walker: Walker) -> None:
    facts = seen_in_facts(city)
    row = SessionRow.objects.get()
    SessionRow.objects.update(signals=None, device_known=None, own_level=None, device="")
    city.store.delete(f"sess:{{{row.secret_hash}}}")
    walker.enter()
    assert walker.answer == "granted"
    request = facts[-1].request
    assert (request.risk, request.risk_level, request.device_known) == (None, None, None)
    assert facts[-1].subject.own_aal is None


@pytest.mark.usefixtures("regular")
def test_single_sign_on_costs_nothing_more(
    city: City, walker: Walker, django_assert_num_queries: object
) -> None:
    decision = seen_in_facts(city)
    with django_assert_num_queries(0):  # type: ignore[operator]
        walker.enter()
    assert walker.answer == "granted"
    assert isinstance(city.hall.standings.decide(decision[-1]), Permit)


def test_wrong_codes_and_passwords_are_counted(city: City, walker: Walker, regular: str) -> None:
    facts = seen_in_facts(city)
    walker.http.cookies.pop(SESSION)
    walker.enter().press("method", "sms")
    for _ in range(3):
        walker.press("action", "sign_in", code="000000")
    walker.press("action", "other_account")
    for _ in range(2):
        walker.sign_in_by_password(regular, "wrong")
    walker.sign_in_by_password(regular, PASSWORD)
    assert walker.answer == "granted"
    assert seen(facts[-1].request.risk) == {"failed_attempts"}


def test_no_passkey_is_offered_to_half_a_proof_on_a_new_device(
    city: City, walker: Walker, other_walker: Walker, regular: str
) -> None:
    other_walker.enter()
    other_walker.press("method", "sms", identifier=regular, password="")
    code = city.codes_for(regular)[0]
    other_walker.press("action", "sign_in", code=code, can_add_passkey="1")
    assert other_walker.answer == "granted"
    another_minute(city, regular)
    walker.http.cookies.pop(SESSION)
    walker.enter().press("method", "sms")
    code = city.codes_for(regular)[0]
    walker.press("action", "sign_in", code=code, can_add_passkey="1")
    assert 'value="not_now"' in walker.html


def told() -> int:
    return OutboxMessage.objects.filter(kind="security_notice").count()


def test_new_device_is_told_once_a_day_to_who_wants_it(
    city: City, other_walker: Walker, regular: str
) -> None:
    person_id = city.resident(regular)
    other_walker.enter().sign_in_by_password(regular, PASSWORD)
    assert told() == 0, "nobody asked for it, and the city sends none"
    city.rooms.devices.choose_notices(person_id, is_wanted=True, now=city.clock.now())
    for cookie in ("tx_device_18700", SESSION):
        other_walker.http.cookies.pop(cookie)
    other_walker.enter().sign_in_by_password(regular, PASSWORD)
    assert told() == 1
    for cookie in ("tx_device_18700", SESSION):
        other_walker.http.cookies.pop(cookie)
    other_walker.enter().sign_in_by_password(regular, PASSWORD)
    assert told() == 1
    assert KnownDeviceRow.objects.count() == 4
    assert len(events("device.added")) == 4


def test_citys_word_holds_where_the_person_said_nothing(
    city: City, other_walker: Walker, regular: str
) -> None:
    risk = city.login.signing_in.risk
    person_id = city.resident(regular)
    object.__setattr__(risk, "settings", type(risk.settings)(login_notices=True))
    assert risk.wants_notices(person_id)
    other_walker.enter().sign_in_by_password(regular, PASSWORD)
    assert told() == 1
    city.rooms.devices.choose_notices(person_id, is_wanted=False, now=city.clock.now())
    assert not risk.wants_notices(person_id)


@pytest.mark.usefixtures("regular")
def test_known_device_stays_known_for_the_next_month(city: City, walker: Walker) -> None:
    before = KnownDeviceRow.objects.get().last_month
    city.clock.advance(days=31)
    walker.http.cookies.pop(SESSION)
    walker.enter().press("action", "sign_in", password=PASSWORD)
    row = KnownDeviceRow.objects.get()
    assert row.last_month - before >= timedelta(days=28)
    assert detail(events("login.succeeded")[-1])["device_known"] is True
