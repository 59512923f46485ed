"""Asks the population library whether a name belongs to a citizen number.

Owns the order of one check: refuse what cannot be asked, ask once, believe only a signed answer
to this very request, and tell it in the vocabulary of outcomes.
"""

import secrets
from collections.abc import Callable
from datetime import datetime

from connectors.documents.document import InvalidDocumentNumber
from connectors.documents.names import InvalidName, normalise_name
from connectors.documents.registry import DOCUMENT_TYPES, RESIDENT_ID_CARD
from connectors.errors import OutboundError, OutboundTimeout
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
        asked = _askable(claim)
        if asked is None:
            return self._result(Outcome.INVALID_INPUT, now=now)
        try:
            answer = self._ask(asked, now=now)
        except OutboundTimeout:
            return self._result(Outcome.TIMEOUT, now=now)
        except OutboundError as error:
            return self._result(Outcome.PROVIDER_ERROR, now=now, code=type(error).__name__)
        return self._result(
            wire.outcome_of(answer), now=now, code=answer.code, reference=answer.serial
        )

    def _ask(self, claim: IdentityClaim, *, now: datetime) -> wire.Answer:
        nonce = self._new_nonce()
        form = wire.sign_request(claim, self._settings, nonce=nonce, now=now)
        response = self._client.send(
            OutboundRequest(
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
        )
        return wire.read_answer(require_ok(response), self._settings, nonce=nonce)

    def _result(
        self, outcome: Outcome, *, now: datetime, code: str = "", reference: str = ""
    ) -> VerificationResult:
        is_match = outcome is Outcome.MATCH
        return VerificationResult(
            outcome=outcome,
            method=METHOD,
            authority=AUTHORITY,
            checked_at=now,
            provider_code=code,
            provider_reference=reference,
            matched_claims=("name", "document_number") if is_match else (),
            identity_level=LEVEL_OF_A_MATCH if is_match else 0,
        )


def _askable(claim: IdentityClaim) -> IdentityClaim | None:
    """The claim in canonical form, or None when the library need not be asked to know."""
    if claim.document_type not in PopulationLibrary.document_types:
        return None
    try:
        return IdentityClaim(
            document_type=claim.document_type,
            document_number=DOCUMENT_TYPES[claim.document_type].normalise(claim.document_number),
            name=normalise_name(claim.name),
        )
    except (InvalidDocumentNumber, InvalidName):
        return None
