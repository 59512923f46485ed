"""Another number for the account, asked for by who is signed in: once it is proven, it counts.

At once, unlike a lost number's: who comes here proved all that the account reaches a moment ago.
The old number is told.
"""

from dataclasses import dataclass, replace
from typing import Final

from idp.journey.login.answers import LoginAnswers
from idp.journey.login.contacts import phone_number
from idp.journey.login.pages import NewNumberPage
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError, Page
from idp.journey.steps import Advance, Reply, Turn
from idp.subjects.authenticators.kinds import DECLARED, Kind
from idp.subjects.identifiers import parse_phone
from idp.subjects.people import IdentifierTaken
from idp.subjects.phone_changes import PhoneChanges

_TAGS: Final = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}
_DONE: Final = {"login_added": Kind.SMS.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNumber:
    """Shows and judges the page of the new number, and the code that goes there."""

    answers: LoginAnswers
    changes: PhoneChanges

    def show(self, turn: Turn, error: FormError | None = None) -> Page:
        if turn.progress.login_challenge:
            return self.answers.desk.page(turn, error, can_recover=False)
        trouble = turn.progress.login_trouble
        if error is None and trouble and not turn.typed.values:
            error = form_error(Mistake(trouble))
        return NewNumberPage(
            **{**turn.frame, "errors": (error,) if error else turn.errors},
            masked_phone=self.answers.current(turn).masked_phone,
            phone=turn.typed.get("phone"),
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
        phone = parse_phone(turn.typed.get("phone"))
        if not phone:
            return self.show(turn, form_error(Mistake.NEW_PHONE_MISSING))
        if phone == self.answers.current(turn).phone:
            return Advance(changes=_DONE)
        return self._sent(turn, phone, {"login_trouble": ""})

    def _code(self, turn: Turn) -> Reply:
        if turn.typed.get("action") == "resend":
            return self._sent(turn, turn.progress.login_phone, {})
        if problem := self.answers.desk.problem(turn):
            return self.show(turn, problem)
        return self._changed(turn, turn.progress.login_phone)

    def _sent(self, turn: Turn, phone: str, changes: dict[str, object]) -> Reply:
        sent = self.answers.desk.send(turn, phone_number(phone), field="phone")
        if isinstance(sent, FormError):
            return self.show(turn, sent)
        return replace(sent, changes={**sent.changes, **changes})

    def _changed(self, turn: Turn, phone: str) -> Advance:
        """Whether somebody else is found by the number is told to who proved it, nobody else."""
        person_id = self.answers.current(turn).person_id
        in_use = {"login_challenge": "", "login_trouble": Mistake.PHONE_IN_USE.value}
        if self.changes.holder(phone, now=turn.now) is not None:
            return Advance(changes=in_use)
        language = _TAGS.get(turn.language, "zh-Hans")
        try:
            self.changes.change(person_id, phone, now=turn.now, language=language)
        except IdentifierTaken:
            return Advance(changes=in_use)
        amr = DECLARED[Kind.SMS].amr
        proven = self.answers.signing_in.prove(turn, person_id, Kind.SMS, amr)
        return replace(proven, changes={**proven.changes, **_DONE})
