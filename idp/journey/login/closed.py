"""An account that is not open: whoever proves it is told why, and how a freeze of their own ends.

Nobody is signed in by a proof of such an account. A frozen one opens again when the identity is
proven anew: a phone for a phone's account, name and number asked of the authority again for a
verified one, which then waits so that the person can object; above what particulars can prove, a
window does it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction

from connectors.documents.document import InvalidDocumentNumber
from connectors.documents.names import InvalidName, Likeness, compare_names, normalise_name
from connectors.documents.registry import DOCUMENT_TYPES
from connectors.evidence import IdentityClaim
from connectors.outcomes import Outcome
from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.journey.access.step import support_code
from idp.journey.login.pages import ClosedAccountPage
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError, Page
from idp.journey.steps import Advance, Reply, Turn
from idp.journey.verification.desk import PENDING, CheckOrder, VerificationDesk
from idp.journey.verification.pages import WaitingPage
from idp.subjects.accounts import account_of
from idp.subjects.authenticators.kinds import Kind
from idp.subjects.evidence import EvidenceChain
from idp.subjects.level_rules import EMAIL_CODE, SMS_CODE
from idp.subjects.links import NewEvidence
from idp.subjects.papers import PapersReader, read_number
from idp.subjects.people import NotAdmitted
from idp.subjects.statuses import OWN_FREEZES, Opening, OpeningHeld, Statuses, StatusRefused
from idp.subjects.ties import Papers

REPROVE: Final = "reprove"
KEEP_FROZEN: Final = "keep_frozen"
SignIn = Callable[[Turn, UUID, Kind], Reply]
"""What follows once the account is open again: by which kind it was proven."""
_PARTICULARS: Final = 2
"""The level that name and number can prove anew."""
_TROUBLES: Final = {
    Outcome.MISMATCH.value: Mistake.PROOF_DIFFERS,
    Outcome.NOT_FOUND.value: Mistake.WINDOW_NEEDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedAccounts:
    """Shows and judges the page of an account that is not open."""

    statuses: Statuses
    chain: EvidenceChain
    papers: PapersReader
    desk: VerificationDesk
    clock: Clock

    def refuse(self, turn: Turn, closed: NotAdmitted, factor: str) -> Advance:
        """The proof was right, and opens nothing: say so, and to the trail."""
        event = AuditEvent(
            type="login.refused",
            outcome="refused",
            subject=str(closed.person_id),
            client_id=turn.client.client_id,
            channel=turn.request.channel,
            detail={"factor": str(factor), "reason": f"person_{closed.status}"},
        )
        with transaction.atomic():
            record(event, clock=self.clock)
        return Advance(
            changes={
                "login_closed": closed.person_id.hex,
                "login_closed_by": str(factor),
                "login_challenge": "",
                "login_dormant": "",
                "login_way": "",
            }
        )

    def show(self, turn: Turn, error: FormError | None = None) -> Reply:
        """The page; while an authority thinks, the one that waits; what it answered, done."""
        person_id = UUID(turn.progress.login_closed)
        check = turn.progress.login_check
        if check:
            look = self.desk.look(check, now=turn.now)
            if look.outcome == PENDING:
                return WaitingPage(
                    **turn.frame,
                    refresh_url=turn.frame["journey_action"],
                    news_url=turn.news_url,
                    refresh_seconds=look.pause,
                )
            return self._answered(turn, person_id, look.outcome)
        trouble = turn.progress.login_trouble
        if error is None and trouble and not turn.typed.values:
            error = form_error(Mistake(trouble))
        return self._page(turn, person_id, error)

    def submit(self, turn: Turn, sign_in: SignIn) -> Reply:
        """`sign_in` is what follows once the account is open again."""
        person_id = UUID(turn.progress.login_closed)
        action = turn.typed.get("action")
        if action not in {REPROVE, KEEP_FROZEN}:
            return self.show(turn)
        if not self._is_own(person_id):
            return Advance(changes=_LEFT)  # opened, or closed otherwise, meanwhile
        if action == KEEP_FROZEN:
            self.statuses.keep_frozen(person_id, now=turn.now, language=turn.html_language)
            return self._page(turn, person_id, None)
        return self._reproved(turn, person_id, sign_in)

    def _reproved(self, turn: Turn, person_id: UUID, sign_in: SignIn) -> Reply:
        """By the level at stake: a window, phone or address, or what was or is to be proven."""
        level = self._level(turn, person_id)
        if level > _PARTICULARS:
            return self._page(turn, person_id, form_error(Mistake.WINDOW_NEEDED))
        if level < _PARTICULARS:
            return self._by_code(turn, person_id, level, sign_in)
        opening = self.statuses.opening(person_id, now=turn.now)
        if opening is None:
            return self._by_particulars(turn, person_id)
        return self._held(turn, person_id, opening)

    def _held(self, turn: Turn, person_id: UUID, opening: Opening) -> Reply:
        if opening.due_at > turn.now:
            return self._page(turn, person_id, None)
        self._open(turn, person_id, opening.evidence_id)
        return Advance(changes=_LEFT)

    def _by_code(self, turn: Turn, person_id: UUID, level: int, sign_in: SignIn) -> Reply:
        """A code to the phone; to the address of an account that has no phone."""
        has_phone = bool(account_of(person_id).phone_index)
        kind = Kind.SMS if has_phone else Kind.EMAIL
        if turn.progress.login_closed_by != kind:
            mistake = Mistake.CODE_BY_PHONE if has_phone else Mistake.CODE_BY_EMAIL
            return self._page(turn, person_id, form_error(mistake))
        proof = NewEvidence(
            method=SMS_CODE if has_phone else EMAIL_CODE,
            authority="self",
            checked_at=turn.now,
            matched_claims=("phone_number" if has_phone else "email",),
            identity_level=1 if has_phone else level,
        )
        with transaction.atomic():
            evidence_id = self.chain.append(person_id, proof)
            self._open(turn, person_id, evidence_id)
        return sign_in(turn, person_id, kind)

    def _by_particulars(self, turn: Turn, person_id: UUID) -> Reply:
        claim = self._claim(turn, person_id)
        if isinstance(claim, FormError):
            return self._page(turn, person_id, claim)
        order = CheckOrder(
            journey_id=turn.journey.id,
            person_id=person_id,
            client_id=turn.client.client_id,
            claim=claim,
        )
        outcome = self.desk.order(order, now=turn.now)
        if outcome == PENDING:
            return Advance(changes={"login_check": order.id})
        return self._answered(turn, person_id, outcome)

    def _answered(self, turn: Turn, person_id: UUID, outcome: str) -> Reply:
        """A match opens the account; the person then signs in as ever."""
        if outcome != Outcome.MATCH:
            trouble = _TROUBLES.get(outcome, Mistake.TRY_LATER)
            return Advance(changes={"login_check": "", "login_trouble": trouble.value})
        fresh = self.chain.live(person_id, now=turn.now)
        newest = max(fresh, key=lambda row: row.checked_at)
        try:
            self._open(turn, person_id, newest.id)
        except OpeningHeld:
            self.statuses.tell_opening(person_id, language=turn.html_language)
            return Advance(changes={"login_check": "", "login_trouble": ""})
        except StatusRefused:
            trouble = Mistake.WINDOW_NEEDED
            return Advance(changes={"login_check": "", "login_trouble": trouble.value})
        return Advance(changes=_LEFT)

    def _open(self, turn: Turn, person_id: UUID, evidence_id: UUID) -> None:
        self.statuses.unfreeze(person_id, evidence_id, now=turn.now, language=turn.html_language)

    def _claim(self, turn: Turn, person_id: UUID) -> IdentityClaim | FormError:
        """What is asked of the authority: the person's own document, which they must name."""
        typed = turn.typed.get("document_number")
        try:
            name = normalise_name(turn.typed.get("name"))
        except InvalidName:
            return form_error(Mistake.NAME_MISSING)
        for each in self.papers.held(person_id, now=turn.now):
            number = _number_of(each, typed)
            if number and compare_names(name, each.name) in {Likeness.EXACT, Likeness.POSSIBLE}:
                return IdentityClaim(
                    document_type=each.document_type,
                    document_number=number,
                    name=each.name,
                    birth_date=each.born_on,
                    nationality=each.issuer or None,
                )
        return form_error(Mistake.PROOF_DIFFERS)

    def _page(self, turn: Turn, person_id: UUID, error: FormError | None) -> Page:
        last = self.statuses.last_change(person_id)
        level = self._level(turn, person_id)
        opening = self.statuses.opening(person_id, now=turn.now)
        return ClosedAccountPage(
            **{**turn.frame, "errors": (error,) if error else turn.errors},
            status=last.status if last else "",
            since=last.at if last else None,
            is_own=self._is_own(person_id),
            needs_document=level == _PARTICULARS and opening is None,
            opens_at=opening.due_at if opening else None,
            is_due=opening is not None and opening.due_at <= turn.now,
            needs_window=level > _PARTICULARS,
            name=turn.typed.get("name"),
            document_number=turn.typed.get("document_number"),
            support_code=support_code(turn.journey.id),
        )

    def _is_own(self, person_id: UUID) -> bool:
        """Whether the person froze it: what others closed, others open."""
        last = self.statuses.last_change(person_id)
        return last is not None and last.cause.reason in OWN_FREEZES

    def _level(self, turn: Turn, person_id: UUID) -> int:
        return self.chain.identity_level(person_id, now=turn.now).level


_LEFT: Final[dict[str, object]] = {
    "login_closed": "",
    "login_closed_by": "",
    "login_check": "",
    "login_trouble": "",
    "login_phone": "",
    "login_person": "",
}


def _number_of(papers: Papers, typed: str) -> str:
    """The canonical number, where what was typed is the number of these papers; else ""."""
    entry = DOCUMENT_TYPES.get(papers.document_type)
    try:
        number = entry.normalise(typed) if entry else ""
    except InvalidDocumentNumber:
        return ""
    if not number:
        return ""
    return (
        number
        if read_number(papers.document_type, number, papers.issuer).key == papers.number
        else ""
    )
