"""The wire of a comparison with a face: apply, the browser's way there and back, the result.

Owns names, codes and scores; signing is `connectors.signed_json`'s. Out go type, number, name and
birth date of a document and the consent under which this is done, never a picture; back come a
result and a score.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from connectors.dialogue import Verdict
from connectors.documents.registry import (
    CN_PASSPORT,
    PASSPORT,
    PERMANENT_RESIDENT_CARD,
    RESIDENCE_PERMIT_HMT,
    TRAVEL_PERMIT_HM,
    TRAVEL_PERMIT_TW,
)
from connectors.errors import OutboundAnswerRejected
from connectors.face_visits import MATCHED_CLAIMS, FaceWire, Fields, Opening, score_of
from connectors.outcomes import Outcome
from connectors.visits import Finding

CODE_OK: Final = "200"
ALIVE: Final = "1"
BELOW_LEAST_SCORE: Final = "below_least_score"
NOT_ALIVE: Final = "not_alive"
DOCUMENT_CODES: Final = MappingProxyType(
    {
        CN_PASSPORT: "10",
        TRAVEL_PERMIT_HM: "20",
        TRAVEL_PERMIT_TW: "21",
        RESIDENCE_PERMIT_HMT: "22",
        PERMANENT_RESIDENT_CARD: "30",
        PASSPORT: "40",
    }
)
_OUTCOME_OF_CODE: Final[Mapping[str, Outcome]] = {
    "400": Outcome.INVALID_INPUT,
    "404": Outcome.INVALID_INPUT,  # the application is unknown, too old, or was fetched before
    "425": Outcome.INCONCLUSIVE,  # nobody stood before the camera yet
    "429": Outcome.RATE_LIMITED,
}
_OUTCOME_OF_RESULT: Final[Mapping[str, Outcome]] = {
    "1": Outcome.MATCH,
    "2": Outcome.MISMATCH,
    "3": Outcome.NOT_FOUND,
    "4": Outcome.INCONCLUSIVE,
    "5": Outcome.NO_PHOTO,
    "6": Outcome.LOW_QUALITY,
}


def open_fields(opening: Opening) -> Fields:
    """What opens an application; a nationality goes along where the document has one."""
    claim = opening.claim
    born = f"{claim.birth_date:%Y%m%d}" if claim.birth_date else ""
    nationality = (("nationality", claim.nationality),) if claim.nationality else ()
    return (
        ("appId", opening.app_id),
        ("timestamp", opening.stamp),
        ("authType", "REAL_PERSON"),
        ("certType", DOCUMENT_CODES[claim.document_type]),
        ("certNo", claim.document_number),
        ("name", claim.name.upper()),
        ("birthDate", born),
        *nationality,
        ("returnUrl", opening.return_to),
        ("state", opening.state),
        ("consentId", opening.consent_id),
    )


def result_fields(app_id: str, stamp: str, application: str) -> Fields:
    """What fetches an application's result, once."""
    return (("appId", app_id), ("timestamp", stamp), ("applyNo", application))


def refusal(answer: Mapping[str, str]) -> Finding | None:
    """Why the authority refused; None when it did not."""
    code = answer.get("code", "")
    if code == CODE_OK:
        return None
    return Finding(outcome=_OUTCOME_OF_CODE.get(code, Outcome.PROVIDER_ERROR), code=code)


def verdict_of(answer: Mapping[str, str], application: str, least_score: float) -> Finding:
    """What an application came to. Its score is kept even where it decides nothing.

    Raises:
        OutboundAnswerRejected: it is about another application, or not in the agreed form.
    """
    if (refused := refusal(answer)) is not None:
        return refused
    if answer.get("applyNo") != application:
        raise OutboundAnswerRejected("an answer about another application")
    result = answer.get("result", "")
    found = Verdict(
        outcome=_OUTCOME_OF_RESULT.get(result, Outcome.PROVIDER_ERROR), code=f"{CODE_OK}-{result}"
    )
    compared = found.outcome in {Outcome.MATCH, Outcome.MISMATCH}
    score = score_of(answer.get("score", "")) if compared else None
    outcome, code = found.outcome, found.code
    if compared and answer.get("liveness") != ALIVE:
        outcome, code = Outcome.INCONCLUSIVE, NOT_ALIVE
    elif outcome is Outcome.MATCH and (score is None or score < least_score):
        outcome, code = Outcome.INCONCLUSIVE, BELOW_LEAST_SCORE
    return Finding(
        outcome=outcome,
        code=code,
        reference=application,
        matched_claims=(*MATCHED_CLAIMS, "birthdate") if outcome is Outcome.MATCH else (),
        score=score,
    )


WIRE: Final = FaceWire(
    open_path="/immigration-face/apply",
    result_path="/immigration-face/result",
    visit_field="applyNo",
    document_types=frozenset(DOCUMENT_CODES),
    needs_birth_date=True,
    open_fields=open_fields,
    result_fields=result_fields,
    refusal=refusal,
    verdict_of=verdict_of,
)
