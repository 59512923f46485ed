"""The wrapper's wire: token, application, authentication; and what a result means.

Owns the writing of document types, names and dates. Latin names go out in capitals, as documents
print them; an unknown day of birth is not ours to invent, so a birth date is a whole one.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
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
from connectors.evidence import IdentityClaim
from connectors.held_tokens import HeldToken
from connectors.immigration.settings import ImmigrationSettings
from connectors.outcomes import Outcome
from connectors.signed_json import Call, stamp

TOKEN_PATH: Final = "/immigration/token"  # noqa: S105 - a path
APPLY_PATH: Final = "/immigration/apply"
AUTHENTICATE_PATH: Final = "/immigration/authenticate"
CODE_OK: Final = "200"
CODE_TOKEN_DISOWNED: Final = "401"  # noqa: S105 - a code

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
BY_NAME: Final = "REAL_NAME"
BY_FACE: Final = "REAL_PERSON"
BY_CHIP: Final = "CHIP"

_OUTCOME_OF_CODE: Final = {"400": Outcome.INVALID_INPUT, "429": Outcome.RATE_LIMITED}
_OUTCOME_OF_RESULT: Final = {
    "1": Outcome.MATCH,
    "2": Outcome.MISMATCH,
    "3": Outcome.NOT_FOUND,
    "4": Outcome.INCONCLUSIVE,
    "5": Outcome.NO_PHOTO,
    "6": Outcome.LOW_QUALITY,
}


def kind_of(claim: IdentityClaim) -> str:
    """The strongest kind of authentication the claim allows."""
    if claim.portrait is not None:
        return BY_FACE
    return BY_CHIP if claim.chip is not None else BY_NAME


def token_call(settings: ImmigrationSettings, *, nonce: str, now: datetime) -> Call:
    """Asks for a token."""
    fields = (("clientId", settings.client_id), ("timestamp", stamp(now)))
    return Call(path=TOKEN_PATH, fields=fields, nonce=nonce)


def apply_call(claim: IdentityClaim, token: HeldToken, *, nonce: str, now: datetime) -> Call:
    """Applies for one authentication of a kind, of a type of document."""
    fields = (
        ("token", token.value),
        ("timestamp", stamp(now)),
        ("authType", kind_of(claim)),
        ("certType", DOCUMENT_CODES[claim.document_type]),
    )
    return Call(path=APPLY_PATH, fields=fields, nonce=nonce)


def authenticate_call(
    claim: IdentityClaim, token: HeldToken, *, application: str, nonce: str, now: datetime
) -> Call:
    """The authentication that was applied for; what is not known of the person is left out."""
    fields = [
        ("token", token.value),
        ("timestamp", stamp(now)),
        ("applyNo", application),
        ("certType", DOCUMENT_CODES[claim.document_type]),
        ("certNo", claim.document_number),
        ("name", claim.name.upper()),
    ]
    if claim.birth_date is not None:
        fields.append(("birthDate", f"{claim.birth_date:%Y%m%d}"))
    if claim.nationality is not None:
        fields.append(("nationality", claim.nationality))
    if claim.portrait is not None:
        fields.append(("portrait", base64.b64encode(claim.portrait.image).decode("ascii")))
    if claim.chip is not None:
        fields.append(("chip", base64.b64encode(claim.chip.data).decode("ascii")))
    return Call(path=AUTHENTICATE_PATH, fields=tuple(fields), nonce=nonce)


def token_of(answer: Mapping[str, str]) -> HeldToken | Verdict:
    """The token in an answer, or why there is none.

    Raises:
        OutboundAnswerRejected: it says that there is one and gives none.
    """
    if answer.get("code") != CODE_OK:
        return refusal(answer)
    token = answer.get("token", "")
    try:
        ends = datetime.strptime(answer.get("expiresAt", "") + "+0800", "%Y%m%d%H%M%S%z")
    except ValueError as error:
        raise OutboundAnswerRejected("a token without an end") from error
    if not token:
        raise OutboundAnswerRejected("an answer without a token")
    return HeldToken(value=token, expires_at=ends)


def application_of(answer: Mapping[str, str]) -> str | Verdict:
    """The number of the application, or why there is none.

    Raises:
        OutboundAnswerRejected: it says that there is one and gives none.
    """
    if answer.get("code") != CODE_OK:
        return refusal(answer)
    if application := answer.get("applyNo", ""):
        return application
    raise OutboundAnswerRejected("an answer without an application")


def verdict_of(answer: Mapping[str, str], *, application: str) -> Verdict:
    """What the authentication came to.

    Raises:
        OutboundAnswerRejected: it is about another application.
    """
    code = answer.get("code", "")
    if code != CODE_OK:
        outcome = _OUTCOME_OF_CODE.get(code, Outcome.PROVIDER_ERROR)
        return Verdict(outcome=outcome, code=code, reference=application)
    if answer.get("applyNo") != application:
        raise OutboundAnswerRejected("an answer about another application")
    result = answer.get("result", "")
    return Verdict(
        outcome=_OUTCOME_OF_RESULT.get(result, Outcome.PROVIDER_ERROR),
        code=f"{code}-{result}",
        reference=application,
    )


def refusal(answer: Mapping[str, str]) -> Verdict:
    """A refusal before anybody was asked about."""
    code = answer.get("code", "")
    is_busy = _OUTCOME_OF_CODE.get(code) is Outcome.RATE_LIMITED
    outcome = Outcome.RATE_LIMITED if is_busy else Outcome.PROVIDER_ERROR
    return Verdict(outcome=outcome, code=code, was_asked=False)
