"""Recovery when the phone is lost: the identity proven anew, a new number, and a time to object.

Never "delete your account". Name and number of the account's own document are compared; what this
method cannot reach is sent to a window. Nothing tells whether an account exists before both the
document and the new number are proven.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from connectors.documents.document import clean
from connectors.documents.names import InvalidName, normalise_name
from idp.journey.journeys import hash_of_device
from idp.journey.login.attempts import Attempt, PasswordAttempts
from idp.journey.login.pages import RecoverPage, RecoveryWaitingPage
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError, Page
from idp.journey.steps import Advance, Turn
from idp.sessions.directory import Sessions
from idp.subjects.documents import Documents
from idp.subjects.evidence import EvidenceChain
from idp.subjects.families import is_of
from idp.subjects.identifiers import TypedIdentifier, mask_phone, parse_phone
from idp.subjects.people import IdentifierTaken, People
from idp.subjects.phone_changes import Pending, PhoneChanges

RECOVER: Final = "recover"
REACHED: Final = 2
"""The identity level that name and number can prove anew."""
_TAGS: Final = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Judges the pages of recovery; codes are sent and judged beside it."""

    people: People
    documents: Documents
    chain: EvidenceChain
    changes: PhoneChanges
    sessions: Sessions
    attempts: PasswordAttempts

    def show(self, turn: Turn, error: FormError | None = None) -> Page:
        trouble = turn.progress.login_trouble
        if error is None and trouble and not turn.typed.values:
            error = form_error(Mistake(trouble))
        return RecoverPage(
            **{**turn.frame, "errors": (error,) if error else turn.errors},
            name=turn.typed.get("name") or turn.progress.login_name,
            document_number=turn.typed.get("document_number") or turn.progress.login_number,
            phone=turn.typed.get("phone"),
        )

    def waiting(self, turn: Turn) -> Page:
        return RecoveryWaitingPage(
            **turn.frame,
            masked_phone=mask_phone(turn.progress.login_phone),
            due_at=turn.progress.login_due_at or turn.now,
        )

    def read(self, turn: Turn) -> tuple[str, dict[str, object]] | FormError:
        """The new number, and what to keep of the claim until it is proven."""
        typed = turn.typed
        phone = parse_phone(typed.get("phone"))
        try:
            name = normalise_name(typed.get("name"))
        except InvalidName:
            return form_error(Mistake.NAME_MISSING)
        number = typed.get("document_number")
        if not self.documents.is_readable(number):
            return form_error(Mistake.DOCUMENT_NUMBER_UNREADABLE)
        if not phone:
            return form_error(Mistake.NEW_PHONE_MISSING)
        return phone, {"login_name": name, "login_number": number, "login_trouble": ""}

    def finish(self, turn: Turn, phone: str) -> Advance | UUID:
        """The new number is proven: ask for the change; a person's id when it is done at once."""
        attempt = self._attempt(turn)
        if self.attempts.wait_for(attempt, now=turn.now):
            return _trouble(Mistake.TRY_LATER)
        name, number = turn.progress.login_name, turn.progress.login_number
        person_id = self.documents.holder(number, name)
        if person_id is None:
            self.attempts.failed(attempt, now=turn.now)
            return _trouble(Mistake.PROOF_DIFFERS)
        found = self.people.find(TypedIdentifier(kind="phone", value=phone))
        if found is not None and is_of(person_id, found):
            return found
        if self.changes.holder(phone, now=turn.now) is not None:
            return _trouble(Mistake.PHONE_IN_USE)
        if self.chain.identity_level(person_id, now=turn.now).level > REACHED:
            return _trouble(Mistake.WINDOW_NEEDED)
        pending = self.changes.ask(
            person_id, phone, now=turn.now, language=_TAGS.get(turn.language, "zh-Hans")
        )
        return self.go_on(pending, phone, now=turn.now)

    def go_on(self, pending: Pending, phone: str, *, now: datetime) -> Advance | UUID:
        """Do a change that is due, and end what was signed in before; else say when it will be."""
        if pending.due_at > now:
            return Advance(changes={"login_due_at": pending.due_at, "login_challenge": ""})
        try:
            self.changes.do(pending, phone, now=now)
        except IdentifierTaken:
            return _trouble(Mistake.PHONE_IN_USE)
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
