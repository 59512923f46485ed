"""A contact for the account, or for a child's: whoever answers there agrees by telling the code.

The code is for this alone: it has a key, a place in the journey and words of its own, so that
nobody who is asked for it as a contact can be signed in with it.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from idp.journey.login.code_desk import JUDGEMENTS, PROBLEMS
from idp.journey.login.codes import DIGITS, RESEND_AFTER, Judgement, OneTimeCodes
from idp.journey.login.contact_pages import ContactCodePage, NewContactPage
from idp.journey.login.contacts import Contacts
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError, Page
from idp.journey.steps import Advance, Reply, Turn
from idp.subjects.contact_changes import ContactChanges
from idp.subjects.contacts import ContactTaken, OwnContact, TooManyContacts
from idp.subjects.families import survivor_of
from idp.subjects.guardianship import Guardianships
from idp.subjects.identifiers import TypedIdentifier, mask_identifier, parse_identifier
from idp.subjects.models import Identifier
from idp.subjects.people import People

CONTACT: Final = "contact"
"""What `adds` says for it."""
_NO_CODE: Final = {"login_contact": "", "login_contact_challenge": ""}
_DONE: Final = {**_NO_CODE, "login_added": CONTACT, "login_trouble": ""}
_REFUSED: Final = {
    OwnContact: Mistake.CONTACT_IS_OWN,
    TooManyContacts: Mistake.CONTACTS_ARE_FULL,
    ContactTaken: Mistake.CONTACT_IN_USE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    """Shows and judges the page of the contact, and of the code that goes there."""

    codes: OneTimeCodes
    where: Contacts
    people: People
    changes: ContactChanges
    guardianships: Guardianships

    def show(self, turn: Turn, error: FormError | None = None) -> Page:
        trouble = turn.progress.login_trouble
        if error is None and trouble and not turn.typed.values:
            error = form_error(Mistake(trouble))
        frame = {**turn.frame, "errors": (error,) if error else turn.errors}
        to = _sent_to(turn)
        if to is None:
            return NewContactPage(
                **frame,
                identifier=turn.typed.get("identifier"),
                takes_email=self.where.takes_email,
                child=self._named(turn) if turn.request.adds_for else "",
            )
        again = turn.progress.login_resend_at
        return ContactCodePage(
            **frame,
            sent_to=mask_identifier(to),
            by_email=to.kind == Identifier.Kind.EMAIL,
            digits=DIGITS,
            lives_seconds=self.codes.ttl_of(to),
            resend_in_seconds=max(0, int((again - turn.now).total_seconds())) if again else 0,
        )

    def submit(self, turn: Turn) -> Reply:
        action, to = turn.typed.get("action"), _sent_to(turn)
        if action == "return" or self._whose(turn) is None:
            return Advance(changes=_DONE)
        if action == "other_contact":
            return Advance(changes=_NO_CODE)
        if to is None:
            return self._asked(turn) if action == "add" else self.show(turn)
        return self._sent(turn, to) if action == "resend" else self._code(turn, to)

    def _asked(self, turn: Turn) -> Reply:
        typed = turn.typed.get("identifier")
        if to := self.where.read(typed):
            return self._sent(turn, to)
        by_email = self.where.takes_email
        missing = Mistake.CONTACT_ALONE if by_email else Mistake.PHONE_ALONE
        return self.show(turn, form_error(missing))

    def _sent(self, turn: Turn, to: TypedIdentifier) -> Reply:
        if not self.where.can_reach(to):
            return self.show(turn, form_error(Mistake.PHONE_OUT_OF_REACH))
        sending = self.codes.send(
            to,
            address=turn.browser.remote_address,
            language=turn.language,
            now=turn.now,
            says={"name": self._named(turn)},
        )
        if sending.problem is not None:
            mistake = PROBLEMS[sending.problem]
            if mistake is Mistake.MESSAGES_EXHAUSTED and to.kind == Identifier.Kind.EMAIL:
                mistake = Mistake.EMAILS_EXHAUSTED
            return self.show(turn, form_error(mistake, seconds=sending.wait_seconds))
        return Advance(
            changes={
                "login_contact": to.value,
                "login_contact_challenge": sending.challenge,
                "login_resend_at": turn.now + timedelta(seconds=RESEND_AFTER),
                "login_trouble": "",
            }
        )

    def _code(self, turn: Turn, to: TypedIdentifier) -> Reply:
        typed = turn.typed.get("code")
        if not typed:
            return self.show(turn, form_error(Mistake.CODE_MISSING))
        judgement = self.codes.judge(turn.progress.login_contact_challenge, to, typed)
        if judgement is not Judgement.RIGHT:
            return self.show(turn, form_error(JUDGEMENTS[judgement]))
        return self._kept(turn, to)

    def _kept(self, turn: Turn, to: TypedIdentifier) -> Advance:
        """How many people's contact it is, is told to who proved it, and only when it is full."""
        whose, guardian = self._whose(turn), _asking(turn)
        if whose is None:
            return Advance(changes=_DONE)
        try:
            self.changes.add(
                whose,
                to,
                set_by=guardian if turn.request.adds_for else None,
                now=turn.now,
                language=turn.html_language,
            )
        except (OwnContact, TooManyContacts, ContactTaken) as refused:
            trouble = _REFUSED[type(refused)].value
            return Advance(changes={**_NO_CODE, "login_trouble": trouble})
        return Advance(changes=_DONE)

    def _whose(self, turn: Turn) -> UUID | None:
        """The person's own, or a child's whom they stand for at this very moment; else nobody's."""
        asking = _asking(turn)
        if not turn.request.adds_for:
            return asking
        ward = UUID(turn.request.adds_for)
        if not self.guardianships.stands_for(asking, ward, now=turn.now):
            return None
        return survivor_of(ward)

    def _named(self, turn: Turn) -> str:
        """Whose notices they are, masked: so the contact knows what they agree to."""
        whose = self._whose(turn) or _asking(turn)
        return self.people.standing(whose, now=turn.now).masked_name


def _asking(turn: Turn) -> UUID:
    session = turn.standing.session
    if session is None:
        raise AssertionError("asked only where a session is")
    return session.person_id


def _sent_to(turn: Turn) -> TypedIdentifier | None:
    """Where the code went that this journey waits for from a contact."""
    return parse_identifier(turn.progress.login_contact) if turn.progress.login_contact else None
