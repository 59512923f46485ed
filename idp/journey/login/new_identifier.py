"""Another number or address for the account, asked for by who is signed in: once proven, it counts.

At once, unlike a lost number's: who comes here proved all that the account reaches a moment ago,
and not by a mailbox alone. Every channel that there was is told. Owns the way; what differs between
a number and an address stands in its two `Change`s.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is changed to: a number, or an address.

    Attributes:
        field: what its form posts.
        read: what was typed, in canonical form; "" where it is no such thing.
        identifier: the canonical form as an identifier.
        page: the page, of what every page carries, the person as they stand, and what was typed.
        own: the one that finds the person now.
        holder: whom one finds, if anybody.
        make: lets it find the person; raises IdentifierTaken.
    """

    kind: Kind
    field: str
    missing: Mistake
    in_use: Mistake
    read: Callable[[str], str]
    identifier: Callable[[str], TypedIdentifier]
    page: Callable[[dict[str, Any], Standing, str], Page]
    own: Callable[[Standing], str]
    holder: Callable[[str, datetime], UUID | None]
    make: Callable[[UUID, str, datetime, str], None]


def to_number(changes: PhoneChanges) -> Change:
    """A change to another number."""
    return Change(
        kind=Kind.SMS,
        field="phone",
        missing=Mistake.NEW_PHONE_MISSING,
        in_use=Mistake.PHONE_IN_USE,
        read=parse_phone,
        identifier=phone_number,
        page=lambda frame, person, typed: NewNumberPage(
            **frame, masked_phone=person.masked_phone, phone=typed
        ),
        own=lambda person: person.phone,
        holder=lambda phone, now: changes.holder(phone, now=now),
        make=lambda person_id, phone, now, tag: changes.change(
            person_id, phone, now=now, language=tag
        ),
    )


def to_address(changes: EmailChanges) -> Change:
    """A change to an e-mail address, or to another."""
    return Change(
        kind=Kind.EMAIL,
        field="email",
        missing=Mistake.NEW_EMAIL_MISSING,
        in_use=Mistake.EMAIL_IN_USE,
        read=parse_email,
        identifier=email_address,
        page=lambda frame, person, typed: NewAddressPage(
            **frame, masked_email=person.masked_email, address=typed
        ),
        own=lambda person: person.email,
        holder=lambda address, _now: changes.holder(address),
        make=lambda person_id, address, now, tag: changes.change(
            person_id, address, now=now, language=tag
        ),
    )


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
        if not new:
            return self.show(turn, form_error(self.change.missing))
        if new == self.change.own(self.answers.current(turn)):
            return self._done()
        return self._sent(turn, self.change.identifier(new), {"login_trouble": ""})

    def _code(self, turn: Turn) -> Reply:
        new = sent_to(turn.progress)
        if turn.typed.get("action") == "resend":
            return self._sent(turn, new, {})
        if problem := self.answers.desk.problem(turn):
            return self.show(turn, problem)
        return self._changed(turn, new.value)

    def _sent(self, turn: Turn, new: TypedIdentifier, changes: dict[str, object]) -> Reply:
        sent = self.answers.desk.send(turn, new, field=self.change.field)
        if isinstance(sent, FormError):
            return self.show(turn, sent)
        return replace(sent, changes={**sent.changes, **changes})

    def _changed(self, turn: Turn, new: str) -> Advance:
        """Whether somebody else is found by it is told to who proved it, nobody else."""
        person_id, kind = self.answers.current(turn).person_id, self.change.kind
        in_use = Advance(changes={**_NO_CODE, "login_trouble": self.change.in_use.value})
        if self.change.holder(new, turn.now) not in {None, person_id}:
            return in_use
        try:
            self.change.make(person_id, new, turn.now, turn.html_language)
        except IdentifierTaken:
            return in_use
        proven = self.answers.signing_in.prove(turn, person_id, kind, DECLARED[kind].amr)
        return replace(proven, changes={**proven.changes, **self._done().changes})
