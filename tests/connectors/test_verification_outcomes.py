from datetime import UTC, datetime

import pytest

from connectors.evidence import VerificationResult
from connectors.outcomes import Outcome

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_level_is_raised_only_when_everything_matched() -> None:
    assert [outcome for outcome in Outcome if outcome.raises_level] == [Outcome.MATCH]


@pytest.mark.parametrize("outcome", [Outcome.PROVIDER_ERROR, Outcome.TIMEOUT, Outcome.RATE_LIMITED])
def test_attempt_is_free_when_the_provider_failed(outcome: Outcome) -> None:
    assert outcome.is_providers_fault
    assert not outcome.costs_an_attempt
    assert not outcome.raises_level


def test_attempt_is_counted_when_the_library_was_searched_in_vain() -> None:
    counted = [outcome for outcome in Outcome if outcome.costs_an_attempt]

    assert counted == [Outcome.MISMATCH, Outcome.NOT_FOUND]


def test_person_is_sent_to_a_window_when_the_library_cannot_decide() -> None:
    assert Outcome.NOT_FOUND.needs_a_window
    assert not Outcome.MISMATCH.needs_a_window


@pytest.mark.parametrize("outcome", [entry for entry in Outcome if entry is not Outcome.MATCH])
def test_result_is_refused_when_it_would_raise_a_level_without_a_match(outcome: Outcome) -> None:
    with pytest.raises(ValueError, match="raises no level"):
        VerificationResult(
            outcome=outcome, method="m", authority="a", checked_at=NOW, identity_level=2
        )
    with pytest.raises(ValueError, match="matches no claim"):
        VerificationResult(
            outcome=outcome, method="m", authority="a", checked_at=NOW, matched_claims=("name",)
        )
