"""The contract of whoever verifies: every adapter, every outcome, every failure at every step.

A new adapter is one entry in `tests.contracts.verifiers` and passes the whole file.
"""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from connectors.contract import AwaitableVerification
from connectors.http import OutboundClient
from connectors.outcomes import Outcome
from connectors.registry import IDENTITY_VERIFICATION, ORGANIZATION_VERIFICATION
from tests.contracts.verifiers import ADAPTERS, WRONG_SECRET, Adapter

FAILURES = {
    "slow": Outcome.TIMEOUT,
    "500": Outcome.PROVIDER_ERROR,
    "503": Outcome.PROVIDER_ERROR,
    "reset": Outcome.PROVIDER_ERROR,
    "truncated": Outcome.PROVIDER_ERROR,
    "garbage": Outcome.PROVIDER_ERROR,
    "wrong_content_type": Outcome.PROVIDER_ERROR,
    "redirect": Outcome.PROVIDER_ERROR,
    "oversized": Outcome.PROVIDER_ERROR,
    "wrong_signature": Outcome.PROVIDER_ERROR,
    "other_request": Outcome.PROVIDER_ERROR,
    "signed_garbage": Outcome.PROVIDER_ERROR,
    "document_type": Outcome.PROVIDER_ERROR,
    "unknown_result": Outcome.PROVIDER_ERROR,
    "doubled_field": Outcome.PROVIDER_ERROR,
}


EVERY = [pytest.param(entry, id=name) for name, entry in ADAPTERS.items()]
EVERY_STEP = [
    pytest.param(entry, step, id=f"{name} {step}".strip())
    for name, entry in ADAPTERS.items()
    for step in entry.steps
]


@pytest.fixture(params=EVERY)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    chosen: Adapter = request.param
    return chosen


def require_harmless(result: Any, now: datetime) -> None:
    assert not getattr(result, "identity_level", 0)
    assert not getattr(result, "matched_claims", ())
    assert not getattr(result, "may_act", False)
    assert not result.outcome.raises_level
    assert result.checked_at == now


def test_every_registered_kind_is_under_this_contract() -> None:
    assert set(ADAPTERS) == {*IDENTITY_VERIFICATION, *ORGANIZATION_VERIFICATION}


def test_offers_are_of_the_documents_it_takes_when_they_are_read(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    built = adapter.build(sandbox, outbound)
    for offer in getattr(built, "offers", ()):
        assert offer.document_types <= built.document_types
        assert 2 <= offer.level <= 4


@pytest.mark.requirement("R1")
def test_match_names_what_matched_when_everything_agrees(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    built = adapter.build(sandbox, outbound)

    result = built.verify(adapter.true_claim(), now=sandbox.now)

    assert result.outcome is Outcome.MATCH
    assert getattr(result, "may_act", True)
    assert getattr(result, "identity_level", 2) == 2
    assert "name" in getattr(result, "matched_claims", ("name",))
    assert result.provider_reference
    assert result.provider_code
    assert result.checked_at == sandbox.now
    assert (result.method, result.authority) == (built.method, built.authority)


@pytest.mark.requirement("R1")
@pytest.mark.parametrize(
    ("adapter", "outcome"),
    [
        pytest.param(entry, outcome, id=f"{name}-{outcome}")
        for name, entry in ADAPTERS.items()
        for outcome in entry.people
    ],
)
def test_outcome_is_told_in_the_one_vocabulary_when_the_authority_gives_it(
    adapter: Adapter, outcome: Outcome, sandbox: Any, outbound: OutboundClient
) -> None:
    timeout = 0.2 if outcome is Outcome.TIMEOUT else 5.0
    built = adapter.build(sandbox, outbound, timeout=timeout)

    result = built.verify(adapter.true_claim(outcome), now=sandbox.now)

    assert result.outcome is outcome
    if outcome is not Outcome.MATCH:
        require_harmless(result, sandbox.now)


def test_outcome_is_the_same_when_it_is_awaited(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    async def asked() -> list[Outcome]:
        built = adapter.build(sandbox, outbound, timeout=5.0)
        assert isinstance(built, AwaitableVerification)
        wanted = [each for each in adapter.people if each is not Outcome.TIMEOUT]
        results = [
            await built.averify(adapter.true_claim(each), now=sandbox.now) for each in wanted
        ]
        assert [each.outcome for each in results] == wanted
        sandbox.spoil(adapter.name, "reset")
        broken = await built.averify(adapter.true_claim(), now=sandbox.now)
        slow = adapter.build(sandbox, outbound, timeout=0.2)
        sandbox.spoil(adapter.name, "slow")
        late = await slow.averify(adapter.true_claim(), now=sandbox.now)
        return [broken.outcome, late.outcome]

    assert asyncio.run(asked()) == [Outcome.PROVIDER_ERROR, Outcome.TIMEOUT]


def test_mismatch_is_answered_when_the_name_is_anothers(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    claim = adapter.true_claim(name="欧阳无名")

    result = adapter.build(sandbox, outbound).verify(claim, now=sandbox.now)

    assert result.outcome is Outcome.MISMATCH
    require_harmless(result, sandbox.now)


@pytest.mark.parametrize(("behaviour", "outcome"), FAILURES.items(), ids=FAILURES)
@pytest.mark.parametrize(("adapter", "step"), EVERY_STEP)
def test_failure_costs_no_attempt_and_raises_no_level_when_the_authority_misbehaves(
    adapter: Adapter,
    step: str,
    behaviour: str,
    outcome: Outcome,
    sandbox: Any,
    outbound: OutboundClient,
) -> None:
    sandbox.spoil(adapter.name, behaviour, step=step)
    timeout = 0.2 if behaviour == "slow" else 5.0
    built = adapter.build(sandbox, outbound, timeout=timeout)

    result = built.verify(adapter.true_claim(), now=sandbox.now)

    assert result.outcome is outcome
    assert result.outcome.is_providers_fault
    assert not result.outcome.costs_an_attempt
    require_harmless(result, sandbox.now)


@pytest.mark.parametrize(("adapter", "step"), EVERY_STEP)
def test_provider_error_is_answered_with_its_code_when_the_code_is_unheard_of(
    adapter: Adapter, step: str, sandbox: Any, outbound: OutboundClient
) -> None:
    sandbox.spoil(adapter.name, "provider_code", code="7777", step=step)

    result = adapter.build(sandbox, outbound).verify(adapter.true_claim(), now=sandbox.now)

    assert (result.outcome, result.provider_code) == (Outcome.PROVIDER_ERROR, "7777")
    require_harmless(result, sandbox.now)


def test_first_answer_is_the_answer_when_the_authority_answers_twice(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    sandbox.spoil(adapter.name, "twice", times=len(adapter.steps))

    result = adapter.build(sandbox, outbound).verify(adapter.true_claim(), now=sandbox.now)

    assert result.outcome is Outcome.MATCH


def test_failure_is_over_when_the_authority_answers_again(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    sandbox.spoil(adapter.name, "500", times=2)
    built = adapter.build(sandbox, outbound)

    outcomes = [built.verify(adapter.true_claim(), now=sandbox.now).outcome for _ in range(3)]

    assert outcomes == [Outcome.PROVIDER_ERROR, Outcome.PROVIDER_ERROR, Outcome.MATCH]


def test_provider_error_is_answered_when_nobody_listens(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    built = adapter.build(sandbox, outbound, base_url="http://127.0.0.1:9")

    result = built.verify(adapter.true_claim(), now=sandbox.now)

    assert result.outcome is Outcome.PROVIDER_ERROR
    require_harmless(result, sandbox.now)


def test_provider_error_is_answered_when_our_secret_is_not_the_agreed_one(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    built = adapter.build(sandbox, outbound, **WRONG_SECRET)

    result = built.verify(adapter.true_claim(), now=sandbox.now)

    assert result.outcome is Outcome.PROVIDER_ERROR
    require_harmless(result, sandbox.now)


@pytest.mark.parametrize(
    ("adapter", "changed"),
    [
        pytest.param(entry, changed, id=f"{name} {changed!r}")
        for name, entry in ADAPTERS.items()
        for changed in entry.wrong
    ],
)
def test_invalid_input_is_answered_without_asking_when_the_claim_cannot_be_true(
    adapter: Adapter, changed: dict[str, Any], sandbox: Any, outbound: OutboundClient
) -> None:
    sandbox.spoil(adapter.name, "500")  # would answer PROVIDER_ERROR, were it asked

    result = adapter.build(sandbox, outbound).verify(adapter.true_claim(**changed), now=sandbox.now)

    assert result.outcome is Outcome.INVALID_INPUT
    assert not result.was_asked
    require_harmless(result, sandbox.now)
    assert sandbox.authority.faults.waiting()


def test_result_shows_nothing_of_the_person_when_it_is_printed(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    claim = adapter.true_claim()
    built = adapter.build(sandbox, outbound)

    shown = repr((claim, built.verify(claim, now=sandbox.now), built))

    for secret in ("document_number", "phone", "bank_card", "birth_date", "principal"):
        if value := getattr(claim, secret, None):
            assert str(value) not in shown
