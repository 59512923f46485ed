"""The verification step: whether a name has to be proven, and the pages on which it is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from connectors.documents.document import Fault, InvalidDocumentNumber
from connectors.documents.names import InvalidName, normalise_name
from connectors.documents.registry import DOCUMENT_TYPES, RESIDENT_ID_CARD
from connectors.evidence import IdentityClaim
from connectors.outcomes import Outcome
from idp.journey.access.step import support_code
from idp.journey.mistakes import Mistake, form_error
from idp.journey.outcome import Refused
from idp.journey.pages import FormError, Page
from idp.journey.steps import Advance, Needed, Reply, Standing, Turn
from idp.journey.verification.attempts import seconds_until_tomorrow
from idp.journey.verification.desk import (
    HELD_BY_ANOTHER,
    HOLDS_ANOTHER,
    NO_ATTEMPTS_LEFT,
    PENDING,
    CheckOrder,
    VerificationDesk,
)
from idp.journey.verification.pages import (
    RESIDENT_IDENTITY_CARD,
    IdentityPage,
    Setback,
    SetbackPage,
    WaitingPage,
)
from policies.decision import Forbid

_DOCUMENTS: Final = (replace(RESIDENT_IDENTITY_CARD, value=RESIDENT_ID_CARD),)
_NUMBER_LENGTH: Final = 18
_GAVE_UP: Final = Refused(
    error="access_denied", description="The person did not prove their identity."
)
_SETBACKS: Final[Mapping[str, Setback]] = {
    NO_ATTEMPTS_LEFT: Setback.NO_ATTEMPTS_LEFT,
    Outcome.NOT_FOUND: Setback.NOT_FOUND,
    Outcome.INCONCLUSIVE: Setback.INCONCLUSIVE,
    Outcome.NO_PHOTO: Setback.INCONCLUSIVE,
    Outcome.LOW_QUALITY: Setback.INCONCLUSIVE,
    Outcome.RATE_LIMITED: Setback.RATE_LIMITED,
    Outcome.PROVIDER_ERROR: Setback.AUTHORITY_DOWN,
    Outcome.TIMEOUT: Setback.AUTHORITY_DOWN,
}
_MISTAKES: Final[Mapping[str, Mistake]] = {
    Outcome.MISMATCH: Mistake.NAME_AND_NUMBER_DIFFER,
    Outcome.INVALID_INPUT: Mistake.DOCUMENT_NUMBER_UNREADABLE,
    HELD_BY_ANOTHER: Mistake.IDENTITY_IN_USE,
    HOLDS_ANOTHER: Mistake.NAME_AND_NUMBER_DIFFER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationStep:
    """Outstanding while the session's identity level is below what is asked."""

    desk: VerificationDesk
    name: str = "verification"

    def outstanding(self, standing: Standing, *, now: datetime) -> Needed | None:  # noqa: ARG002 - a step's shape
        session = standing.session
        if session is None or session.level.ial >= standing.needed.ial:
            return None
        if isinstance(standing.decision, Forbid) or not standing.is_reachable:
            return None
        is_voluntary = session.level.ial >= standing.mandatory.ial
        if is_voluntary and standing.progress.verification_is_skipped:
            return None
        return Needed(reason="identity_level", oauth_error="interaction_required")

    def show(self, turn: Turn) -> Reply:
        progress = turn.progress
        if progress.verification_check:
            outcome = self.desk.outcome(progress.verification_check)
            if outcome == PENDING:
                return WaitingPage(**turn.frame, refresh_url=turn.frame["journey_action"])
            return Advance(
                changes={"verification_check": "", "verification_setback": outcome},
                then=lambda: self.desk.forget(progress.verification_check),
            )
        return self._after(turn, progress.verification_setback)

    def submit(self, turn: Turn) -> Reply:
        action = turn.typed.get("action")
        if action == "return":
            session = turn.standing.session
            if session is not None and session.level.ial >= turn.standing.mandatory.ial:
                return Advance(changes={"verification_is_skipped": True})
            return _GAVE_UP
        if action == "retry":
            return Advance(changes={"verification_setback": "", "verification_check": ""})
        if action == "check":
            return self.show(turn)
        claim = _read_claim(turn)
        if isinstance(claim, FormError):
            return self._identity(turn, claim)
        return self._ask(turn, claim)

    def _ask(self, turn: Turn, claim: IdentityClaim) -> Reply:
        session = turn.standing.session
        if session is None:
            raise AssertionError("outstanding only with a session")
        order = CheckOrder(
            journey_id=turn.journey.id,
            person_id=session.person_id,
            client_id=turn.client.client_id,
            claim=claim,
        )
        outcome = self.desk.order(order, now=turn.now)
        kept: dict[str, object] = {
            "verification_name": turn.typed.get("name"),
            "verification_number": turn.typed.get("document_number"),
        }
        if outcome == PENDING:
            return Advance(changes={**kept, "verification_check": order.id})
        # Told by this page's answer; typing the same again is a new check.
        self.desk.forget(order.id)
        return Advance(changes={**kept, "verification_check": "", "verification_setback": outcome})

    def _after(self, turn: Turn, outcome: str) -> Page:
        """The page after an outcome: what to put right, a setback, or simply the question."""
        if mistake := _MISTAKES.get(outcome):
            left = self._attempts_left(turn)
            if left == 0:
                return self._setback(turn, Setback.NO_ATTEMPTS_LEFT)
            error = None if turn.typed.values else form_error(mistake)
            return self._identity(turn, error, attempts_left=left)
        if setback := _SETBACKS.get(outcome):
            return self._setback(turn, setback)
        if self._attempts_left(turn) == 0:
            return self._setback(turn, Setback.NO_ATTEMPTS_LEFT)
        return self._identity(turn)

    def _identity(
        self, turn: Turn, error: FormError | None = None, *, attempts_left: int | None = None
    ) -> Page:
        frame = {**turn.frame, "errors": (error,) if error else turn.errors}
        return IdentityPage(
            **frame,
            documents=_DOCUMENTS,
            document_type=RESIDENT_ID_CARD,
            name=turn.typed.get("name") or turn.progress.verification_name,
            document_number=turn.typed.get("document_number") or turn.progress.verification_number,
            attempts_left=attempts_left,
        )

    def _setback(self, turn: Turn, setback: Setback) -> Page:
        is_used_up = setback is Setback.NO_ATTEMPTS_LEFT
        return SetbackPage(
            **turn.frame,
            setback=setback,
            wait_seconds=seconds_until_tomorrow(turn.now) if is_used_up else 0,
            support_code=support_code(turn.journey.id),
        )

    def _attempts_left(self, turn: Turn) -> int:
        session = turn.standing.session
        return self.desk.attempts_left(session.person_id, now=turn.now) if session else 0


def _read_claim(turn: Turn) -> IdentityClaim | FormError:
    """What was typed in canonical form, or the first thing to put right."""
    typed = turn.typed
    document_type = typed.get("document_type") or RESIDENT_ID_CARD
    number = typed.get("document_number")
    if document_type not in {each.value for each in _DOCUMENTS}:
        return form_error(Mistake.DOCUMENT_TYPE_UNKNOWN)
    try:
        return IdentityClaim(
            document_type=document_type,
            name=normalise_name(typed.get("name")),
            document_number=DOCUMENT_TYPES[document_type].normalise(number),
        )
    except InvalidName:
        return form_error(Mistake.NAME_MISSING)
    except InvalidDocumentNumber as problem:
        return _number_error(problem.fault, number)


def _number_error(fault: Fault, number: str) -> FormError:
    if fault is Fault.EMPTY:
        return form_error(Mistake.DOCUMENT_NUMBER_MISSING)
    if fault is Fault.LENGTH:
        length = len("".join(number.split()))
        return form_error(Mistake.DOCUMENT_NUMBER_LENGTH, length=length, expected=_NUMBER_LENGTH)
    return form_error(Mistake.DOCUMENT_NUMBER_UNREADABLE)
