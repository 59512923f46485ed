"""A phone that was unused for long and is proven now: the account's holder, or the number's next?

Networks hand numbers on, so the code alone opens nothing. Whoever comes is asked the same, whatever
the account holds, and is shown nothing of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction

from connectors.documents.names import InvalidName, normalise_name
from idp.journey.login.attempts import PasswordAttempts
from idp.journey.login.pages import DormantPhonePage
from idp.journey.login.proofs import Proofs
from idp.journey.login.signing_in import SigningIn
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError, Page
from idp.journey.steps import Advance, Reply, Turn
from idp.subjects.authenticators.kinds import DECLARED, Kind, NotProven, Shown
from idp.subjects.documents import Documents
from idp.subjects.families import is_of
from idp.subjects.identifiers import mask_phone
from idp.subjects.people import People

IDENTITY: Final = "identity"
_WAYS: Final = (Kind.PASSWORD.value, IDENTITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class DormantPhones:
    """Shows and judges the page of a dormant phone."""

    proofs: Proofs
    people: People
    documents: Documents
    attempts: PasswordAttempts
    signing_in: SigningIn

    def show(self, turn: Turn, error: FormError | None = None) -> Page:
        way = turn.progress.login_way
        return DormantPhonePage(
            **{**turn.frame, "errors": (error,) if error else turn.errors},
            masked_phone=mask_phone(turn.progress.login_phone),
            has_passwords=Kind.PASSWORD in self.proofs.authenticators.kinds,
            way=way if way in _WAYS else "",
            name=turn.typed.get("name"),
            document_number=turn.typed.get("document_number"),
        )

    def submit(self, turn: Turn) -> Reply:
        typed = turn.typed
        if typed.get("action") == "new_account":
            return self._new_account(turn)
        if typed.get("action") == "back":
            return Advance(changes={"login_way": ""})
        if typed.get("method") in _WAYS:
            return Advance(changes={"login_way": typed.get("method")})
        person_id = UUID(turn.progress.login_dormant)
        if typed.get("way") == Kind.PASSWORD:
            return self._judged(turn, person_id, lambda: self._is_password(turn, person_id))
        if typed.get("way") == IDENTITY:
            return self._judged(turn, person_id, lambda: self._is_holder(turn, person_id))
        return self.show(turn)

    def _judged(self, turn: Turn, person_id: UUID, is_proven: Callable[[], bool]) -> Reply:
        attempt = self.proofs.attempt(turn, person_id, Kind.SMS)
        if wait := self.attempts.wait_for(attempt, now=turn.now):
            return self.show(turn, form_error(Mistake.SLOW_DOWN, seconds=wait))
        if not is_proven():
            self.attempts.failed(attempt, now=turn.now)
            self.proofs.record_failure(turn, Kind.SMS, "dormant", account=str(person_id))
            return self.show(turn, form_error(Mistake.PROOF_DIFFERS))
        self.attempts.succeeded(attempt)
        shown = Shown(person_id=person_id, answer="beside", now=turn.now)
        proof = self.proofs.authenticators.check(Kind.SMS, shown)
        amr = proof.amr
        if turn.typed.get("way") == Kind.PASSWORD:
            amr |= DECLARED[Kind.PASSWORD].amr
        return self.signing_in.prove(turn, person_id, Kind.SMS, amr)

    def _is_password(self, turn: Turn, person_id: UUID) -> bool:
        shown = Shown(person_id=person_id, answer=turn.typed.get("password"), now=turn.now)
        try:
            self.proofs.authenticators.check(Kind.PASSWORD, shown)
        except NotProven:
            return False
        return True

    def _is_holder(self, turn: Turn, person_id: UUID) -> bool:
        """Name and number are those of the account's own proven document."""
        try:
            name = normalise_name(turn.typed.get("name"))
        except InvalidName:
            return False
        holder = self.documents.holder(turn.typed.get("document_number"), name)
        return holder is not None and is_of(holder, person_id)

    def _new_account(self, turn: Turn) -> Reply:
        """The number's next holder: the one before is unbound, and stays unknown to them."""
        phone = turn.progress.login_phone
        former = UUID(turn.progress.login_dormant)
        with transaction.atomic():
            self.people.unbind_phone(former, phone)
            # At their address, if they have one: the number is not theirs any more.
            self.proofs.authenticators.notices.tell(former, "phone_unbound")
        person_id, _ = self.people.find_or_register(
            phone, client_id=turn.client.client_id, now=turn.now
        )
        return self.signing_in.prove(turn, person_id, Kind.SMS, DECLARED[Kind.SMS].amr)
