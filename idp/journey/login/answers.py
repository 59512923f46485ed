"""What a login form's answer leads to: a code sent, a factor proven, another account, a mistake.

Whoever types is told the same, after the same work, whether an account exists or not.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from idp.foundation.sealing.data_keys import KeyDestroyed
from idp.journey.journeys import hash_of_device
from idp.journey.login.attempts import Attempt, PasswordAttempts
from idp.journey.login.by_email import ByEmail
from idp.journey.login.code_desk import CodeDesk
from idp.journey.login.codes import OneTimeCodes
from idp.journey.login.contacts import phone_number, sent_to
from idp.journey.login.devices import KnownDevices
from idp.journey.login.proofs import Proofs
from idp.journey.login.recovery import RECOVER, Recovery
from idp.journey.login.registrations import Registrations
from idp.journey.login.signing_in import NAMED_PROOF, SECOND_FACTOR, SigningIn
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError
from idp.journey.steps import EXPECTED_OTHER, Advance, Turn
from idp.subjects.authenticators.kinds import DECLARED, Kind, NotProven, Proof, Refusal, Shown
from idp.subjects.identifiers import TypedIdentifier, parse_email, parse_identifier
from idp.subjects.models import Identifier, Person
from idp.subjects.people import People, Standing

_OTHER_ACCOUNT: Final = {
    "login_is_other": True,
    "login_challenge": "",
    "login_phone": "",
    "login_email": "",
    "login_unreached": "",
    "login_person": "",
    "login_identifier": "",
    "login_way": "",
    "login_secret": "",
    "login_dormant": "",
    "login_trouble": "",
    "login_due_at": None,
    "login_name": "",
    "login_number": "",
    "login_closed": "",
    "login_closed_by": "",
    "login_check": "",
    "login_face": (),
    "login_face_said": "",
}
Answer = Advance | FormError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginAnswers:
    """Judges one answer. None means: show the page again, nothing happened."""

    people: People
    desk: CodeDesk
    by_email: ByEmail
    attempts: PasswordAttempts
    devices: KnownDevices
    proofs: Proofs
    recovery: Recovery
    signing_in: SigningIn
    registrations: Registrations

    @property
    def codes(self) -> OneTimeCodes:
        return self.desk.codes

    def judge(self, turn: Turn) -> Answer:
        typed = turn.typed
        if typed.get("action") == "other_account":
            return Advance(changes=_OTHER_ACCOUNT)
        if typed.get("action") == RECOVER:
            return self._recover(turn)
        if typed.get("account"):
            return self._choose(turn)
        if typed.get("passkey"):
            return self._signed_in(turn, self.proofs.passkey(turn))
        if turn.progress.login_challenge:
            return self.desk.again(turn) if typed.get("action") == "resend" else self._code(turn)
        return self._asked(turn)

    def _recover(self, turn: Turn) -> Answer:
        """The page of a lost phone, or what was typed there."""
        if turn.progress.login_way != RECOVER:
            return Advance(changes={"login_way": RECOVER, "login_challenge": ""})
        if "phone" not in turn.typed.values:
            return Advance(changes={"login_challenge": ""})
        read = self.recovery.read(turn)
        if isinstance(read, FormError):
            return read
        to, kept = read
        sent = self.desk.send(turn, to, field="phone")
        return Advance(changes={**sent.changes, **kept}) if isinstance(sent, Advance) else sent

    def _asked(self, turn: Turn) -> Answer:
        """A code by text message or e-mail, another way, or what was typed."""
        method = turn.typed.get("method")
        if method == Kind.SMS:
            return self._send(turn)
        if method == Kind.EMAIL:
            return self.by_email.send(turn, self._target(turn))
        if method:
            return Advance(changes={"login_way": method})
        return self._typed(turn) if turn.typed.get("action") == "sign_in" else None

    def current(self, turn: Turn) -> Standing:
        """The person of the turn's session."""
        session = turn.standing.session
        if session is None:
            raise AssertionError("asked only where a session is")
        return self.people.standing(session.person_id, now=turn.now)

    def remembered(self, turn: Turn) -> Standing | None:
        """The account chosen among this browser's, or its last one, unless another is wanted.

        Shown masked: others may use this computer.
        """
        if turn.progress.login_person:
            return self._standing(turn, UUID(turn.progress.login_person))
        if turn.progress.login_is_other or turn.needed.reason == EXPECTED_OTHER:
            return None
        for person_id in self.devices.people(turn.browser.device_secret):
            person = self._standing(turn, person_id)
            if person is not None and self._is_reached(person):
                return person
        return None

    def _is_reached(self, person: Standing) -> bool:
        """Whether a code can be offered to who was here before."""
        return bool(person.phone or (person.email and self.desk.contacts.takes_email))

    def choices(self, turn: Turn) -> tuple[tuple[str, Standing], ...]:
        """The accounts this browser may go on as, the signed-in one first."""
        session = turn.standing.session
        known = self.devices.people(turn.browser.device_secret)
        ids = dict.fromkeys((*((session.person_id,) if session else ()), *known))
        people = ((each, self._standing(turn, each)) for each in ids)
        return tuple((_choice(turn, each), person) for each, person in people if person)

    def _standing(self, turn: Turn, person_id: UUID) -> Standing | None:
        try:
            return self.people.standing(person_id, now=turn.now)
        except (Person.DoesNotExist, KeyDestroyed):  # the browser remembers whom we forgot
            return None

    def _choose(self, turn: Turn) -> Answer:
        session = turn.standing.session
        for value, person in self.choices(turn):
            if value != turn.typed.get("account"):
                continue
            if session is not None and person.person_id == session.person_id:
                return Advance(changes={"login_is_chosen": True})
            return Advance(changes={**_OTHER_ACCOUNT, "login_person": person.person_id.hex})
        return form_error(Mistake.CHOICE_MISSING)

    def _target(self, turn: Turn) -> Standing | None:
        """The person a form without an identifier speaks of: signed in here, or remembered."""
        if turn.standing.session is not None and turn.needed.reason not in {
            "login",
            EXPECTED_OTHER,
        }:
            return self.current(turn)
        return None if turn.typed.get("identifier") else self.remembered(turn)

    def _send(self, turn: Turn) -> Answer:
        """A code to the known person, else to what was typed: a number, or an address."""
        target = self._target(turn)
        if target is not None:
            return self._send_to_person(turn, target)
        typed = turn.typed.get("identifier")
        if not typed:
            return form_error(self._contact_missing(turn))
        to = self.desk.contacts.read(typed)
        if to is None or (to.kind == Identifier.Kind.EMAIL and turn.progress.login_upstream):
            return form_error(self._not_a_contact(turn, typed))
        return self.desk.send(turn, to, may_turn=not turn.progress.login_upstream)

    def _send_to_person(self, turn: Turn, target: Standing) -> Answer:
        """To their phone; to their address where the phone cannot be reached, or they have none."""
        phone = phone_number(target.phone)
        if target.email and not (target.phone and self.desk.contacts.can_reach(phone)):
            return self.by_email.send(turn, target)
        return self.desk.send(turn, phone)

    def _contact_missing(self, turn: Turn) -> Mistake:
        takes_email = self.desk.contacts.takes_email and not turn.progress.login_upstream
        return Mistake.CONTACT_ALONE if takes_email else Mistake.PHONE_ALONE

    def _not_a_contact(self, turn: Turn, typed: str) -> Mistake:
        """A password is named as the other way only where the page has a field for it."""
        has_field = Kind.PASSWORD in self.proofs.authenticators.kinds
        if turn.progress.login_upstream or not has_field:
            if parse_email(typed) and not turn.progress.login_upstream:
                return Mistake.EMAIL_NOT_TAKEN
            return self._contact_missing(turn)
        return Mistake.CONTACT_NEEDED if self.desk.contacts.takes_email else Mistake.PHONE_NEEDED

    def _code(self, turn: Turn) -> Answer:
        if not turn.typed.get("code") and not turn.typed.get("action"):
            return None
        if problem := self.desk.problem(turn):
            return problem
        to = sent_to(turn.progress)
        if turn.progress.login_way == RECOVER:
            return self._recovered(turn, self.recovery.finish(turn, to))
        if to.kind == Identifier.Kind.EMAIL:
            return self._proven_address(turn, to)
        return self._proven_phone(turn, to.value)

    def _proven_address(self, turn: Turn, to: TypedIdentifier) -> Answer:
        """The code was right: somebody waits for this address, or whom it signs in."""
        if pending := self.recovery.waiting_for(to, now=turn.now):
            return self._recovered(turn, self.recovery.go_on(pending, to, now=turn.now))
        is_known = turn.standing.session is not None and not turn.progress.login_is_other
        return self.by_email.proven(turn, self.current(turn) if is_known else None)

    def _proven_phone(self, turn: Turn, phone: str) -> Answer:
        """The code was right: whom this number signs in, now or later."""
        if turn.standing.session is not None and not turn.progress.login_is_other:
            person = self.current(turn)
            if person.phone == phone:
                is_alone = turn.needed.reason not in {SECOND_FACTOR, NAMED_PROOF}
                return self._phone(turn, person.person_id, "alone" if is_alone else "beside")
        person_id = self.people.find(phone_number(phone))
        if person_id is not None:
            return self._phone(turn, person_id, "alone")
        return self._free_phone(turn, phone)

    def _free_phone(self, turn: Turn, phone: str) -> Answer:
        """A proven number that finds nobody: somebody waits for it, or it opens an account."""
        if pending := self.recovery.changes.pending(phone):
            to = phone_number(phone)
            return self._recovered(turn, self.recovery.go_on(pending, to, now=turn.now))
        if pause := self.registrations.pause(turn):
            self.desk.give_back(turn)
            return form_error(Mistake.SLOW_DOWN, seconds=pause)
        person_id, is_new = self.people.find_or_register(
            phone, client_id=turn.client.client_id, now=turn.now
        )
        if is_new:
            self.registrations.happened(turn)
            return self.signing_in.prove(turn, person_id, Kind.SMS, DECLARED[Kind.SMS].amr)
        return self._phone(turn, person_id, "alone")

    def _password(self, turn: Turn) -> Answer:
        is_on = Kind.PASSWORD in self.proofs.authenticators.kinds
        password = turn.typed.get("password") if is_on else ""
        target = self._target(turn)
        identifier = parse_identifier(turn.typed.get("identifier"))
        if target is None and not turn.typed.get("identifier"):
            return form_error(Mistake.IDENTIFIER_MISSING)
        if not password:
            return self._without_password(turn, target, identifier)
        attempt = self._attempt(turn, target, identifier)
        if wait := self.attempts.wait_for(attempt, now=turn.now):
            return form_error(Mistake.SLOW_DOWN, seconds=wait)
        if target is not None:
            is_right = self.people.is_password_of(target.person_id, password)
            person_id = target.person_id if is_right else None
        else:
            person_id = self.people.check_password(identifier, password)
        if person_id is None:
            self.attempts.failed(attempt, now=turn.now)
            self.proofs.record_failure(
                turn, Kind.PASSWORD, "wrong_password", account=attempt.account
            )
            return form_error(Mistake.SIGN_IN_FAILED)
        self.attempts.succeeded(attempt)
        return self.signing_in.prove(turn, person_id, Kind.PASSWORD, DECLARED[Kind.PASSWORD].amr)

    def _typed(self, turn: Turn) -> Answer:
        """A code of an app or a list where such a page was shown, else a password."""
        way = turn.typed.get("way")
        person_id = self.proofs.known_person(turn)
        if person_id is None or way not in {Kind.TOTP, Kind.RECOVERY_CODE}:
            return self._password(turn)
        return self._signed_in(turn, self.proofs.code(turn, Kind(way), person_id))

    def _signed_in(self, turn: Turn, judged: Proof | FormError) -> Answer:
        if isinstance(judged, FormError):
            return judged
        return self.signing_in.prove(turn, judged.person_id, judged.kind, judged.amr)

    def _recovered(self, turn: Turn, found: Advance | UUID) -> Answer:
        if isinstance(found, Advance):
            return found
        if turn.progress.login_email:
            return self.by_email.known(turn, found)
        return self._phone(turn, found, "alone")

    def _phone(self, turn: Turn, person_id: UUID, how: str) -> Answer:
        """The code was right: what the phone is worth is judged beside the account it opens."""
        shown = Shown(person_id=person_id, answer=how, now=turn.now)
        try:
            proof = self.proofs.authenticators.check(Kind.SMS, shown)
        except NotProven as problem:
            if problem.reason is not Refusal.DORMANT:
                return form_error(Mistake.CODE_EXPIRED)  # the number left the account just now
            return self._dormant(turn, person_id)
        return self.signing_in.prove(turn, person_id, proof.kind, proof.amr)

    def _dormant(self, turn: Turn, person_id: UUID) -> Answer:
        """Somebody whose change to this number is due; else whoever comes is asked who they are."""
        phone = turn.progress.login_phone
        pending = self.recovery.changes.pending(phone)
        if pending is not None and pending.due_at <= turn.now and pending.person_id != person_id:
            to = phone_number(phone)
            return self._recovered(turn, self.recovery.go_on(pending, to, now=turn.now))
        return Advance(changes={"login_dormant": person_id.hex, "login_challenge": ""})

    def _without_password(
        self, turn: Turn, target: Standing | None, identifier: TypedIdentifier | None
    ) -> Answer:
        """A number or an address with an empty password asks for a code, by whichever button."""
        if target is not None:
            return form_error(Mistake.PASSWORD_MISSING)
        if identifier is None:
            return form_error(Mistake.IDENTIFIER_UNREADABLE)
        to = self.desk.contacts.read(identifier.value)
        if to is None or (to.kind == Identifier.Kind.EMAIL and turn.progress.login_upstream):
            return form_error(Mistake.PASSWORD_MISSING)
        return self.desk.send(turn, to, may_turn=not turn.progress.login_upstream)

    def _attempt(
        self, turn: Turn, target: Standing | None, identifier: TypedIdentifier | None
    ) -> Attempt:
        device = turn.browser.device_secret
        known = {str(each) for each in self.devices.people(device)}
        person_id = target.person_id if target else None
        if target is None and identifier is not None:
            person_id = self.people.find(identifier)
        # An account is counted under one name however it was called; one that does not exist
        # under the name that was typed.
        account = str(person_id) if person_id else self._blind(turn, identifier)
        return Attempt(
            account=account,
            device=hash_of_device(device),
            is_known_device=account in known,
            address=turn.browser.remote_address,
        )

    def _blind(self, turn: Turn, identifier: TypedIdentifier | None) -> str:
        typed = identifier or TypedIdentifier(kind="none", value=turn.typed.get("identifier"))
        return self.people.blind(typed).hex()


def _choice(turn: Turn, person_id: UUID) -> str:
    """What a choice's button posts: opaque outside this journey."""
    return hash_of_device(f"{turn.journey.id}{person_id}")[:24]
