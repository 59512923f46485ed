"""Leaving for the authority's own page and coming back: every return ends well.

The authority's page is the sandbox's, over real HTTP; the browser carries its answers back.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from http.client import HTTPConnection
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit
from uuid import UUID

import pytest
from pytest_django.fixtures import Settings

from connectors.evidence import IdentityClaim
from connectors.sandbox.server import SandboxServer
from idp.foundation.storage import ValkeyStore
from idp.journey.verification.step import VerificationStep
from idp.journey.verification.visit_desk import VisitDesk, VisitOrder
from idp.journey.verification.visit_way import VisitWay
from idp.journey.views import failed_csrf
from idp.subjects.models import Document, Identifier
from policies.levels import Level
from tests.city import Asked, City, built_city
from tests.trail import detail, events
from tests.waiting import wait_until
from tests.walker import Walker

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R1")]
IAL2, IAL3 = Level(ial=2, aal=1), Level(ial=3, aal=1)
NEWCOMER = ("何晨", "350200199909099914")
OTHER_PHONE = "+8613700000001"


@pytest.fixture
def city(
    transactional_db: None, store: ValkeyStore, local_sandbox: SandboxServer, settings: Settings
) -> Iterator[City]:
    """A city whose people may go to the national network identity service."""
    del transactional_db
    with built_city(store, local_sandbox, asked=Asked(visits=("network_identity",))) as built:
        settings.ROOT_URLCONF = built
        settings.CSRF_FAILURE_VIEW = lambda request, **_: failed_csrf(built.desk, request)
        yield built
        built.mend()


@dataclass(slots=True, kw_only=True)
class Traveller:
    """Somebody with a browser that also goes to the authority."""

    walker: Walker

    def sign_in(self, phone: str, level: Level, *, client_id: str = "portal") -> "Traveller":
        self.walker.city.clients.add(client_id, minimum_level=level)
        self.walker.enter(client_id=client_id, ui_locales=("en",)).sign_in_by_code(phone)
        assert self.walker.step == "verification"
        return self

    def leave(self) -> str:
        """Press the button; return the address that the page goes on to by itself."""
        self.walker.press("method", "network_identity")
        return self.away()

    def away(self) -> str:
        found = re.search(r'<a [^>]*href="([^"]+)"[^>]*data-go-after="0"', self.walker.html)
        assert found, self.walker.html
        return unescape(found[1])

    def at_authority(self, url: str, who: str, *, decision: str = "allow") -> str:
        """Show there who one is; return where the browser is sent back to."""
        parts = urlsplit(url)
        body = urlencode({**dict(parse_qsl(parts.query)), "identifier": who, "decision": decision})
        connection = HTTPConnection(parts.netloc, timeout=5)
        try:
            connection.request("POST", parts.path, body)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 303
            return answer.headers["Location"]
        finally:
            connection.close()

    def come_back(self, url: str) -> Walker:
        parts = urlsplit(url)
        return self.walker.open(f"{parts.path}?{parts.query}")

    def go(self, who: str, *, decision: str = "allow") -> Walker:
        return self.come_back(self.at_authority(self.leave(), who, decision=decision))


@pytest.fixture
def traveller(walker: Walker) -> Traveller:
    return Traveller(walker=walker)


@pytest.fixture
def other(other_walker: Walker) -> Traveller:
    return Traveller(walker=other_walker)


def left(city: City, traveller: Traveller) -> int:
    (session,) = {row.subject for row in events("login.succeeded")[-1:]}
    del traveller
    return city.verification.attempts.left(session, now=city.clock.now())


@pytest.mark.requirement("R5")
def test_person_without_a_number_is_known_when_the_network_identity_says_yes(
    city: City, traveller: Traveller, phone: str
) -> None:
    walker = traveller.sign_in(phone, IAL3).go("newcomer")
    assert walker.answer == "granted"
    assert city.door.granted.level.ial == 3
    assert walker.screens == 4  # phone, code, the way, and the page that leads there by itself
    person_id = city.door.granted.person_id
    assert not Document.objects.filter(person_id=person_id).exists()
    assert Identifier.objects.filter(person_id=person_id, kind="network_number").count() == 1
    (row,) = city.rooms.chain.live(person_id, now=city.clock.now())[1:]
    assert (row.method, row.identity_level, row.document_id) == ("network_identity", 3, None)


def test_return_address_says_nothing_when_the_browser_goes_on(
    city: City, traveller: Traveller, phone: str
) -> None:
    city.spoil("network_identity", "slow", seconds=2.0, step="redeem")
    walker = traveller.sign_in(phone, IAL3).go("newcomer")
    assert "credential" not in walker.url
    assert "credential" not in walker.html
    assert ("action", "check") in walker.form.buttons
    assert not walker.has_news()
    wait_until(walker.has_news)
    assert walker.open(walker.url).answer == "granted"


def test_page_waits_and_leaves_by_itself_when_the_authority_opens_slowly(
    city: City, traveller: Traveller, phone: str
) -> None:
    city.spoil("network_identity", "slow", seconds=2.0, step="apply")
    walker = traveller.sign_in(phone, IAL3).walker.press("method", "network_identity")
    assert 'http-equiv="refresh"' in walker.html
    assert not walker.has_news()
    wait_until(walker.has_news)
    walker.open(walker.url)
    traveller.come_back(traveller.at_authority(traveller.away(), "newcomer"))
    assert walker.answer == "granted"


def test_page_asks_before_it_leaves_again_when_somebody_came_back_by_hand(
    traveller: Traveller, phone: str
) -> None:
    walker = traveller.sign_in(phone, IAL3).walker
    traveller.leave()
    assert "data-go-after" not in walker.open(walker.url).html
    assert "have not come back with a result" in walker.words
    assert "Go to a service window" in walker.words
    assert traveller.go("newcomer").answer == "granted"


def test_name_and_number_are_compared_when_the_person_proved_them_before(
    city: City, traveller: Traveller, phone: str
) -> None:
    walker = traveller.sign_in(phone, IAL2).walker
    assert ("method", "network_identity") in walker.form.buttons
    walker.prove_name(*NEWCOMER)
    city.clients.add("strict", minimum_level=IAL3)
    walker.enter(client_id="strict", ui_locales=("en",))
    assert "is told the name and the number" in walker.words
    assert traveller.go("newcomer").answer == "granted"
    assert city.door.granted.level.ial == 3
    chain = city.rooms.chain.live(city.door.granted.person_id, now=city.clock.now())
    assert {row.document_id for row in chain if row.method == "network_identity"} == {
        Document.objects.get().id
    }


def test_level_stays_when_somebody_elses_app_answers(
    city: City, traveller: Traveller, phone: str
) -> None:
    traveller.sign_in(phone, IAL2).walker.prove_name(*NEWCOMER)
    city.clients.add("strict", minimum_level=IAL3)
    traveller.walker.enter(client_id="strict", ui_locales=("en",))
    walker = traveller.go("adult")
    assert "Somebody else was confirmed" in walker.words
    assert [row.outcome for row in events("verification.failed")] == ["mismatch"]
    walker.press("action", "retry")
    traveller.come_back(traveller.at_authority(traveller.away(), "newcomer"))
    assert walker.answer == "granted"


@pytest.mark.parametrize(
    ("who", "decision", "words"),
    [
        pytest.param("newcomer", "deny", "stopped before it was done", id="cancelled"),
        pytest.param("not_found", "allow", "not registered there", id="no network number"),
        pytest.param("inconclusive", "allow", "renewed, or is suspended", id="suspended"),
        pytest.param("rate_limited", "allow", "many checks in a short time", id="busy"),
        pytest.param("authority_down", "allow", "does not answer", id="down"),
    ],
)
def test_page_says_what_happened_when_the_visit_brings_no_yes(
    city: City, traveller: Traveller, phone: str, who: str, decision: str, words: str
) -> None:
    walker = traveller.sign_in(phone, IAL2).go(who, decision=decision)
    assert words in walker.words
    assert left(city, traveller) == 5
    walker.press("method", "particulars").prove_name(*NEWCOMER)
    assert walker.answer == "granted"
    assert city.door.granted.level.ial == 2


FAILURES = ("slow", "500", "reset", "garbage", "wrong_signature", "other_request")


@pytest.mark.parametrize("step", ["apply", "redeem"])
@pytest.mark.parametrize("behaviour", FAILURES)
@pytest.mark.slow
def test_another_way_leads_on_when_the_authority_fails(
    city: City, traveller: Traveller, phone: str, step: str, behaviour: str
) -> None:
    traveller.sign_in(phone, IAL2)
    if step == "apply":
        city.spoil("network_identity", behaviour, step=step, seconds=4)
        walker = traveller.walker.press("method", "network_identity")
    else:
        back = traveller.at_authority(traveller.leave(), "newcomer")
        city.spoil("network_identity", behaviour, step=step, seconds=4)
        walker = traveller.come_back(back)
    while ("action", "check") in walker.form.buttons:
        walker.open(walker.url)
    assert "does not answer at the moment" in walker.words
    assert "no attempt was used up" in walker.words
    assert left(city, traveller) == 5
    assert walker.form.buttons[0] == ("action", "retry")
    walker.press("method", "particulars").prove_name(*NEWCOMER)
    assert walker.answer == "granted"
    assert city.door.granted.level.ial == 2


def test_answer_is_not_believed_when_it_is_another_visits(
    city: City, traveller: Traveller, other: Traveller, phone: str
) -> None:
    traveller.sign_in(phone, IAL3)
    other.sign_in(OTHER_PHONE, IAL3)
    mine = parse_qs(urlsplit(traveller.at_authority(traveller.leave(), "newcomer")).query)
    theirs = parse_qs(urlsplit(other.at_authority(other.leave(), "adult")).query)
    mixed = {**{name: values[0] for name, values in theirs.items()}, "state": mine["state"][0]}
    walker = traveller.come_back(f"/journey/return?{urlencode(mixed)}")
    assert "belongs to another visit" in walker.words
    assert left(city, traveller) == 5
    walker.press("action", "retry")
    traveller.come_back(traveller.at_authority(traveller.away(), "newcomer"))
    assert walker.answer == "granted"


def test_nobody_else_can_bring_an_answer_when_it_is_not_the_browser_that_left(
    traveller: Traveller, other: Traveller, phone: str
) -> None:
    traveller.sign_in(phone, IAL3)
    other.sign_in(OTHER_PHONE, IAL3)
    back = traveller.at_authority(traveller.leave(), "newcomer")
    assert other.come_back(back).status == 403
    assert traveller.come_back(back).answer == "granted"


@pytest.mark.parametrize("query", ["", "state=", "state=made-up&credential=x"])
def test_page_says_what_to_do_when_nobody_is_awaited(walker: Walker, query: str) -> None:
    assert walker.open(f"/journey/return?{query}").status == 410


def test_nothing_happens_twice_when_an_answer_is_replayed(
    city: City, traveller: Traveller, phone: str
) -> None:
    traveller.sign_in(phone, IAL3)
    back = traveller.at_authority(traveller.leave(), "newcomer")
    assert traveller.come_back(back).answer == "granted"
    city.clock.advance(seconds=10)
    assert traveller.come_back(back).status == 409
    assert len(city.door.outcomes) == 1
    assert len(events("person.network_number_verified")) == 1


def test_second_visit_stands_when_the_first_one_answers_late(
    traveller: Traveller, phone: str
) -> None:
    walker = traveller.sign_in(phone, IAL3).walker
    late = traveller.at_authority(traveller.leave(), "adult")
    walker.open(walker.url)
    second = traveller.leave()
    assert "have not come back" in traveller.come_back(late).words
    assert traveller.come_back(traveller.at_authority(second, "newcomer")).answer == "granted"


def test_second_account_is_told_when_a_network_number_is_anothers(
    traveller: Traveller, other: Traveller, phone: str
) -> None:
    traveller.sign_in(phone, IAL3).go("newcomer")
    walker = other.sign_in(OTHER_PHONE, IAL3).go("newcomer")
    assert "already has an account" in walker.words
    assert len(events("document.held_by_another")) == 1
    assert len(events("document.claimed_by_another")) == 1


def test_account_is_refused_another_number_when_it_has_one(
    city: City, traveller: Traveller, phone: str
) -> None:
    traveller.sign_in(phone, IAL3).go("newcomer")
    person_id = city.door.granted.person_id
    for row in city.rooms.chain.live(person_id, now=city.clock.now()):
        city.rooms.chain.revoke(person_id, row.id, authority="self", now=city.clock.now())
    (session,) = city.rooms.sessions.of_person(person_id, now=city.clock.now())
    city.rooms.sessions.refresh_identity(session, now=city.clock.now())
    traveller.walker.enter(ui_locales=("en",))
    traveller.walker.press("method", "network_identity")
    back = traveller.at_authority(traveller.away(), "adult")
    assert "Somebody else was confirmed" in traveller.come_back(back).words


def test_way_is_listed_last_and_says_so_when_its_authority_rests(
    city: City, traveller: Traveller, phone: str
) -> None:
    walker = traveller.sign_in(phone, IAL2).walker
    city.spoil("network_identity", "500", times=5)
    walker.press("method", "network_identity")
    for _ in range(4):
        walker.press("action", "retry")
    assert [detail(row)["method"] for row in events("verification.failed")] == [
        "network_identity"
    ] * 5
    walker.press("method", "particulars")
    assert "It does not answer at the moment" in walker.words
    walker.press("method", "network_identity")  # nobody is asked while it rests
    assert len(events("verification.failed")) == 5
    assert "no attempt was used up" in walker.words


def test_choice_is_refused_when_a_form_is_forged(traveller: Traveller, phone: str) -> None:
    walker = traveller.sign_in(phone, IAL2).walker
    walker.form.buttons.append(("method", "telepathy"))
    walker.press("method", "telepathy")
    assert "Choose one of the buttons" in walker.words


def test_nobody_is_sent_away_when_todays_visits_are_used_up(
    city: City, traveller: Traveller, phone: str
) -> None:
    desk = desk_of(city)
    connector = replace(desk.connector, terms=replace(desk.connector.terms, per_day=1))
    object.__setattr__(desk, "connector", connector)
    traveller.sign_in(phone, IAL2).leave()
    walker = traveller.walker.enter(ui_locales=("en",))
    assert "It does not answer at the moment" in walker.words
    walker.press("method", "network_identity")
    assert "many checks in a short time" in walker.words


def test_visit_is_given_back_when_the_authority_could_not_even_be_asked(city: City) -> None:
    desk = desk_of(city)
    connector = replace(desk.connector, terms=replace(desk.connector.terms, per_day=1))
    broken = replace(desk, connector=connector)
    number = IdentityClaim(document_type="library", document_number="1", name="何")
    for _ in range(2):
        order = VisitOrder(journey_id="j", person_id=UUID(int=1), client_id="portal", claim=number)
        assert broken.open(order, now=city.clock.now()).outcome == "NOT_OURS"


def test_no_try_is_left_when_somebody_elses_app_answered_too_often(
    city: City, traveller: Traveller, phone: str
) -> None:
    traveller.sign_in(phone, IAL2).walker.prove_name(*NEWCOMER)
    city.clients.add("strict", minimum_level=IAL3)
    walker = traveller.walker.enter(client_id="strict", ui_locales=("en",))
    back = traveller.at_authority(traveller.leave(), "newcomer")
    person_id = str(city.door.granted.person_id)
    for _ in range(5):
        held = city.verification.attempts.hold(person_id, "x", now=city.clock.now())
        assert held
        city.verification.attempts.settle(held, costs=True)
    assert "No attempts left for now" in traveller.come_back(back).words
    walker.enter(client_id="strict", ui_locales=("en",)).press("method", "network_identity")
    assert "No attempts left for now" in walker.words


def test_number_is_not_linked_when_it_is_anothers(
    city: City, traveller: Traveller, other: Traveller, phone: str
) -> None:
    traveller.sign_in(phone, IAL3).go("newcomer")
    other.sign_in(OTHER_PHONE, IAL2).walker.prove_name(*NEWCOMER)
    city.clients.add("strict", minimum_level=IAL3)
    other.walker.enter(client_id="strict", ui_locales=("en",))
    assert "already has an account" in other.go("newcomer").words
    assert len(events("document.held_by_another")) == 1


def desk_of(city: City) -> VisitDesk:
    step = city.hall.steps[1]
    assert isinstance(step, VerificationStep)
    return next(way.desk for way in step.ways if isinstance(way, VisitWay))
