"""An e-mail address for the account, or another one, asked for by who is signed in.

Once it is proven it counts, at once: who comes here proved all that the account reaches a moment
ago, and not by a mailbox alone. Every channel that there was is told.
"""

from dataclasses import dataclass, replace
from typing import Final

from idp.journey.login.answers import LoginAnswers
from idp.journey.login.contacts import email_address
from idp.journey.login.pages import NewAddressPage
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError, Page
from idp.journey.steps import Advance, Reply, Turn
from idp.subjects.authenticators.kinds import DECLARED, Kind
from idp.subjects.email_changes import EmailChanges
from idp.subjects.identifiers import parse_email
from idp.subjects.people import IdentifierTaken

_TAGS: Final = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}
_DONE: Final = {"login_added": Kind.EMAIL.value, "login_challenge": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAddress:
    """Shows and judges the page of the address, and the code that goes there."""

    answers: LoginAnswers
    changes: EmailChanges

    def show(self, turn: Turn, error: FormError | None = None) -> Page:
        if turn.progress.login_challenge:
            return self.answers.desk.page(turn, error, can_recover=False)
        trouble = turn.progress.login_trouble
        if error is None and trouble and not turn.typed.values:
            error = form_error(Mistake(trouble))
        return NewAddressPage(
            **{**turn.frame, "errors": (error,) if error else turn.errors},
            masked_email=self.answers.current(turn).masked_email,
            address=turn.typed.get("email"),
        )

    def submit(self, turn: Turn) -> Reply:
        action = turn.typed.get("action")
        if action == "return":
            return Advance(changes=_DONE)
        if action == "other_account":
            return Advance(changes={"login_challenge": ""})
        if turn.progress.login_challenge:
            return self._code(turn)
        return self._asked(turn) if action == "add" else self.show(turn)

    def _asked(self, turn: Turn) -> Reply:
        address = parse_email(turn.typed.get("email"))
        if not address:
            return self.show(turn, form_error(Mistake.NEW_EMAIL_MISSING))
        if address == self.answers.current(turn).email:
            return Advance(changes=_DONE)
        sent = self.answers.desk.send(turn, email_address(address))
        if isinstance(sent, FormError):
            return self.show(turn, sent)
        return replace(sent, changes={**sent.changes, "login_trouble": ""})

    def _code(self, turn: Turn) -> Reply:
        if turn.typed.get("action") == "resend":
            sent = self.answers.desk.again(turn)
            return self.show(turn, sent) if isinstance(sent, FormError) else sent
        if problem := self.answers.desk.problem(turn):
            return self.show(turn, problem)
        return self._changed(turn, turn.progress.login_email)

    def _changed(self, turn: Turn, address: str) -> Advance:
        """Whether somebody else is found by it is told to who proved it, nobody else."""
        person_id = self.answers.current(turn).person_id
        in_use = {"login_challenge": "", "login_trouble": Mistake.EMAIL_IN_USE.value}
        if self.changes.holder(address) not in {None, person_id}:
            return Advance(changes=in_use)
        language = _TAGS.get(turn.language, "zh-Hans")
        try:
            self.changes.change(person_id, address, now=turn.now, language=language)
        except IdentifierTaken:
            return Advance(changes=in_use)
        amr = DECLARED[Kind.EMAIL].amr
        proven = self.answers.signing_in.prove(turn, person_id, Kind.EMAIL, amr)
        return replace(proven, changes={**proven.changes, **_DONE})
