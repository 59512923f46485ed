"""What is one visit's own: network number, score, and where a browser may be sent."""

import json
from dataclasses import replace
from typing import Any

import pytest

from connectors.errors import OutboundAnswerRejected
from connectors.evidence import IdentityClaim
from connectors.face import wire as face_wire
from connectors.face.settings import for_sandbox as face_for_sandbox
from connectors.http import OutboundClient
from connectors.immigration_face import wire as immigration_wire
from connectors.network_identity import wire as network_wire
from connectors.outcomes import Outcome
from connectors.registry import REDIRECT_VERIFICATION, build_for_sandbox
from connectors.visits import page_of
from tests.contracts.test_redirect_verification import ADAPTERS, browse, opened, visit_of, visiting


def built(kind: str, sandbox: Any, outbound: OutboundClient) -> Any:
    return build_for_sandbox(REDIRECT_VERIFICATION, kind, base_url=sandbox.url, client=outbound)


@pytest.mark.requirement("R5")
def test_person_is_known_by_network_number_alone_when_nobody_was_named(
    sandbox: Any, outbound: OutboundClient
) -> None:
    service = built("network_identity", sandbox, outbound)
    numbers = []
    for who in ("foreigner", "foreigner", "adult"):
        start = opened(service, visit_of(who, claim=None), sandbox.now)
        told = service.finish(visiting(start, who), kept=start.kept, now=sandbox.now)
        assert told.result.outcome is Outcome.MATCH
        assert told.result.matched_claims == ()
        numbers.append(told.pseudonym)

    assert numbers[0] == numbers[1] != numbers[2]


def test_result_cannot_be_asked_for_when_no_credential_came(
    sandbox: Any, outbound: OutboundClient
) -> None:
    service = built("network_identity", sandbox, outbound)
    start = opened(service, visit_of("adult"), sandbox.now)
    parameters = visiting(start, "adult")

    for credential in ("", "x" * 600, "forged"):
        brought = {**parameters, "credential": credential}
        told = service.finish(brought, kept=start.kept, now=sandbox.now)
        assert told.result.outcome is Outcome.INVALID_INPUT


@pytest.mark.parametrize(
    ("came", "outcome", "code", "score"),
    [
        ("newcomer", Outcome.MATCH, "01", 0.9731),
        ("similar", Outcome.INCONCLUSIVE, face_wire.BELOW_LEAST_SCORE, 0.7421),
        ("photograph", Outcome.INCONCLUSIVE, face_wire.NOT_ALIVE, 0.1204),
        ("blurred", Outcome.LOW_QUALITY, "3002", None),
    ],
)
def test_score_is_kept_and_decides_when_a_face_was_compared(
    came: str, outcome: Outcome, code: str, score: float, sandbox: Any, outbound: OutboundClient
) -> None:
    service = built("face", sandbox, outbound)
    start = opened(service, visit_of("newcomer"), sandbox.now)

    told = service.finish(visiting(start, came), kept=start.kept, now=sandbox.now)

    assert (told.result.outcome, told.result.provider_code, told.score) == (outcome, code, score)


def test_camera_shows_who_was_presented_when_it_is_chosen_on_the_page(
    sandbox: Any, outbound: OutboundClient
) -> None:
    body = json.dumps({"present": {"person": "hongkong"}}).encode()
    sandbox.ask(
        "POST", "/devices/camera-kiosk-1", body=body, headers={"Content-Type": "application/json"}
    )
    service = built("face", sandbox, outbound)
    start = opened(service, visit_of("adult"), sandbox.now)

    told = service.finish(visiting(start, "camera-kiosk-1"), kept=start.kept, now=sandbox.now)

    assert told.result.outcome is Outcome.MISMATCH


@pytest.mark.requirement("R13")
@pytest.mark.parametrize(
    "changed",
    [{"consent_id": ""}, {"claim": None}],
    ids=["no consent", "nobody named"],
)
def test_no_session_is_opened_when_it_may_not_be(
    changed: dict[str, Any], sandbox: Any, outbound: OutboundClient
) -> None:
    told = built("face", sandbox, outbound).start(visit_of("adult", **changed), now=sandbox.now)

    assert told.outcome is Outcome.INVALID_INPUT


@pytest.mark.parametrize("key", ["foreigner", "newcomer"])
def test_no_session_is_opened_when_no_photograph_can_be_on_file(
    key: str, sandbox: Any, outbound: OutboundClient
) -> None:
    visit = visit_of(key)
    assert visit.claim
    claim = type(visit.claim)(
        document_type=visit.claim.document_type, document_number="11", name=visit.claim.name
    )

    told = built("face", sandbox, outbound).start(visit_of(key, claim=claim), now=sandbox.now)

    assert told.outcome is Outcome.INVALID_INPUT


def test_session_is_refused_when_the_number_is_nobodys(
    sandbox: Any, outbound: OutboundClient
) -> None:
    visit = visit_of("adult")
    other = visit_of("adult_2")
    assert visit.claim
    assert other.claim
    claim = type(visit.claim)(
        document_type="resident_id_card",
        document_number=visit.claim.document_number,
        name=other.claim.name,
    )

    told = built("face", sandbox, outbound).start(visit_of("adult", claim=claim), now=sandbox.now)

    assert told.outcome is Outcome.NOT_FOUND


def test_result_waits_when_nobody_stood_before_the_camera(
    sandbox: Any, outbound: OutboundClient
) -> None:
    service = built("face", sandbox, outbound)
    start = opened(service, visit_of("adult"), sandbox.now)
    parameters = {"sessionId": start.kept["visit_id"], "state": start.kept["state"]}

    told = service.finish(parameters, kept=start.kept, now=sandbox.now)

    assert (told.result.outcome, told.result.provider_code) == (Outcome.INCONCLUSIVE, "4003")


@pytest.mark.parametrize("kind", REDIRECT_VERIFICATION)
def test_page_is_gone_when_the_visit_is_over_or_unknown(
    kind: str, sandbox: Any, outbound: OutboundClient
) -> None:
    who = ADAPTERS[kind].another
    service = built(kind, sandbox, outbound)
    start = opened(service, visit_of(who), sandbox.now)
    visiting(start, who)
    service.finish(visiting(start, who), kept=start.kept, now=sandbox.now)

    assert browse("GET", start.url)[0] == 404
    assert browse("GET", start.url.partition("=")[0] + "=1")[0] == 404
    again = opened(service, visit_of(who), sandbox.now)
    sent = f"{again.url.partition('?')[2]}&identifier=nobody&decision=allow"
    assert browse("POST", again.url, sent)[0] == 400


def test_nobody_is_asked_when_the_number_cannot_be_one(
    sandbox: Any, outbound: OutboundClient
) -> None:
    claim = IdentityClaim(
        document_type="resident_id_card", document_number="350200198803149914", name="陈思远"
    )
    for kind in REDIRECT_VERIFICATION:
        told = built(kind, sandbox, outbound).start(visit_of("adult", claim=claim), now=sandbox.now)
        assert (told.outcome, told.was_asked) == (Outcome.INVALID_INPUT, False)


def test_authority_refuses_when_it_could_not_send_the_browser_back(
    sandbox: Any, outbound: OutboundClient
) -> None:
    for kind in REDIRECT_VERIFICATION:
        visit = visit_of("adult", return_to="javascript:alert(1)")
        told = built(kind, sandbox, outbound).start(visit, now=sandbox.now)
        assert told.outcome is Outcome.INVALID_INPUT


UNDER = "https://auth.example/pages"


@pytest.mark.parametrize("url", [UNDER, f"{UNDER}/a?b=c", f"{UNDER}?id=1"])
def test_page_is_believed_when_it_is_where_it_was_agreed_to_be(url: str) -> None:
    assert page_of(url, under=UNDER) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://auth.example/pages",
        "https://auth.example.evil/pages",
        "https://auth.example/pagesx",
        "https://auth.example@evil.example/pages",
        f"{UNDER}/../login",
        "https://auth.example\\@evil.example/pages",
        f"{UNDER}/\n",
        f"{UNDER}/通",
        f"{UNDER}/{'a' * 2048}",
    ],
)
def test_page_is_refused_when_a_browser_could_end_elsewhere(url: str) -> None:
    with pytest.raises(OutboundAnswerRejected):
        page_of(url, under=UNDER)


@pytest.mark.parametrize("score", ["", "-0.1", "1.1", "nan", "inf", "٠.5", "0.5x"])
def test_score_is_refused_when_it_is_none(score: str) -> None:
    answer = {"code": "0000", "sessionId": "s", "liveness": "1", "result": "01", "score": score}

    with pytest.raises(OutboundAnswerRejected):
        face_wire.verdict_of(answer, session_id="s", least_score=0.8)


@pytest.mark.parametrize(
    ("read", "answer"),
    [
        (
            lambda answer: face_wire.verdict_of(answer, session_id="s", least_score=0.8),
            {"code": "0000", "sessionId": "t"},
        ),
        (
            lambda answer: immigration_wire.verdict_of(answer, "SR1", 0.8),
            {"code": "200", "applyNo": "SR2"},
        ),
        (
            lambda answer: network_wire.verdict_of(answer, auth_id="a", was_compared=False),
            {"code": "0000", "authId": "b", "result": "01", "networkNumber": "N"},
        ),
        (
            lambda answer: network_wire.verdict_of(answer, auth_id="a", was_compared=False),
            {"code": "0000", "authId": "a", "result": "01"},
        ),
    ],
    ids=["another session", "another application", "another visit", "nobody named"],
)
def test_answer_is_refused_when_it_is_not_about_this_visit(read: Any, answer: Any) -> None:
    with pytest.raises(OutboundAnswerRejected):
        read(answer)


def test_difference_is_the_services_error_when_nothing_was_compared() -> None:
    answer = {"code": "0000", "authId": "a", "result": "02"}

    verdict = network_wire.verdict_of(answer, auth_id="a", was_compared=False)

    assert verdict.outcome is Outcome.PROVIDER_ERROR


def test_settings_are_refused_when_the_least_score_is_none() -> None:
    good = face_for_sandbox("http://127.0.0.1:1")
    with pytest.raises(ValueError, match="least_score"):
        type(good)(
            base_url=good.base_url,
            page_url=good.page_url,
            app_id="a",
            app_secret=good.app_secret,
            least_score=0.0,
        )


@pytest.mark.parametrize(
    ("came", "outcome", "code", "score"),
    [
        ("hongkong", Outcome.MATCH, "200-1", 0.9731),
        ("similar", Outcome.INCONCLUSIVE, immigration_wire.BELOW_LEAST_SCORE, 0.7421),
        ("photograph", Outcome.INCONCLUSIVE, immigration_wire.NOT_ALIVE, 0.7421),
        ("macau", Outcome.MISMATCH, "200-2", 0.1204),
    ],
)
def test_immigrations_score_is_kept_and_decides_when_a_face_was_compared(
    came: str, outcome: Outcome, code: str, score: float, sandbox: Any, outbound: OutboundClient
) -> None:
    service = built("immigration_face", sandbox, outbound)
    start = opened(service, visit_of("hongkong"), sandbox.now)

    told = service.finish(visiting(start, came), kept=start.kept, now=sandbox.now)

    assert (told.result.outcome, told.result.provider_code, told.score) == (outcome, code, score)


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"birth_date": None}, ""), ({"document_type": "resident_id_card"}, ""), ({}, "no_consent")],
    ids=["no birth date", "another document", "no consent"],
)
def test_immigration_is_not_asked_when_it_could_not_answer(
    changed: dict[str, Any], code: str, sandbox: Any, outbound: OutboundClient
) -> None:
    service, visit = built("immigration_face", sandbox, outbound), visit_of("hongkong")
    assert visit.claim
    consent = "consent-7" if changed else ""
    asked = replace(visit, claim=replace(visit.claim, **changed), consent_id=consent)

    told = service.start(asked, now=sandbox.now)

    assert (told.outcome, told.provider_code) == (Outcome.INVALID_INPUT, code)
    assert not told.was_asked
