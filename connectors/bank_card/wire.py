"""The card network's wire: which fields go out in which order, and what a result means."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from connectors.bank_card.settings import BankCardSettings
from connectors.dialogue import Verdict
from connectors.evidence import IdentityClaim
from connectors.outcomes import Outcome
from connectors.signed_json import Call, stamp

PATH: Final = "/bank/four-factor"
CODE_OK: Final = "0000"

_OUTCOME_OF_CODE: Final = {
    "1007": Outcome.INVALID_INPUT,
    "2001": Outcome.RATE_LIMITED,
    "2002": Outcome.RATE_LIMITED,  # this card was checked five times in 24 hours
    "3001": Outcome.INCONCLUSIVE,  # the issuing bank does not take part
}
_OUTCOME_OF_RESULT: Final = {
    "00": Outcome.MATCH,
    "01": Outcome.MISMATCH,
    "02": Outcome.NOT_FOUND,
}


def call_of(claim: IdentityClaim, settings: BankCardSettings, *, nonce: str, now: datetime) -> Call:
    """The one call of a check; the phone is written without its country code."""
    return Call(
        path=PATH,
        fields=(
            ("appId", settings.app_id),
            ("timestamp", stamp(now)),
            ("accName", claim.name),
            ("certNo", claim.document_number),
            ("cardNo", claim.bank_card or ""),
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
