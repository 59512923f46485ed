"""What is particular to each adapter: whom it does not ask about, what it counts, what it keeps."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from connectors.bank_card.adapter import BankCard
from connectors.bank_card.settings import for_sandbox as bank_settings
from connectors.counting import InProcessCounters
from connectors.ctid import wire as ctid_wire
from connectors.errors import OutboundAnswerRejected
from connectors.evidence import Portrait
from connectors.http import OutboundClient
from connectors.immigration import wire as immigration_wire
from connectors.outcomes import Outcome
from connectors.sandbox.portraits import blurred_portrait, portrait_of
from connectors.settings import Secret
from tests.contracts.verifiers import (
    ADAPTERS,
    claim_of,
    organization,
    with_chip,
    with_face,
    with_validity,
)


@pytest.mark.requirement("R1")
@pytest.mark.parametrize("prefix", ["162", "165", "167", "170", "171"])
def test_virtual_operators_number_is_not_asked_about_and_costs_nothing_when_given(
    prefix: str, sandbox: Any, outbound: OutboundClient
) -> None:
    sandbox.spoil("mobile_operator", "500")
    built = ADAPTERS["mobile_operator"].build(sandbox, outbound)

    result = built.verify(claim_of("newcomer", phone=f"+86{prefix}00000001"), now=sandbox.now)

    assert (result.outcome, result.was_asked) == (Outcome.INCONCLUSIVE, False)
    assert result.provider_code == "virtual_operator"
    assert not result.outcome.costs_an_attempt
    assert sandbox.authority.faults.waiting()


@pytest.mark.parametrize("phone", ["+85291234567", "+886912345678", "+8612345678901"])
def test_phone_from_elsewhere_is_not_asked_about_when_operators_cannot_know_it(
    phone: str, sandbox: Any, outbound: OutboundClient
) -> None:
    built = ADAPTERS["mobile_operator"].build(sandbox, outbound)

    result = built.verify(claim_of("newcomer", phone=phone), now=sandbox.now)

    assert (result.outcome, result.was_asked) == (Outcome.INCONCLUSIVE, False)
    assert result.provider_code == "not_of_the_mainland"


class _Hours:
    """A clock that tests turn."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_card_is_checked_five_times_in_any_day_when_a_sixth_is_tried(
    sandbox: Any, outbound: OutboundClient
) -> None:
    clock = _Hours()
    counters = InProcessCounters(clock=clock)
    first, second = (
        BankCard(bank_settings(sandbox.url), outbound, counters=counters) for _ in range(2)
    )
    outcomes = []
    for hours in (0, 20, 20, 20, 20, 20, 23.9):
        clock.seconds = hours * 3600
        outcomes.append(first.verify(claim_of("newcomer"), now=sandbox.now))

    assert [each.outcome for each in outcomes] == [Outcome.MATCH] * 5 + [Outcome.RATE_LIMITED] * 2
    assert (outcomes[-1].provider_code, outcomes[-1].was_asked) == ("card_used_up", False)
    clock.seconds = 24 * 3600 + 1
    later = [second.verify(claim_of("newcomer"), now=sandbox.now) for _ in range(2)]
    # The window rolls: one check of yesterday has ended, the four of twenty o'clock have not. The
    # network's own clock stands still here, so it refuses what we let through.
    assert [each.was_asked for each in later] == [True, False]
    assert later[0].provider_code == "2002"
    assert claim_of("newcomer").bank_card not in repr(counters._kept)


def test_card_check_is_not_counted_when_nobody_was_asked(
    sandbox: Any, outbound: OutboundClient
) -> None:
    counters = InProcessCounters(clock=lambda: 0.0)
    refused = BankCard(
        replace(bank_settings(sandbox.url), base_url="http://169.254.169.254"),
        outbound,
        counters=counters,
    )
    for _ in range(7):
        result = refused.verify(claim_of("newcomer"), now=sandbox.now)
        assert (result.outcome, result.was_asked) == (Outcome.PROVIDER_ERROR, False)

    built = BankCard(bank_settings(sandbox.url), outbound, counters=counters)
    assert built.verify(claim_of("newcomer"), now=sandbox.now).outcome is Outcome.MATCH


@pytest.mark.requirement("R3")
@pytest.mark.parametrize(
    ("kind", "claim", "outcome", "level"),
    [
        ("ctid", with_validity("newcomer"), Outcome.MATCH, 2),
        ("ctid", with_validity("elder"), Outcome.MATCH, 2),
        ("ctid", with_face("newcomer"), Outcome.MATCH, 3),
        ("ctid", with_face("newcomer", is_live=False), Outcome.MATCH, 2),
        ("ctid", with_face("newcomer_2"), Outcome.NO_PHOTO, 0),
        ("immigration", with_face("hongkong"), Outcome.MATCH, 3),
        ("immigration", with_face("hongkong", is_live=False), Outcome.MATCH, 2),
        ("immigration", with_face("macau"), Outcome.NO_PHOTO, 0),
        ("immigration", with_chip("hongkong", is_attended=True), Outcome.MATCH, 4),
        ("immigration", with_chip("hongkong", is_attended=False), Outcome.MATCH, 2),
    ],
)
def test_level_is_that_of_the_factors_when_more_is_given(
    kind: str, claim: Any, outcome: Outcome, level: int, sandbox: Any, outbound: OutboundClient
) -> None:
    result = ADAPTERS[kind].build(sandbox, outbound).verify(claim, now=sandbox.now)

    assert (result.outcome, result.identity_level) == (outcome, level)


FOREIGN = ("hongkong", "macau", "taiwan", "overseas_chinese", "foreigner", "permanent_resident")


@pytest.mark.requirement("R3")
@pytest.mark.parametrize("key", FOREIGN)
def test_every_travel_document_is_known_to_immigration_when_it_is_true(
    key: str, sandbox: Any, outbound: OutboundClient
) -> None:
    built = ADAPTERS["immigration"].build(sandbox, outbound)

    true = built.verify(claim_of(key), now=sandbox.now)
    other_day = claim_of(key, birth_date=date(1970, 1, 1))

    assert (true.outcome, true.identity_level) == (Outcome.MATCH, 2)
    assert "birthdate" in true.matched_claims
    # A birth date that the number contradicts need not be asked about.
    wrong = built.verify(other_day, now=sandbox.now)
    tells = key == "permanent_resident"
    assert wrong.outcome is (Outcome.INVALID_INPUT if tells else Outcome.MISMATCH)
    assert wrong.was_asked is not tells


@pytest.mark.parametrize("kind", ["ctid", "immigration"])
@pytest.mark.parametrize(
    ("image", "outcome"),
    [
        (blurred_portrait(), Outcome.LOW_QUALITY),
        (portrait_of("somebody else"), Outcome.MISMATCH),
        (b"\xff" * 300_000, Outcome.LOW_QUALITY),
    ],
)
def test_portrait_is_judged_when_it_is_poor_wrong_or_huge(
    kind: str, image: bytes, outcome: Outcome, sandbox: Any, outbound: OutboundClient
) -> None:
    key = ADAPTERS[kind].people[Outcome.MATCH]
    claim = claim_of(key, portrait=Portrait(image=image, is_live=True))

    result = ADAPTERS[kind].build(sandbox, outbound).verify(claim, now=sandbox.now)

    assert result.outcome is outcome
    assert repr(claim).count("portrait") == 0


def test_credential_is_level_three_when_it_is_the_persons(
    sandbox: Any, outbound: OutboundClient
) -> None:
    built = ADAPTERS["ctid"].build(sandbox, outbound)
    mine = claim_of("newcomer", network_credential="made-up credential of newcomer")

    assert built.verify(mine, now=sandbox.now).identity_level == 3
    other = replace(mine, network_credential="made-up credential of adult")
    assert built.verify(other, now=sandbox.now).outcome is Outcome.MISMATCH


@pytest.mark.parametrize("kind", ["ctid", "immigration"])
def test_token_is_asked_for_once_and_again_when_it_ends(
    kind: str, sandbox: Any, outbound: OutboundClient
) -> None:
    adapter = ADAPTERS[kind]
    built = adapter.build(sandbox, outbound)
    outcomes = []
    for _ in range(3):
        outcomes.append(built.verify(adapter.true_claim(), now=sandbox.now).outcome)
        sandbox.spoil(kind, "500", step="token")  # waits until a token is asked for again
    assert outcomes == [Outcome.MATCH] * 3
    later = sandbox.now + timedelta(hours=2)
    assert built.verify(adapter.true_claim(), now=later).outcome is Outcome.PROVIDER_ERROR


@pytest.mark.parametrize("kind", ["ctid", "immigration"])
def test_token_is_renewed_at_once_when_the_authority_forgot_it(
    kind: str, sandbox: Any, outbound: OutboundClient
) -> None:
    adapter = ADAPTERS[kind]
    built = adapter.build(sandbox, outbound)
    built.verify(adapter.true_claim(), now=sandbox.now)
    for step in adapter.steps[1:]:
        sandbox.spoil(kind, "forgotten_token", step=step)
        assert built.verify(adapter.true_claim(), now=sandbox.now).outcome is Outcome.MATCH


@pytest.mark.parametrize("kind", ["ctid", "immigration"])
def test_busy_token_service_is_no_verdict_on_anybody_when_it_refuses(
    kind: str, sandbox: Any, outbound: OutboundClient
) -> None:
    adapter = ADAPTERS[kind]
    code = {"ctid": "2001", "immigration": "429"}[kind]
    for step in adapter.steps[:2]:
        sandbox.spoil(kind, "provider_code", code=code, step=step)
        result = adapter.build(sandbox, outbound).verify(adapter.true_claim(), now=sandbox.now)
        assert (result.outcome, result.was_asked) == (Outcome.RATE_LIMITED, False)


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        ("000X", Outcome.MATCH),
        ("010X", Outcome.MISMATCH),
        ("201X", Outcome.NOT_FOUND),
        ("004X", Outcome.NO_PHOTO),
        ("014X", Outcome.MISMATCH),
        ("005X", Outcome.LOW_QUALITY),
        ("003X", Outcome.INCONCLUSIVE),
        ("0000", Outcome.PROVIDER_ERROR),
        ("00XX", Outcome.PROVIDER_ERROR),
        ("00X0", Outcome.PROVIDER_ERROR),
        ("000", Outcome.PROVIDER_ERROR),
        ("000X0", Outcome.PROVIDER_ERROR),
        ("", Outcome.PROVIDER_ERROR),
        ("009X", Outcome.PROVIDER_ERROR),
    ],
)
def test_four_characters_are_never_a_match_when_one_is_not_what_was_asked(
    result: str, outcome: Outcome
) -> None:
    mode = ctid_wire.Mode(code="0x12", validity=True, portrait=True)
    assert ctid_wire.outcome_of(result, mode=mode) is outcome


def test_answer_is_rejected_when_it_is_about_another_number(sandbox: Any) -> None:
    mode = ctid_wire.MODES[0]
    answer = {"code": "0000", "bizSerialNo": "SN-2", "authResult": "0XXX"}
    with pytest.raises(OutboundAnswerRejected):
        ctid_wire.verdict_of(answer, mode=mode, serial="SN-1")
    with pytest.raises(OutboundAnswerRejected):
        immigration_wire.verdict_of({"code": "200", "applyNo": "2"}, application="1")
    with pytest.raises(OutboundAnswerRejected):
        ctid_wire.token_of({"code": "0000", "accessToken": "t"}, now=sandbox.now)
    with pytest.raises(OutboundAnswerRejected):
        immigration_wire.token_of({"code": "200", "expiresAt": "20260301180000"})


@pytest.mark.requirement("R11")
def test_register_says_how_it_stands_when_an_organization_is_closed_or_unknown(
    sandbox: Any, outbound: OutboundClient
) -> None:
    built = ADAPTERS["business_registry"].build(sandbox, outbound)
    told = {
        key: built.verify(organization(key), now=sandbox.now)
        for key in (
            "厦门示例船务有限公司",
            "厦门示例食品有限公司",
            "厦门示例面馆",
            "厦门示例合伙企业(有限合伙)",
        )
    }
    assert [each.status.value for each in told.values()] == [
        *("revoked", "deregistered", "in_operation", "suspended")
    ]
    assert [each.may_act for each in told.values()] == [False, False, True, False]
    assert told["厦门示例面馆"].principal_title == "经营者"
    nobody = organization("厦门示例面馆", uscc="91110000600037341L")
    assert built.verify(nobody, now=sandbox.now).outcome is Outcome.NOT_FOUND


@pytest.mark.parametrize("kind", ["mobile_operator", "ctid"])
def test_other_digest_is_understood_when_it_was_agreed(
    kind: str, sandbox: Any, outbound: OutboundClient
) -> None:
    adapter = ADAPTERS[kind]
    built = adapter.build(sandbox, outbound, sign_type="HMAC-SHA256")
    assert built.verify(adapter.true_claim(), now=sandbox.now).outcome is Outcome.MATCH
    assert "secret" not in repr(Secret("secret"))
