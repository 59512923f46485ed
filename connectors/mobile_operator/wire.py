"""The operators' wire: which fields go out in which order, and what a result means."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from connectors.dialogue import Verdict
from connectors.evidence import IdentityClaim
from connectors.mobile_operator.settings import MobileOperatorSettings
from connectors.outcomes import Outcome
from connectors.signed_json import Call, stamp

PATH: Final = "/operator/three-factor"
CODE_OK: Final = "0"

_OUTCOME_OF_CODE: Final = {
    "1107": Outcome.INVALID_INPUT,
    "1201": Outcome.RATE_LIMITED,
    "1301": Outcome.INCONCLUSIVE,  # the number is being carried over to another operator
}
_OUTCOME_OF_RESULT: Final = {
    "1": Outcome.MATCH,
    "2": Outcome.MISMATCH,
    "3": Outcome.NOT_FOUND,
}


def call_of(
    claim: IdentityClaim, settings: MobileOperatorSettings, *, nonce: str, now: datetime
) -> Call:
    """The one call of a check; the phone is written without its country code."""
    return Call(
        path=PATH,
        fields=(
            ("appId", settings.app_id),
            ("timestamp", stamp(now)),
            ("name", claim.name),
            ("idNo", claim.document_number),
            ("mobile", (claim.phone or "").removeprefix("+86")),
        ),
        nonce=nonce,
    )


def verdict_of(answer: Mapping[str, str]) -> Verdict:
    """What the answer comes to; whatever is not foreseen is the provider's error."""
    code, reference = answer.get("code", ""), answer.get("serial", "")
    if code != CODE_OK:
        outcome = _OUTCOME_OF_CODE.get(code, Outcome.PROVIDER_ERROR)
        return Verdict(outcome=outcome, code=code, reference=reference)
    result = answer.get("result", "")
    return Verdict(
        outcome=_OUTCOME_OF_RESULT.get(result, Outcome.PROVIDER_ERROR),
        code=f"{code}-{result}",
        reference=reference,
    )
