"""Recovery when the phone is lost: the identity proven anew, a new number, and a time to object.

Never "delete your account". Name and number of the account's own document are compared; what this
method cannot reach is sent to a window. Where no text message arrives, an e-mail address takes the
new number's place. Nothing tells whether an account exists before both the document and the new
number or address are proven.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from connectors.documents.document import clean
from connectors.documents.names import InvalidName, normalise_name
from idp.journey.journeys import hash_of_device
from idp.journey.login.attempts import Attempt, PasswordAttempts
from idp.journey.login.contacts import Contacts, named
from idp.journey.login.pages import RecoverPage, RecoveryWaitingPage
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError, Page
from idp.journey.steps import Advance, Turn
from idp.sessions.directory import Sessions
from idp.subjects.accounts import account_of
from idp.subjects.documents import Documents
from idp.subjects.evidence import EvidenceChain
from idp.subjects.families import is_of
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.models import Identifier
from idp.subjects.people import IdentifierTaken, People
from idp.subjects.phone_changes import Pending, PhoneChanges

RECOVER: Final = "recover"
REACHED: Final = 2
"""The identity level that name and number can prove anew."""
_IN_USE: Final[Mapping[str, Mistake]] = {
    Identifier.Kind.PHONE: Mistake.PHONE_IN_USE,
    Identifier.Kind.EMAIL: Mistake.EMAIL_IN_USE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Judges the pages of recovery; codes are sent and judged beside it."""

    people: People
    documents: Documents
    chain: EvidenceChain
    changes: PhoneChanges
    sessions: Sessions
    attempts: PasswordAttempts
    contacts: Contacts

    def show(self, turn: Turn, error: FormError | None = None) -> Page:
        trouble = turn.progress.login_trouble
        if error is None and trouble and not turn.typed.values:
            error = form_error(Mistake(trouble))
        return RecoverPage(
            **{**turn.frame, "errors": (error,) if error else turn.errors},
            name=turn.typed.get("name") or turn.progress.login_name,
            document_number=turn.typed.get("document_number") or turn.progress.login_number,
            phone=turn.typed.get("phone"),
            takes_email=self.contacts.takes_email,
        )

    def waiting(self, turn: Turn) -> Page:
        return RecoveryWaitingPage(
            **turn.frame,
            masked_contact=named(turn),
            due_at=turn.progress.login_due_at or turn.now,
        )

    def read(self, turn: Turn) -> tuple[TypedIdentifier, dict[str, object]] | FormError:
        """The new number or address, and what to keep of the claim until it is proven."""
        typed = turn.typed
        to = self.contacts.read(typed.get("phone"))
        try:
            name = normalise_name(typed.get("name"))
        except InvalidName:
            return form_error(Mistake.NAME_MISSING)
        number = typed.get("document_number")
        if not self.documents.is_readable(number):
            return form_error(Mistake.DOCUMENT_NUMBER_UNREADABLE)
        if to is None:
            takes_email = self.contacts.takes_email
            return form_error(
                Mistake.NEW_CONTACT_MISSING if takes_email else Mistake.NEW_PHONE_MISSING
            )
        return to, {"login_name": name, "login_number": number, "login_trouble": ""}

    def finish(self, turn: Turn, to: TypedIdentifier) -> Advance | UUID:
        """The new contact is proven: ask for the change; a person's id when it is done at once."""
        attempt = self._attempt(turn)
        if self.attempts.wait_for(attempt, now=turn.now):
            return _trouble(Mistake.TRY_LATER)
        name, number = turn.progress.login_name, turn.progress.login_number
        person_id = self.documents.holder(number, name)
        if person_id is None:
            self.attempts.failed(attempt, now=turn.now)
            return _trouble(Mistake.PROOF_DIFFERS)
        found = self.people.find(to)
        is_own = found is not None and is_of(person_id, found)
        if found is not None and is_own and not self._lost_phone(found, to):
            return found
        if not is_own and self._is_taken(to, now=turn.now):
            return _trouble(_IN_USE[to.kind])
        if self.chain.identity_level(person_id, now=turn.now).level > REACHED:
            return _trouble(Mistake.WINDOW_NEEDED)
        language = turn.html_language
        pending = self.changes.ask(
            person_id, to.value, now=turn.now, language=language, kind=to.kind
        )
        return self.go_on(pending, to, now=turn.now)

    def waiting_for(self, to: TypedIdentifier, *, now: datetime) -> Pending | None:
        """The change that a proven contact goes on with.

        Of an address that finds the very person already, only once it is due: until then it signs
        in as ever.
        """
        pending = self.changes.pending(to.value, kind=to.kind)
        found = self.people.find(to) if pending else None
        if pending is None or found is None:
            return pending
        is_own = to.kind == Identifier.Kind.EMAIL and is_of(pending.person_id, found)
        return pending if is_own and pending.due_at <= now else None

    def _lost_phone(self, person_id: UUID, to: TypedIdentifier) -> bool:
        """Whether the account still has a number that its person says is lost."""
        return to.kind == Identifier.Kind.EMAIL and bool(account_of(person_id).phone_index)

    def _is_taken(self, to: TypedIdentifier, *, now: datetime) -> bool:
        """Whether somebody else signs in by it; a number that rested for long was handed on."""
        if to.kind == Identifier.Kind.EMAIL:
            return self.people.find(to) is not None
        return self.changes.holder(to.value, now=now) is not None

    def go_on(self, pending: Pending, to: TypedIdentifier, *, now: datetime) -> Advance | UUID:
        """Do a change that is due, and end what was signed in before; else say when it will be."""
        if pending.due_at > now:
            return Advance(changes={"login_due_at": pending.due_at, "login_challenge": ""})
        try:
            self.changes.do(pending, to.value, now=now, kind=to.kind)
        except IdentifierTaken:
            return _trouble(_IN_USE[to.kind])
        self.sessions.end_all(pending.person_id, reason="phone_changed", now=now)
        return pending.person_id

    def _attempt(self, turn: Turn) -> Attempt:
        typed = clean(turn.progress.login_number)
        blind = self.people.blind(TypedIdentifier(kind="recovery", value=typed))
        return Attempt(
            account=f"recover:{blind.hex()}",
            device=hash_of_device(turn.browser.device_secret),
            is_known_device=False,
            address=turn.browser.remote_address,
        )


def _trouble(mistake: Mistake) -> Advance:
    return Advance(changes={"login_challenge": "", "login_trouble": mistake.value})
