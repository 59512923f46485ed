"""Signing in by an e-mail address: the page that asks for it, and whom a proven address opens.

Where none of our text messages arrives, a mailbox takes the phone's place. It proves one factor; an
account that it opens has to prove a name before it is let in anywhere, unless the city says more.
"""

from dataclasses import dataclass
from uuid import UUID

from idp.journey.login.code_desk import CodeDesk
from idp.journey.login.contacts import BY_EMAIL, email_address, sent_to
from idp.journey.login.pages import EmailPage
from idp.journey.login.registrations import Registrations
from idp.journey.login.signing_in import SigningIn
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError
from idp.journey.steps import Advance, Turn
from idp.subjects.authenticators.kinds import DECLARED, Kind, NotProven, Shown
from idp.subjects.identifiers import mask_phone, parse_email
from idp.subjects.people import People, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class ByEmail:
    """Asks for an address, and judges what a proven one opens."""

    desk: CodeDesk
    people: People
    signing_in: SigningIn
    registrations: Registrations

    def is_asked(self, turn: Turn) -> bool:
        """Whether the page of this turn asks for an address."""
        return turn.progress.login_way == BY_EMAIL and self.desk.contacts.takes_email

    def page(self, turn: Turn, error: FormError | None = None) -> EmailPage:
        unreached = turn.progress.login_unreached
        return EmailPage(
            **{**turn.frame, "errors": (error,) if error else turn.errors},
            unreached=mask_phone(unreached) if unreached else "",
            address=turn.typed.get("identifier"),
            may_register=self.desk.contacts.opens_by_email,
        )

    def send(self, turn: Turn, target: Standing | None) -> Advance | FormError:
        """Send a code to the known person's address, else to the one that was typed."""
        if target is not None and target.email and not self.desk.contacts.takes_email:
            return form_error(Mistake.MESSAGE_NOT_SENT)  # its gateway was switched off
        if target is not None and target.email:
            return self.desk.send(turn, email_address(target.email))
        typed = turn.typed.get("identifier")
        if not typed:
            if turn.progress.login_way == BY_EMAIL:
                return form_error(Mistake.EMAIL_MISSING)
            return Advance(changes={"login_way": BY_EMAIL})
        address = parse_email(typed)
        if not address:
            return form_error(Mistake.EMAIL_UNREADABLE)
        return self.desk.send(turn, email_address(address))

    def proven(self, turn: Turn, current: Standing | None) -> Advance | FormError:
        """The code was right: whom this address signs in. `current` is who is signed in here."""
        to = sent_to(turn.progress)
        if current is not None and current.email == to.value:
            return self.known(turn, current.person_id)
        person_id = self.people.find(to)
        return self.known(turn, person_id) if person_id is not None else self._free(turn)

    def known(self, turn: Turn, person_id: UUID) -> Advance | FormError:
        """Sign in whom the proven address opens, where it was confirmed there."""
        shown = Shown(person_id=person_id, answer="", now=turn.now)
        try:
            proof = self.desk.proofs.authenticators.check(Kind.EMAIL, shown)
        except NotProven:
            # An account says it has this address, and nobody ever showed that it is theirs.
            return form_error(Mistake.EMAIL_UNPROVEN)
        return self.signing_in.prove(turn, person_id, proof.kind, proof.amr)

    def _free(self, turn: Turn) -> Advance | FormError:
        contacts = self.desk.contacts
        if not contacts.opens_by_email:
            return form_error(Mistake.EMAIL_OPENS_NOTHING)
        if pause := self.registrations.pause(turn):
            self.desk.give_back(turn)
            return form_error(Mistake.SLOW_DOWN, seconds=pause)
        person_id, is_new = self.people.find_or_register_email(
            turn.progress.login_email,
            level=contacts.level_by_email,
            client_id=turn.client.client_id,
            now=turn.now,
        )
        if not is_new:
            return self.known(turn, person_id)
        self.registrations.happened(turn)
        return self.signing_in.prove(turn, person_id, Kind.EMAIL, DECLARED[Kind.EMAIL].amr)
