"""The network identity service's wire: apply, the browser's way there and back, redeem.

Owns names and codes only; signing is `connectors.signed_json`'s. Result only: no name and no number
is ever asked for. Where a claim is sent along, it is compared there, and the answer is yes or no.
"""

from collections.abc import Mapping
from typing import Final

from connectors.errors import OutboundAnswerRejected
from connectors.evidence import IdentityClaim
from connectors.outcomes import Outcome
from connectors.visits import Finding

APPLY: Final = "/network-identity/apply"
REDEEM: Final = "/network-identity/redeem"
VISIT_PARAMETER: Final = "authId"
CREDENTIAL_PARAMETER: Final = "credential"
ERROR_PARAMETER: Final = "error"
CODE_OK: Final = "0000"
VERIFIED: Final = "01"
DIFFERENT: Final = "02"
RESULT_ONLY: Final = "result"
COMPARE: Final = "compare"

Fields = tuple[tuple[str, str], ...]

_OUTCOME_OF_CODE: Final[Mapping[str, Outcome]] = {
    "1007": Outcome.INVALID_INPUT,
    "2001": Outcome.RATE_LIMITED,
    "3001": Outcome.INCONCLUSIVE,  # the network certificate is being renewed or is suspended
    "3002": Outcome.NOT_FOUND,  # there is no network number: the person never applied for one
    "4001": Outcome.INVALID_INPUT,  # the credential is unknown, too old or another visit's
    "4002": Outcome.INVALID_INPUT,  # it was redeemed before
}


def apply_fields(
    *, app_id: str, stamp: str, state: str, return_to: str, claim: IdentityClaim | None
) -> Fields:
    """What opens a visit."""
    fields = (
        ("appId", app_id),
        ("timestamp", stamp),
        ("mode", COMPARE if claim else RESULT_ONLY),
        ("returnUrl", return_to),
        ("state", state),
    )
    if claim is None:
        return fields
    return (*fields, ("gmsfhm", claim.document_number), ("xm", claim.name))


def redeem_fields(*, app_id: str, stamp: str, auth_id: str, credential: str) -> Fields:
    """What redeems the credential a browser brought back."""
    return (
        ("appId", app_id),
        ("timestamp", stamp),
        ("authId", auth_id),
        ("credential", credential),
    )


def refusal(answer: Mapping[str, str]) -> Finding | None:
    """Why the service refused a call; None when it did not."""
    code = answer.get("code", "")
    if code == CODE_OK:
        return None
    return Finding(outcome=_OUTCOME_OF_CODE.get(code, Outcome.PROVIDER_ERROR), code=code)


def verdict_of(answer: Mapping[str, str], *, auth_id: str, was_compared: bool) -> Finding:
    """What a redeemed credential proves.

    Raises:
        OutboundAnswerRejected: it is about another visit, or names no person.
    """
    refused = refusal(answer)
    if refused is not None:
        return refused
    if answer.get("authId") != auth_id:
        raise OutboundAnswerRejected("an answer about another visit")
    result, code = answer.get("result", ""), answer["code"]
    reference = answer.get("serial", "")
    if result == DIFFERENT and was_compared:
        return Finding(outcome=Outcome.MISMATCH, code=result, reference=reference)
    if result != VERIFIED:
        return Finding(outcome=Outcome.PROVIDER_ERROR, code=result or code, reference=reference)
    pseudonym = answer.get("networkNumber", "")
    if not pseudonym:
        raise OutboundAnswerRejected("verified, but nobody is named")
    return Finding(
        outcome=Outcome.MATCH,
        code=result,
        reference=reference,
        matched_claims=("name", "document_number") if was_compared else (),
        pseudonym=pseudonym,
    )
