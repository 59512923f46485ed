"""Asks the population library whether a name belongs to a citizen number.

Owns the order of one check: refuse what cannot be asked, ask once, believe only a signed answer
to this very request, and tell it in the vocabulary of outcomes.
"""

import secrets
from collections.abc import Callable
from datetime import datetime

from connectors.canonical import canonical
from connectors.contract import Offer
from connectors.dialogue import Dialogue, Told, Verdict, believing, hold, hold_awaiting
from connectors.documents.registry import RESIDENT_ID_CARD
from connectors.evidence import IdentityClaim, VerificationResult
from connectors.http import OutboundClient, OutboundRequest, Timeouts, require_ok
from connectors.outcomes import Outcome
from connectors.population_library import wire
from connectors.population_library.settings import PopulationLibrarySettings

METHOD = "population_two_factor"
AUTHORITY = "cn_population_library"
# Two factors that match an authoritative library; a person was not seen, so no higher.
LEVEL_OF_A_MATCH = 2


class PopulationLibrary:
    """An `IdentityVerification` over the library's signed form. Safe to share between threads."""

    method = METHOD
    authority = AUTHORITY
    document_types = frozenset({RESIDENT_ID_CARD})
    offers = (Offer(document_types=document_types, level=LEVEL_OF_A_MATCH),)

    def __init__(
        self,
        settings: PopulationLibrarySettings,
        client: OutboundClient,
        *,
        new_nonce: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._settings = settings
        self._client = client
        self._new_nonce = new_nonce

    def verify(self, claim: IdentityClaim, *, now: datetime) -> VerificationResult:
        """Ask once. Whatever the library does comes back as an outcome; nothing is raised."""
        return _TOLD.result(hold(self._check(claim, now=now), self._client.send), now=now)

    async def averify(self, claim: IdentityClaim, *, now: datetime) -> VerificationResult:
        """The same, awaited."""
        verdict = await hold_awaiting(self._check(claim, now=now), self._client.asend)
        return _TOLD.result(verdict, now=now)

    def _check(self, claim: IdentityClaim, *, now: datetime) -> Dialogue[Verdict]:
        asked = canonical(claim, document_types=self.document_types)
        if asked is None:
            return Verdict(outcome=Outcome.INVALID_INPUT, was_asked=False)
        return (yield from believing(self._ask(asked, now=now)))

    def _ask(self, claim: IdentityClaim, *, now: datetime) -> Dialogue[Verdict]:
        nonce = self._new_nonce()
        form = wire.sign_request(claim, self._settings, nonce=nonce, now=now)
        response = yield OutboundRequest(
            method="POST",
            url=self._settings.base_url + wire.PATH,
            headers={
                "Content-Type": form.content_type,
                "Accept": ", ".join(wire.XML_TYPES),
            },
            body=form.body,
            accepts=wire.XML_TYPES,
            timeouts=Timeouts.within(self._settings.timeout),
        )
        answer = wire.read_answer(require_ok(response), self._settings, nonce=nonce)
        return Verdict(outcome=wire.outcome_of(answer), code=answer.code, reference=answer.serial)


_TOLD = Told(
    method=METHOD,
    authority=AUTHORITY,
    level=LEVEL_OF_A_MATCH,
    matched_claims=("name", "document_number"),
)
