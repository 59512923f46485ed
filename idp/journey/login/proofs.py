"""Proofs that a person types or shows: which ways lead on for them, and what an answer is worth.

Text messages have a page and limits of their own; their codes are judged beside this.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.journey.access.duties import proof_owed
from idp.journey.journeys import hash_of_device
from idp.journey.login.attempts import Attempt, PasswordAttempts
from idp.journey.login.devices import KnownDevices
from idp.journey.login.face_desk import FaceDesks
from idp.journey.login.signing_in import NAMED_PROOF, SECOND_FACTOR
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError
from idp.journey.risk.counters import RiskCounters
from idp.journey.steps import EXPECTED_OTHER, Turn
from idp.subjects.authenticators.directory import Authenticators
from idp.subjects.authenticators.kinds import DECLARED, Kind, NotProven, Proof, Refusal, Shown
from idp.subjects.authenticators.passkey import PasskeyKind
from idp.subjects.authenticators.records import Held

_WRONG: Final = {
    Kind.TOTP: Mistake.APP_CODE_WRONG,
    Kind.RECOVERY_CODE: Mistake.RECOVERY_CODE_WRONG,
    Kind.PASSWORD: Mistake.SIGN_IN_FAILED,
}
_USED: Final = {
    Kind.TOTP: Mistake.APP_CODE_USED,
    Kind.RECOVERY_CODE: Mistake.RECOVERY_CODE_USED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofs:
    """Judges proofs; how often one may be tried is counted for each account and kind."""

    authenticators: Authenticators
    attempts: PasswordAttempts
    devices: KnownDevices
    counters: RiskCounters
    faces: FaceDesks
    clock: Clock

    @property
    def passkeys(self) -> PasskeyKind | None:
        found = self.authenticators.kinds.get(Kind.PASSKEY)
        return found if isinstance(found, PasskeyKind) else None

    def known_person(self, turn: Turn) -> UUID | None:
        """Whose proof it must be: the one who is signed in, unless another account is meant."""
        session = turn.standing.session
        if session is None or turn.progress.login_is_other:
            return None
        return None if turn.needed.reason in {"login", EXPECTED_OTHER} else session.person_id

    def held(self, person_id: UUID) -> tuple[Held, ...]:
        """A person's authenticators; a face only while somebody can compare it."""
        found = self.authenticators.of(person_id)
        if any(each.kind is Kind.FACE for each in found) and not self.faces.held(person_id):
            return tuple(each for each in found if each.kind is not Kind.FACE)
        return found

    def ways(self, turn: Turn) -> tuple[Kind, ...]:
        """The ways that help the one who is signed in now, the best first."""
        session = turn.standing.session
        if session is None:
            return ()
        held = self.held(session.person_id)
        if turn.needed.reason == SECOND_FACTOR:
            needed, proven = turn.standing.needed.aal, frozenset(session.amr)
            found = self.authenticators.ways(held, proven=proven, needed=needed)
            if not found and self.authenticators.is_little(held, proven):
                # Not for the level: what is to be changed hangs on more than mailbox or face.
                found = self.authenticators.beyond_little(held, proven)
            return found
        has = {each.kind for each in held}
        mailbox = DECLARED[Kind.EMAIL].amr
        if turn.needed.reason == NAMED_PROOF:
            has = {kind for kind in has if kind.value in proof_owed(turn.standing)}
        elif turn.request.beyond_email:
            has.discard(Kind.FACE)
            if self.authenticators.is_little(held, mailbox):
                has.discard(Kind.EMAIL)
        return tuple(kind for kind in DECLARED if kind in has)

    def passkey_options(self, turn: Turn, person_id: UUID | None = None) -> str:
        """What the browser is asked for; "" where there are no passkeys."""
        if self.passkeys is None:
            return ""
        return self.passkeys.request_options(
            turn.journey.id, now=turn.now, person_id=person_id or self.known_person(turn)
        )

    def passkey(self, turn: Turn) -> Proof | FormError:
        """Judge what the browser answered for a passkey."""
        person_id = self.known_person(turn)
        shown = Shown(
            answer=turn.typed.get("passkey"),
            person_id=person_id,
            bound_to=turn.journey.id,
            now=turn.now,
        )
        try:
            return self.authenticators.check(Kind.PASSKEY, shown)
        except NotProven as problem:
            whose = problem.person_id or person_id
            self.record_failure(
                turn, Kind.PASSKEY, problem.reason, account=str(whose) if whose else ""
            )
            return form_error(Mistake.PASSKEY_REFUSED)

    def code(self, turn: Turn, kind: Kind, person_id: UUID) -> Proof | FormError:
        """Judge a typed code of an app or a list, within the limits of guessing."""
        typed = turn.typed.get("code")
        if not typed:
            return form_error(Mistake.CODE_MISSING)
        attempt = self.attempt(turn, person_id, kind)
        if wait := self.attempts.wait_for(attempt, now=turn.now):
            return form_error(Mistake.SLOW_DOWN, seconds=wait)
        try:
            proof = self.authenticators.check(
                kind, Shown(answer=typed, person_id=person_id, now=turn.now)
            )
        except NotProven as problem:
            self.attempts.failed(attempt, now=turn.now)
            self.record_failure(turn, kind, problem.reason, account=str(person_id))
            is_used = problem.reason is Refusal.REPLAYED
            return form_error((_USED if is_used else _WRONG)[kind])
        self.attempts.succeeded(attempt)
        return proof

    def attempt(self, turn: Turn, person_id: UUID, kind: Kind) -> Attempt:
        device = turn.browser.device_secret
        return Attempt(
            account=f"{person_id}:{kind}",
            device=hash_of_device(device),
            is_known_device=person_id in self.devices.people(device),
            address=turn.browser.remote_address,
        )

    def record_failure(
        self, turn: Turn, kind: Kind, reason: str, *, account: str, counted_as: str = ""
    ) -> None:
        """`account` is a person's id, or the blind index of what names no account.

        `counted_as` is what the failure counts against where no account is to be named.
        """
        event = AuditEvent(
            type="login.failed",
            outcome="refused",
            subject=account,
            client_id=turn.client.client_id,
            channel=turn.request.channel,
            detail={"factor": kind.value, "reason": reason},
        )
        with transaction.atomic():
            record(event, clock=self.clock)
        self.counters.failed(account or counted_as)
