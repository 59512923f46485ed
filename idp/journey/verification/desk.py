"""The verification desk: has authorities asked without holding a thread, and keeps their answers.

A check is a record in the store; its page looks at it again and again. What a match proves is
written to the database before anybody is told. A process that is killed while an authority thinks
costs nobody a try: record and held tries end by themselves.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson
from django.db import transaction

from connectors.documents.registry import DOCUMENT_TYPES
from connectors.evidence import IdentityClaim, Particular, VerificationResult
from connectors.inquiry import Inquiries, Inquiry
from connectors.outcomes import Outcome
from connectors.plan import Wanted
from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.storage import ShortLivedStore
from idp.journey.verification.attempts import HELD_FOR, CheckAttempts, Held
from idp.journey.waits import Waits
from idp.subjects.documents import (
    Check,
    DocumentHeldByAnother,
    Documents,
    NotTied,
    PersonHoldsAnother,
    VerifiedDocument,
)

HELD_BY_ANOTHER: Final = "HELD_BY_ANOTHER"
HOLDS_ANOTHER: Final = "HOLDS_ANOTHER"
NOT_TIED: Final = "NOT_TIED"
NO_ATTEMPTS_LEFT: Final = "NO_ATTEMPTS_LEFT"
PENDING: Final = "PENDING"
"""Beside the outcomes of `connectors.outcomes`."""

LEVEL: Final = 2
"""What particulars alone can prove; a face and a chip have pages of their own."""

_PENDING_TTL: Final = HELD_FOR
"""Seconds after which an unanswered check counts as the authority's failure."""
_DONE_TTL: Final = 1_800


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOrder:
    """Who wants what checked, for which client."""

    journey_id: str
    person_id: UUID
    client_id: str
    claim: IdentityClaim

    @property
    def id(self) -> str:
        """The same for the same words in the same journey: a double click is one check."""
        claim = self.claim
        said = orjson.dumps(
            [
                self.journey_id,
                claim.document_type,
                claim.document_number,
                claim.name,
                claim.birth_date,
                claim.phone,
                claim.bank_card,
            ]
        )
        return hashlib.sha256(said).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospects:
    """Whom particulars of one kind of document would be put to, and what they would ask.

    `is_well` is False while all of them rest or are used up.
    """

    needs: frozenset[Particular]
    authority: str
    method: str
    order: int
    cost: int
    is_well: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationDesk:
    """Takes orders and tells what became of them.

    `extras` is what this desk's page has beside name, number and a date of birth; whoever needs
    other things is not asked here.
    """

    store: ShortLivedStore
    waits: Waits
    inquiries: Inquiries
    documents: Documents
    attempts: CheckAttempts
    clock: Clock
    extras: frozenset[Particular] = frozenset()

    def order(self, order: CheckOrder, *, now: datetime) -> str:
        """Start a check and wait a moment for it; return its outcome, or PENDING.

        An order that is under way is not started again.
        """
        key = f"check:{order.id}"
        person, document = self._counted(order)
        if not self.store.add(key, PENDING.encode(), ttl=_PENDING_TTL):
            return self.outcome(order.id)
        held = self.attempts.hold(person, document, now=now)
        if held is None:
            self.store.delete(key)
            return NO_ATTEMPTS_LEFT
        answered = self.waits.ask(
            lambda: self.inquiries.ask_awaiting(order.claim, level=LEVEL, now=self.clock.now()),
            lambda inquiry: self._conclude(order, held, inquiry),
        )
        return answered or self.outcome(order.id)

    def particulars_asked(self, document_type: str) -> frozenset[Particular] | None:
        """What to ask for beside name and number; None for a document nobody here can check."""
        wanted = Wanted(level=LEVEL, document_type=document_type)
        may_ask = self.extras | {Particular.BIRTH_DATE}
        return self.inquiries.particulars_asked(wanted, may_ask=may_ask)

    def prospects(self, document_type: str, *, now: datetime) -> Prospects | None:
        """Whom a document of this type would be put to now; None where nobody here can check it."""
        needs = self.particulars_asked(document_type)
        if needs is None:
            return None
        has = needs | self.extras
        plan = self.inquiries.plan(
            Wanted(level=LEVEL, document_type=document_type, has=has), now=now
        )
        first = next(iter(plan.options), None)
        if first is None:
            return Prospects(needs=needs, authority="", method="", order=0, cost=0, is_well=False)
        candidate = first.candidate
        return Prospects(
            needs=needs,
            authority=candidate.adapter.authority,
            method=candidate.adapter.method,
            order=candidate.terms.order,
            cost=candidate.terms.cost,
            is_well=not candidate.health.is_ailing,
        )

    def outcome(self, check_id: str) -> str:
        """What became of a check; one that nobody remembers is the authority's failure."""
        kept = self.store.get(f"check:{check_id}")
        return kept.decode() if kept else Outcome.TIMEOUT.value

    def forget(self, check_id: str) -> None:
        """Let the same words be checked again."""
        self.store.delete(f"check:{check_id}")

    def attempts_left(self, person_id: UUID, *, now: datetime) -> int:
        return self.attempts.left(str(person_id), now=now)

    def _conclude(self, order: CheckOrder, held: Held, inquiry: Inquiry) -> str:
        """On the waiting page's thread, or an errand's: count, write, tell."""
        result = inquiry.result
        self.attempts.settle(held, costs=result.outcome.costs_an_attempt)
        for each in inquiry.tries:
            if each.result is not result:
                self._record(order, each.result, "verification.try_failed")
        outcome = result.outcome.value
        if result.outcome is Outcome.MATCH:
            outcome = self._keep(order, result)
        else:
            self._record(order, result, "verification.failed")
        self.store.put(f"check:{order.id}", outcome.encode(), ttl=_DONE_TTL)
        return outcome

    def _keep(self, order: CheckOrder, result: VerificationResult) -> str:
        claim = order.claim
        document = VerifiedDocument(
            document_type=claim.document_type,
            number=claim.document_number,
            holder_name=claim.name,
        )
        try:
            self.documents.keep(
                order.person_id, document, check_of(claim, result), client_id=order.client_id
            )
        except DocumentHeldByAnother:
            return HELD_BY_ANOTHER
        except NotTied:
            return NOT_TIED
        except PersonHoldsAnother:
            return HOLDS_ANOTHER
        return Outcome.MATCH.value

    def _counted(self, order: CheckOrder) -> tuple[str, str]:
        claim = order.claim
        blind = self.documents.blind(claim.document_type, claim.document_number)
        return str(order.person_id), blind.hex()

    def _record(self, order: CheckOrder, result: VerificationResult, event_type: str) -> None:
        event = AuditEvent(
            type=event_type,
            outcome=result.outcome.value.lower(),
            subject=str(order.person_id),
            client_id=order.client_id,
            detail={
                "method": result.method,
                "provider_code": result.provider_code,
                "provider_reference": result.provider_reference,
            },
        )
        with transaction.atomic():
            record(event, clock=self.clock)


def is_under_way(store: ShortLivedStore, check_id: str) -> bool:
    """Whether an authority still thinks; one store trip, and none where nothing was asked."""
    return bool(check_id) and store.get(f"check:{check_id}") == PENDING.encode()


def check_of(claim: IdentityClaim, result: VerificationResult) -> Check:
    """A match as the chain keeps it, with what follows from the number it confirmed."""
    read = DOCUMENT_TYPES[claim.document_type].parse(claim.document_number)
    values = {"name": claim.name, "document_number": claim.document_number}
    confirmed = claim.birth_date if "birthdate" in result.matched_claims else None
    if birth_date := read.birth_date or confirmed:
        values["birthdate"] = birth_date.isoformat()
    if read.sex:
        values["gender"] = read.sex.value
    return Check(
        method=result.method,
        authority=result.authority,
        checked_at=result.checked_at,
        provider_code=result.provider_code,
        provider_reference=result.provider_reference,
        matched_claims=result.matched_claims,
        values=values,
        identity_level=result.identity_level,
    )
