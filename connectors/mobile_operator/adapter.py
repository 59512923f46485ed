"""Asks the mobile operators whether a name, a citizen number and a phone belong together.

Owns the order of one check: refuse what cannot be asked, ask once, believe only a signed answer
to this very request.
"""

import re
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final

from connectors.canonical import canonical
from connectors.contract import Offer
from connectors.dialogue import Dialogue, Told, Verdict, believing, hold, hold_awaiting
from connectors.documents.registry import RESIDENT_ID_CARD
from connectors.evidence import IdentityClaim, Particular, VerificationResult
from connectors.http import OutboundClient
from connectors.mobile_operator import wire
from connectors.mobile_operator.settings import MobileOperatorSettings
from connectors.outcomes import Outcome
from connectors.signed_account import account_of
from connectors.signed_json import read_answer, request_of

VIRTUAL_OPERATOR: Final = "virtual_operator"
NOT_OF_THE_MAINLAND: Final = "not_of_the_mainland"

_MAINLAND_MOBILE = re.compile(r"\+861[3-9][0-9]{9}", re.ASCII)
# Resellers' ranges: the operators hold no name for them.
_VIRTUAL = ("+86162", "+86165", "+86167", "+86170", "+86171")


class MobileOperator:
    """An `IdentityVerification` over the operators' signed JSON. Safe to share between threads."""

    method = "mobile_three_factor"
    authority = "cn_mobile_operators"
    document_types = frozenset({RESIDENT_ID_CARD})
    offers = (Offer(document_types=document_types, needs=frozenset({Particular.PHONE}), level=2),)

    def __init__(
        self,
        settings: MobileOperatorSettings,
        client: OutboundClient,
        *,
        new_nonce: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._settings = settings
        self._account = account_of(settings)
        self._client = client
        self._new_nonce = new_nonce
        self._told = Told(
            method=self.method,
            authority=self.authority,
            level=2,
            matched_claims=("name", "document_number", "phone_number"),
        )

    def verify(self, claim: IdentityClaim, *, now: datetime) -> VerificationResult:
        """Ask once. Whatever the operators do comes back as an outcome; nothing is raised."""
        return self._told.result(hold(self._check(claim, now=now), self._client.send), now=now)

    async def averify(self, claim: IdentityClaim, *, now: datetime) -> VerificationResult:
        """The same, awaited."""
        verdict = await hold_awaiting(self._check(claim, now=now), self._client.asend)
        return self._told.result(verdict, now=now)

    def _check(self, claim: IdentityClaim, *, now: datetime) -> Dialogue[Verdict]:
        asked = canonical(claim, document_types=self.document_types)
        if asked is None or not asked.phone:
            return Verdict(outcome=Outcome.INVALID_INPUT, was_asked=False)
        if reason := unknown_to_operators(asked.phone):
            return Verdict(outcome=Outcome.INCONCLUSIVE, code=reason, was_asked=False)
        return (yield from believing(self._ask(asked, now=now)))

    def _ask(self, claim: IdentityClaim, *, now: datetime) -> Dialogue[Verdict]:
        nonce = self._new_nonce()
        call = wire.call_of(claim, self._settings, nonce=nonce, now=now)
        response = yield request_of(call, self._account)
        return wire.verdict_of(read_answer(response, self._account, nonce=nonce))


def unknown_to_operators(phone: str) -> str:
    """Why the operators cannot know who holds an E.164 `phone`; empty when they can."""
    if phone.startswith(_VIRTUAL):
        return VIRTUAL_OPERATOR
    return "" if _MAINLAND_MOBILE.fullmatch(phone) else NOT_OF_THE_MAINLAND
