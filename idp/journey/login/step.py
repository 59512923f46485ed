"""The login step: whether somebody has to sign in, and the page on which they do."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from idp.journey.access.duties import freshest, proof_owed
from idp.journey.login.answers import LoginAnswers
from idp.journey.login.at_place import AtPlace
from idp.journey.login.closed import ClosedAccounts
from idp.journey.login.dormant import DormantPhones
from idp.journey.login.enrolment import OFFER, Enrolment
from idp.journey.login.face_enrolment import FaceEnrolment
from idp.journey.login.faces import Faces
from idp.journey.login.new_contact import CONTACT, NewContact
from idp.journey.login.new_identifier import NewIdentifier
from idp.journey.login.pages import (
    AccountChoice,
    LoginPage,
    ReauthenticatePage,
    RememberedLoginPage,
    SelectAccountPage,
)
from idp.journey.login.partners import Partners
from idp.journey.login.recovery import RECOVER
from idp.journey.login.signing_in import ADD_AUTHENTICATOR, NAMED_PROOF, SECOND_FACTOR
from idp.journey.pages import FormError, Page
from idp.journey.request import JourneyRequest
from idp.journey.risk.signals import LOW, in_words, level_of
from idp.journey.steps import EXPECTED_OTHER, Advance, Needed, Reply, Standing, Turn
from idp.sessions.session import Session
from idp.subjects.authenticators.directory import LITTLE
from idp.subjects.authenticators.kinds import DECLARED, Kind
from idp.subjects.authenticators.records import Held
from idp.subjects.identifiers import parse_phone
from policies.decision import Forbid

FRESH_FOR: Final = timedelta(minutes=5)
"""How old a sign-in may be when a way to sign in is added or taken away."""
INSTEAD: Final = "instead"
"""Another way is added in place of the face, which nobody has to show."""
RECOVERY_CODES: Final = "recovery_codes"
_LOGIN_REQUIRED: Final = "login_required"
_INTERACTION_REQUIRED: Final = "interaction_required"
_SECOND_PROOF: Final = _("You are signed in. This errand needs a second proof that it is you.")
_NAMED_PROOF: Final = _(
    "You are signed in. The rules of this service ask you to confirm in this very way."
)
UNUSUAL: Final = _("This sign-in is unlike your others. Prove in a second way that it is you.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginStep:
    """Outstanding until the right person signed in, recently enough, with factors enough."""

    answers: LoginAnswers
    enrolment: Enrolment
    dormant: DormantPhones
    new_number: NewIdentifier
    new_address: NewIdentifier
    new_contact: NewContact
    closed: ClosedAccounts
    partners: Partners
    faces: Faces
    face_enrolment: FaceEnrolment
    at_place: AtPlace | None = None
    """None where no device reads cards."""
    name: str = "login"

    def outstanding(self, standing: Standing, *, now: datetime) -> Needed | None:
        session, request, progress = standing.session, standing.request, standing.progress
        is_expected = request.expected_subject in {"", standing.subject}
        if session is not None and not is_expected:
            # OpenID Connect Core 1.0 §3.1.2.2: "The Authorization Server MUST NOT reply with an
            # ID Token or Access Token for a different user".
            return Needed(reason=EXPECTED_OTHER, oauth_error=_LOGIN_REQUIRED)
        if session is None or progress.login_is_other:
            return Needed(reason="login", oauth_error=_LOGIN_REQUIRED)
        if progress.authenticated_at is None and (again := _asked_again(standing, now)):
            return again
        if progress.login_codes:
            return Needed(reason=RECOVERY_CODES, oauth_error=_INTERACTION_REQUIRED)
        if isinstance(standing.decision, Forbid) or not standing.is_reachable:
            return None
        return (
            self._more_than_little(request, session)
            or self._factors(standing, session, now)
            or self._named(standing, session)
            or self._wish(standing, session)
        )

    def show(self, turn: Turn) -> Reply:
        reason = turn.needed.reason
        if reason == ADD_AUTHENTICATOR:
            return self._adding(turn).show(turn)
        if reason == RECOVERY_CODES:
            return self.enrolment.codes_page(turn)
        if reason == OFFER:
            return self.enrolment.offer_page(turn)
        at_place = self.at_place.show(turn) if self.at_place else None
        return at_place or self.partners.show(turn) or self.faces.show(turn) or self._page(turn)

    def submit(self, turn: Turn) -> Reply:
        is_leaving = turn.typed.get("action") == "other_account" and turn.request.adds not in {
            Kind.SMS,
            Kind.EMAIL,
            CONTACT,
        }
        if turn.needed.reason == ADD_AUTHENTICATOR and not is_leaving:
            return self._adding(turn).submit(turn)
        if turn.typed.get("action") == "other_account":
            return self._answered(turn)
        if turn.needed.reason == RECOVERY_CODES:
            return Advance(changes={"login_codes": ()})
        if turn.needed.reason == OFFER:
            return self.enrolment.answer_offer(turn)
        if turn.progress.login_dormant:
            return self.dormant.submit(turn)
        return self._answered(turn)

    def _opened(self, turn: Turn, person_id: UUID, kind: Kind) -> Reply:
        """A frozen account whose phone or address was proven again: the way goes on."""
        return self.answers.signing_in.prove(turn, person_id, kind, DECLARED[kind].amr)

    def _adding(self, turn: Turn) -> Enrolment | NewIdentifier | NewContact | FaceEnrolment:
        if turn.request.adds == CONTACT:
            return self.new_contact
        if turn.request.adds == Kind.EMAIL:
            return self.new_address
        if turn.request.adds == Kind.FACE:
            return self.face_enrolment
        return self.new_number if turn.request.adds == Kind.SMS else self.enrolment

    def _more_than_little(self, request: JourneyRequest, session: Session) -> Needed | None:
        """What is to be changed hangs on more than a mailbox or a face, where there is more."""
        if not request.beyond_email or not self._is_little(session):
            return None
        return Needed(reason=SECOND_FACTOR, oauth_error=_LOGIN_REQUIRED)

    def _is_little(self, session: Session) -> bool:
        """Whether a mailbox or a face is all that was proven here of an account that holds more."""
        if not frozenset(session.amr) <= LITTLE:
            return False
        authenticators = self.answers.proofs.authenticators
        return authenticators.is_little(authenticators.of(session.person_id), session.amr)

    def _answered(self, turn: Turn) -> Reply:
        if turn.progress.login_closed and turn.typed.get("action") != "other_account":
            return self.closed.submit(turn, self._opened)
        if (elsewhere := self._elsewhere(turn)) is not None:
            return self._page(turn, elsewhere) if isinstance(elsewhere, FormError) else elsewhere
        reply = self.answers.judge(turn)
        if isinstance(reply, FormError):
            return self._page(turn, reply)
        if isinstance(reply, Advance) and turn.typed.get("can_add_passkey"):
            return replace(reply, changes={**reply.changes, "login_is_able": True})
        return reply if reply is not None else self._page(turn)

    def _elsewhere(self, turn: Turn) -> Reply | FormError | None:
        """What was pressed about other people's pages, and about this place; None for the rest."""
        if (at_partner := self.partners.submit(turn)) is not None:
            return at_partner
        if (of_face := self.faces.submit(turn)) is not None:
            return of_face
        if turn.typed.get("action") == INSTEAD:
            return Advance(changes={"login_instead": True, "login_face_said": ""})
        return self.at_place.submit(turn) if self.at_place else None

    def _factors(self, standing: Standing, session: Session, now: datetime) -> Needed | None:
        """What is missing for the level: another proof, or an authenticator the person lacks."""
        if standing.needed.aal <= session.level.aal:
            return None
        authenticators = self.answers.proofs.authenticators
        held, proven = self.answers.proofs.held(session.person_id), frozenset(session.amr)
        ways = authenticators.ways(held, proven=proven, needed=standing.needed.aal)
        is_addable = self._is_addable(standing, held, proven)
        # What nobody has to show is asked for where a level is insisted on, and left for another.
        is_left = not is_addable or standing.progress.login_instead
        if ways and not (_are_voluntary(ways) and is_left):
            return Needed(reason=SECOND_FACTOR, oauth_error=_LOGIN_REQUIRED)
        if not is_addable:
            return None
        if authenticators.is_little(held, session.amr):
            return Needed(reason=SECOND_FACTOR, oauth_error=_LOGIN_REQUIRED)
        if now - session.authenticated_at > FRESH_FOR:
            return Needed(reason="reauthenticate", oauth_error=_LOGIN_REQUIRED)
        return Needed(reason=ADD_AUTHENTICATOR, oauth_error=_INTERACTION_REQUIRED)

    def _is_addable(
        self, standing: Standing, held: tuple[Held, ...], proven: frozenset[str]
    ) -> bool:
        """Whether another authenticator would lead to the level that is insisted on."""
        session, missing = standing.session, standing.mandatory.aal
        if session is None or missing <= session.level.aal:
            return False
        authenticators = self.answers.proofs.authenticators
        return bool(authenticators.addable(held, proven=proven, needed=missing))

    def _named(self, standing: Standing, session: Session) -> Needed | None:
        """One of the ways that the policies name, where the person has one of them."""
        wanted = proof_owed(standing)
        held = self.answers.proofs.held(session.person_id) if wanted else ()
        if any(each.kind.value in wanted for each in held):
            return Needed(reason=NAMED_PROOF, oauth_error=_LOGIN_REQUIRED)
        return None

    def _wish(self, standing: Standing, session: Session) -> Needed | None:
        """What the person came to add, or one question after a sign-in without a passkey."""
        request, progress = standing.request, standing.progress
        if request.adds and progress.login_added != request.adds:
            kinds = self.answers.proofs.authenticators.kinds
            if request.adds != CONTACT and Kind(request.adds) not in kinds:
                return None
            return Needed(reason=ADD_AUTHENTICATOR, oauth_error=_INTERACTION_REQUIRED)
        is_asked = progress.login_is_able and not progress.login_is_offered
        if not is_asked or request.adds or progress.login_added or _is_half_trusted(session):
            return None
        is_due = self.enrolment.is_offer_due(session.person_id)
        if not is_due or self._is_little(session):
            return None
        return Needed(reason=OFFER, oauth_error=_INTERACTION_REQUIRED)

    def _page(self, turn: Turn, error: FormError | None = None) -> Reply:
        frame = {**turn.frame, "errors": (error,) if error else turn.errors}
        if not frame["errors"] and not turn.typed.values:
            frame["errors"] = self.partners.told(turn) or self.faces.told(turn)
        under_way = self._under_way(turn, error)
        if under_way is not None:
            return under_way
        session, reason = turn.standing.session, turn.needed.reason
        if session is not None and reason == "select_account":
            return self._select_page(turn, frame)
        if session is not None and reason in {"reauthenticate", SECOND_FACTOR, NAMED_PROOF}:
            return self._reauthenticate_page(turn, frame)
        if self.answers.by_email.is_asked(turn):
            return self.answers.by_email.page(turn, error)
        return self._remembered_page(turn, frame) or self._login_page(turn, frame)

    def _under_way(self, turn: Turn, error: FormError | None) -> Reply | None:
        """The page of what the person is in the middle of."""
        if turn.progress.login_challenge:
            return self.answers.desk.page(turn, error)
        if turn.progress.login_closed:
            return self.closed.show(turn, error)
        if turn.progress.login_dormant:
            return self.dormant.show(turn, error)
        if turn.progress.login_due_at:
            return self.answers.recovery.waiting(turn)
        if turn.progress.login_way == RECOVER:
            return self.answers.recovery.show(turn, error)
        return None

    def _remembered_page(self, turn: Turn, frame: dict[str, Any]) -> Page | None:
        known = self.answers.remembered(turn)
        is_named = bool(turn.request.login_hint or turn.progress.login_upstream)
        if known is None or is_named or turn.typed.get("identifier"):
            return None
        return RememberedLoginPage(
            **frame,
            masked_identifier=known.masked_identifier,
            by_email=not known.masked_phone,
            has_password=known.has_password and self._has_passwords,
            has_passkey=known.has_passkey,
            has_face=self.faces.is_offered(turn, known),
            passkey_options=self.answers.proofs.passkey_options(
                turn, known.person_id if known.has_passkey else None
            ),
            partners=self.partners.choices(turn),
        )

    @property
    def _has_passwords(self) -> bool:
        return Kind.PASSWORD in self.answers.proofs.authenticators.kinds

    def _login_page(self, turn: Turn, frame: dict[str, Any]) -> Page:
        identifier = (
            turn.typed.get("identifier")
            or turn.progress.login_identifier
            or _hint(turn.request.login_hint)
        )
        if turn.needed.reason == EXPECTED_OTHER:
            frame = {
                **frame,
                "reason": _(
                    "The service expects another account. Sign in with the one you use there."
                ),
            }
        if turn.progress.login_upstream:
            frame = {**frame, "reason": self.partners.welcome(turn)}
        options = self.answers.proofs.passkey_options(turn)
        return LoginPage(
            **frame,
            identifier=identifier,
            passkey_options=options,
            has_passwords=self._has_passwords,
            partners=self.partners.choices(turn),
            takes_email=self.answers.desk.contacts.takes_email,
            is_expected=bool(turn.progress.login_upstream),
            takes_card=self.at_place is not None and self.at_place.sitting(turn) is not None,
        )

    def _select_page(self, turn: Turn, frame: dict[str, Any]) -> Page:
        return SelectAccountPage(
            **frame,
            accounts=tuple(
                AccountChoice(
                    value=value,
                    masked_name=person.masked_name,
                    masked_identifier=person.masked_identifier,
                )
                for value, person in self.answers.choices(turn)
            ),
        )

    def _reauthenticate_page(self, turn: Turn, frame: dict[str, Any]) -> Page:
        person = self.answers.current(turn)
        ways = self.answers.proofs.ways(turn)
        chosen = turn.progress.login_way
        way = Kind(chosen) if chosen in ways else next(iter(ways), Kind.SMS)
        doubts = in_words(turn.standing.risk_reasons)
        if turn.needed.reason == SECOND_FACTOR:
            frame = {**frame, "reason": UNUSUAL if doubts else _SECOND_PROOF}
        elif turn.needed.reason == NAMED_PROOF:
            frame = {**frame, "reason": _NAMED_PROOF}
        is_restricted = way is not Kind.PASSKEY and Kind.PASSKEY not in ways
        return ReauthenticatePage(
            **frame,
            masked_name=person.masked_name,
            masked_identifier=person.masked_identifier,
            way=way.value,
            other_ways=tuple(kind.value for kind in ways if kind is not way),
            passkey_options=self.answers.proofs.passkey_options(turn)
            if way is Kind.PASSKEY
            else "",
            can_add_instead=_are_voluntary(ways)
            and self._is_addable(
                turn.standing,
                self.answers.proofs.held(person.person_id),
                frozenset(turn.standing.session.amr if turn.standing.session else ()),
            ),
            rests_on_sms=is_restricted and any(DECLARED[kind].is_restricted for kind in ways),
            doubts=doubts if turn.needed.reason == SECOND_FACTOR else (),
        )


def _are_voluntary(ways: tuple[Kind, ...]) -> bool:
    """Whether all there is exists by a consent: something else has to stand beside it."""
    return bool(ways) and all(DECLARED[kind].is_voluntary for kind in ways)


def _asked_again(standing: Standing, now: datetime) -> Needed | None:
    """What `prompt` and `max_age` ask of somebody who is signed in."""
    prompt = standing.request.prompt
    if "select_account" in prompt and not standing.progress.login_is_chosen:
        return Needed(reason="select_account", oauth_error="account_selection_required")
    if "login" in prompt or _is_too_old(standing, now):
        return Needed(reason="reauthenticate", oauth_error=_LOGIN_REQUIRED)
    return None


def _is_half_trusted(session: Session) -> bool:
    """Somebody unusual, by less than the account reaches: they are offered no key to it."""
    is_all = session.level.aal >= (session.seen.own_aal or 0)
    return not is_all and level_of(session.seen.signals or ()) != LOW


def _is_too_old(standing: Standing, now: datetime) -> bool:
    """OpenID Connect Core 1.0 §3.1.2.1: "the OP MUST attempt to actively re-authenticate"."""
    session = standing.session
    limits = (standing.request.max_age, freshest(standing))
    allowed = [each for each in limits if each is not None]
    if session is None or not allowed:
        return False
    return now - session.authenticated_at > timedelta(seconds=min(allowed))


def _hint(login_hint: str) -> str:
    """A hint is shown only when it could be an identifier: it came from outside."""
    text = login_hint.removeprefix("tel:").strip()
    is_plausible = bool(parse_phone(text)) or (
        len(text) <= 100 and text.isprintable() and not any(c.isspace() for c in text)
    )
    return text if is_plausible else ""
