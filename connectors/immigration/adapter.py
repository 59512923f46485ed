"""Asks the immigration administration whether a document, a name and a birth date belong together.

Owns the order of one check, the kept token, and what each kind is worth: a living face is level 3,
a chip that an operator read beside its holder level 4, name, number and birth date level 2.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final

from connectors.canonical import canonical
from connectors.contract import Offer
from connectors.dialogue import Dialogue, Told, Verdict, believing, hold, hold_awaiting
from connectors.documents.registry import RESIDENCE_PERMIT_HMT
from connectors.evidence import IdentityClaim, Particular, VerificationResult
from connectors.held_tokens import HeldToken, TokenFlow, TokenKeeper
from connectors.http import OutboundClient
from connectors.immigration import wire
from connectors.immigration.settings import ImmigrationSettings
from connectors.outcomes import Outcome
from connectors.signed_account import account_of
from connectors.signed_json import Call, read_answer, request_of

LARGEST_PORTRAIT: Final = 200 * 1024
_ALL: Final = frozenset(wire.DOCUMENT_CODES)
# The number of a residence permit tells the birth date; others need to be told it.
_TELLS_BIRTH_DATE: Final = frozenset({RESIDENCE_PERMIT_HMT})


def _offers(level: int, *needs: Particular) -> tuple[Offer, ...]:
    return (
        Offer(document_types=_TELLS_BIRTH_DATE, needs=frozenset(needs), level=level),
        Offer(
            document_types=_ALL - _TELLS_BIRTH_DATE,
            needs=frozenset({Particular.BIRTH_DATE, *needs}),
            level=level,
        ),
    )


class Immigration:
    """An `IdentityVerification` over the wrapper's three calls. Safe to share between threads."""

    method = "immigration"
    authority = "cn_national_immigration_administration"
    document_types = _ALL
    offers = (
        *_offers(2),
        *_offers(3, Particular.LIVE_PORTRAIT),
        *_offers(4, Particular.ATTENDED_CHIP),
    )

    def __init__(
        self,
        settings: ImmigrationSettings,
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
        """Ask once. Whatever the wrapper does comes back as an outcome; nothing is raised."""
        verdict = hold(self._check(claim, now=now), self._client.send)
        return self._told(claim).result(verdict, now=now)

    async def averify(self, claim: IdentityClaim, *, now: datetime) -> VerificationResult:
        """The same, awaited."""
        verdict = await hold_awaiting(self._check(claim, now=now), self._client.asend)
        return self._told(claim).result(verdict, now=now)

    def _check(self, claim: IdentityClaim, *, now: datetime) -> Dialogue[Verdict]:
        asked = canonical(claim, document_types=self.document_types)
        if asked is None or asked.birth_date is None:
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
        return wire.token_of(answer)

    def _authenticate(
        self, claim: IdentityClaim, token: HeldToken, *, now: datetime
    ) -> Dialogue[Verdict]:
        call = wire.apply_call(claim, token, nonce=self._new_nonce(), now=now)
        application = wire.application_of((yield from self._call(call)))
        if isinstance(application, Verdict):
            return application
        call = wire.authenticate_call(
            claim, token, application=application, nonce=self._new_nonce(), now=now
        )
        return wire.verdict_of((yield from self._call(call)), application=application)

    def _call(self, call: Call) -> Dialogue[dict[str, str]]:
        response = yield request_of(call, self._account)
        return read_answer(response, self._account, nonce=call.nonce)

    def _told(self, claim: IdentityClaim) -> Told:
        particulars = claim.particulars
        level = 2
        if Particular.LIVE_PORTRAIT in particulars:
            level = 3
        if Particular.ATTENDED_CHIP in particulars:
            level = 4
        return Told(
            method=self.method,
            authority=self.authority,
            level=level,
            matched_claims=("name", "document_number", "birthdate"),
        )
