"""Asks the bank card network whether a name, a citizen number, a card and a phone belong together.

Owns the order of one check and the count of checks a card may have. A sixth in 24 hours is not
asked: the network would refuse it, and a card is not for guessing with.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from connectors.bank_card import wire
from connectors.bank_card.settings import BankCardSettings
from connectors.canonical import canonical
from connectors.check_digits import luhn_is_right
from connectors.contract import Counters, Offer
from connectors.counting import RollingWindow
from connectors.dialogue import Dialogue, Told, Verdict, believing, hold, hold_awaiting
from connectors.documents.document import InvalidDocumentNumber, clean
from connectors.documents.registry import RESIDENT_ID_CARD
from connectors.evidence import IdentityClaim, Particular, VerificationResult
from connectors.http import OutboundClient
from connectors.outcomes import Outcome
from connectors.signed_account import account_of
from connectors.signed_json import read_answer, request_of

CHECKS_A_CARD: Final = 5
IN_SECONDS: Final = 86_400
CARD_USED_UP: Final = "card_used_up"

_CARD = re.compile(r"[0-9]{13,19}", re.ASCII)  # ISO/IEC 7812; mainland debit cards have 16 to 19
_MAINLAND_MOBILE = re.compile(r"\+861[3-9][0-9]{9}", re.ASCII)


class BankCard:
    """An `IdentityVerification` over the network's signed JSON. Safe to share between threads."""

    method = "bank_card_four_factor"
    authority = "cn_bank_card_network"
    document_types = frozenset({RESIDENT_ID_CARD})
    offers = (
        Offer(
            document_types=document_types,
            needs=frozenset({Particular.PHONE, Particular.BANK_CARD}),
            level=2,
        ),
    )

    def __init__(
        self,
        settings: BankCardSettings,
        client: OutboundClient,
        *,
        counters: Counters,
        new_nonce: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._settings = settings
        self._account = account_of(settings)
        self._client = client
        self._window = RollingWindow(counters=counters, most=CHECKS_A_CARD, seconds=IN_SECONDS)
        self._new_nonce = new_nonce
        self._told = Told(
            method=self.method,
            authority=self.authority,
            level=2,
            matched_claims=("name", "document_number", "phone_number"),
        )

    def verify(self, claim: IdentityClaim, *, now: datetime) -> VerificationResult:
        """Ask once. Whatever the network does comes back as an outcome; nothing is raised."""
        return self._told.result(hold(self._check(claim, now=now), self._client.send), now=now)

    async def averify(self, claim: IdentityClaim, *, now: datetime) -> VerificationResult:
        """The same, awaited."""
        verdict = await hold_awaiting(self._check(claim, now=now), self._client.asend)
        return self._told.result(verdict, now=now)

    def _check(self, claim: IdentityClaim, *, now: datetime) -> Dialogue[Verdict]:
        asked = canonical(claim, document_types=self.document_types)
        card = _canonical_card(claim.bank_card or "")
        if asked is None or card is None or not _MAINLAND_MOBILE.fullmatch(asked.phone or ""):
            return Verdict(outcome=Outcome.INVALID_INPUT, was_asked=False)
        taken = self._window.take(f"bank_card:{self._account.digest(card.encode('ascii'))}")
        if taken is None:
            return Verdict(outcome=Outcome.RATE_LIMITED, code=CARD_USED_UP, was_asked=False)
        verdict = yield from believing(self._ask(replace(asked, bank_card=card), now=now))
        if not verdict.was_asked:
            self._window.give_back(taken)
        return verdict

    def _ask(self, claim: IdentityClaim, *, now: datetime) -> Dialogue[Verdict]:
        nonce = self._new_nonce()
        call = wire.call_of(claim, self._settings, nonce=nonce, now=now)
        response = yield request_of(call, self._account)
        return wire.verdict_of(read_answer(response, self._account, nonce=nonce))


def _canonical_card(text: str) -> str | None:
    """The card number's digits, or None when they cannot be one's."""
    try:
        digits = clean(text)
    except InvalidDocumentNumber:
        return None
    return digits if _CARD.fullmatch(digits) and luhn_is_right(digits) else None
