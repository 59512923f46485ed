"""Adding the face as a way to sign in: a consent of its own, and one comparison that fits.

Nothing is opened before the person agreed (PIPL 29), and whoever leaves without the way takes that
agreement along: it stands as long as the way does.
"""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from idp.foundation.clock import today_in_shanghai
from idp.journey.languages import html_language
from idp.journey.login.answers import LoginAnswers
from idp.journey.login.face_desk import Compared, FaceDesks, FaceVisit, Underway
from idp.journey.login.face_pages import FaceEnrolmentPage
from idp.journey.login.faces import CLEARED, underway_page
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError
from idp.journey.steps import Advance, Reply, Turn
from idp.sessions.session import Session
from idp.subjects.authenticators.face import end_of
from idp.subjects.authenticators.kinds import Kind, NotTaken, Offer
from idp.subjects.purpose_consents import FACE_SIGN_IN, FACE_SIGN_IN_NOTICE, PurposeConsents

AGREE: Final = "agree"
_PREFIX: Final = "enrol:"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceEnrolment:
    """Shows and judges the pages on which the way is added."""

    desks: FaceDesks
    answers: LoginAnswers
    consents: PurposeConsents

    def show(self, turn: Turn, error: FormError | None = None) -> Reply:
        visit = FaceVisit.of(turn)
        if visit is None or not visit.bound_to.startswith(_PREFIX):
            return self._page(turn, error)
        consent_id = self._consent(turn)
        if consent_id is None or visit.person_id != _session(turn).person_id:
            return _told(Mistake.FACE_REFUSED)
        state = self.desks.follow(turn, visit, consent_id=consent_id)
        if isinstance(state, Underway):
            return underway_page(turn, state)
        return self._judged(turn, visit, state)

    def submit(self, turn: Turn) -> Reply:
        action = turn.typed.get("action")
        if action == AGREE:
            return self._agreed(turn)
        if turn.typed.get("method") == Kind.FACE and (consent_id := self._consent(turn)):
            return self._opened(turn, consent_id)
        if action == "return":
            self._leave(turn)
            return Advance(changes={**CLEARED, "login_added": turn.request.adds})
        if turn.progress.login_face and action != "check":
            return Advance(changes=CLEARED)
        return self.show(turn)

    def _agreed(self, turn: Turn) -> Reply:
        if self._hindrance(turn) is not None:
            return self._page(turn, None)
        consent_id = self.consents.give(
            _session(turn).person_id,
            FACE_SIGN_IN,
            notice_version=FACE_SIGN_IN_NOTICE,
            given_at=turn.now,
            client_id=turn.client.client_id,
        )
        return self._opened(turn, consent_id)

    def _opened(self, turn: Turn, consent_id: UUID) -> Reply:
        person_id = _session(turn).person_id
        attempt = self.answers.proofs.attempt(turn, person_id, Kind.FACE)
        if wait := self.answers.attempts.wait_for(attempt, now=turn.now):
            return self._page(turn, form_error(Mistake.SLOW_DOWN, seconds=wait))
        bound_to = f"{_PREFIX}{consent_id}"
        opened = self.desks.open(turn, person_id, bound_to=bound_to, consent_id=consent_id)
        if isinstance(opened, Mistake):
            return self._page(turn, form_error(opened))
        return Advance(changes={"login_face": opened.encode(), "login_face_said": ""})

    def _judged(self, turn: Turn, visit: FaceVisit, compared: Compared) -> Reply:
        proofs, attempts = self.answers.proofs, self.answers.attempts
        attempt = proofs.attempt(turn, visit.person_id, Kind.FACE)
        if compared.mistake is not None:
            if compared.is_failure:
                attempts.failed(attempt, now=turn.now)
                proofs.record_failure(
                    turn, Kind.FACE, compared.mistake, account=str(visit.person_id)
                )
            return _told(compared.mistake)
        offer = Offer(
            person_id=visit.person_id,
            now=turn.now,
            answer=compared.reference,
            secret=compared.score,
        )
        language = html_language(turn.language)
        try:
            added = proofs.authenticators.add(Kind.FACE, offer, language=language)
        except NotTaken:  # the consent was taken back while the camera looked
            return _told(Mistake.FACE_REFUSED)
        attempts.succeeded(attempt)
        signed = self.answers.signing_in.prove(turn, visit.person_id, Kind.FACE, added.amr)
        changes = {**CLEARED, "login_face_said": "", "login_added": Kind.FACE.value}
        return replace(signed, changes={**signed.changes, **changes})

    def _page(self, turn: Turn, error: FormError | None) -> FaceEnrolmentPage:
        hindrance = self._hindrance(turn)
        said = turn.progress.login_face_said
        told = hindrance or error or (form_error(Mistake(said)) if said else None)
        found = self.desks.comparable(_session(turn).person_id)
        return FaceEnrolmentPage(
            **{**turn.frame, "errors": (told,) if told else turn.errors},
            notice_version=FACE_SIGN_IN_NOTICE,
            authority=found.authority if found else "",
            can_agree=hindrance is None,
        )

    def _hindrance(self, turn: Turn) -> FormError | None:
        """Why somebody cannot add it, who came by an address they kept or were not offered."""
        found = self.desks.comparable(_session(turn).person_id)
        if self.desks.kind is None or found is None:
            return form_error(Mistake.FACE_UNAVAILABLE)
        if found.is_child(today_in_shanghai(turn.now)):
            return form_error(Mistake.FACE_OF_CHILD)
        return None

    def _consent(self, turn: Turn) -> UUID | None:
        return self.consents.live(
            _session(turn).person_id, FACE_SIGN_IN, notice_version=FACE_SIGN_IN_NOTICE
        )

    def _leave(self, turn: Turn) -> None:
        """Nothing was added: what was agreed to for it ends, too."""
        person_id = _session(turn).person_id
        if self.desks.kind is None or self.desks.kind.records.row(person_id, Kind.FACE) is None:
            end_of(person_id, self.consents, now=turn.now)


def _session(turn: Turn) -> Session:
    session = turn.standing.session
    if session is None:
        raise AssertionError("added only by who is signed in")
    return session


def _told(mistake: Mistake) -> Advance:
    return Advance(changes={**CLEARED, "login_face_said": mistake.value})
