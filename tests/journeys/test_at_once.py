"""Two clicks, two tabs, a server that dies in between: a step's answer has its effect once."""

from copy import copy
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client as DjangoClient

from idp.foundation.audit.models import AuditRow
from idp.journey.kept import IN_FLIGHT, Kept, Overtaken
from idp.journey.request import WantedClaim
from idp.sessions.models import SessionRow
from idp.subjects.models import Person
from tests.city import City
from tests.racing import at_once
from tests.walker import Walker

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R14")]
WISH = {"claims": (WantedClaim(name="phone_number"),)}
BEFORE = "was answered already"


def twin(walker: Walker) -> Walker:
    """The same browser at the same moment, with the very form it shows."""
    http = DjangoClient(enforce_csrf_checks=True)
    http.cookies = copy(walker.http.cookies)
    return replace(walker, http=http)


def other_tab(walker: Walker) -> Walker:
    """The same browser with the same step in a tab of its own: a form of its own."""
    return twin(walker).open(walker.url)


def pressed_at_once(first: Walker, second: Walker, button: str, value: str, **typed: str) -> None:
    def press(number: int) -> None:
        try:
            (first, second)[number].press(button, value, **typed)
        finally:
            connections.close_all()

    at_once(2, press)


def kept(city: City, walker: Walker) -> Kept:
    found = city.hall.journeys.find(walker.url.split("/")[2])
    assert found is not None
    return found


def tries(city: City, walker: Walker) -> int:
    challenge = kept(city, walker).journey.progress.login_challenge
    return int(city.store.get(f"sms:tries:{challenge}") or 0)


@pytest.fixture
def entered(city: City, walker: Walker) -> Walker:
    city.clients.add()
    return walker.enter(**WISH, ui_locales=("en",))


@pytest.fixture
def asked(entered: Walker, phone: str) -> Walker:
    return entered.press("method", "sms", identifier=phone, password="")


@pytest.mark.parametrize("another", [twin, other_tab], ids=["double-click", "two-tabs"])
def test_one_message_is_sent_when_it_is_asked_for_twice_at_once(
    city: City, entered: Walker, phone: str, another: type[Walker]
) -> None:
    second = another(entered)
    pressed_at_once(entered, second, "method", "sms", identifier=phone, password="")
    assert len(city.codes_for(phone)) == 1
    for each in (entered, second):
        assert ("action", "resend") in each.form.buttons
        assert 'role="alert"' not in each.html


@pytest.mark.parametrize("another", [twin, other_tab], ids=["double-click", "two-tabs"])
def test_one_try_is_counted_when_a_wrong_code_is_sent_twice_at_once(
    city: City, asked: Walker, phone: str, another: type[Walker]
) -> None:
    second = another(asked)
    wrong = f"{(int(city.codes_for(phone)[0]) + 1) % 10**6:06d}"
    pressed_at_once(asked, second, "action", "sign_in", code=wrong)
    assert tries(city, asked) == 1
    assert AuditRow.objects.filter(type="login.failed").count() == 1
    told = sorted((BEFORE in each.words, "not the code" in each.words) for each in (asked, second))
    assert told == [(False, True), (True, False)]
    assert second.type_code(phone).step == "consent"


@pytest.mark.parametrize("another", [twin, other_tab], ids=["double-click", "two-tabs"])
def test_one_account_is_made_when_the_right_code_is_sent_twice_at_once(
    city: City, asked: Walker, phone: str, another: type[Walker]
) -> None:
    second = another(asked)
    pressed_at_once(asked, second, "action", "sign_in", code=city.codes_for(phone)[0])
    assert (Person.objects.count(), SessionRow.objects.count()) == (1, 1)
    assert {asked.step, second.step} == {"consent"}
    assert len({each.browser.session_secret for each in (asked, second)}) == 1


def test_one_outcome_is_told_when_the_last_step_is_answered_twice_at_once(
    city: City, asked: Walker, phone: str
) -> None:
    asked.type_code(phone)
    second = other_tab(asked)
    pressed_at_once(asked, second, "decision", "allow")
    assert len(city.door.outcomes) == 1
    assert {asked.answer, second.answer} == {"granted"}


def test_click_changes_nothing_when_its_twin_was_answered_before(
    city: City, asked: Walker, phone: str
) -> None:
    late = twin(asked)
    wrong = f"{(int(city.codes_for(phone)[0]) + 1) % 10**6:06d}"
    asked.press("action", "sign_in", code=wrong)
    late.press("action", "sign_in", code=wrong)
    assert tries(city, asked) == 1
    assert BEFORE in late.words


def test_older_page_changes_nothing_when_the_journey_went_on(
    city: City, entered: Walker, phone: str
) -> None:
    older = other_tab(entered)
    entered.press("method", "sms", identifier=phone, password="")
    older.press("method", "sms", identifier=phone, password="")
    assert len(city.codes_for(phone)) == 1
    assert 'role="alert"' not in older.html
    assert older.type_code(phone).step == "consent"


def test_nobody_waits_when_the_server_died_while_it_answered(
    city: City, entered: Walker, phone: str
) -> None:
    """Killed between reading and writing: what it had begun is on record, and binds nobody."""
    city.hall.journeys.claim(kept(city, entered), now=city.clock.now())
    tab = other_tab(entered)
    assert tab.step == "login"
    city.clock.advance(seconds=IN_FLIGHT.total_seconds())
    assert tab.sign_in_by_code(phone).step == "consent"


def test_twin_is_shown_the_step_when_nobody_answers_its_first_click(
    city: City, entered: Walker, phone: str
) -> None:
    began = city.clock.now() - IN_FLIGHT + timedelta(milliseconds=300)
    city.hall.journeys.claim(kept(city, entered), now=began)
    entered.press("method", "sms", identifier=phone, password="")
    assert entered.step == "login"
    assert BEFORE in entered.words
    assert entered.form.fields["identifier"] == phone
    assert city.codes_for(phone) == []


def test_first_to_finish_is_kept_when_two_act_on_one_journey(city: City, entered: Walker) -> None:
    journeys, now = city.hall.journeys, city.clock.now()
    slow = journeys.claim(kept(city, entered), now=now)
    fast = journeys.claim(kept(city, entered), now=now + IN_FLIGHT)
    journeys.keep(fast, fast.journey.advanced(login_is_chosen=True))
    with pytest.raises(Overtaken):
        journeys.keep(slow, slow.journey.advanced(login_is_other=True))
    journeys.release(slow)
    assert kept(city, entered).journey.progress.login_is_chosen
    assert not kept(city, entered).journey.progress.login_is_other


def test_work_done_is_kept_when_somebody_else_only_began(city: City, entered: Walker) -> None:
    journeys, now = city.hall.journeys, city.clock.now()
    first = journeys.claim(kept(city, entered), now=now)
    second = journeys.claim(kept(city, entered), now=now)
    journeys.keep(first, first.journey.advanced(login_is_chosen=True))
    with pytest.raises(Overtaken):
        journeys.keep(second, second.journey)
    assert kept(city, entered).journey.progress.login_is_chosen


def test_claim_fails_when_the_record_is_not_as_it_was_read(city: City, entered: Walker) -> None:
    journeys, now = city.hall.journeys, city.clock.now()
    read = kept(city, entered)
    journeys.claim(read, now=now)
    with pytest.raises(Overtaken):
        journeys.claim(read, now=now)


@pytest.mark.parametrize("token", ["", "0", "0.0", "0.0.", "x.y.z", "..", "ü.ü.ü"])
def test_form_is_not_read_when_it_was_not_made_here(
    city: City, entered: Walker, token: str
) -> None:
    assert city.hall.journeys.read_form(kept(city, entered).journey, "login", token) is None


@pytest.mark.slow
def test_person_may_try_again_when_another_s_clock_is_ahead_and_it_does_not_end(
    city: City, entered: Walker, phone: str
) -> None:
    city.hall.journeys.claim(kept(city, entered), now=city.clock.now() + IN_FLIGHT / 2)
    form = entered.form
    entered.press("method", "sms", identifier=phone, password="")
    assert entered.status == 503
    city.clock.advance(seconds=1)
    entered.form = form
    assert entered.press("method", "sms", identifier=phone, password="").step == "login"
    assert BEFORE in entered.words


def test_nothing_is_kept_when_the_journey_expired_meanwhile(city: City, entered: Walker) -> None:
    mine = city.hall.journeys.claim(kept(city, entered), now=city.clock.now())
    city.store.delete(f"journey:{mine.journey.id}")
    with pytest.raises(Overtaken):
        city.hall.journeys.keep(mine, mine.journey)
    assert city.hall.journeys.find(mine.journey.id) is None
