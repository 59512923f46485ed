"""A face before the machine's own camera, which a page of ours opens, beside the chip's photograph.

Owns the errand between reader and browser: the card is read anew for each look, its photograph
waits closed for this very browser, frames live as long as their request. Judging them is the
connector's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import BoundedSemaphore
from typing import Final, Protocol

from django.db import transaction

from connectors.evidence import VerificationResult
from connectors.lens.prompted import Prompt
from connectors.outcomes import Outcome
from idp.channels.handover import lock_of
from idp.channels.sittings import Act, Sitting, Sittings
from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.journey.readings.card import Card, FaceSaid
from idp.journey.verification.attempts import CheckAttempts
from idp.journey.verification.desk import NO_ATTEMPTS_LEFT
from idp.subjects.documents import Documents

PROMPTS_TTL: Final = 90
"""Seconds from the first prompt until the frames must have come."""
TOO_LATE: Final = "too_late"
TOO_MANY: Final = "too_many"
_AT_ONCE: Final = 2
"""Looked at and waiting for it: a queue of frames must not hold the threads of the pages."""


class PromptedEye(Protocol):
    """Whatever judges frames."""

    def judge(
        self, frames: Sequence[bytes], chip: bytes, *, prompts: Sequence[Prompt], now: datetime
    ) -> VerificationResult: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of a look: what the chain is told, and the code the page's words go by."""

    said: FaceSaid
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FacesHere:
    """Asks the reader for the chip's photograph, and has frames judged beside it."""

    eye: PromptedEye
    sittings: Sittings
    attempts: CheckAttempts
    documents: Documents
    clock: Clock
    places: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(_AT_ONCE))

    def ask_photograph(self, sitting: Sitting, *, journey_id: str, secret: str) -> str:
        """Have the reader read the card again, with its photograph, for the browser of `secret`."""
        lock = lock_of(secret, errand=journey_id)
        return self.sittings.ask(sitting, Act.READ_CARD, journey_id=journey_id, lock=lock)

    def look(
        self,
        frames: Sequence[bytes],
        chip: bytes,
        card: Card,
        *,
        prompts: Sequence[Prompt],
        sitting: Sitting,
    ) -> Seen:
        """Judge frames beside the photograph; what differs counts against the document."""
        now, device = self.clock.now(), sitting.device_id
        blind = self.documents.blind(card.document_type, card.document_number).hex()
        if not self.places.acquire(blocking=False):
            return _unseen(Outcome.RATE_LIMITED.value, TOO_MANY, device, now)
        try:
            held = self.attempts.hold(f"face:{blind}", blind, now=now)
            if held is None:
                return _unseen(NO_ATTEMPTS_LEFT, NO_ATTEMPTS_LEFT, device, now)
            result = self.eye.judge(frames, chip, prompts=prompts, now=now)
            self.attempts.settle(held, costs=result.outcome.costs_an_attempt)
        finally:
            self.places.release()
        if result.outcome is not Outcome.MATCH:
            self._record(result, device)
        return Seen(said=FaceSaid.of(result, device=device), code=result.provider_code)

    def _record(self, result: VerificationResult, device: str) -> None:
        event = AuditEvent(
            type="verification.failed",
            outcome=result.outcome.value.lower(),
            device=device,
            detail={"method": result.method, "provider_code": result.provider_code},
        )
        with transaction.atomic():
            record(event, clock=self.clock)


def _unseen(outcome: str, code: str, device: str, now: datetime) -> Seen:
    said = FaceSaid(outcome=outcome, checked_at=now, device=device)
    return Seen(said=said, code=code)
