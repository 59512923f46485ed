"""Another number or address for the account, asked for by who is signed in: once proven, it counts.

At once, unlike a lost number's: who comes here proved all that the account reaches a moment ago,
and not by a mailbox alone. Every channel that there was is told. Owns the way; what differs between
a number and an address is each `Change`'s.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, Protocol
from uuid import UUID

from idp.journey.login.answers import LoginAnswers
from idp.journey.login.contacts import email_address, phone_number, sent_to
from idp.journey.login.pages import NewAddressPage, NewNumberPage
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError, Page
from idp.journey.steps import Advance, Reply, Turn
from idp.subjects.authenticators.kinds import DECLARED, Kind
from idp.subjects.email_changes import EmailChanges
from idp.subjects.identifiers import TypedIdentifier, parse_email, parse_phone
from idp.subjects.people import IdentifierTaken, Standing
from idp.subjects.phone_changes import PhoneChanges


class Change(Protocol):
    """What is changed to: a number, or an address. `field` is what its form posts."""

    @property
    def kind(self) -> Kind: ...
    @property
    def field(self) -> str: ...
    @property
    def missing(self) -> Mistake: ...
    @property
    def in_use(self) -> Mistake: ...

    def read(self, typed: str) -> TypedIdentifier | None:
        """What was typed; None where it is no such thing."""
        ...

    def page(self, frame: dict[str, Any], person: Standing, typed: str) -> Page: ...

    def is_own(self, person: Standing, new: TypedIdentifier) -> bool:
        """Whether the person is found by it already."""
        ...

    def is_anothers(self, person_id: UUID, new: TypedIdentifier, turn: Turn) -> bool:
        """Whether somebody else is found by it."""
        ...

    def make(self, person_id: UUID, new: TypedIdentifier, turn: Turn) -> None:
        """Let it find the person; raises IdentifierTaken."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberChange:
    """A `Change` to another number."""

    changes: PhoneChanges
    kind: Kind = Kind.SMS
    field: str = "phone"
    missing: Mistake = Mistake.NEW_PHONE_MISSING
    in_use: Mistake = Mistake.PHONE_IN_USE

    def read(self, typed: str) -> TypedIdentifier | None:
        phone = parse_phone(typed)
        return phone_number(phone) if phone else None

    def page(self, frame: dict[str, Any], person: Standing, typed: str) -> Page:
        return NewNumberPage(**frame, masked_phone=person.masked_phone, phone=typed)

    def is_own(self, person: Standing, new: TypedIdentifier) -> bool:
        return new.value == person.phone

    def is_anothers(self, person_id: UUID, new: TypedIdentifier, turn: Turn) -> bool:
        del person_id  # their own number is not asked for a code
        return self.changes.holder(new.value, now=turn.now) is not None

    def make(self, person_id: UUID, new: TypedIdentifier, turn: Turn) -> None:
        self.changes.change(person_id, new.value, now=turn.now, language=turn.html_language)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChange:
    """A `Change` to an e-mail address, or to another."""

    changes: EmailChanges
    kind: Kind = Kind.EMAIL
    field: str = "email"
    missing: Mistake = Mistake.NEW_EMAIL_MISSING
    in_use: Mistake = Mistake.EMAIL_IN_USE

    def read(self, typed: str) -> TypedIdentifier | None:
        address = parse_email(typed)
        return email_address(address) if address else None

    def page(self, frame: dict[str, Any], person: Standing, typed: str) -> Page:
        return NewAddressPage(**frame, masked_email=person.masked_email, address=typed)

    def is_own(self, person: Standing, new: TypedIdentifier) -> bool:
        return new.value == person.email

    def is_anothers(self, person_id: UUID, new: TypedIdentifier, turn: Turn) -> bool:
        del turn
        return self.changes.holder(new.value) not in {None, person_id}

    def make(self, person_id: UUID, new: TypedIdentifier, turn: Turn) -> None:
        self.changes.change(person_id, new.value, now=turn.now, language=turn.html_language)


_NO_CODE: Final = {"login_challenge": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIdentifier:
    """Shows and judges the page of the number or address, and the code that goes there."""

    answers: LoginAnswers
    change: Change

    def show(self, turn: Turn, error: FormError | None = None) -> Page:
        if turn.progress.login_challenge:
            return self.answers.desk.page(turn, error, can_recover=False)
        trouble = turn.progress.login_trouble
        if error is None and trouble and not turn.typed.values:
            error = form_error(Mistake(trouble))
        frame = {**turn.frame, "errors": (error,) if error else turn.errors}
        typed = turn.typed.get(self.change.field)
        return self.change.page(frame, self.answers.current(turn), typed)

    def submit(self, turn: Turn) -> Reply:
        action = turn.typed.get("action")
        if action == "return":
            return self._done()
        if action == "other_account":
            return Advance(changes=_NO_CODE)
        if turn.progress.login_challenge:
            return self._code(turn)
        return self._asked(turn) if action == "add" else self.show(turn)

    def _done(self) -> Advance:
        return Advance(changes={**_NO_CODE, "login_added": self.change.kind.value})

    def _asked(self, turn: Turn) -> Reply:
        new = self.change.read(turn.typed.get(self.change.field))
        if new is None:
            return self.show(turn, form_error(self.change.missing))
        if self.change.is_own(self.answers.current(turn), new):
            return self._done()
        return self._sent(turn, new, {"login_trouble": ""})

    def _code(self, turn: Turn) -> Reply:
        new = sent_to(turn.progress)
        if turn.typed.get("action") == "resend":
            return self._sent(turn, new, {})
        if problem := self.answers.desk.problem(turn):
            return self.show(turn, problem)
        return self._changed(turn, new)

    def _sent(self, turn: Turn, new: TypedIdentifier, changes: dict[str, object]) -> Reply:
        sent = self.answers.desk.send(turn, new, field=self.change.field)
        if isinstance(sent, FormError):
            return self.show(turn, sent)
        return replace(sent, changes={**sent.changes, **changes})

    def _changed(self, turn: Turn, new: TypedIdentifier) -> Advance:
        """Whether somebody else is found by it is told to who proved it, nobody else."""
        person_id, kind = self.answers.current(turn).person_id, self.change.kind
        in_use = Advance(changes={**_NO_CODE, "login_trouble": self.change.in_use.value})
        if self.change.is_anothers(person_id, new, turn):
            return in_use
        try:
            self.change.make(person_id, new, turn)
        except IdentifierTaken:
            return in_use
        proven = self.answers.signing_in.prove(turn, person_id, kind, DECLARED[kind].amr)
        return replace(proven, changes={**proven.changes, **self._done().changes})
