"""Comparisons of faces for signing in: at whose camera page, for whom, and how one stands.

Owns the visit as the journey remembers it, and what its result is worth. What follows from a match
is `faces`' and `face_enrolment`'s; that the authority is asked without a thread is `VisitDesk`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction

from connectors.documents.registry import DOCUMENT_TYPES
from connectors.evidence import IdentityClaim
from connectors.face.wire import BELOW_LEAST_SCORE, NOT_ALIVE
from connectors.outcomes import Outcome
from connectors.visits import VisitResult
from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock, today_in_shanghai
from idp.journey.away import Phase
from idp.journey.mistakes import Mistake
from idp.journey.steps import Turn
from idp.journey.verification.desk import NO_ATTEMPTS_LEFT
from idp.journey.verification.pages import authority_name
from idp.journey.verification.setbacks import (
    ANOTHER_PERSON,
    CANCELLED,
    NOT_ENROLLED,
    SUSPENDED,
)
from idp.journey.verification.visit_desk import (
    AT,
    CODE,
    CONSENT,
    MEANT_FOR,
    REFERENCE,
    SCORE,
    Purpose,
    VisitDesk,
    VisitOrder,
)
from idp.subjects.authenticators.face import FaceHeld, FaceKind
from idp.subjects.documents import Check
from idp.subjects.purpose_consents import is_a_child

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

COMPARED: Final = "face.compared"
NOT_THEIRS: Final = frozenset({NOT_ALIVE, BELOW_LEAST_SCORE})
"""What an authority says of a picture held to the camera, or of somebody who only looks alike.

A verification takes them for undecided; whoever signs in with them tries (NIST SP 800-63B-4
§3.2.3: failed detections of an attack count as failed attempts).
"""
SIGNS_IN: Final = Purpose(step="login", counted="sign_in.", failed=COMPARED, costly=NOT_THEIRS)
LATEST: Final = timedelta(minutes=10)
"""How long somebody may stay before the camera; after that nothing is asked about it."""
FRESH_FOR: Final = timedelta(minutes=2)
"""How old a result may be when it is used: a page that was left lying signs nobody in."""
_JUDGED_FOR: Final = 10
"""Seconds for which of two requests for one result the second waits for what the first made of it.

What a result is used up by stands in the database; this spares a double click the refusal.
"""
_MISTAKES: Final[Mapping[str, Mistake]] = {
    ANOTHER_PERSON: Mistake.FACE_NOT_RECOGNISED,
    CANCELLED: Mistake.FACE_CANCELLED,
    NO_ATTEMPTS_LEFT: Mistake.FACE_USED_UP,
    Outcome.LOW_QUALITY: Mistake.FACE_UNCLEAR,
    NOT_ENROLLED: Mistake.FACE_UNDECIDED,
    SUSPENDED: Mistake.FACE_UNDECIDED,
    Outcome.NO_PHOTO: Mistake.FACE_UNDECIDED,
    Outcome.RATE_LIMITED: Mistake.FACE_AUTHORITY_DOWN,
    Outcome.PROVIDER_ERROR: Mistake.FACE_AUTHORITY_DOWN,
    Outcome.TIMEOUT: Mistake.FACE_AUTHORITY_DOWN,
}


class Claims(Protocol):
    def claim_of(self, person_id: UUID, types: frozenset[str]) -> IdentityClaim | None:
        """What the person can be compared by: a live document of one of these types."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparisons:
    """`VisitFindings` of sign-ins: nothing becomes evidence, the audit keeps the reference."""

    clock: Clock

    def keep(self, order: VisitOrder, found: VisitResult, check: Check) -> None:
        del found
        event = AuditEvent(
            type=COMPARED,
            outcome="match",
            subject=str(order.person_id),
            client_id=order.client_id,
            detail={
                "method": check.method,
                "provider_code": check.provider_code,
                "provider_reference": check.provider_reference,
            },
        )
        with transaction.atomic():
            record(event, clock=self.clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceVisit:
    """A visit as the journey remembers it: whose, for what, at which desk, since when."""

    id: str
    person_id: UUID
    bound_to: str
    desk: str
    opened_at: datetime

    def encode(self) -> tuple[str, ...]:
        return (
            self.id,
            self.person_id.hex,
            self.bound_to,
            self.desk,
            self.opened_at.isoformat(),
        )

    @classmethod
    def of(cls, turn: Turn) -> "FaceVisit | None":
        """The one under way in this journey."""
        if not turn.progress.login_face:
            return None
        visit_id, person, bound_to, desk, opened_at = turn.progress.login_face
        return cls(
            id=visit_id,
            person_id=UUID(person),
            bound_to=bound_to,
            desk=desk,
            opened_at=datetime.fromisoformat(opened_at),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What came of a visit: nothing wrong, or a mistake; `is_failure` where it cost an attempt."""

    mistake: Mistake | None = None
    is_failure: bool = False
    reference: str = ""
    score: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """A visit that is not done: `url` is where the browser goes, "" while we ask the authority."""

    authority: "StrOrPromise"
    url: str = field(default="", repr=False)
    is_leaving: bool = False

    @property
    def host(self) -> str:
        """The authority's address, as people can check it."""
        return urlsplit(self.url).netloc


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparable:
    """Somebody with a document that a desk's authority has a photograph for."""

    desk: VisitDesk
    claim: IdentityClaim = field(repr=False)

    @property
    def authority(self) -> "StrOrPromise":
        return authority_name(self.desk.connector.adapter.authority)

    def is_child(self, today: date) -> bool:
        read = DOCUMENT_TYPES[self.claim.document_type].parse(self.claim.document_number)
        born = read.birth_date or self.claim.birth_date
        return born is None or is_a_child(born, today)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceDesks:
    """The authorities that compare faces; `kind` is None where faces sign nobody in here."""

    desks: tuple[VisitDesk, ...]
    claims: Claims
    kind: FaceKind | None

    def comparable(self, person_id: UUID) -> Comparable | None:
        """Where the person's face can be compared now, the deployment's first choice."""
        on = [desk for desk in self.desks if desk.connector.standing.is_on]
        for desk in sorted(on, key=lambda each: each.connector.standing.order):
            claim = self.claims.claim_of(person_id, desk.connector.adapter.document_types)
            if claim is not None:
                return Comparable(desk=desk, claim=claim)
        return None

    def held(self, person_id: UUID) -> FaceHeld | None:
        """The person's way of signing in with their face, where it can be gone now."""
        held = self.kind.held(person_id) if self.kind and self.desks else None
        return held if held is not None and self.comparable(person_id) is not None else None

    def may_add(self, person_id: UUID, *, now: datetime) -> bool:
        """Whether the way is offered to somebody: a document is known, they are 14, and have none.

        Of whom no birth date is known it is not certain that they may agree alone (PIPL 31).
        """
        if self.kind is None or self.kind.held(person_id) is not None:
            return False
        found = self.comparable(person_id)
        return found is not None and not found.is_child(today_in_shanghai(now))

    def open(
        self, turn: Turn, person_id: UUID, *, bound_to: str, consent_id: UUID
    ) -> FaceVisit | Mistake:
        """Open a visit, and wait a moment for it."""
        found = self.comparable(person_id)
        if found is None:
            return Mistake.FACE_UNAVAILABLE
        order = VisitOrder(
            journey_id=turn.journey.id,
            person_id=person_id,
            client_id=turn.client.client_id,
            claim=found.claim,
            consent_id=str(consent_id),
            bound_to=bound_to,
        )
        underway = found.desk.open(order, now=turn.now)
        if underway.phase is Phase.DONE:
            return _mistake_of(underway.outcome)
        return FaceVisit(
            id=order.id,
            person_id=person_id,
            bound_to=bound_to,
            desk=found.desk.name,
            opened_at=turn.now,
        )

    def follow(self, turn: Turn, visit: FaceVisit, *, consent_id: UUID) -> Underway | Compared:
        """How a visit stands; what a browser brought back is redeemed, once."""
        found = self.comparable(visit.person_id)
        if found is None or found.desk.name != visit.desk:
            return Compared(mistake=Mistake.FACE_UNAVAILABLE)
        desk, journey_id = found.desk, turn.journey.id
        underway = desk.look(journey_id, visit.id)
        if underway.phase is Phase.OPEN:
            if turn.now - visit.opened_at > LATEST:
                return Compared(mistake=Mistake.FACE_REFUSED)
            brought = desk.returns.take(visit.id)
            if brought is None:
                is_leaving = desk.absences.is_leaving(visit.id)
                return Underway(authority=found.authority, url=underway.url, is_leaving=is_leaving)
            desk.close(_order(turn, visit, found, consent_id), underway, brought)
            underway = desk.look(journey_id, visit.id)
        is_done = underway.phase is Phase.DONE
        if not is_done or not desk.store.add(f"face-judged:{visit.id}", b"1", ttl=_JUDGED_FOR):
            return Underway(authority=found.authority)
        return _compared(turn, visit, underway.outcome, underway.found, consent_id=consent_id)


def _order(turn: Turn, visit: FaceVisit, found: Comparable, consent_id: UUID) -> VisitOrder:
    return VisitOrder(
        journey_id=turn.journey.id,
        person_id=visit.person_id,
        client_id=turn.client.client_id,
        claim=found.claim,
        consent_id=str(consent_id),
        id=visit.id,
        bound_to=visit.bound_to,
    )


def _compared(
    turn: Turn, visit: FaceVisit, outcome: str, found: Mapping[str, str], *, consent_id: UUID
) -> Compared:
    """A result, believed for what it was made for alone."""
    if outcome != Outcome.MATCH:
        is_theirs = found.get(CODE) not in NOT_THEIRS
        mistake = _mistake_of(outcome) if is_theirs else Mistake.FACE_NOT_RECOGNISED
        return Compared(mistake=mistake, is_failure=mistake is Mistake.FACE_NOT_RECOGNISED)
    is_meant = found.get(MEANT_FOR) == f"{visit.bound_to}:{visit.person_id}"
    is_fresh = turn.now - datetime.fromisoformat(found[AT]) <= FRESH_FOR
    if not is_meant or not is_fresh or found[CONSENT] != str(consent_id):
        return Compared(mistake=Mistake.FACE_REFUSED)
    return Compared(reference=found[REFERENCE], score=found[SCORE])


def _mistake_of(outcome: str) -> Mistake:
    return _MISTAKES.get(outcome, Mistake.FACE_REFUSED)
