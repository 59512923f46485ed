"""Faces that are not theirs, authorities that are away, answers that belong elsewhere."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client as DjangoClient

from connectors.evidence import IdentityClaim
from idp.account.security import SECURITY
from idp.journey.journeys import hash_of_device
from idp.journey.verification.visit_desk import VisitOrder
from idp.subjects.authenticators.kinds import Kind, NotProven, Refusal, Shown
from idp.subjects.models import Authenticator, Evidence
from tests.before_camera import before_the_camera, come_back, looked, way_there
from tests.city import City
from tests.journeys.face_city import (
    city,
    comes_again,
    has_face,
    holder,
    home,
    person_id,
)
from tests.racing import at_once
from tests.trail import detail, events
from tests.waiting import wait_until
from tests.walker import Walker

__all__ = ["city", "holder", "home", "person_id"]
pytestmark = [pytest.mark.storage, pytest.mark.requirement("R6"), pytest.mark.requirement("R15")]


@pytest.mark.parametrize("how", [{"behaviour": "500"}, {"behaviour": "slow", "seconds": 3.0}])
def test_authority_that_is_down_costs_no_attempt_and_leaves_the_other_ways(
    city: City, holder: Walker, how: dict[str, Any], phone: str
) -> None:
    comes_again(holder)
    city.spoil("face", **how)
    holder.press("method", "face")
    if how["behaviour"] == "slow":
        wait_until(holder.has_news)
        come_back(holder, holder.url)
    assert "does not answer" in holder.words
    assert events("login.failed") == []
    city.asks_codes_again(phone)
    holder.press("method", "sms").type_code(phone)
    assert holder.answer == "granted"


def test_wrong_faces_are_slowed_and_the_code_still_signs_in(
    city: City, holder: Walker, person_id: UUID, phone: str
) -> None:
    comes_again(holder)
    scope = f"{person_id}:face:{hash_of_device(holder.browser.device_secret)}"
    for _ in range(5):
        holder.press("method", "face")
        before_the_camera(holder, "adult_2")
        assert "did not recognise you" in holder.words
        city.store.delete(f"password:wait:{scope}")
    assert city.store.get(f"password:failures:{scope}") == b"5"
    until = city.clock.now() + timedelta(minutes=1)
    city.store.put(f"password:wait:{scope}", until.isoformat().encode(), ttl=60)
    assert "To protect the account" in holder.press("method", "face").words
    city.store.delete(f"password:wait:{scope}")
    holder.press("method", "face")
    assert "Please choose another way today" in holder.words
    assert len(events("login.failed")) == 5
    assert city.verification.attempts.left(str(person_id), now=city.clock.now()) == 5
    city.asks_codes_again(phone)
    holder.press("method", "sms").type_code(phone)
    assert holder.answer == "granted"


def test_answer_is_refused_when_it_is_brought_again(city: City, holder: Walker) -> None:
    comes_again(holder).press("method", "face")
    back = looked(way_there(holder), "newcomer")
    come_back(holder, back)
    assert holder.answer == "granted"
    outcomes = len(city.door.outcomes)
    city.clock.advance(seconds=10)
    comes_again(holder)
    holder.open(back)
    assert len(city.door.outcomes) == outcomes
    holder.enter(ui_locales=("en",))
    assert holder.step == "login"
    assert "Welcome back" in holder.words


def test_answer_is_refused_when_another_browser_brings_it(
    city: City, holder: Walker, other_walker: Walker
) -> None:
    comes_again(holder).press("method", "face")
    back = looked(way_there(holder), "newcomer")
    outcomes = len(city.door.outcomes)
    other_walker.open(back)
    assert other_walker.status == 403 or "another browser" in other_walker.words
    assert len(city.door.outcomes) == outcomes


def test_answer_is_refused_when_it_comes_late(city: City, holder: Walker) -> None:
    comes_again(holder).press("method", "face")
    back = looked(way_there(holder), "newcomer")
    city.clock.advance(minutes=11)
    come_back(holder, back)
    assert holder.step == "login"
    assert "too late" in holder.words


@pytest.mark.parametrize("enters_as", ["sign_in", "verification"])
def test_visit_counts_for_the_purpose_it_was_opened_for_alone(
    city: City, holder: Walker, person_id: UUID, enters_as: str
) -> None:
    """Opened at one desk and brought to the other, in one journey and by one browser."""
    comes_again(holder)
    of_login = city.hall.faces.desks[0]
    of_checks = replace(of_login, findings=_Forbidden(), purpose=type(of_login.purpose)())
    opens, closes = (of_login, of_checks) if enters_as == "sign_in" else (of_checks, of_login)
    comparable = city.hall.faces.comparable(person_id)
    assert comparable is not None
    order = _order(person_id, comparable.claim, enters_as)
    opened = opens.open(order, now=city.clock.now())
    brought = looked(opened.url, "newcomer").partition("?")[2]
    parameters = dict(each.split("=") for each in brought.split("&"))
    other = replace(order, bound_to="verification" if enters_as == "sign_in" else "sign_in:x")
    closes.close(other, closes.look("journey-1", order.id), parameters)
    assert closes.look("journey-1", order.id).outcome == "NOT_OURS"
    assert not Evidence.objects.filter(method="face_comparison").exists()


class _Forbidden:
    """Findings that must never be kept."""

    def keep(self, *_: object) -> None:
        raise AssertionError("a sign-in became evidence")


def _order(person_id: UUID, claim: IdentityClaim, purpose: str) -> VisitOrder:
    return VisitOrder(
        journey_id="journey-1",
        person_id=person_id,
        client_id="portal",
        claim=claim,
        consent_id="consent-1",
        bound_to="sign_in:x" if purpose == "sign_in" else "verification",
    )


@pytest.mark.requirement("R14")
def test_one_of_two_answers_counts_when_both_come_at_once(
    city: City, holder: Walker, person_id: UUID
) -> None:
    kind = city.hall.faces.kind
    assert holder.url == SECURITY
    assert kind is not None
    held = kind.held(person_id)
    assert held is not None
    shown = Shown(person_id=person_id, answer=held.use, now=city.clock.now())

    def use(_: int) -> str:
        try:
            city.rooms.authenticators.check(Kind.FACE, shown)
        except NotProven as problem:
            return problem.reason
        return "proven"

    assert sorted(map(str, at_once(4, use))) == ["proven", *[Refusal.REPLAYED.value] * 3]


@pytest.mark.requirement("R14")
def test_two_loads_of_one_page_sign_in_once(holder: Walker) -> None:
    comes_again(holder).press("method", "face")
    back = looked(way_there(holder), "newcomer")
    answer = holder.http.get(back)
    twin = DjangoClient()
    twin.cookies = holder.http.cookies
    at_once(2, lambda number: (holder.http, twin)[number].get(answer["Location"]))
    come_back(holder, answer["Location"])
    assert Authenticator.objects.get(kind="face").counter == 1
    by_face = [row for row in events("login.succeeded") if detail(row)["factor"] == "face"]
    assert len(by_face) == 2  # the first was the day on which the way was added
    assert events("login.failed") == []


def test_face_is_offered_nowhere_when_the_city_switched_its_authority_off(
    city: City, holder: Walker, person_id: UUID
) -> None:
    assert city.hall.faces.held(person_id) is not None
    for desk in city.hall.faces.desks:
        object.__setattr__(desk.connector, "terms_now", lambda terms: replace(terms, is_on=False))
    comes_again(holder)
    assert "Welcome back" in holder.words
    assert not has_face(holder)
    assert not city.hall.faces.may_add(person_id, now=city.clock.now())
