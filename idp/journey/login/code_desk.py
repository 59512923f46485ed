"""Sending a code on a turn, the page that asks for it, and what is wrong with what was typed."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from idp.conf import EmailAccounts
from idp.journey.login.codes import DIGITS, RESEND_AFTER, Judgement, NotSent, OneTimeCodes
from idp.journey.login.contacts import BY_EMAIL, Contacts, named, sent_to
from idp.journey.login.pages import CodePage
from idp.journey.login.proofs import Proofs
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError
from idp.journey.steps import Advance, Turn
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.models import Identifier
from idp.subjects.people import PROVING, People

JUDGEMENTS: Final = {
    Judgement.WRONG: Mistake.CODE_WRONG,
    Judgement.EXPIRED: Mistake.CODE_EXPIRED,
    Judgement.WRONG_TOO_OFTEN: Mistake.CODE_TOO_OFTEN_WRONG,
}
PROBLEMS: Final = {
    NotSent.TOO_SOON: Mistake.RESEND_TOO_SOON,
    NotSent.EXHAUSTED: Mistake.MESSAGES_EXHAUSTED,
    NotSent.SLOW_DOWN: Mistake.SLOW_DOWN,
    NotSent.GATEWAY: Mistake.MESSAGE_NOT_SENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeDesk:
    """Codes as the pages of signing in use them."""

    codes: OneTimeCodes
    contacts: Contacts
    people: People
    proofs: Proofs

    def send(
        self, turn: Turn, to: TypedIdentifier, *, may_turn: bool = False, field: str = "identifier"
    ) -> Advance | FormError:
        """Send a code, within the limits; the turn's next page asks for it.

        A number that no gateway serves is told so: with `may_turn` on the page that takes an e-mail
        address instead, else beside `field`, where it was typed.
        """
        if not self.contacts.can_reach(to):
            return self._out_of_reach(to, may_turn=may_turn, field=field)
        sending = self.codes.send(
            to, address=turn.browser.remote_address, language=turn.language, now=turn.now
        )
        is_email = to.kind == Identifier.Kind.EMAIL
        if sending.problem is not None:
            mistake = PROBLEMS[sending.problem]
            if is_email and mistake is Mistake.MESSAGES_EXHAUSTED:
                mistake = Mistake.EMAILS_EXHAUSTED
            return form_error(mistake, seconds=sending.wait_seconds)
        return Advance(
            changes={
                "login_challenge": sending.challenge,
                "login_phone": "" if is_email else to.value,
                "login_email": to.value if is_email else "",
                "login_identifier": turn.typed.get("identifier"),
                "login_resend_at": turn.now + timedelta(seconds=RESEND_AFTER),
            }
        )

    def again(self, turn: Turn) -> Advance | FormError:
        """Send another code where the last one went."""
        return self.send(turn, sent_to(turn.progress))

    def page(
        self, turn: Turn, error: FormError | None = None, *, can_recover: bool = True
    ) -> CodePage:
        """The page on which the code that was sent is typed."""
        to, again = sent_to(turn.progress), turn.progress.login_resend_at
        left = max(0, int((again - turn.now).total_seconds())) if again else 0
        is_new = turn.standing.session is None or turn.progress.login_is_other
        by_email = to.kind == Identifier.Kind.EMAIL
        return CodePage(
            **{**turn.frame, "errors": (error,) if error else turn.errors},
            sent_to=named(turn),
            by_email=by_email,
            digits=DIGITS,
            lives_seconds=self.codes.ttl_of(to),
            resend_in_seconds=left,
            may_register=is_new and (not by_email or self.contacts.opens_by_email),
            name_follows=by_email and self.contacts.accounts is EmailAccounts.VERIFIED,
            can_recover=can_recover,
        )

    def problem(self, turn: Turn) -> FormError | None:
        """What is wrong with the typed code; a right one is used up."""
        typed, to = turn.typed.get("code"), sent_to(turn.progress)
        if not typed:
            return form_error(Mistake.CODE_MISSING)
        judgement = self.codes.judge(turn.progress.login_challenge, to, typed)
        if judgement is Judgement.RIGHT:
            return None
        self.proofs.record_failure(
            turn,
            PROVING[to.kind],
            judgement.name.lower(),
            account="",
            counted_as=self.people.blind(to).hex(),
        )
        return form_error(JUDGEMENTS[judgement])

    def give_back(self, turn: Turn) -> None:
        """Let the right code of this turn count once more."""
        progress = turn.progress
        self.codes.give_back(progress.login_challenge, sent_to(progress), turn.typed.get("code"))

    def _out_of_reach(
        self, to: TypedIdentifier, *, may_turn: bool, field: str
    ) -> Advance | FormError:
        if to.kind == Identifier.Kind.EMAIL:
            return form_error(Mistake.EMAIL_NOT_TAKEN)
        if may_turn and self.contacts.takes_email:
            kept = {"login_way": BY_EMAIL, "login_unreached": to.value, "login_challenge": ""}
            return Advance(changes=kept)
        mistake = {
            "identifier": Mistake.PHONE_OUT_OF_REACH,
            "phone": Mistake.NEW_PHONE_OUT_OF_REACH,
        }
        return form_error(mistake[field])
