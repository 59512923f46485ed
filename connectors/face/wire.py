"""The face comparison's wire: open a session, the browser's way there and back, fetch the result.

Owns names, codes and scores; signing is `connectors.signed_json`'s. Out go name, number and the
consent under which this is done, never a picture; back come a yes or no and a score.
"""

from collections.abc import Mapping
from typing import Final

from connectors.documents.registry import (
    PERMANENT_RESIDENT_CARD,
    RESIDENCE_PERMIT_HMT,
    RESIDENT_ID_CARD,
)
from connectors.errors import OutboundAnswerRejected
from connectors.face_visits import MATCHED_CLAIMS, FaceWire, Fields, Opening, score_of
from connectors.outcomes import Outcome
from connectors.visits import Finding

CODE_OK: Final = "0000"
SAME: Final = "01"
DIFFERENT: Final = "02"
ALIVE: Final = "1"
BELOW_LEAST_SCORE: Final = "below_least_score"
NOT_ALIVE: Final = "not_alive"

_OUTCOME_OF_CODE: Final[Mapping[str, Outcome]] = {
    "1007": Outcome.INVALID_INPUT,
    "2001": Outcome.RATE_LIMITED,
    "3001": Outcome.NO_PHOTO,
    "3002": Outcome.LOW_QUALITY,
    "3003": Outcome.INCONCLUSIVE,  # the comparison cannot decide
    "3004": Outcome.NOT_FOUND,
    "4001": Outcome.INVALID_INPUT,  # the session is unknown or too old
    "4002": Outcome.INVALID_INPUT,  # its result was fetched before
    "4003": Outcome.INCONCLUSIVE,  # nobody stood before the camera yet
}


def open_fields(opening: Opening) -> Fields:
    """What opens a liveness session."""
    return (
        ("appId", opening.app_id),
        ("timestamp", opening.stamp),
        ("returnUrl", opening.return_to),
        ("state", opening.state),
        ("consentId", opening.consent_id),
        ("gmsfhm", opening.claim.document_number),
        ("xm", opening.claim.name),
    )


def result_fields(app_id: str, stamp: str, session_id: str) -> Fields:
    """What fetches a session's result, once."""
    return (("appId", app_id), ("timestamp", stamp), ("sessionId", session_id))


def refusal(answer: Mapping[str, str]) -> Finding | None:
    """Why the authority refused or could not decide; None when it did neither."""
    code = answer.get("code", "")
    if code == CODE_OK:
        return None
    return Finding(
        outcome=_OUTCOME_OF_CODE.get(code, Outcome.PROVIDER_ERROR),
        code=code,
        reference=answer.get("serial", ""),
    )


def verdict_of(answer: Mapping[str, str], session_id: str, least_score: float) -> Finding:
    """What a session came to. Its score is kept even where it decides nothing.

    Raises:
        OutboundAnswerRejected: it is about another session, or not in the agreed form.
    """
    refused = refusal(answer)
    if refused is not None:
        return refused
    if answer.get("sessionId") != session_id:
        raise OutboundAnswerRejected("an answer about another session")
    score = score_of(answer.get("score", ""))
    result = answer.get("result", "")
    outcome, code = Outcome.PROVIDER_ERROR, result
    if answer.get("liveness") != ALIVE:
        outcome, code = Outcome.INCONCLUSIVE, NOT_ALIVE
    elif result == DIFFERENT:
        outcome = Outcome.MISMATCH
    elif result == SAME and score < least_score:
        outcome, code = Outcome.INCONCLUSIVE, BELOW_LEAST_SCORE
    elif result == SAME:
        outcome = Outcome.MATCH
    return Finding(
        outcome=outcome,
        code=code,
        reference=answer.get("serial", ""),
        matched_claims=MATCHED_CLAIMS if outcome is Outcome.MATCH else (),
        score=score,
    )


WIRE: Final = FaceWire(
    open_path="/face/session",
    result_path="/face/result",
    visit_field="sessionId",
    document_types=frozenset({PERMANENT_RESIDENT_CARD, RESIDENCE_PERMIT_HMT, RESIDENT_ID_CARD}),
    needs_birth_date=False,
    open_fields=open_fields,
    result_fields=result_fields,
    refusal=refusal,
    verdict_of=verdict_of,
)
