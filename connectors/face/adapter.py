"""Opens a liveness session, sends the person to the authority's camera page, fetches the result.

Owns the order of one comparison. No picture passes through here: the authority takes it, and what
comes back is a result, a score and a reference.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime

from connectors.canonical import canonical
from connectors.contract import RedirectStart
from connectors.dialogue import Dialogue, Told, Verdict, believing, hold, hold_awaiting
from connectors.documents.registry import (
    PERMANENT_RESIDENT_CARD,
    RESIDENCE_PERMIT_HMT,
    RESIDENT_ID_CARD,
)
from connectors.evidence import VerificationResult
from connectors.face import wire
from connectors.face.settings import FaceSettings
from connectors.http import OutboundClient
from connectors.outcomes import Outcome
from connectors.signed_account import account_of
from connectors.signed_json import stamp
from connectors.visits import (
    CONSENT_ID,
    DECLINED,
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

METHOD = "face_comparison"
AUTHORITY = "cn_face_comparison"
# A living face beside the photograph of an authoritative source.
LEVEL_OF_A_MATCH = 3
NO_CONSENT = "no_consent"
_SOURCE = Told(method=METHOD, authority=AUTHORITY, level=LEVEL_OF_A_MATCH, matched_claims=())
_WITH_PHOTOGRAPH = frozenset({RESIDENT_ID_CARD, RESIDENCE_PERMIT_HMT, PERMANENT_RESIDENT_CARD})


class FaceComparison:
    """A `RedirectVerification`. Safe to share between threads."""

    method = METHOD
    authority = AUTHORITY
    document_types = _WITH_PHOTOGRAPH
    needs_claim = True

    def __init__(
        self,
        settings: FaceSettings,
        client: OutboundClient,
        *,
        new_nonce: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._settings = settings
        self._client = client
        self._new_nonce = new_nonce
        self._account = account_of(settings)

    def start(self, visit: Visit, *, now: datetime) -> RedirectStart | VerificationResult:
        """Open a session. Without a consent of its own (PIPL Art. 29) nothing is opened."""
        return hold(self._starting(visit, now=now), self._client.send)

    async def astart(self, visit: Visit, *, now: datetime) -> RedirectStart | VerificationResult:
        """`start`, awaited."""
        return await hold_awaiting(self._starting(visit, now=now), self._client.asend)

    def finish(
        self, parameters: Mapping[str, str], *, kept: Mapping[str, str], now: datetime
    ) -> VisitResult:
        """Fetch the session's result, once; the browser's return only says that it is time."""
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
        if claim is None or not visit.consent_id:
            code = "" if claim is None else NO_CONSENT
            return _refused(Outcome.INVALID_INPUT, code, now=now).result
        state = self._new_nonce()
        fields = wire.open_fields(
            app_id=self._settings.app_id,
            stamp=stamp(now),
            state=state,
            return_to=visit.return_to,
            consent_id=visit.consent_id,
            claim=claim,
        )
        opened = yield from believing(self._opened(fields))
        if isinstance(opened, Verdict):
            return told(opened, _SOURCE, now=now).result
        return RedirectStart(
            url=opened["captureUrl"],
            kept={STATE: state, VISIT_ID: opened["sessionId"], CONSENT_ID: visit.consent_id},
        )

    def _finishing(
        self, parameters: Mapping[str, str], kept: Mapping[str, str], *, now: datetime
    ) -> Dialogue[VisitResult]:
        session_id = parameters.get(wire.VISIT_PARAMETER, "")
        consent_id = kept.get(CONSENT_ID, "")
        if not is_ours(parameters, kept, visit_id=session_id):
            return _refused(Outcome.INVALID_INPUT, WRONG_STATE, now=now)
        if parameters.get(wire.ERROR_PARAMETER):
            return _refused(Outcome.INCONCLUSIVE, DECLINED, now=now)
        fields = wire.result_fields(
            app_id=self._settings.app_id, stamp=stamp(now), session_id=session_id
        )
        verdict = yield from believing(self._fetched(fields, session_id=session_id))
        return told(verdict, _SOURCE, now=now, consent_id=consent_id)

    def _opened(self, fields: wire.Fields) -> Dialogue[dict[str, str] | Verdict]:
        answer = yield from self._call(wire.OPEN, fields)
        refused = wire.refusal(answer)
        if refused is None:
            page_of(answer.get("captureUrl", ""), under=self._settings.page_url)
        return refused or require_texts(answer, "sessionId", "captureUrl")

    def _fetched(self, fields: wire.Fields, *, session_id: str) -> Dialogue[Verdict]:
        answer = yield from self._call(wire.RESULT, fields)
        least_score = self._settings.least_score
        return wire.verdict_of(answer, session_id=session_id, least_score=least_score)

    def _call(self, path: str, fields: wire.Fields) -> Dialogue[dict[str, str]]:
        return call(self._account, path, fields, nonce=self._new_nonce())


def _refused(outcome: Outcome, code: str, *, now: datetime) -> VisitResult:
    return told(Finding(outcome=outcome, code=code, was_asked=False), _SOURCE, now=now)
