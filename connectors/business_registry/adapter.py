"""Asks the register of organizations about one organization.

Owns the order of one check. How an organization stands is told only beside a match: to others it
would be an answer about somebody else's organization.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime

from connectors.business_registry import wire
from connectors.business_registry.settings import BusinessRegistrySettings
from connectors.dialogue import Dialogue, Verdict, believing, hold, hold_awaiting
from connectors.documents.document import InvalidDocumentNumber
from connectors.documents.names import InvalidName, normalise_name
from connectors.documents.organization import parse_uscc
from connectors.evidence import OrganizationClaim, OrganizationResult, RegistrationStatus
from connectors.http import OutboundClient
from connectors.outcomes import Outcome
from connectors.signed_account import account_of
from connectors.signed_json import read_answer, request_of


class BusinessRegistry:
    """An `OrganizationVerification` over signed JSON. Safe to share between threads."""

    method = "business_registry"
    authority = "cn_business_registry"

    def __init__(
        self,
        settings: BusinessRegistrySettings,
        client: OutboundClient,
        *,
        new_nonce: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._settings = settings
        self._account = account_of(settings)
        self._client = client
        self._new_nonce = new_nonce

    def verify(self, claim: OrganizationClaim, *, now: datetime) -> OrganizationResult:
        """Ask once. Whatever the register does comes back as an outcome; nothing is raised."""
        answer: dict[str, str] = {}
        verdict = hold(self._check(claim, answer, now=now), self._client.send)
        return self._result(verdict, answer, now=now)

    async def averify(self, claim: OrganizationClaim, *, now: datetime) -> OrganizationResult:
        """The same, awaited."""
        answer: dict[str, str] = {}
        verdict = await hold_awaiting(self._check(claim, answer, now=now), self._client.asend)
        return self._result(verdict, answer, now=now)

    def _check(
        self, claim: OrganizationClaim, answer: dict[str, str], *, now: datetime
    ) -> Dialogue[Verdict]:
        asked = _canonical(claim)
        if asked is None:
            return Verdict(outcome=Outcome.INVALID_INPUT, was_asked=False)
        return (yield from believing(self._ask(asked, answer, now=now)))

    def _ask(
        self, claim: OrganizationClaim, answer: dict[str, str], *, now: datetime
    ) -> Dialogue[Verdict]:
        nonce = self._new_nonce()
        call = wire.call_of(claim, self._settings, nonce=nonce, now=now)
        response = yield request_of(call, self._account)
        answer.update(read_answer(response, self._account, nonce=nonce))
        return wire.verdict_of(answer)

    def _result(
        self, verdict: Verdict, answer: Mapping[str, str], *, now: datetime
    ) -> OrganizationResult:
        is_match = verdict.outcome is Outcome.MATCH
        return OrganizationResult(
            outcome=verdict.outcome,
            method=self.method,
            authority=self.authority,
            checked_at=now,
            provider_code=verdict.code,
            provider_reference=verdict.reference,
            status=wire.status_of(answer) if is_match else RegistrationStatus.UNKNOWN,
            principal_title=answer.get("principalTitle", "") if is_match else "",
            was_asked=verdict.was_asked,
        )


def _canonical(claim: OrganizationClaim) -> OrganizationClaim | None:
    try:
        return OrganizationClaim(
            uscc=parse_uscc(claim.uscc).number,
            name=normalise_name(claim.name),
            principal=normalise_name(claim.principal),
        )
    except (InvalidDocumentNumber, InvalidName):
        return None
