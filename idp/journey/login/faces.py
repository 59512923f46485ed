"""Signing in with the face: the button, the way to the authority's camera and back, and the proof.

Offered where somebody is signed in and holds it, as one proof more, or in a browser that their
account knows: nobody has a stranger compared, learns who has an account, or runs up costs. That
browser is part of the proof, at the beginning and once more at the end.
"""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from idp.journey.login.answers import LoginAnswers
from idp.journey.login.face_desk import Compared, FaceDesks, FaceVisit, Underway
from idp.journey.login.face_pages import FacePage, FaceWaitingPage
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError
from idp.journey.risk.appearance import appearance_of
from idp.journey.steps import Advance, Reply, Turn
from idp.sessions.known_devices import DeviceBook
from idp.subjects.authenticators.face import FaceHeld
from idp.subjects.authenticators.kinds import Kind, NotProven, Shown
from idp.subjects.models import Person
from idp.subjects.people import Standing

CLEARED: Final = {"login_face": ()}
_PREFIX: Final = "sign_in:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Faces:
    """The login step's pages about faces."""

    desks: FaceDesks
    answers: LoginAnswers
    book: DeviceBook

    def is_offered(self, turn: Turn, known: Standing) -> bool:
        """Whether this browser's person, who is not signed in, may show their face.

        It must be remembered and familiar: half a proof from anywhere makes it neither.
        """
        browser, person_id = turn.browser, known.person_id
        if turn.request.sitting or known.status != Person.Status.ACTIVE:
            return False
        if person_id not in self.answers.devices.people(browser.device_secret):
            return False
        if self.desks.held(person_id) is None:
            return False
        return self.book.look(person_id, appearance_of(browser), now=turn.now).is_known

    def show(self, turn: Turn) -> Reply | None:
        """Where a comparison stands; None while none is under way."""
        visit = FaceVisit.of(turn)
        if visit is None:
            return None
        found = self._whose(turn)
        is_meant = visit.bound_to.startswith(_PREFIX)  # not one by which the way is added
        if found is None or found[0] != visit.person_id or not is_meant:
            return _told(Mistake.FACE_REFUSED)
        state = self.desks.follow(turn, visit, consent_id=found[1].consent_id)
        if isinstance(state, Underway):
            return underway_page(turn, state)
        return self._judged(turn, visit, state)

    def submit(self, turn: Turn) -> Reply | FormError | None:
        """What was pressed about faces; None for everything else."""
        if turn.typed.get("method") == Kind.FACE:
            return self._begin(turn)
        if not turn.progress.login_face:
            return None
        if turn.typed.get("action") == "check":
            return self.show(turn)
        # Anything else is another way to sign in.
        return Advance(changes=CLEARED)

    def told(self, turn: Turn) -> tuple[FormError, ...]:
        """What came of a comparison, unless it went well."""
        said = turn.progress.login_face_said
        return (form_error(Mistake(said)),) if said else ()

    def _begin(self, turn: Turn) -> Reply | FormError | None:
        found = self._whose(turn)
        if found is None:
            return form_error(Mistake.FACE_UNAVAILABLE)
        person_id, held = found
        attempt = self.answers.proofs.attempt(turn, person_id, Kind.FACE)
        if wait := self.answers.attempts.wait_for(attempt, now=turn.now):
            return form_error(Mistake.SLOW_DOWN, seconds=wait)
        opened = self.desks.open(
            turn, person_id, bound_to=_bound_to(held), consent_id=held.consent_id
        )
        if isinstance(opened, Mistake):
            return form_error(opened)
        return Advance(changes={"login_face": opened.encode(), "login_face_said": ""})

    def _whose(self, turn: Turn) -> tuple[UUID, FaceHeld] | None:
        """Whose face it must be: who is signed in, or whom this browser knows; and their way."""
        proofs = self.answers.proofs
        person_id = proofs.known_person(turn)
        if person_id is not None:
            if Kind.FACE not in proofs.ways(turn):
                return None
        else:
            known = self.answers.remembered(turn)
            if known is None or not self.is_offered(turn, known):
                return None
            person_id = known.person_id
        held = self.desks.held(person_id)
        return (person_id, held) if held is not None else None

    def _judged(self, turn: Turn, visit: FaceVisit, compared: Compared) -> Advance:
        proofs, attempts = self.answers.proofs, self.answers.attempts
        attempt = proofs.attempt(turn, visit.person_id, Kind.FACE)
        if compared.mistake is not None:
            if compared.is_failure:
                attempts.failed(attempt, now=turn.now)
                proofs.record_failure(
                    turn, Kind.FACE, compared.mistake, account=str(visit.person_id)
                )
            return _told(compared.mistake)
        use = visit.bound_to.removeprefix(_PREFIX)
        shown = Shown(person_id=visit.person_id, answer=use, now=turn.now)
        try:
            proof = proofs.authenticators.check(Kind.FACE, shown)
        except NotProven as problem:
            proofs.record_failure(turn, Kind.FACE, problem.reason, account=str(visit.person_id))
            return _told(Mistake.FACE_REFUSED)
        attempts.succeeded(attempt)
        signed = self.answers.signing_in.prove(turn, proof.person_id, Kind.FACE, proof.amr)
        return replace(signed, changes={**signed.changes, **CLEARED, "login_face_said": ""})


def underway_page(turn: Turn, state: Underway) -> Reply:
    """The page of a comparison that is not done."""
    if not state.url:
        return FaceWaitingPage(
            **turn.frame,
            refresh_url=turn.frame["journey_action"],
            news_url=turn.news_url,
            authority=state.authority,
        )
    return FacePage(
        **turn.frame,
        authority=state.authority,
        leave_url=state.url,
        host=state.host,
        is_leaving=state.is_leaving,
    )


def _bound_to(held: FaceHeld) -> str:
    return f"{_PREFIX}{held.use}"


def _told(mistake: Mistake) -> Advance:
    return Advance(changes={**CLEARED, "login_face_said": mistake.value})
