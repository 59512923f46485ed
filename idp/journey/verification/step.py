"""The verification step: whether a name has to be proven, and the pages on which it is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from connectors.documents.registry import RESIDENT_ID_CARD
from connectors.evidence import IdentityClaim, Particular
from connectors.outcomes import Outcome
from idp.foundation.clock import today_in_shanghai
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
from idp.journey.verification.form import read_claim
from idp.journey.verification.pages import (
    DOCUMENTS,
    RESIDENT_IDENTITY_CARD,
    DocumentChoice,
    IdentityPage,
    Setback,
    SetbackPage,
    WaitingPage,
)
from idp.journey.verification.photograph import Photographs, Reading, has_zone
from policies.decision import Forbid

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
    photographs: Photographs | None = None
    """None where photographs cannot be read."""
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
        return self._answered(turn)

    def _answered(self, turn: Turn) -> Reply:
        """What was said on the identity page."""
        if chosen := turn.typed.get("document"):
            return self._choose(turn, chosen)
        if turn.typed.get("action") == "read" or turn.typed.photograph is not None:
            # Whoever took a picture and pressed the main button meant it to be read, too.
            return self._read(turn)
        return self._verify(turn)

    def _choose(self, turn: Turn, chosen: str) -> Reply:
        """Another document: its number is another too, the name stays."""
        if chosen not in {each.value for each in self._documents()}:
            return self._identity(turn, form_error(Mistake.DOCUMENT_TYPE_UNKNOWN))
        changes = {
            "verification_document": chosen,
            "verification_name": turn.typed.get("name"),
            "verification_number": "",
            "verification_setback": "",
        }
        return Advance(changes=changes)

    def _read(self, turn: Turn) -> Reply:
        """What stands on a photograph, in the form: only the person says that it is right."""
        if self.photographs is None:
            return self._identity(turn, form_error(Mistake.PHOTOGRAPH_UNAVAILABLE))
        reading = self.photographs.read(
            turn.typed.photograph,
            offered={each.value for each in self._documents()},
            today=today_in_shanghai(turn.now),
        )
        if isinstance(reading, FormError):
            return self._identity(turn, reading)
        typed = replace(turn.typed, values={**turn.typed.values, **reading.values})
        return self._identity(replace(turn, typed=typed), reading=reading)

    def _verify(self, turn: Turn) -> Reply:
        document_type = turn.typed.get("document_type") or self._document_type(turn)
        if document_type not in {each.value for each in self._documents()}:
            return self._identity(turn, form_error(Mistake.DOCUMENT_TYPE_UNKNOWN))
        claim = read_claim(
            turn.typed,
            document_type,
            asks_birth_date=self._asks_birth_date(document_type),
            today=today_in_shanghai(turn.now),
        )
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
            "verification_document": claim.document_type,
            "verification_birth_date": turn.typed.get("birth_date"),
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
            if mistake is Mistake.NAME_AND_NUMBER_DIFFER and self._asks_birth_date(
                self._document_type(turn)
            ):
                mistake = Mistake.PARTICULARS_DIFFER
            error = None if turn.typed.values else form_error(mistake)
            return self._identity(turn, error, attempts_left=left)
        if setback := _SETBACKS.get(outcome):
            return self._setback(turn, setback)
        if self._attempts_left(turn) == 0:
            return self._setback(turn, Setback.NO_ATTEMPTS_LEFT)
        return self._identity(turn)

    def _identity(
        self,
        turn: Turn,
        error: FormError | None = None,
        *,
        attempts_left: int | None = None,
        reading: Reading | None = None,
    ) -> Page:
        frame = {**turn.frame, "errors": (error,) if error else turn.errors}
        typed, progress = turn.typed, turn.progress
        document_type = self._document_type(turn)
        return IdentityPage(
            **frame,
            documents=self._documents(),
            document_type=document_type,
            name=typed.get("name") or progress.verification_name,
            document_number=typed.get("document_number") or progress.verification_number,
            asks_birth_date=self._asks_birth_date(document_type),
            birth_date=typed.get("birth_date") or progress.verification_birth_date,
            attempts_left=attempts_left,
            takes_photograph=self.photographs is not None and has_zone(document_type),
            reading=reading,
        )

    def _documents(self) -> tuple[DocumentChoice, ...]:
        """Those that somebody here can check; the resident's card where nobody can anything."""
        asked = self.desk.particulars_asked
        can = tuple(kind for kind in DOCUMENTS if asked(kind.value) is not None)
        return can or (RESIDENT_IDENTITY_CARD,)

    def _document_type(self, turn: Turn) -> str:
        known = [each.value for each in self._documents()]
        said = turn.typed.get("document_type") or turn.progress.verification_document
        if said in known:
            return said
        return RESIDENT_ID_CARD if RESIDENT_ID_CARD in known else known[0]

    def _asks_birth_date(self, document_type: str) -> bool:
        return Particular.BIRTH_DATE in (self.desk.particulars_asked(document_type) or ())

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
