"""The verification desk: has authorities asked without holding a thread, and keeps their answers.

A check is a record in the store; its page looks at it again and again. What a match proves is
written to the database before anybody is told. A process that is killed while an authority thinks
costs nobody a try: record and held tries end by themselves.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson
from django.db import transaction

from connectors.documents.registry import DOCUMENT_TYPES
from connectors.evidence import IdentityClaim, Particular, VerificationResult
from connectors.inquiry import Inquiries, Inquiry
from connectors.outcomes import Outcome
from connectors.plan import Terms, Wanted
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
_PAUSES: Final = ((10, 3), (25, 5))
"""How long an authority has been thinking, and when to look again, both in seconds."""
_LONGEST_PAUSE: Final = 10

_AskedByType = Mapping[str, frozenset[Particular] | None]


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
class Look:
    """What became of a check: an outcome, or PENDING and in how many seconds to look again."""

    outcome: str
    pause: int = 0


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
    _asked: "dict[tuple[Terms, ...], _AskedByType]" = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def order(self, order: CheckOrder, *, now: datetime) -> str:
        """Start a check and wait a moment for it; return its outcome, or PENDING.

        An order that is under way is not started again; one whose outcome was told is forgotten,
        for typing the same words again is a new check.
        """
        key = _key(order.id)
        person, document = self._counted(order)
        if not self.store.add(key, _under_way(now), ttl=_PENDING_TTL):
            return self._taken(order.id, now)
        held = self.attempts.hold(person, document, now=now)
        if held is None:
            self.store.delete(key)
            return NO_ATTEMPTS_LEFT
        answered = self.waits.ask(
            lambda: self.inquiries.ask_awaiting(order.claim, level=LEVEL, now=self.clock.now()),
            lambda inquiry: self._conclude(order, held, inquiry),
            late=lambda outcome: self.store.put(key, outcome.encode(), ttl=_DONE_TTL),
        )
        if answered is None:
            return self._taken(order.id, now)
        self.store.delete(key)
        return answered

    def particulars_asked(self, document_type: str) -> frozenset[Particular] | None:
        """What to ask for beside name and number; None for a document nobody here can check.

        Every page asks this of every type: it is worked out once, until an administrator changes
        the connectors' terms.
        """
        terms = self.inquiries.terms()
        asked = self._asked.get(terms)
        if asked is None:
            self._asked.clear()
            asked = self._asked[terms] = {each: self._asked_of(each) for each in DOCUMENT_TYPES}
        return asked.get(document_type)

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

    def look(self, check_id: str, *, now: datetime) -> Look:
        """What became of a check; one that nobody remembers is the authority's failure."""
        kept = self.store.get(_key(check_id))
        if kept is None:
            return Look(outcome=Outcome.TIMEOUT.value)
        pause = _pause_of(kept, now)
        return Look(outcome=PENDING, pause=pause) if pause else Look(outcome=kept.decode())

    def forget(self, check_id: str) -> None:
        """Let the same words be checked again."""
        self.store.delete(_key(check_id))

    def attempts_left(self, person_id: UUID, *, now: datetime) -> int:
        return self.attempts.left(str(person_id), now=now)

    def _conclude(self, order: CheckOrder, held: Held, inquiry: Inquiry) -> str:
        """On the waiting page's thread, or an errand's: count and write."""
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
        return outcome

    def _taken(self, check_id: str, now: datetime) -> str:
        """The outcome that somebody else left, taken away; PENDING where there is none yet."""
        outcome = self.look(check_id, now=now).outcome
        if outcome != PENDING:
            self.forget(check_id)
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

    def _asked_of(self, document_type: str) -> frozenset[Particular] | None:
        wanted = Wanted(level=LEVEL, document_type=document_type)
        may_ask = self.extras | {Particular.BIRTH_DATE}
        return self.inquiries.particulars_asked(wanted, may_ask=may_ask)

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


def pause_of_check(store: ShortLivedStore, check_id: str, *, now: datetime) -> int:
    """In how many seconds to look at a check again; 0 where no authority thinks about it now."""
    kept = store.get(_key(check_id))
    return _pause_of(kept, now) if kept else 0


def _key(check_id: str) -> str:
    return f"check:{check_id}"


def _under_way(now: datetime) -> bytes:
    return f"{PENDING} {int(now.timestamp())}".encode()


def _pause_of(kept: bytes, now: datetime) -> int:
    """Less and less often: an answer that took long may take another moment."""
    outcome, _, began = kept.decode().partition(" ")
    if outcome != PENDING:
        return 0
    waited = now.timestamp() - int(began) if began else 0
    return next((pause for until, pause in _PAUSES if waited < until), _LONGEST_PAUSE)


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
