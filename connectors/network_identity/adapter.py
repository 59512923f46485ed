"""Sends a person to the network identity service and redeems, once, what they bring back.

Owns the order: open a visit there, let the browser go, believe only the return of that visit, and
redeem its credential server to server. What a browser says proves nothing by itself.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime

from connectors.canonical import canonical
from connectors.contract import RedirectStart
from connectors.dialogue import Dialogue, Told, Verdict, believing, hold, hold_awaiting
from connectors.documents.registry import DOCUMENT_TYPES
from connectors.evidence import VerificationResult
from connectors.http import OutboundClient
from connectors.network_identity import wire
from connectors.network_identity.settings import NetworkIdentitySettings
from connectors.outcomes import Outcome
from connectors.signed_account import account_of
from connectors.signed_json import stamp
from connectors.visits import (
    CONSENT_ID,
    DECLINED,
    LONGEST_PARAMETER,
    STATE,
    VISIT_ID,
    WRONG_STATE,
    Finding,
    Visit,
    VisitResult,
    call,
    is_ours,
    page_of,
    require_texts,
    told,
)

METHOD = "network_identity"
AUTHORITY = "cn_network_identity"
# The service saw the person's face when it issued the credential, and the credential now.
LEVEL_OF_A_MATCH = 3
_SOURCE = Told(method=METHOD, authority=AUTHORITY, level=LEVEL_OF_A_MATCH, matched_claims=())
NO_CREDENTIAL = "no_credential"
_COMPARED = "was_compared"


class NetworkIdentity:
    """A `RedirectVerification`. Safe to share between threads."""

    method = METHOD
    authority = AUTHORITY
    document_types = frozenset(DOCUMENT_TYPES)
    needs_claim = False
    needs_consent = False

    def __init__(
        self,
        settings: NetworkIdentitySettings,
        client: OutboundClient,
        *,
        new_nonce: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._settings = settings
        self._client = client
        self._new_nonce = new_nonce
        self._account = account_of(settings)

    def start(self, visit: Visit, *, now: datetime) -> RedirectStart | VerificationResult:
        """Open a visit; an outcome comes back where the service opens none."""
        return hold(self._starting(visit, now=now), self._client.send)

    async def astart(self, visit: Visit, *, now: datetime) -> RedirectStart | VerificationResult:
        """`start`, awaited."""
        return await hold_awaiting(self._starting(visit, now=now), self._client.asend)

    def finish(
        self, parameters: Mapping[str, str], *, kept: Mapping[str, str], now: datetime
    ) -> VisitResult:
        """Redeem what the browser brought back. Nothing is raised, and nothing is asked twice."""
        return hold(self._finishing(parameters, kept, now=now), self._client.send)

    async def afinish(
        self, parameters: Mapping[str, str], *, kept: Mapping[str, str], now: datetime
    ) -> VisitResult:
        """`finish`, awaited."""
        return await hold_awaiting(self._finishing(parameters, kept, now=now), self._client.asend)

    def _starting(
        self, visit: Visit, *, now: datetime
    ) -> Dialogue[RedirectStart | VerificationResult]:
        claim = visit.claim and canonical(visit.claim, document_types=self.document_types)
        if visit.claim is not None and claim is None:
            return _refused(Outcome.INVALID_INPUT, "", now=now).result
        state = self._new_nonce()
        fields = wire.apply_fields(
            app_id=self._settings.app_id,
            stamp=stamp(now),
            state=state,
            return_to=visit.return_to,
            claim=claim,
        )
        opened = yield from believing(self._opened(fields))
        if isinstance(opened, Verdict):
            return told(opened, _SOURCE, now=now).result
        return RedirectStart(
            url=opened["authUrl"],
            kept={
                STATE: state,
                VISIT_ID: opened["authId"],
                CONSENT_ID: visit.consent_id,
                _COMPARED: "1" if claim else "",
            },
        )

    def _finishing(
        self, parameters: Mapping[str, str], kept: Mapping[str, str], *, now: datetime
    ) -> Dialogue[VisitResult]:
        auth_id = parameters.get(wire.VISIT_PARAMETER, "")
        credential = parameters.get(wire.CREDENTIAL_PARAMETER, "")
        if not is_ours(parameters, kept, visit_id=auth_id):
            return _refused(Outcome.INVALID_INPUT, WRONG_STATE, now=now)
        if parameters.get(wire.ERROR_PARAMETER):
            return _refused(Outcome.INCONCLUSIVE, DECLINED, now=now)
        if not credential or len(credential) > LONGEST_PARAMETER:
            return _refused(Outcome.INVALID_INPUT, NO_CREDENTIAL, now=now)
        fields = wire.redeem_fields(
            app_id=self._settings.app_id,
            stamp=stamp(now),
            auth_id=auth_id,
            credential=credential,
        )
        verdict = yield from believing(
            self._redeemed(fields, auth_id=auth_id, was_compared=bool(kept.get(_COMPARED)))
        )
        return told(verdict, _SOURCE, now=now, consent_id=kept.get(CONSENT_ID, ""))

    def _opened(self, fields: wire.Fields) -> Dialogue[dict[str, str] | Verdict]:
        answer = yield from self._call(wire.APPLY, fields)
        refused = wire.refusal(answer)
        if refused is None:
            page_of(answer.get("authUrl", ""), under=self._settings.page_url)
        return refused or require_texts(answer, "authId", "authUrl")

    def _redeemed(
        self, fields: wire.Fields, *, auth_id: str, was_compared: bool
    ) -> Dialogue[Verdict]:
        answer = yield from self._call(wire.REDEEM, fields)
        return wire.verdict_of(answer, auth_id=auth_id, was_compared=was_compared)

    def _call(self, path: str, fields: wire.Fields) -> Dialogue[dict[str, str]]:
        return call(self._account, path, fields, nonce=self._new_nonce())


def _refused(outcome: Outcome, code: str, *, now: datetime) -> VisitResult:
    return told(Finding(outcome=outcome, code=code, was_asked=False), _SOURCE, now=now)
