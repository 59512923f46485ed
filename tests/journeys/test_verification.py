"""Proving a name: every answer of the authority, attempts, waiting, and two who claim one card."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.evidence import IdentityClaim, VerificationResult
from connectors.outcomes import Outcome
from idp.journey.verification.desk import CheckOrder, Look, check_of
from idp.sessions.models import SessionRow
from policies.levels import Level
from tests.city import City
from tests.trail import detail, events
from tests.waiting import wait_until
from tests.walker import Walker

pytestmark = pytest.mark.storage
NEWCOMER = ("何晨", "350200199909099914")
IAL2 = Level(ial=2, aal=1)


@pytest.fixture
def at_the_desk(city: City, walker: Walker, phone: str) -> Walker:
    """Somebody who signed in and is now asked for their name."""
    city.clients.add(minimum_level=IAL2)
    walker.enter(ui_locales=("en",)).sign_in_by_code(phone)
    assert walker.step == "verification"
    return walker


def test_match_raises_the_session_when_the_name_is_proven(city: City, at_the_desk: Walker) -> None:
    at_the_desk.prove_name(*NEWCOMER)
    assert at_the_desk.answer == "granted"
    assert city.door.granted.level.ial == 2
    (event,) = events("document.verified")
    assert event.client_id == "portal"
    assert "何晨" not in event.detail
    screens = at_the_desk.screens
    at_the_desk.enter()
    assert at_the_desk.screens == screens


@pytest.mark.parametrize(
    ("name", "number", "words"),
    [
        pytest.param("", NEWCOMER[1], "Enter your name", id="no name"),
        pytest.param("\u0007", NEWCOMER[1], "Enter your name", id="no name but a bell"),
        pytest.param("何晨", "", "Enter the number", id="no number"),
        pytest.param("何晨", "35020019990909991", "17 characters; 18", id="one is missing"),
        pytest.param("何晨", "350200199909099915", "seems to be mistyped", id="check digit"),
    ],
)
def test_mistyping_costs_nothing_when_the_authority_need_not_be_asked(
    at_the_desk: Walker, name: str, number: str, words: str
) -> None:
    at_the_desk.prove_name(name, number)
    assert words in at_the_desk.words
    assert at_the_desk.form.fields["document_number"] == number
    assert events("verification.failed") == []


def test_document_type_is_refused_when_a_form_is_forged(at_the_desk: Walker) -> None:
    at_the_desk.press(
        "action", "verify", name="何晨", document_number=NEWCOMER[1], document_type="library"
    )
    assert "Choose which document" in at_the_desk.words


@pytest.mark.requirement("R1")
@pytest.mark.parametrize(
    ("name", "number", "words", "outcome"),
    [
        pytest.param("何晨晨", NEWCOMER[1], "do not belong together", "mismatch", id="mismatch"),
        pytest.param("赵铁军", "350200199808019997", "no entry", "not_found", id="not found"),
        pytest.param("钱迁", "350200198706119917", "could not decide", "inconclusive", id="unsure"),
        pytest.param("孙多多", "350200199002289920", "many checks", "rate_limited", id="busy"),
        pytest.param(
            "李停云", "350200198508159934", "does not answer", "provider_error", id="down"
        ),
    ],
)
def test_page_says_what_to_do_when_there_is_no_match(
    at_the_desk: Walker, name: str, number: str, words: str, outcome: str
) -> None:
    at_the_desk.prove_name(name, number)
    assert words in at_the_desk.words
    assert [row.outcome for row in events("verification.failed")] == [outcome]
    assert 'role="alert"' in at_the_desk.html


@pytest.mark.requirement("R1")
def test_attempts_run_out_when_names_are_guessed(at_the_desk: Walker) -> None:
    for left in (4, 3, 2, 1):
        at_the_desk.prove_name("何晨晨", NEWCOMER[1])
        assert f"You can try {left} more" in at_the_desk.words
    at_the_desk.prove_name("何晨晨", NEWCOMER[1])
    assert "did not match several times" in at_the_desk.words
    at_the_desk.press("action", "return")
    assert at_the_desk.answer == "access_denied"


def test_attempts_are_counted_by_document_when_many_people_guess(
    other_walker: Walker, at_the_desk: Walker
) -> None:
    for _ in range(5):
        at_the_desk.prove_name("何晨晨", NEWCOMER[1])
    other_walker.enter(ui_locales=("en",)).sign_in_by_code("+8613700000001")
    other_walker.prove_name(*NEWCOMER)
    assert "did not match several times" in other_walker.words


def test_outage_costs_no_attempt_when_the_authority_is_down(
    city: City, at_the_desk: Walker
) -> None:
    city.spoil("population_library", "500", times=12)
    for _ in range(6):
        at_the_desk.prove_name(*NEWCOMER)
        assert "no attempt was used up" in at_the_desk.words
        at_the_desk.press("action", "retry")
        assert at_the_desk.form.fields["name"] == NEWCOMER[0]
    city.mend()


@pytest.mark.requirement("R17")
@pytest.mark.slow
def test_page_waits_without_a_thread_when_the_authority_is_slow(
    city: City, at_the_desk: Walker
) -> None:
    city.spoil("population_library", "slow", seconds=2.5)
    began = city.clock.now()
    at_the_desk.prove_name(*NEWCOMER)
    assert (city.clock.now() - began).total_seconds() < 2.4
    assert ("action", "check") in at_the_desk.form.buttons
    assert "http-equiv" in at_the_desk.html
    at_the_desk.press("action", "check")
    while not at_the_desk.left_to:
        assert ("action", "check") in at_the_desk.form.buttons
        at_the_desk.open(at_the_desk.url)
    assert at_the_desk.answer == "granted"


@pytest.mark.requirement("R17")
@pytest.mark.slow
def test_script_learns_of_news_only_when_the_authority_has_answered(
    city: City, at_the_desk: Walker, other_walker: Walker
) -> None:
    city.spoil("population_library", "slow", seconds=2)
    at_the_desk.prove_name(*NEWCOMER)
    found = re.search(r'data-news-url="([^"]+)"', at_the_desk.html)
    assert found
    news = found[1]
    answer = at_the_desk.http.get(news)
    assert (answer.status_code, answer.content, answer["Retry-After"]) == (204, b"", "3")
    assert "no-store" in answer["Cache-Control"]
    assert other_walker.http.get(news).status_code == 200  # nobody else's browser is told
    assert at_the_desk.http.get(f"{news}x").status_code == 200
    wait_until(lambda: at_the_desk.http.get(news).status_code == 200)
    assert at_the_desk.open(at_the_desk.url).answer == "granted"


@pytest.mark.slow
def test_setback_is_shown_when_a_slow_answer_was_no_match(city: City, at_the_desk: Walker) -> None:
    city.spoil("population_library", "slow", seconds=2)
    at_the_desk.prove_name("赵铁军", "350200199808019997")
    while ("action", "check") in at_the_desk.form.buttons:
        at_the_desk.open(at_the_desk.url)
    assert "no entry" in at_the_desk.words


@pytest.mark.requirement("R5")
def test_second_person_is_told_what_to_do_when_a_document_is_taken(
    city: City, at_the_desk: Walker, other_walker: Walker
) -> None:
    at_the_desk.prove_name(*NEWCOMER)
    other_walker.enter(ui_locales=("en",)).sign_in_by_code("+8613700000001")
    other_walker.prove_name(*NEWCOMER)
    assert "This identity already has an account" in other_walker.words
    assert len(events("document.held_by_another")) == 1
    assert len(events("document.claimed_by_another")) == 1
    del city


@pytest.mark.requirement("R7")
def test_nothing_is_asked_when_the_person_was_verified_elsewhere(
    city: City, walker: Walker, other_walker: Walker, phone: str
) -> None:
    city.clients.add()
    city.clients.add("strict", minimum_level=IAL2)
    walker.enter().sign_in_by_code(phone)
    city.store.delete(f"sms:minute:{city.given.index.of('sms.phone', phone).hex()}")
    other_walker.enter(client_id="strict").sign_in_by_code(phone)
    other_walker.prove_name(*NEWCOMER)
    screens = walker.screens
    walker.enter(client_id="strict")
    assert walker.screens == screens
    assert walker.answer == "granted"


@pytest.mark.requirement("R2")
def test_step_up_is_one_screen_when_a_client_needs_more(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    city.clients.add("strict", minimum_level=IAL2)
    walker.enter().sign_in_by_code(phone)
    screens = walker.screens
    walker.enter(client_id="strict")
    walker.prove_name(*NEWCOMER)
    assert walker.answer == "granted"
    assert walker.screens == screens + 1
    (event,) = events("access.step_up")
    assert detail(event)["acr"] == IAL2.acr


def test_person_may_go_on_without_when_a_level_is_merely_wished(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    walker.enter(required=IAL2).sign_in_by_code(phone)
    assert walker.step == "verification"
    walker.prove_name("赵铁军", "350200199808019997")
    walker.press("action", "return")
    assert walker.answer == "granted"
    assert city.door.granted.level.ial == 1


def test_client_hears_a_refusal_when_the_person_gives_up(at_the_desk: Walker) -> None:
    at_the_desk.prove_name("赵铁军", "350200199808019997")
    at_the_desk.press("action", "return")
    assert at_the_desk.answer == "access_denied"


@pytest.mark.parametrize("level", [Level(ial=3, aal=1), Level(ial=2, aal=3)])
def test_client_hears_at_once_when_a_level_is_out_of_reach(
    city: City, walker: Walker, level: Level
) -> None:
    city.clients.add()
    walker.enter(required=level, required_is_essential=True)
    assert walker.answer == "unmet_authentication_requirements"


def test_person_is_told_when_a_clients_level_is_out_of_reach(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add(minimum_level=Level(ial=3, aal=1))
    walker.enter().sign_in_by_code(phone)
    assert walker.step == "access"
    walker.press("action", "return")
    assert walker.answer == "unmet_authentication_requirements"


@pytest.mark.slow
def test_two_clicks_are_one_check_when_they_come_together(city: City, at_the_desk: Walker) -> None:
    desk = city.verification
    city.spoil("population_library", "slow", seconds=2)
    claim = IdentityClaim(
        document_type="resident_id_card", document_number=NEWCOMER[1], name=NEWCOMER[0]
    )
    person_id = SessionRow.objects.get().person_id
    order = CheckOrder(journey_id="j", person_id=person_id, client_id="portal", claim=claim)
    now = city.clock.now()
    assert [desk.order(order, now=now) for _ in range(2)] == ["PENDING", "PENDING"]
    assert desk.attempts_left(person_id, now=now) == 4
    while desk.look(order.id, now=now).outcome == "PENDING":
        at_the_desk.open(at_the_desk.url)
    assert desk.look(order.id, now=now).outcome == "MATCH"
    assert desk.attempts_left(person_id, now=now) == 5


@pytest.mark.slow
def test_page_looks_less_and_less_often_when_an_authority_takes_its_time(
    city: City, at_the_desk: Walker
) -> None:
    desk, now = city.verification, city.clock.now()
    city.spoil("population_library", "slow", seconds=2)
    claim = IdentityClaim(
        document_type="resident_id_card", document_number=NEWCOMER[1], name=NEWCOMER[0]
    )
    person_id = SessionRow.objects.get().person_id
    order = CheckOrder(journey_id="j", person_id=person_id, client_id="portal", claim=claim)
    assert desk.order(order, now=now) == "PENDING"
    pauses = [
        desk.look(order.id, now=now + timedelta(seconds=after)).pause
        for after in (0, 9, 11, 24, 26, 59)
    ]
    assert pauses == [3, 3, 5, 5, 10, 10]
    wait_until(lambda: desk.look(order.id, now=now) == Look(outcome="MATCH"))
    del at_the_desk


@pytest.mark.requirement("R1")
def test_next_authority_is_asked_and_each_try_recorded_when_the_first_fails(
    city: City, at_the_desk: Walker
) -> None:
    desk = replace(city.verification, inquiries=city.inquiries("population_library", "ctid"))
    person_id = SessionRow.objects.get().person_id
    now = city.clock.now()

    def order(name: str) -> CheckOrder:
        claim = IdentityClaim(
            document_type="resident_id_card", document_number=NEWCOMER[1], name=name
        )
        return CheckOrder(journey_id="j", person_id=person_id, client_id="portal", claim=claim)

    city.spoil("population_library", "500")
    assert desk.order(order("何晨晨"), now=now) == "MISMATCH"
    assert [detail(row)["method"] for row in events("verification.try_failed")] == [
        "population_two_factor"
    ]
    assert [detail(row)["method"] for row in events("verification.failed")] == ["ctid"]
    assert desk.attempts_left(person_id, now=now) == 4
    city.spoil("population_library", "500")
    assert desk.order(order("何晨"), now=now) == "MATCH"
    assert desk.attempts_left(person_id, now=now) == 4
    del at_the_desk


def test_second_identity_is_refused_when_the_person_has_one(
    city: City, at_the_desk: Walker
) -> None:
    at_the_desk.prove_name(*NEWCOMER)
    person_id = city.door.granted.person_id
    for row in city.rooms.chain.live(person_id, now=city.clock.now()):
        city.rooms.chain.revoke(person_id, row.id, authority="self", now=city.clock.now())
    (session,) = city.rooms.sessions.of_person(person_id, now=city.clock.now())
    city.rooms.sessions.refresh_identity(session, now=city.clock.now())
    at_the_desk.enter(ui_locales=("en",)).prove_name("沈佳宁", "350200200104129923")
    assert "do not belong together" in at_the_desk.words


def test_person_without_tries_is_told_when_a_new_journey_begins(
    city: City, at_the_desk: Walker
) -> None:
    for _ in range(5):
        at_the_desk.prove_name("何晨晨", NEWCOMER[1])
    at_the_desk.enter(ui_locales=("en",))
    assert "did not match several times" in at_the_desk.words
    del city


def test_verification_is_still_asked_when_the_session_ended_behind_the_cache(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    city.clients.add("strict", minimum_level=IAL2)
    walker.enter().sign_in_by_code(phone)
    SessionRow.objects.update(ended_at=city.clock.now())
    walker.enter(client_id="strict")
    assert walker.step == "verification"


def test_evidence_holds_what_the_number_tells_when_checked() -> None:
    result = VerificationResult(
        outcome=Outcome.MATCH,
        method="reader",
        authority="cn",
        checked_at=datetime(2026, 11, 22, tzinfo=UTC),
        identity_level=2,
    )
    card = IdentityClaim(document_type="resident_id_card", document_number=NEWCOMER[1], name="何晨")
    assert check_of(card, result).values == {
        "name": "何晨",
        "document_number": NEWCOMER[1],
        "birthdate": "1999-09-09",
        "gender": "male",
    }
    permit = IdentityClaim(document_type="travel_permit_tw", document_number="99900003", name="張")
    assert check_of(permit, result).values == {"name": "張", "document_number": "99900003"}
