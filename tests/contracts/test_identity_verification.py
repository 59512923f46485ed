"""The contract of `IdentityVerification`: every adapter, every outcome, every failure.

A new adapter is one entry in ADAPTERS and passes the whole file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from connectors.contract import IdentityVerification
from connectors.evidence import IdentityClaim
from connectors.http import OutboundClient
from connectors.outcomes import Outcome
from connectors.population_library import settings as population_library_settings
from connectors.population_library.adapter import PopulationLibrary
from connectors.registry import IDENTITY_VERIFICATION
from connectors.sandbox.population import person
from connectors.settings import Secret


@dataclass(frozen=True, kw_only=True)
class Adapter:
    """How one adapter is driven: its settings, its service in the sandbox, and who gives what."""

    kind: str
    service: str
    settings: Callable[[str], Any]
    factory: Callable[[Any, OutboundClient], IdentityVerification]
    people: Mapping[Outcome, str]
    level_of_a_match: int
    wrong_secret: Mapping[str, object] = field(default_factory=dict)

    def build(self, sandbox: Any, client: OutboundClient, **changed: object) -> Any:
        return self.factory(replace(self.settings(sandbox.url), **changed), client)


ADAPTERS = {
    "population_library": Adapter(
        kind="population_library",
        service="population_library",
        settings=population_library_settings.for_sandbox,
        factory=PopulationLibrary,
        people={
            Outcome.MATCH: "newcomer",
            Outcome.MISMATCH: "mismatch",
            Outcome.NOT_FOUND: "not_found",
            Outcome.INCONCLUSIVE: "inconclusive",
            Outcome.RATE_LIMITED: "rate_limited",
            Outcome.PROVIDER_ERROR: "authority_down",
            Outcome.TIMEOUT: "authority_slow",
        },
        level_of_a_match=2,
        wrong_secret={"app_secret": Secret("not the agreed one")},
    ),
}

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
}


@pytest.fixture(params=ADAPTERS.values(), ids=ADAPTERS)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    chosen: Adapter = request.param
    return chosen


def claim_of(key: str, **changed: str) -> IdentityClaim:
    someone = person(key)
    document = someone.documents[0]
    claim = IdentityClaim(
        document_type=document.type, document_number=document.number, name=someone.name
    )
    return replace(claim, **changed)


def require_harmless(result: Any, now: datetime) -> None:
    assert result.identity_level == 0
    assert result.matched_claims == ()
    assert not result.outcome.raises_level
    assert result.checked_at == now


def test_every_registered_kind_is_under_this_contract() -> None:
    assert set(ADAPTERS) == set(IDENTITY_VERIFICATION)


@pytest.mark.requirement("R1")
def test_match_raises_the_level_and_names_what_matched_when_everything_agrees(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    built = adapter.build(sandbox, outbound)

    result = built.verify(claim_of(adapter.people[Outcome.MATCH]), now=sandbox.now)

    assert result.outcome is Outcome.MATCH
    assert result.identity_level == adapter.level_of_a_match
    assert "name" in result.matched_claims
    assert result.provider_reference
    assert result.provider_code
    assert result.checked_at == sandbox.now
    assert (result.method, result.authority) == (built.method, built.authority)


@pytest.mark.requirement("R1")
@pytest.mark.parametrize(
    ("adapter", "outcome"),
    [
        pytest.param(entry, outcome, id=f"{kind}-{outcome}")
        for kind, entry in ADAPTERS.items()
        for outcome in entry.people
    ],
)
def test_outcome_is_told_in_the_one_vocabulary_when_the_authority_gives_it(
    adapter: Adapter, outcome: Outcome, sandbox: Any, outbound: OutboundClient
) -> None:
    timeout = 0.2 if outcome is Outcome.TIMEOUT else 5.0
    built = adapter.build(sandbox, outbound, timeout=timeout)

    result = built.verify(claim_of(adapter.people[outcome]), now=sandbox.now)

    assert result.outcome is outcome
    assert bool(result.identity_level) == (outcome is Outcome.MATCH)


def test_mismatch_is_answered_when_the_name_is_another_persons(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    claim = claim_of(adapter.people[Outcome.MATCH], name="欧阳无名")

    result = adapter.build(sandbox, outbound).verify(claim, now=sandbox.now)

    assert result.outcome is Outcome.MISMATCH
    require_harmless(result, sandbox.now)


@pytest.mark.parametrize(("behaviour", "outcome"), FAILURES.items(), ids=FAILURES)
def test_failure_costs_no_attempt_and_raises_no_level_when_the_authority_misbehaves(
    adapter: Adapter, behaviour: str, outcome: Outcome, sandbox: Any, outbound: OutboundClient
) -> None:
    sandbox.spoil(adapter.service, behaviour)
    timeout = 0.2 if behaviour == "slow" else 5.0
    built = adapter.build(sandbox, outbound, timeout=timeout)

    result = built.verify(claim_of(adapter.people[Outcome.MATCH]), now=sandbox.now)

    assert result.outcome is outcome
    assert result.outcome.is_providers_fault
    assert not result.outcome.costs_an_attempt
    require_harmless(result, sandbox.now)


def test_provider_error_is_answered_with_its_code_when_the_code_is_unheard_of(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    sandbox.spoil(adapter.service, "provider_code", code="7777")

    result = adapter.build(sandbox, outbound).verify(
        claim_of(adapter.people[Outcome.MATCH]), now=sandbox.now
    )

    assert (result.outcome, result.provider_code) == (Outcome.PROVIDER_ERROR, "7777")
    require_harmless(result, sandbox.now)


def test_failure_is_over_when_the_authority_answers_again(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    sandbox.spoil(adapter.service, "500", times=2)
    built = adapter.build(sandbox, outbound)
    claim = claim_of(adapter.people[Outcome.MATCH])

    outcomes = [built.verify(claim, now=sandbox.now).outcome for _ in range(3)]

    assert outcomes == [Outcome.PROVIDER_ERROR, Outcome.PROVIDER_ERROR, Outcome.MATCH]


def test_provider_error_is_answered_when_nobody_listens(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    built = adapter.build(sandbox, outbound, base_url="http://127.0.0.1:9")

    result = built.verify(claim_of(adapter.people[Outcome.MATCH]), now=sandbox.now)

    assert result.outcome is Outcome.PROVIDER_ERROR
    require_harmless(result, sandbox.now)


def test_provider_error_is_answered_when_our_secret_is_not_the_agreed_one(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    built = adapter.build(sandbox, outbound, **adapter.wrong_secret)

    result = built.verify(claim_of(adapter.people[Outcome.MATCH]), now=sandbox.now)

    assert result.outcome is Outcome.PROVIDER_ERROR
    require_harmless(result, sandbox.now)


@pytest.mark.parametrize(
    "changed",
    [
        {"document_type": "passport"},
        {"document_number": ""},
        {"document_number": "110105194912310021"},
        {"name": "  "},
        {"name": "张\x00三"},
    ],
    ids=["foreign document", "no number", "wrong check digit", "no name", "control character"],
)
def test_invalid_input_is_answered_without_asking_when_the_claim_cannot_be_true(
    adapter: Adapter, changed: dict[str, str], sandbox: Any, outbound: OutboundClient
) -> None:
    sandbox.spoil(adapter.service, "500")  # would answer PROVIDER_ERROR, were it asked

    result = adapter.build(sandbox, outbound).verify(
        claim_of(adapter.people[Outcome.MATCH], **changed), now=sandbox.now
    )

    assert result.outcome is Outcome.INVALID_INPUT
    require_harmless(result, sandbox.now)
    assert sandbox.authority.faults.waiting()


def test_result_shows_nothing_of_the_person_when_it_is_printed(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    claim = claim_of(adapter.people[Outcome.MATCH])
    built = adapter.build(sandbox, outbound)

    shown = repr((claim, built.verify(claim, now=sandbox.now), built))

    assert claim.name not in shown
    assert claim.document_number not in shown
