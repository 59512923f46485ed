"""What the policies ask of whoever lets a person in, and that it truly happens."""

from datetime import timedelta

import pytest

from idp.foundation.outbox.models import OutboxMessage
from idp.journey.request import WantedClaim
from idp.sessions.models import SessionRow
from policies.decision import OUTCOMES, Permit
from policies.engine import Engine
from policies.facts import Facts
from policies.source import PolicySource, default_policies
from tests.city import City
from tests.city_fixtures import PASSWORD
from tests.trail import detail, events
from tests.walker import Walker

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R2")]


def require(city: City, annotations: str, condition: str = "true") -> None:
    """Put one obligation in force beside the shipped policies."""
    own = f'@id("o") {annotations} forbid (principal, action, resource) when {{ {condition} }};'
    engine = Engine(PolicySource(shared=default_policies().shared + own))
    object.__setattr__(city.hall.standings, "decide", engine.decide)


def test_claims_are_granted_masked_when_the_policies_say_so(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add(skips_consent=True)
    require(city, '@obligation("mask_claims") @claims("phone_number birthdate")')
    wanted = [WantedClaim(name=name) for name in ("phone_number", "phone_number_verified")]
    walker.enter(claims=tuple(wanted)).sign_in_by_code(phone)
    if walker.step == "consent":
        walker.press("decision", "allow")
    granted = city.door.granted.userinfo_claims
    assert set(granted) == {"masked:phone_number", "phone_number_verified"}


def test_session_ends_sooner_when_the_policies_say_so(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    require(city, '@obligation("shorten_session") @minutes("20")')
    walker.enter().sign_in_by_code(phone)
    row = SessionRow.objects.get()
    assert row.expires_at == row.authenticated_at + timedelta(minutes=20)
    assert len(events("session.shortened")) == 1
    walker.enter()
    assert len(events("session.shortened")) == 1
    city.clock.advance(minutes=21)
    walker.enter()
    assert walker.step == "login"


def test_person_proves_themselves_again_when_the_policies_ask_for_a_fresher_sign_in(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    require(city, '@obligation("reverify") @within("10")')
    walker.enter().sign_in_by_code(phone)
    city.clock.advance(minutes=9)
    walker.enter()
    assert walker.answer == "granted"
    city.clock.advance(minutes=2)
    walker.enter(prompt=frozenset({"none"}))
    assert walker.answer == "login_required"


def test_person_and_security_are_told_once_when_the_policies_ask_for_it(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    require(city, '@obligation("notify") @to("person security")')
    walker.enter().sign_in_by_code(phone)
    walker.enter()
    (alert,) = events("access.alert")
    assert detail(alert)["policies"] == ["o"]
    assert OutboxMessage.objects.filter(kind="security_notice").count() == 1
    require(city, '@obligation("notify") @to("person")')
    city.clients.add("other")
    walker.enter(client_id="other")
    assert len(events("access.notified")) == 1


def test_every_decision_is_remembered_with_its_facts(
    city: City, walker: Walker, phone: str
) -> None:
    kept: list[tuple[Facts, object]] = []
    object.__setattr__(
        city.hall.decisions, "remember", lambda facts, decision, _at: kept.append((facts, decision))
    )
    city.clients.add()
    walker.enter().sign_in_by_code(phone)
    facts, decision = kept[-1]
    assert isinstance(decision, Permit)
    assert facts.subject.authenticators == frozenset({"sms"})
    assert (facts.request.network, facts.subject.population) == ("127.0.0", None)
    assert facts.subject.methods is not None
    assert facts.subject.evidence_age_days == 0
    assert OUTCOMES[0] == "permit"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", "请用指定的方式再确认一次"),
        ("zh-hant", "請用指定的方式再確認一次"),
        ("en", "ask you to confirm in this very way"),
    ],
)
def test_person_proves_themselves_by_the_way_that_the_policies_name(
    city: City, walker: Walker, phone: str, language: str, words: str
) -> None:
    """Whoever has it shows it beside what they proved; it serves while the session stands."""
    city.clients.add()
    city.resident(phone, password=PASSWORD)
    walker.http.cookies["tx_language_18700"] = language
    require(city, '@obligation("reverify") @by("card password")')
    walker.enter().sign_in_by_code(phone)
    assert words in walker.words
    assert walker.form.buttons[0] == ("action", "sign_in")
    walker.press("action", "sign_in", password=PASSWORD)
    assert walker.answer == "granted"
    assert set(city.door.granted.amr) >= {"pwd", "sms"}
    walker.enter()
    assert walker.answer == "granted"


def test_named_way_is_out_of_reach_of_whoever_has_none_of_it(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    require(city, '@obligation("reverify") @within("30") @by("card passkey")')
    walker.http.cookies["tx_language_18700"] = "en"
    walker.enter().sign_in_by_code(phone)
    assert walker.step == "access"
    assert "needs a stronger proof than this account can give online" in walker.words
    refused = detail(events("access.forbidden")[-1])
    assert refused == {
        "reason": "proof_out_of_reach",
        "ways": ["card", "passkey"],
        "policies": ["o"],
    }
    walker.press("action", "return")
    assert walker.answer == "unmet_authentication_requirements"
    assert walker.enter(prompt=frozenset({"none"})).answer == "unmet_authentication_requirements"


def test_each_named_way_is_asked_for_where_several_policies_name_one(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    city.resident(phone, password=PASSWORD)
    both = '@id("one") @obligation("reverify") @by("sms") forbid (principal, action, resource);'
    other = (
        '@id("two") @obligation("reverify") @by("password") forbid (principal, action, resource);'
    )
    engine = Engine(PolicySource(shared=default_policies().shared + both + other))
    object.__setattr__(city.hall.standings, "decide", engine.decide)
    walker.enter().sign_in_by_password(phone, PASSWORD)
    walker.press("method", "sms").type_code(phone)
    assert walker.answer == "granted"
