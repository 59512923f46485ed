"""Asks the devices of a place, has faces compared without holding a thread, writes what was proven.

Owns which order this goes in and what it costs; agents and their sittings are the channels room's,
whom to ask about a face the inquiries'. A picture is handed on in memory and kept nowhere.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson
from django.db import transaction

from connectors.documents.registry import RESIDENT_ID_CARD
from connectors.evidence import IdentityClaim, Particular
from connectors.face_capture import FaceCapture
from connectors.inquiry import Inquiries, Inquiry
from connectors.outcomes import Outcome
from connectors.plan import Wanted
from idp.channels.devices import stands_at
from idp.channels.sittings import Act, Sitting, Sittings, Task
from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.journey.readings.card import Card, FaceSaid
from idp.journey.readings.here import FacesHere
from idp.journey.request import Browser, JourneyRequest
from idp.journey.verification.attempts import CheckAttempts, Held
from idp.journey.verification.desk import HELD_BY_ANOTHER, HOLDS_ANOTHER, NO_ATTEMPTS_LEFT
from idp.journey.waits import Waits
from idp.subjects.documents import DocumentHeldByAnother, Documents, PersonHoldsAnother
from idp.subjects.people import People
from idp.subjects.purpose_consents import FACE, FACE_NOTICE, PurposeConsents

FACE_LEVEL: Final = 3
CAMERA: Final = "camera"
_HAS: Final = frozenset(
    {
        Particular.LIVE_PORTRAIT,
        Particular.PORTRAIT,
        Particular.CHIP_PORTRAIT,
        Particular.BIRTH_DATE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingDesk:
    """It is the channels room's `Faces`: what cameras take comes here."""

    sittings: Sittings
    inquiries: Inquiries
    waits: Waits
    attempts: CheckAttempts
    documents: Documents
    people: People
    consents: PurposeConsents
    clock: Clock
    here: FacesHere | None = None
    """Our own look through a browser's camera, where the deployment switched it on."""

    def seated(self, request: JourneyRequest, browser: Browser) -> JourneyRequest:
        """The request, with the place it is made at; free for a browser that sits nowhere."""
        sitting = self.sittings.current(browser.sitting_id) if browser.sitting_id else None
        if sitting is None:
            return request
        return replace(
            request, channel=sitting.channel, sitting=sitting.id, device=sitting.device_id
        )

    def sitting(self, request: JourneyRequest) -> Sitting | None:
        """Where this journey takes place, while nobody else sits there."""
        return self.sittings.current(request.sitting) if request.sitting else None

    def looks_here(self, sitting: Sitting) -> FacesHere | None:
        """Our look through the browser's own camera: only where no enrolled camera stands."""
        return None if stands_at(sitting.place, CAMERA) else self.here

    def compares_faces(
        self, document_type: str = RESIDENT_ID_CARD, *, at: Sitting | None = None
    ) -> bool:
        """Whether a living face can be compared for this document, at this place."""
        if at is not None and self.looks_here(at) is not None:
            return True
        wanted = Wanted(level=FACE_LEVEL, document_type=document_type, has=_HAS)
        return self.inquiries.particulars_asked(wanted, may_ask=frozenset()) is not None

    def ask_card(self, sitting: Sitting, *, journey_id: str) -> str:
        """Have the place's reader read the next card that is laid on it."""
        return self.sittings.ask(sitting, Act.READ_CARD, journey_id=journey_id)

    def ask_face(self, sitting: Sitting, card: Card, *, journey_id: str) -> str:
        """Have the place's camera take a face, to be compared for this card's holder."""
        claim = card.claim
        about = {
            "document_type": claim.document_type,
            "document_number": claim.document_number,
            "name": claim.name,
            "birth_date": card.birth_date.isoformat(),
        }
        return self.sittings.ask(
            sitting, Act.TAKE_PORTRAIT, journey_id=journey_id, about=orjson.dumps(about)
        )

    def taken(self, task: Task, capture: FaceCapture) -> None:
        """A camera took what was asked for: ask an authority, and tell the journey then."""
        now = self.clock.now()
        if capture.portrait is None:
            said = FaceSaid(outcome=capture.outcome.value, checked_at=now, device=capture.device_id)
            self.sittings.deliver(task, said.encode())
            return
        claim = replace(
            _claim_of(task), portrait=capture.portrait, chip_portrait=capture.chip_portrait
        )
        blind = self.documents.blind(claim.document_type, claim.document_number).hex()
        held = self.attempts.hold(f"face:{blind}", blind, now=now)
        if held is None:
            said = FaceSaid(outcome=NO_ATTEMPTS_LEFT, checked_at=now, device=capture.device_id)
            self.sittings.deliver(task, said.encode())
            return
        self.sittings.hold(task)
        self.waits.ask(
            lambda: self.inquiries.ask_awaiting(claim, level=FACE_LEVEL, now=self.clock.now()),
            lambda inquiry: self._conclude(task, held, inquiry, capture.device_id),
            patience=0,
        )

    def admit(
        self,
        card: Card,
        face: FaceSaid | None,
        *,
        agreed_at: datetime,
        client_id: str,
        now: datetime,
    ) -> UUID:
        """Whose account this is, opened if need be, with the evidence that was just given.

        Without a face, a member of staff saw the holder beside the card.
        """
        try:
            return self._admitted(card, face, agreed_at, client_id, now)
        except DocumentHeldByAnother:
            # Somebody proved the same document at this very moment: it is their account.
            return self._admitted(card, face, agreed_at, client_id, now)

    def keep(self, person_id: UUID, card: Card, face: FaceSaid | None, *, client_id: str) -> str:
        """Write what was proven of somebody signed in; the outcome, as the desk's words have it."""
        try:
            with transaction.atomic():
                self.documents.keep(person_id, card.document, card.check, client_id=client_id)
                if face is not None:
                    self.documents.keep(
                        person_id, card.document, card.face_check(face), client_id=client_id
                    )
        except DocumentHeldByAnother:
            return HELD_BY_ANOTHER
        except PersonHoldsAnother:
            return HOLDS_ANOTHER
        return Outcome.MATCH.value

    def agree(self, person_id: UUID, *, at: datetime, client_id: str) -> UUID:
        """Keep the separate consent to compare a face (PIPL 29)."""
        return self.consents.give(
            person_id, FACE, notice_version=FACE_NOTICE, given_at=at, client_id=client_id
        )

    def _admitted(
        self, card: Card, face: FaceSaid | None, agreed_at: datetime, client_id: str, now: datetime
    ) -> UUID:
        with transaction.atomic():
            person_id = self.documents.holder_of(card.document_type, card.document_number)
            if person_id is None:
                person_id = self.people.open_account(client_id=client_id, now=now)
            document = card.document
            self.documents.keep(person_id, document, card.check, client_id=client_id)
            if face is not None:
                self.agree(person_id, at=agreed_at, client_id=client_id)
                self.documents.keep(person_id, document, card.face_check(face), client_id=client_id)
        return person_id

    def _conclude(self, task: Task, held: Held, inquiry: Inquiry, device: str) -> None:
        """On an errand's thread: count, tell."""
        result = inquiry.result
        self.attempts.settle(held, costs=result.outcome.costs_an_attempt)
        if result.outcome is not Outcome.MATCH:
            self._record(result.outcome, result.method, result.provider_code, device)
        self.sittings.deliver(task, FaceSaid.of(result, device=device).encode())

    def _record(self, outcome: Outcome, method: str, code: str, device: str) -> None:
        event = AuditEvent(
            type="verification.failed",
            outcome=outcome.value.lower(),
            device=device,
            detail={"method": method, "provider_code": code},
        )
        with transaction.atomic():
            record(event, clock=self.clock)


def _claim_of(task: Task) -> IdentityClaim:
    about = orjson.loads(task.about)
    return IdentityClaim(
        document_type=about["document_type"],
        document_number=about["document_number"],
        name=about["name"],
        birth_date=datetime.fromisoformat(about["birth_date"]).date(),
    )
