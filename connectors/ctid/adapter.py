"""Asks CTID, in the mode that asks for the most of what the person gave.

Owns the order of one check, the kept token, and what each mode is worth: a living face or the
network credential is level 3, anything else level 2.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final

from connectors.canonical import canonical
from connectors.contract import Offer
from connectors.ctid import wire
from connectors.ctid.settings import CtidSettings
from connectors.dialogue import Dialogue, Told, Verdict, believing, hold, hold_awaiting
from connectors.documents.registry import RESIDENT_ID_CARD
from connectors.evidence import IdentityClaim, Particular, VerificationResult
from connectors.held_tokens import HeldToken, TokenFlow, TokenKeeper
from connectors.http import OutboundClient
from connectors.outcomes import Outcome
from connectors.signed_account import account_of
from connectors.signed_json import Call, read_answer, request_of

_CARD: Final = frozenset({RESIDENT_ID_CARD})
LARGEST_PORTRAIT: Final = 200 * 1024


class Ctid:
    """An `IdentityVerification` over CTID's three calls. Safe to share between threads."""

    method = "ctid"
    authority = "cn_ctid"
    document_types = _CARD
    offers = (
        Offer(document_types=_CARD, level=2),
        Offer(document_types=_CARD, needs=frozenset({Particular.LIVE_PORTRAIT}), level=3),
        Offer(document_types=_CARD, needs=frozenset({Particular.NETWORK_CREDENTIAL}), level=3),
    )

    def __init__(
        self,
        settings: CtidSettings,
        client: OutboundClient,
        *,
        new_nonce: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._settings = settings
        self._account = account_of(settings)
        self._client = client
        self._tokens = TokenKeeper()
        self._new_nonce = new_nonce

    def verify(self, claim: IdentityClaim, *, now: datetime) -> VerificationResult:
        """Ask once. Whatever CTID does comes back as an outcome; nothing is raised."""
        verdict = hold(self._check(claim, now=now), self._client.send)
        return self._told(claim).result(verdict, now=now)

    async def averify(self, claim: IdentityClaim, *, now: datetime) -> VerificationResult:
        """The same, awaited."""
        verdict = await hold_awaiting(self._check(claim, now=now), self._client.asend)
        return self._told(claim).result(verdict, now=now)

    def _check(self, claim: IdentityClaim, *, now: datetime) -> Dialogue[Verdict]:
        asked = canonical(claim, document_types=self.document_types)
        if asked is None:
            return Verdict(outcome=Outcome.INVALID_INPUT, was_asked=False)
        if asked.portrait is not None and len(asked.portrait.image) > LARGEST_PORTRAIT:
            return Verdict(outcome=Outcome.LOW_QUALITY, code="portrait_too_large", was_asked=False)
        flow = TokenFlow(
            keeper=self._tokens,
            fetch=lambda: self._fetch(now=now),
            use=lambda token: self._authenticate(asked, token, now=now),
            disowned=wire.CODE_TOKEN_DISOWNED,
        )
        return (yield from believing(flow.run(now=now)))

    def _fetch(self, *, now: datetime) -> Dialogue[HeldToken | Verdict]:
        nonce = self._new_nonce()
        answer = yield from self._call(wire.token_call(self._settings, nonce=nonce, now=now))
        return wire.token_of(answer, now=now)

    def _authenticate(
        self, claim: IdentityClaim, token: HeldToken, *, now: datetime
    ) -> Dialogue[Verdict]:
        nonce = self._new_nonce()
        call = wire.serial_call(self._settings, token, nonce=nonce, now=now)
        serial = wire.serial_of((yield from self._call(call)))
        if isinstance(serial, Verdict):
            return serial
        call = wire.authenticate_call(claim, token, serial=serial, nonce=self._new_nonce(), now=now)
        answer = yield from self._call(call)
        return wire.verdict_of(answer, mode=wire.mode_of(claim), serial=serial)

    def _call(self, call: Call) -> Dialogue[dict[str, str]]:
        response = yield request_of(call, self._account)
        return read_answer(response, self._account, nonce=call.nonce)

    def _told(self, claim: IdentityClaim) -> Told:
        particulars = claim.particulars
        is_person = Particular.LIVE_PORTRAIT in particulars
        is_credential = Particular.NETWORK_CREDENTIAL in particulars
        return Told(
            method=self.method,
            authority=self.authority,
            level=3 if is_person or is_credential else 2,
            matched_claims=("name", "document_number"),
        )
