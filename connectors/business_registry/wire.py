"""The register's wire: which fields go out in which order, and what an answer means."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from connectors.business_registry.settings import BusinessRegistrySettings
from connectors.dialogue import Verdict
from connectors.evidence import OrganizationClaim, RegistrationStatus
from connectors.outcomes import Outcome
from connectors.signed_json import Call, stamp

PATH: Final = "/registry/organization"
CODE_OK: Final = "0000"
CODE_NONE: Final = "0001"
CONSISTENT: Final = "1"
INCONSISTENT: Final = "0"

_OUTCOME_OF_CODE: Final = {
    CODE_NONE: Outcome.NOT_FOUND,
    "1007": Outcome.INVALID_INPUT,
    "2001": Outcome.RATE_LIMITED,
    "3001": Outcome.INCONCLUSIVE,  # a change of the registration is under way
}
_STATUS: Final = {
    "存续": RegistrationStatus.IN_OPERATION,
    "在营": RegistrationStatus.IN_OPERATION,
    "开业": RegistrationStatus.IN_OPERATION,
    "歇业": RegistrationStatus.SUSPENDED,
    "停业": RegistrationStatus.SUSPENDED,
    "吊销": RegistrationStatus.REVOKED,
    "注销": RegistrationStatus.DEREGISTERED,
    "迁出": RegistrationStatus.MOVED_OUT,
}


def call_of(
    claim: OrganizationClaim, settings: BusinessRegistrySettings, *, nonce: str, now: datetime
) -> Call:
    """The one call of a check."""
    return Call(
        path=PATH,
        fields=(
            ("appId", settings.app_id),
            ("timestamp", stamp(now)),
            ("uscc", claim.uscc),
            ("entName", claim.name),
            ("principalName", claim.principal),
        ),
        nonce=nonce,
    )


def verdict_of(answer: Mapping[str, str]) -> Verdict:
    """What the answer comes to; whatever is not foreseen is the provider's error."""
    code, reference = answer.get("code", ""), answer.get("serial", "")
    if code != CODE_OK:
        outcome = _OUTCOME_OF_CODE.get(code, Outcome.PROVIDER_ERROR)
    else:
        outcome = _outcome_of(answer.get("nameResult", ""), answer.get("principalResult", ""))
    return Verdict(outcome=outcome, code=code, reference=reference)


def status_of(answer: Mapping[str, str]) -> RegistrationStatus:
    """How the organization stands; a word not foreseen is UNKNOWN, and nobody may act on it."""
    return _STATUS.get(answer.get("regStatus", ""), RegistrationStatus.UNKNOWN)


def _outcome_of(*results: str) -> Outcome:
    if set(results) == {CONSISTENT}:
        return Outcome.MATCH
    if set(results) <= {CONSISTENT, INCONSISTENT}:
        return Outcome.MISMATCH
    return Outcome.PROVIDER_ERROR
