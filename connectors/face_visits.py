"""A face compared at an authority's own camera page: opened, visited, and its result fetched once.

Owns the order of one comparison, whoever makes it. No picture passes through here: the authority
takes it, and what comes back is a result, a score and a reference. Each authority's wire is its
own: names, codes and documents.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from connectors.canonical import canonical
from connectors.contract import RedirectStart
from connectors.dialogue import Dialogue, Told, Verdict, believing, hold, hold_awaiting
from connectors.errors import OutboundAnswerRejected
from connectors.evidence import IdentityClaim, VerificationResult
from connectors.http import OutboundClient
from connectors.outcomes import Outcome
from connectors.signed_account import SignedSettings, account_of
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

# A living face beside the photograph of an authoritative source.
LEVEL_OF_A_MATCH: Final = 3
MATCHED_CLAIMS: Final = ("name", "document_number", "face")
NO_CONSENT: Final = "no_consent"
ERROR_PARAMETER: Final = "error"
Fields = tuple[tuple[str, str], ...]


class FaceSettings(SignedSettings, Protocol):
    """What every such account has beside its signature."""

    @property
    def page_url(self) -> str: ...
    @property
    def app_id(self) -> str: ...
    @property
    def least_score(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What opens a visit, whatever an authority calls it."""

    app_id: str
    stamp: str
    state: str
    return_to: str
    consent_id: str
    claim: IdentityClaim


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceWire:
    """One authority's paths, names and codes.

    `visit_field` is what it calls a visit, in its answers and in what a browser brings back;
    `document_types` are those it has photographs for; `needs_birth_date` beside name and number.
    """

    open_path: str
    result_path: str
    visit_field: str
    document_types: frozenset[str]
    needs_birth_date: bool
    open_fields: Callable[[Opening], Fields]
    result_fields: Callable[[str, str, str], Fields]
    refusal: Callable[[Mapping[str, str]], Finding | None]
    verdict_of: Callable[[Mapping[str, str], str, float], Finding]


class FaceVisits:
    """A `RedirectVerification` over one wire; subclasses name it. Safe to share between threads."""

    method: str
    authority: str
    wire: FaceWire
    needs_claim = True
    needs_consent = True

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

    @property
    def document_types(self) -> frozenset[str]:
        """The document types a claim may name."""
        return self.wire.document_types

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
        if claim is None or (self.wire.needs_birth_date and claim.birth_date is None):
            return self._refused(Outcome.INVALID_INPUT, "", now=now).result
        if not visit.consent_id:
            return self._refused(Outcome.INVALID_INPUT, NO_CONSENT, now=now).result
        state = self._new_nonce()
        opening = Opening(
            app_id=self._settings.app_id,
            stamp=stamp(now),
            state=state,
            return_to=visit.return_to,
            consent_id=visit.consent_id,
            claim=claim,
        )
        opened = yield from believing(self._opened(self.wire.open_fields(opening)))
        if isinstance(opened, Verdict):
            return told(opened, self._source, now=now).result
        return RedirectStart(
            url=opened["captureUrl"],
            kept={
                STATE: state,
                VISIT_ID: opened[self.wire.visit_field],
                CONSENT_ID: visit.consent_id,
            },
        )

    def _finishing(
        self, parameters: Mapping[str, str], kept: Mapping[str, str], *, now: datetime
    ) -> Dialogue[VisitResult]:
        visit_id = parameters.get(self.wire.visit_field, "")
        consent_id = kept.get(CONSENT_ID, "")
        if not is_ours(parameters, kept, visit_id=visit_id):
            return self._refused(Outcome.INVALID_INPUT, WRONG_STATE, now=now)
        if parameters.get(ERROR_PARAMETER):
            return self._refused(Outcome.INCONCLUSIVE, DECLINED, now=now)
        fields = self.wire.result_fields(self._settings.app_id, stamp(now), visit_id)
        verdict = yield from believing(self._fetched(fields, visit_id=visit_id))
        return told(verdict, self._source, now=now, consent_id=consent_id)

    def _opened(self, fields: Fields) -> Dialogue[dict[str, str] | Verdict]:
        answer = yield from self._call(self.wire.open_path, fields)
        refused = self.wire.refusal(answer)
        if refused is None:
            page_of(answer.get("captureUrl", ""), under=self._settings.page_url)
        return refused or require_texts(answer, self.wire.visit_field, "captureUrl")

    def _fetched(self, fields: Fields, *, visit_id: str) -> Dialogue[Verdict]:
        answer = yield from self._call(self.wire.result_path, fields)
        return self.wire.verdict_of(answer, visit_id, self._settings.least_score)

    def _call(self, path: str, fields: Fields) -> Dialogue[dict[str, str]]:
        return call(self._account, path, fields, nonce=self._new_nonce())

    def _refused(self, outcome: Outcome, code: str, *, now: datetime) -> VisitResult:
        refusal = Finding(outcome=outcome, code=code, was_asked=False)
        return told(refusal, self._source, now=now)

    @property
    def _source(self) -> Told:
        return Told(
            method=self.method, authority=self.authority, level=LEVEL_OF_A_MATCH, matched_claims=()
        )


def score_of(text: str) -> float:
    """How alike two faces are, 0 to 1.

    Raises:
        OutboundAnswerRejected: it is no such number.
    """
    try:
        score = float(text) if text.isascii() and text[:1].isdecimal() else -1.0
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:
        raise OutboundAnswerRejected("a score that is none")
    return score
