"""The engine and the default policies: what is permitted, refused, and asked for."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from policies.decision import (
    NO_PERMIT,
    POLICY_ERROR,
    STEP_UP_UNSATISFIABLE,
    Decision,
    Forbid,
    Permit,
    StepUp,
)
from policies.engine import Engine
from policies.facts import ClientFacts, Facts, RequestFacts, SubjectFacts
from policies.levels import LOWEST, Level
from policies.source import PolicySource, default_policies
from policies.validation import validate_policies

Make = Callable[..., Facts]

PERMIT_ALL = '@id("all") permit (principal, action, resource);'
SIGNED_IN = Permit(determining=("active-person-signs-in",))
DEFAULT = Engine(default_policies())


def decide(text: str, facts: Facts) -> Decision:
    return Engine(PolicySource(shared=text)).decide(facts)


def forbid_when(condition: str, *, annotations: str = '@id("no")') -> str:
    return f"{annotations} forbid (principal, action, resource) when {{ {condition} }};"


def step_up_when(condition: str, acr: str, name: str = "more") -> str:
    annotations = f'@id("{name}") @obligation("step_up") @acr("{acr}")'
    return forbid_when(condition, annotations=annotations)


def acr(ial: int, aal: int) -> str:
    return f"urn:tongxing:acr:ial{ial}:aal{aal}"


@pytest.mark.requirement("R2")
def test_default_policies_permit_when_an_active_person_meets_the_clients_level(
    facts: Make,
) -> None:
    assert DEFAULT.decide(facts()) == SIGNED_IN


@pytest.mark.requirement("R2")
@pytest.mark.parametrize(
    ("held", "minimum", "requested", "asked", "determining"),
    [
        pytest.param((1, 1), (2, 0), (0, 0), (2, 1), ["client-minimum-level"], id="identity"),
        pytest.param((1, 1), (0, 2), (0, 0), (1, 2), ["client-minimum-level"], id="login"),
        pytest.param((2, 2), (3, 1), (0, 0), (3, 1), ["client-minimum-level"], id="no-more"),
        pytest.param((2, 1), (1, 1), (2, 3), (2, 3), ["requested-level"], id="requested"),
        pytest.param(
            (1, 1),
            (3, 1),
            (1, 2),
            (3, 2),
            ["client-minimum-level", "requested-level"],
            id="both-at-once",
        ),
        pytest.param((0, 0), (1, 0), (0, 0), (1, 1), ["client-minimum-level"], id="from-nothing"),
    ],
)
def test_default_policies_ask_exactly_what_is_missing_when_the_level_is_too_low(
    facts: Make,
    held: tuple[int, int],
    minimum: tuple[int, int],
    requested: tuple[int, int],
    asked: tuple[int, int],
    determining: list[str],
) -> None:
    decision = DEFAULT.decide(
        facts(
            subject={"ial": held[0], "aal": held[1]},
            client={"minimum_ial": minimum[0], "minimum_aal": minimum[1]},
            request={"requested_ial": requested[0], "requested_aal": requested[1]},
        )
    )
    assert decision == StepUp(
        level=Level(ial=asked[0], aal=asked[1]), determining=tuple(determining)
    )
    assert isinstance(decision, StepUp)
    assert decision.acr == acr(*asked)


@pytest.mark.parametrize(
    ("changes", "reason", "policy"),
    [
        pytest.param(
            {"client": {"status": "suspended"}},
            "client_suspended",
            "suspended-client",
            id="suspended-client",
        ),
        pytest.param(
            {"subject": {"status": "frozen"}}, "person_frozen", "frozen-person", id="frozen-person"
        ),
        pytest.param(
            {"request": {"channel": "kiosk"}},
            "channel_not_allowed",
            "channel-not-allowed",
            id="foreign-channel",
        ),
    ],
)
def test_default_policies_forbid_with_a_reason_when_something_bars_the_way(
    facts: Make, changes: dict[str, dict[str, str]], reason: str, policy: str
) -> None:
    assert DEFAULT.decide(facts(**changes)) == Forbid(reason=reason, determining=(policy,))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"subject": {"status": "deceased"}}, id="unknown-person-status"),
        pytest.param({"client": {"status": "draft"}}, id="unknown-client-status"),
        pytest.param({"subject": {"person_id": "", "status": ""}}, id="nobody"),
    ],
)
def test_default_policies_deny_when_no_policy_permits(
    facts: Make, changes: dict[str, dict[str, str]]
) -> None:
    assert DEFAULT.decide(facts(**changes)) == Forbid(reason=NO_PERMIT)


def test_decision_is_a_denial_when_there_are_no_policies(facts: Make) -> None:
    assert decide("", facts()) == Forbid(reason=NO_PERMIT)


def test_step_up_is_not_asked_when_it_would_end_in_a_refusal(facts: Make) -> None:
    low = {"ial": 1, "status": "deceased"}
    assert DEFAULT.decide(facts(subject=low, client={"minimum_ial": 3})) == Forbid(reason=NO_PERMIT)


def test_forbid_outweighs_permit_and_step_up_when_all_apply(facts: Make) -> None:
    text = PERMIT_ALL + step_up_when("true", acr(3, 1)) + forbid_when("true")
    assert decide(text, facts()) == Forbid(reason="no", determining=("no",))


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(
            "context.request.now_epoch * 9223372036854775807 * 2 > 0", id="number-too-large"
        ),
        pytest.param('context.request.network == "intranet"', id="unknown-fact"),
    ],
)
@pytest.mark.parametrize("also", ["", forbid_when("true", annotations='@id("other")')])
def test_forbid_that_cannot_be_evaluated_forbids_when_a_permit_applies(
    facts: Make, condition: str, also: str
) -> None:
    text = PERMIT_ALL + forbid_when(condition) + also
    assert decide(text, facts()) == Forbid(reason=POLICY_ERROR, determining=("no",))


def test_step_up_that_cannot_be_evaluated_forbids(facts: Make) -> None:
    text = PERMIT_ALL + step_up_when("context.subject.is_minor", acr(2, 1))
    assert decide(text, facts()) == Forbid(reason=POLICY_ERROR, determining=("more",))


def test_permit_that_cannot_be_evaluated_only_does_not_permit(facts: Make) -> None:
    failing = (
        '@id("near") permit (principal, action, resource) when { context.request.device_known };'
    )
    assert decide(failing, facts()) == Forbid(reason=NO_PERMIT)
    assert decide(failing + PERMIT_ALL, facts()) == Permit(determining=("all",))


def test_unreadable_request_forbids_when_a_fact_exceeds_cedars_numbers(facts: Make) -> None:
    text = PERMIT_ALL + forbid_when("context.request.session_age_s + 1 > 600")
    assert decide(text, facts(request={"session_age_s": 2**63})) == Forbid(reason=POLICY_ERROR)


@pytest.mark.parametrize(
    ("changes", "decision"),
    [
        pytest.param({}, Permit(determining=("all",)), id="unknown"),
        pytest.param({"device_known": True}, Permit(determining=("all",)), id="known"),
        pytest.param(
            {"device_known": False}, Forbid(reason="no", determining=("no",)), id="strange"
        ),
    ],
)
def test_policy_that_asks_first_decides_when_a_fact_may_be_unknown(
    facts: Make, changes: dict[str, bool], decision: Decision
) -> None:
    guarded = forbid_when("context.request has device_known && !context.request.device_known")
    assert decide(PERMIT_ALL + guarded, facts(request=changes)) == decision


def test_step_up_names_every_level_when_one_leads_to_the_next(facts: Make) -> None:
    text = (
        PERMIT_ALL
        + step_up_when("context.subject.ial < 3", acr(3, 1), "first")
        + step_up_when("context.subject.ial == 3 && context.subject.aal < 2", acr(3, 2), "then")
    )
    assert decide(text, facts()) == StepUp(level=Level(ial=3, aal=2), determining=("first", "then"))


def test_step_up_forbids_when_policies_ask_for_what_is_already_held(facts: Make) -> None:
    text = PERMIT_ALL + step_up_when("true", acr(2, 1))
    assert decide(text, facts(subject={"ial": 1})) == Forbid(
        reason=STEP_UP_UNSATISFIABLE, determining=("more",)
    )


def test_client_meets_its_own_policies_only_when_it_has_some(facts: Make) -> None:
    engine = Engine(
        PolicySource(shared=PERMIT_ALL, by_client={"tax": forbid_when("context.request.hour < 8")})
    )
    early = {"hour": 6}
    assert engine.decide(facts(request=early)) == Permit(determining=("all",))
    assert engine.decide(facts(client={"client_id": "tax"}, request=early)) == Forbid(
        reason="no", determining=("no",)
    )


def test_policy_about_one_person_meets_that_person_only(facts: Make) -> None:
    text = PERMIT_ALL + '@id("one") forbid (principal == Person::"p-1", action, resource);'
    engine = Engine(PolicySource(shared=text))
    assert engine.decide(facts()) == Forbid(reason="one", determining=("one",))
    other = facts(subject={"person_id": "p-2"})
    assert engine.decide(other) == Permit(determining=("all",))
    assert engine.decide(facts()) == Forbid(reason="one", determining=("one",))


def test_decision_follows_the_facts_when_a_clients_registration_changes(facts: Make) -> None:
    assert DEFAULT.decide(facts()) == SIGNED_IN
    raised = DEFAULT.decide(facts(client={"minimum_ial": 4}))
    assert isinstance(raised, StepUp)
    assert DEFAULT.decide(facts()) == SIGNED_IN


def test_policy_without_a_name_is_called_by_its_position(facts: Make) -> None:
    text = "permit (principal, action, resource);"
    assert decide(text, facts()) == Permit(determining=("policy0",))


def test_engine_refuses_a_text_that_does_not_parse() -> None:
    with pytest.raises(ValueError, match="unexpected"):
        Engine(PolicySource(shared="permit (principal"))


def test_engine_refuses_an_obligation_it_does_not_know() -> None:
    text = forbid_when("true", annotations='@id("x") @obligation("call_mother")')
    with pytest.raises(ValueError, match="call_mother"):
        Engine(PolicySource(shared=text))


def test_engine_answers_alike_when_many_threads_ask_at_once(facts: Make) -> None:
    engine = Engine(default_policies())
    asked = [
        facts(subject={"ial": ial}, client={"client_id": f"c{n}", "minimum_ial": 3})
        for n in range(40)
        for ial in (2, 3)
    ]
    with ThreadPoolExecutor(8) as pool:
        decisions = list(pool.map(engine.decide, asked))
    assert decisions == [DEFAULT.decide(each) for each in asked]


IAL, AAL = st.integers(0, 4), st.integers(0, 3)
FACTS = st.builds(
    Facts,
    subject=st.builds(
        SubjectFacts,
        person_id=st.text(max_size=8),
        ial=IAL,
        aal=AAL,
        status=st.sampled_from(["active", "frozen", "deceased"]),
        is_minor=st.none() | st.booleans(),
    ),
    client=st.builds(
        ClientFacts,
        client_id=st.text(max_size=8),
        classification=st.text(max_size=8),
        channel=st.just("web"),
        minimum_ial=IAL,
        minimum_aal=AAL,
        allowed_channels=st.frozensets(st.sampled_from(["web", "kiosk"])),
        status=st.sampled_from(["active", "suspended", "draft"]),
    ),
    request=st.builds(
        RequestFacts,
        channel=st.sampled_from(["web", "kiosk"]),
        hour=st.integers(0, 23),
        now_epoch=st.integers(0, 2**40),
        session_age_s=st.integers(0, 2**31),
        requested_ial=IAL,
        requested_aal=AAL,
        device_known=st.none() | st.booleans(),
        network=st.none() | st.text(max_size=8),
    ),
)


@settings(deadline=None)  # the machine may be busy with other tests
@given(facts=FACTS, ial=IAL, aal=AAL)
def test_raising_a_level_never_takes_a_permit_away(facts: Facts, ial: int, aal: int) -> None:
    before = DEFAULT.decide(facts)
    after = DEFAULT.decide(facts.at_level(facts.subject.level.raised_to(Level(ial=ial, aal=aal))))
    if isinstance(before, Permit):
        assert after == before
    if isinstance(before, Forbid):
        assert after == before


@given(facts=FACTS)
def test_step_up_leads_to_a_permit_and_nothing_less_does(facts: Facts) -> None:
    held = facts.subject.level
    assume(held.satisfies(LOWEST))
    decision = DEFAULT.decide(facts)
    if isinstance(decision, StepUp):
        enough = held.raised_to(decision.level)
        assert not held.satisfies(decision.level)
        assert isinstance(DEFAULT.decide(facts.at_level(enough)), Permit)
        for less in (
            Level(ial=enough.ial - 1, aal=enough.aal),
            Level(ial=enough.ial, aal=enough.aal - 1),
        ):
            if less.satisfies(held):
                assert not isinstance(DEFAULT.decide(facts.at_level(less)), Permit)


@given(facts=FACTS)
def test_facts_survive_when_recorded_and_replayed(facts: Facts) -> None:
    replayed = Facts.from_record(facts.record())
    assert replayed == facts
    assert DEFAULT.decide(replayed) == DEFAULT.decide(facts)
    assert Facts.unpacked(facts.packed()) == facts


def test_digest_tells_sources_apart_by_every_text_and_whose_it_is() -> None:
    sources = [
        PolicySource(shared="a"),
        PolicySource(shared="b"),
        PolicySource(shared="a", by_client={"x": "b"}),
        PolicySource(shared="a", by_client={"b": "x"}),
        PolicySource(shared="a", by_client={"xb": ""}),
    ]
    assert len({source.digest for source in sources}) == len(sources)
    assert PolicySource(shared="a").digest == sources[0].digest


def test_refusal_says_the_words_of_the_first_policy_that_refuses(facts: Make) -> None:
    text = """
    @id("rest") @reason("closed") @says_zh_hans("夜间不开放。") @says_zh_hant("夜間不開放。")
    @says_en("Closed at night.")
    forbid (principal, action, resource) when { context.request.hour < 6 };
    @id("also") forbid (principal, action, resource) when { context.request.hour < 3 };
    """
    source = PolicySource(shared=default_policies().shared + text)
    assert validate_policies(source) == ()
    decision = Engine(source).decide(facts(request={"hour": 2}))
    assert isinstance(decision, Forbid)
    assert dict(decision.sayings)["en"] == "Closed at night."
    assert dict(decision.sayings).keys() == {"zh-hans", "zh-hant", "en"}
