"""Several connectors together: who is asked next, who never is, and what is counted."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from connectors.counting import InProcessCounters
from connectors.evidence import IdentityClaim, VerificationResult
from connectors.health import HealthBook
from connectors.http import OutboundClient
from connectors.inquiry import PATIENCE, Connector, Inquiries, Inquiry
from connectors.outcomes import Outcome
from connectors.plan import PassedOver, Terms, Wanted
from connectors.registry import IDENTITY_VERIFICATION
from tests.contracts.verifiers import claim_of, with_face


class Turned:
    """A clock that tests turn."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Several:
    """The connectors of a deployment against one sandbox, and everything they count with."""

    def __init__(self, sandbox: Any, client: OutboundClient) -> None:
        self.sandbox, self.client = sandbox, client
        self.clock = Turned()
        self.counters = InProcessCounters(clock=self.clock)
        self.health = HealthBook(clock=self.clock)
        self.connectors: list[Connector] = []
        self.said: dict[str, Terms] = {}

    def add(self, kind: str, **terms: Any) -> "Several":
        entry = IDENTITY_VERIFICATION[kind]
        adapter = entry.build(entry.for_sandbox(self.sandbox.url), self.client, self.counters)
        order = len(self.connectors)
        listed = Terms(**{"name": kind, "order": order, **terms})
        self.connectors.append(Connector(terms=listed, adapter=adapter))
        return self

    @property
    def inquiries(self) -> Inquiries:
        return Inquiries(
            connectors=self.connectors,
            counters=self.counters,
            health=self.health,
            clock=self.clock,
            terms_now=lambda terms: self.said.get(terms.name, terms),
        )

    def ask(self, claim: IdentityClaim, *, level: int = 2) -> Inquiry:
        return self.inquiries.ask(claim, level=level, now=self.sandbox.now)

    def ask_awaiting(self, claim: IdentityClaim, *, level: int = 2) -> Inquiry:
        asking = self.inquiries.ask_awaiting(claim, level=level, now=self.sandbox.now)
        return asyncio.run(asking)


@pytest.fixture
def several(sandbox: Any, outbound: OutboundClient) -> Several:
    return Several(sandbox, outbound)


def tried(inquiry: Inquiry) -> list[tuple[str, Outcome]]:
    return [(each.name, each.result.outcome) for each in inquiry.tries]


@pytest.mark.requirement("R1")
@pytest.mark.parametrize("way", ["ask", "ask_awaiting"])
@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [("500", Outcome.PROVIDER_ERROR), ("wrong_signature", Outcome.PROVIDER_ERROR)],
)
def test_next_is_asked_when_the_first_fails_of_itself(
    several: Several, sandbox: Any, way: str, behaviour: str, outcome: Outcome
) -> None:
    several.add("population_library").add("ctid")
    sandbox.spoil("population_library", behaviour)

    inquiry = getattr(several, way)(claim_of("newcomer"))

    assert tried(inquiry) == [("population_library", outcome), ("ctid", Outcome.MATCH)]
    assert inquiry.result is inquiry.tries[1].result


@pytest.mark.requirement("R1")
@pytest.mark.parametrize(
    ("key", "outcome"),
    [
        ("mismatch", Outcome.MISMATCH),
        ("not_found", Outcome.NOT_FOUND),
        ("inconclusive", Outcome.INCONCLUSIVE),
    ],
)
def test_nobody_else_is_asked_when_one_has_answered(
    several: Several, key: str, outcome: Outcome
) -> None:
    several.add("population_library").add("ctid").add("mobile_operator")
    assert tried(several.ask(claim_of(key))) == [("population_library", outcome)]


def test_virtual_operators_number_leads_to_the_next_when_operators_come_first(
    several: Several,
) -> None:
    several.add("mobile_operator", per_day=1).add("population_library")
    claim = claim_of("newcomer", phone="+8617000000001")

    for _ in range(2):  # what was not asked is not counted
        assert tried(several.ask(claim)) == [
            ("mobile_operator", Outcome.INCONCLUSIVE),
            ("population_library", Outcome.MATCH),
        ]
    assert several.health.of("mobile_operator").tries == 0


def test_last_failure_is_told_when_all_fail(several: Several, sandbox: Any) -> None:
    several.add("population_library").add("ctid")
    sandbox.spoil("population_library", "500")
    sandbox.spoil("ctid", "reset")

    inquiry = several.ask(claim_of("newcomer"))

    assert len(inquiry.tries) == 2
    assert (inquiry.result.outcome, inquiry.result.method) == (Outcome.PROVIDER_ERROR, "ctid")


def test_failure_of_one_asked_is_told_when_the_next_was_not(several: Several, sandbox: Any) -> None:
    several.add("population_library").add("mobile_operator")
    sandbox.spoil("population_library", "500")
    inquiry = several.ask(claim_of("newcomer", phone="+8617100000001"))
    assert inquiry.result.method == "population_two_factor"


@pytest.mark.parametrize("way", ["ask", "ask_awaiting"])
def test_quota_sends_to_the_next_when_it_is_spent(several: Several, sandbox: Any, way: str) -> None:
    several.add("population_library", per_day=2).add("ctid")
    names = [getattr(several, way)(claim_of("newcomer")).tries[-1].name for _ in range(3)]
    assert names == ["population_library", "population_library", "ctid"]
    (library, _) = several.inquiries.states(now=sandbox.now)
    assert library.used_today == 2
    tomorrow = sandbox.now + timedelta(hours=8)  # midnight in Shanghai has passed
    inquiry = several.inquiries.ask(claim_of("newcomer"), level=2, now=tomorrow)
    assert inquiry.tries[0].name == "population_library"


def test_rate_limit_is_told_when_every_quota_is_spent(several: Several) -> None:
    several.add("population_library", per_day=0)
    inquiry = several.ask(claim_of("newcomer"))
    assert (inquiry.tries, inquiry.passed_over) == ((), (("population_library", "used_up"),))
    assert (inquiry.result.outcome, inquiry.result.was_asked) == (Outcome.RATE_LIMITED, False)


def test_quota_holds_when_it_went_between_plan_and_question(several: Several) -> None:
    several.add("population_library", per_day=1)
    assert several.ask(claim_of("newcomer")).result.outcome is Outcome.MATCH
    terms = several.connectors[0].terms
    inquiries, now = several.inquiries, several.sandbox.now
    assert inquiries._may_not_be_asked(terms, now=now) is PassedOver.USED_UP
    assert inquiries.states(now=now)[0].used_today == 1


def test_connector_rests_and_is_probed_when_it_failed_five_times(
    several: Several, sandbox: Any
) -> None:
    several.add("population_library", per_day=100).add("ctid")
    sandbox.spoil("population_library", "500", times=5)
    for _ in range(5):
        assert several.ask(claim_of("newcomer")).tries[-1].name == "ctid"

    resting = several.ask(claim_of("newcomer"))
    state, _ = several.inquiries.states(now=sandbox.now)
    assert dict(resting.passed_over)["population_library"] is PassedOver.RESTING
    assert (state.health.rests_for, state.health.failures) == (30.0, 5)
    assert state.health.last is Outcome.PROVIDER_ERROR
    assert state.health.is_ailing
    several.clock.seconds = 31
    # The ailing come last, so the probe is made when the other one fails.
    sandbox.spoil("ctid", "500")
    assert several.ask(claim_of("newcomer")).tries[-1].result.outcome is Outcome.MATCH
    assert several.health.of("population_library").rests_for == 0
    terms = several.connectors[0].terms
    for _ in range(5):
        several.health.breaker.record_failure(terms.name)
    inquiries = several.inquiries
    assert inquiries._may_not_be_asked(terms, now=sandbox.now) is PassedOver.RESTING
    assert inquiries.states(now=sandbox.now)[0].used_today == 6


def test_provider_error_is_told_when_everybody_rests(several: Several) -> None:
    several.add("population_library")
    for _ in range(5):
        several.health.breaker.record_failure("population_library")
    inquiry = several.ask(claim_of("newcomer"))
    assert (inquiry.result.outcome, inquiry.result.provider_code) == (
        Outcome.PROVIDER_ERROR,
        "resting",
    )


@pytest.mark.parametrize(
    ("kinds", "claim", "outcome", "code"),
    [
        ([], claim_of("newcomer"), Outcome.PROVIDER_ERROR, "not_configured"),
        (["population_library"], claim_of("hongkong"), Outcome.PROVIDER_ERROR, "not_configured"),
        (
            ["immigration"],
            claim_of("hongkong", birth_date=None),
            Outcome.INVALID_INPUT,
            "particulars",
        ),
    ],
)
def test_reason_is_told_when_nobody_can_be_asked(
    kinds: list[str], claim: IdentityClaim, outcome: Outcome, code: str, several: Several
) -> None:
    for kind in kinds:
        several.add(kind)
    inquiry = several.ask(claim)
    assert inquiry.tries == ()
    assert (inquiry.result.outcome, inquiry.result.provider_code) == (outcome, code)
    assert not inquiry.result.outcome.costs_an_attempt


class SlowToFail:
    """An adapter that fails, and turns the clock while it does; it cannot be awaited."""

    method = authority = "slow"
    offers = IDENTITY_VERIFICATION["population_library"].factory.offers  # type: ignore[attr-defined]
    document_types = frozenset({"resident_id_card"})

    def __init__(self, clock: Turned, seconds: float) -> None:
        self.clock, self.lasts = clock, seconds
        self.heard: list[IdentityClaim] = []

    def verify(self, claim: IdentityClaim, *, now: Any) -> VerificationResult:
        self.clock.seconds += self.lasts
        self.heard.append(claim)
        return VerificationResult(
            outcome=Outcome.TIMEOUT, method="slow", authority="slow", checked_at=now
        )


@pytest.mark.parametrize("way", ["ask", "ask_awaiting"])
@pytest.mark.parametrize(("seconds", "names"), [(PATIENCE, ["slow"]), (1, ["slow", "ctid"])])
def test_nobody_else_is_asked_when_the_person_has_waited_long(
    several: Several, way: str, seconds: float, names: list[str]
) -> None:
    slow = SlowToFail(several.clock, seconds)
    several.connectors.append(Connector(terms=Terms(name="slow", order=0), adapter=slow))
    several.add("ctid")

    inquiry = getattr(several, way)(with_face("newcomer"))

    assert [each.name for each in inquiry.tries] == names
    assert inquiry.tries[0].seconds == seconds
    (heard,) = slow.heard
    assert (heard.portrait, heard.phone, heard.bank_card) == (None, None, None)


def test_face_is_sent_when_the_level_needs_it(several: Several) -> None:
    several.add("population_library").add("ctid")
    inquiry = several.ask(with_face("newcomer"), level=3)
    assert (inquiry.tries[0].name, inquiry.result.identity_level) == ("ctid", 3)
    wanted = Wanted(level=3, document_type="resident_id_card")
    assert several.inquiries.particulars_asked(wanted, may_ask=frozenset()) is None


@pytest.mark.requirement("R1")
def test_connectors_follow_the_terms_of_the_moment_when_they_change(several: Several) -> None:
    several.add("population_library").add("ctid")
    several.said["population_library"] = Terms(name="population_library", order=9)
    assert tried(several.ask(claim_of("adult"))) == [("ctid", Outcome.MATCH)]
    several.said["ctid"] = Terms(name="ctid", is_on=False)
    assert tried(several.ask(claim_of("adult"))) == [("population_library", Outcome.MATCH)]
    states = several.inquiries.states(now=several.sandbox.now)
    assert {each.terms.name: each.terms.is_on for each in states} == {
        "population_library": True,
        "ctid": False,
    }
