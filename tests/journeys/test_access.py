"""What the policies refuse, and how the person and the client are told."""

import pytest

from idp.sessions.models import SessionRow
from idp.subjects.models import Person
from policies.engine import Engine
from policies.source import PolicySource, default_policies
from tests.city import City
from tests.trail import detail, events
from tests.walker import Walker

pytestmark = pytest.mark.storage
PASSWORD = "Bailu-adult-4801"


@pytest.mark.requirement("R2")
@pytest.mark.parametrize(
    ("metadata", "words", "reason"),
    [
        ({"channels": frozenset({"kiosk"})}, "may not be entered this way", "channel_not_allowed"),
        ({"status": "suspended"}, "has paused signing in", "client_suspended"),
    ],
)
def test_person_is_told_when_the_policies_refuse(
    city: City, walker: Walker, phone: str, metadata: dict[str, object], words: str, reason: str
) -> None:
    city.clients.add(**metadata)
    walker.enter(ui_locales=("en",)).sign_in_by_code(phone)
    assert walker.step == "access"
    assert words in walker.words
    noted = detail(events("access.forbidden")[0])
    assert noted["reason"] == reason
    assert noted["facts"]["client"]["client_id"] == "portal"
    walker.form.buttons.append(("other", "button"))
    walker.press("other", "button")
    assert walker.step == "access"
    walker.press("action", "return")
    assert walker.answer == "access_denied"


@pytest.mark.requirement("R2")
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", "夜间不开放，请早上再来。"),
        ("zh-hant", "夜間不開放，請早上再來。"),
        ("en", "Closed at night. Come back in the morning."),
    ],
)
def test_person_reads_the_words_of_the_policy_that_refuses(
    city: City, walker: Walker, phone: str, language: str, words: str
) -> None:
    city.clients.add()
    text = """
    @id("night") @reason("closed") @says_zh_hans("夜间不开放，请早上再来。")
    @says_zh_hant("夜間不開放，請早上再來。") @says_en("Closed at night. Come back in the morning.")
    forbid (principal, action, resource);
    """
    engine = Engine(PolicySource(shared=default_policies().shared + text))
    object.__setattr__(city.hall.standings, "decide", engine.decide)
    walker.http.cookies["tx_language_18700"] = language
    walker.enter().sign_in_by_code(phone)
    assert words in walker.words


@pytest.mark.requirement("R2")
def test_person_is_told_that_it_is_not_their_fault_when_a_policy_fails(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    text = """
    @id("broken") forbid (principal, action, resource)
    when { context.request.now_epoch + 9223372036854775807 > 1 };
    """
    engine = Engine(PolicySource(shared=default_policies().shared + text))
    object.__setattr__(city.hall.standings, "decide", engine.decide)
    walker.enter(ui_locales=("en",)).sign_in_by_code(phone)
    assert "our mistake, not yours" in walker.words
    assert detail(events("access.forbidden")[0])["reason"] == "policy_error"


def test_frozen_person_cannot_enter_when_the_password_is_right(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    person_id = city.resident(phone, password=PASSWORD)
    city.rooms.statuses.freeze(person_id, now=city.clock.now())
    walker.enter(ui_locales=("en",)).sign_in_by_password(phone, PASSWORD)
    assert "account is frozen" in walker.words


def test_nobody_signs_in_when_an_account_is_closed(city: City, walker: Walker, phone: str) -> None:
    city.clients.add()
    city.resident(phone, password=PASSWORD)
    Person.objects.update(status="deceased")
    walker.enter(ui_locales=("en",)).sign_in_by_password(phone, PASSWORD)
    assert "account is closed" in walker.words
    assert not SessionRow.objects.exists()


def test_client_hears_a_refusal_when_no_page_is_allowed(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    city.clients.add("kiosk", channels=frozenset({"kiosk"}))
    walker.enter().sign_in_by_code(phone)
    walker.enter(client_id="kiosk", prompt=frozenset({"none"}))
    assert walker.answer == "access_denied"
    assert len(events("access.forbidden")) == 1


def test_client_hears_a_refusal_when_it_is_not_registered(walker: Walker) -> None:
    walker.enter(client_id="nobody")
    assert walker.answer == "unauthorized_client"
