"""Children under 14 and their guardians (PIPL 31): who stands for whom, and what they agreed to.

Owns the record with its evidence, the questions to guardians and their answers. When a child's
sign-in needs one is the consent step's; what ends with an answer taken back is a channel's.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock, today_in_shanghai
from idp.subjects.evidence import EvidenceChain
from idp.subjects.families import family, survivor_of
from idp.subjects.links import NewEvidence
from idp.subjects.minors import birthday
from idp.subjects.models import Contact, GuardianConsent, Guardianship, Minor, Person
from idp.subjects.notices import DEFAULT_LANGUAGE, SecurityNotices
from idp.subjects.papers import PapersReader
from idp.subjects.statuses import Actor, ActorKind

ADULT: Final = 18
LEAST_LEVEL: Final = 3
"""The identity level a guardian needs, when they are linked and whenever they answer."""
METHOD: Final = "guardianship"
RELATIONS: Final = frozenset({"father", "mother", "grandparent", "appointed"})
_LIVE: Final = Guardianship.State.LIVE
_ASKED, _GIVEN = GuardianConsent.State.ASKED, GuardianConsent.State.GIVEN


class GuardianRefused(Exception):
    """They cannot be linked, or may not answer; the words say why."""


class ConsentChannel(Protocol):
    """What is registered, to be told that a guardian took consent back."""

    def guardian_consent_ended(self, ward: UUID, client_id: str, *, now: datetime) -> None:
        """Called inside the transaction that takes it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bond:
    """Who is to stand for whom, in which relation, by which case at a window."""

    ward: UUID
    guardian: UUID
    relation: str
    by: Actor
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a guardian is asked, or was: whether a child may use a service."""

    id: UUID
    ward: UUID
    client_id: str
    state: str
    asked_at: datetime


class Guardianships:
    """Every change is one transaction with its audit event."""

    def __init__(
        self,
        *,
        chain: EvidenceChain,
        papers: PapersReader,
        notices: SecurityNotices,
        clock: Clock,
    ) -> None:
        self._chain = chain
        self._papers = papers
        self._notices = notices
        self._clock = clock
        self._channels: list[ConsentChannel] = []

    def announce_to(self, channel: ConsentChannel) -> None:
        """Register a channel; called by the composition root before anything is served."""
        self._channels.append(channel)

    def link(self, bond: Bond, *, now: datetime) -> UUID:
        """Record a guardian, as an operator saw it proven; return the record's id.

        Raises:
            GuardianRefused: the child is none we know of, or the guardian is not proven enough.
        """
        self._require_bond(bond, now=now)
        with transaction.atomic():
            ends_at = Minor.objects.select_for_update().get(person_id=bond.ward).until
            proof = NewEvidence(
                method=METHOD,
                authority="window",
                checked_at=now,
                provider_reference=bond.reference,
                operator=bond.by.id if bond.by.kind is ActorKind.OPERATOR else "",
            )
            evidence_id = self._chain.append(bond.ward, proof)
            try:
                with transaction.atomic():
                    row = Guardianship.objects.create(
                        ward_id=bond.ward,
                        guardian_id=bond.guardian,
                        relation=bond.relation,
                        evidence_id=evidence_id,
                        began_at=now,
                        ends_at=ends_at,
                    )
            except IntegrityError as conflict:
                raise GuardianRefused("they are linked already") from conflict
            self._notices.tell(bond.guardian, "guardianship_began")
            self._record("guardianship.began", row, operator=bond.by.id)
        return row.id

    def end(self, guardianship_id: UUID, by: Actor, *, reason: str, now: datetime) -> bool:
        """End it before its time; False when it had ended. Answers given under it end with it."""
        with transaction.atomic():
            row = self._ended(guardianship_id, reason, now)
            if row is None:
                return False
            self._record("guardianship.ended", row, operator=by.id)
            for each in GuardianConsent.objects.filter(guardianship=row, state=_GIVEN):
                self._take_back(each, now)
        return True

    def person_erased(self, person_id: UUID, *, now: datetime) -> None:
        """Implements `ErasureChannel`: with a guardian or a child goes what was between them."""
        between = Q(ward_id=person_id) | Q(guardian_id=person_id)
        oneself = Actor(kind=ActorKind.PERSON, id=str(person_id))
        for row in Guardianship.objects.filter(between, state=_LIVE):
            self.end(row.id, oneself, reason="person_deleted", now=now)

    def end_due(self, *, now: datetime, limit: int = 200) -> int:
        """End those whose children turned 14; return how many there were."""
        due = Guardianship.objects.filter(state=_LIVE, ends_at__lte=now).order_by("ends_at")
        ids = list(due.values_list("id", flat=True)[:limit])
        for each in ids:
            with transaction.atomic():
                row = self._ended(each, "birthday", now)
                if row is not None:
                    self._record("guardianship.ended", row)
                    Minor.objects.filter(person_id=row.ward_id, until__lte=now).delete()
        return len(ids)

    def guardians_of(self, ward: UUID, *, now: datetime) -> tuple[UUID, ...]:
        """Who stands for a child now."""
        rows = Guardianship.objects.filter(
            ward_id__in=family(ward), state=_LIVE, ends_at__gt=now
        ).order_by("began_at")
        return tuple(survivor_of(row.guardian_id) for row in rows)

    def wards_of(self, guardian: UUID, *, now: datetime) -> tuple[Guardianship, ...]:
        """For whom somebody stands now."""
        rows = Guardianship.objects.filter(
            guardian_id__in=family(guardian), state=_LIVE, ends_at__gt=now
        )
        return tuple(rows.order_by("began_at"))

    def stands_for(self, guardian: UUID, ward: UUID, *, now: datetime) -> bool:
        """Whether somebody, proven enough, may decide for a child now."""
        is_proven = self._chain.identity_level(guardian, now=now).level >= LEAST_LEVEL
        return is_proven and self._bond(guardian, ward, now) is not None

    def is_agreed(self, ward: UUID, client_id: str) -> bool:
        """Whether a guardian let the child use the service, and still does."""
        return self._of(ward, client_id).filter(state=_GIVEN).exists()

    def is_asked(self, ward: UUID, client_id: str) -> bool:
        """Whether a guardian has the question before them."""
        return self._of(ward, client_id).filter(state=_ASKED).exists()

    def ask(
        self, ward: UUID, client_id: str, *, now: datetime, language: str = DEFAULT_LANGUAGE
    ) -> bool:
        """Ask every guardian of a child, once; False when there is none to ask."""
        guardians = self.guardians_of(ward, now=now)
        if not guardians:
            return False
        with transaction.atomic():
            Person.objects.select_for_update().get(id=ward)
            if self._of(ward, client_id).filter(state__in=(_ASKED, _GIVEN)).exists():
                return True
            GuardianConsent.objects.create(ward_id=ward, client_id=client_id, asked_at=now)
            for each in guardians:
                self._notices.tell(each, "ward_asks", language=language)
            self._note("guardian.asked", ward, client_id, actor=ward)
        return True

    def questions(self, guardian: UUID, *, now: datetime) -> tuple[Question, ...]:
        """What waits for an answer, and what was agreed to, the latest question first."""
        wards = [row.ward_id for row in self.wards_of(guardian, now=now)]
        rows = GuardianConsent.objects.filter(ward_id__in=wards, state__in=(_ASKED, _GIVEN))
        return tuple(
            Question(
                id=row.id,
                ward=row.ward_id,
                client_id=row.client_id,
                state=row.state,
                asked_at=row.asked_at,
            )
            for row in rows.order_by("-asked_at")
        )

    def answer(self, guardian: UUID, question_id: UUID, *, is_agreed: bool, now: datetime) -> bool:
        """Answer for a child, or take an answer back; False when it is not theirs to answer.

        Raises:
            GuardianRefused: the guardian's own identity is not proven enough any more.
        """
        if self._chain.identity_level(guardian, now=now).level < LEAST_LEVEL:
            raise GuardianRefused("the guardian's level")
        with transaction.atomic():
            row = GuardianConsent.objects.select_for_update().filter(id=question_id).first()
            bond = self._bond(guardian, row.ward_id, now) if row else None
            if row is None or bond is None:
                return False
            if row.state == _ASKED:
                row.state = _GIVEN if is_agreed else GuardianConsent.State.REFUSED
                row.guardianship, row.answered_at = bond, now
                row.save(update_fields=["state", "guardianship", "answered_at"])
                said = "guardian.agreed" if is_agreed else "guardian.refused"
                self._note(said, row.ward_id, row.client_id, actor=guardian)
                return True
            if row.state == _GIVEN and not is_agreed:
                self._take_back(row, now)
                return True
        return False

    def _require_bond(self, bond: Bond, *, now: datetime) -> None:
        child = Minor.objects.filter(person_id=bond.ward, until__gt=now).exists()
        adult = self._is_adult(bond.guardian, now)
        level = self._chain.identity_level(bond.guardian, now=now).level
        reasons = (
            (bond.ward == bond.guardian, "nobody is their own guardian"),
            (bond.relation not in RELATIONS, f"relation: one of {', '.join(sorted(RELATIONS))}"),
            (not bond.reference, "the case or the register's entry is needed"),
            (not child, "the child is not proven to be under 14"),
            (not adult, "the guardian is not proven to be an adult"),
            (level < LEAST_LEVEL, f"the guardian needs identity level {LEAST_LEVEL}"),
        )
        for is_so, why in reasons:
            if is_so:
                raise GuardianRefused(why)

    def _is_adult(self, person_id: UUID, now: datetime) -> bool:
        born = [each.born_on for each in self._papers.held(person_id, now=now)]
        today = today_in_shanghai(now)
        return any(day and birthday(day, ADULT).date() <= today for day in born)

    def _ended(self, guardianship_id: UUID, reason: str, now: datetime) -> Guardianship | None:
        mine = Guardianship.objects.filter(id=guardianship_id, state=_LIVE)
        changes = {"state": Guardianship.State.ENDED, "ended_at": now, "end_reason": reason}
        if not mine.update(**changes):
            return None
        row = Guardianship.objects.get(id=guardianship_id)
        # What a guardian had told of the child is theirs to hear while they stand for it.
        theirs = Contact.objects.filter(
            person_id__in=family(survivor_of(row.ward_id)),
            set_by_id__in=family(survivor_of(row.guardian_id)),
        )
        if theirs.delete()[0]:
            self._record("contact.dropped", row)
        return row

    def _bond(self, guardian: UUID, ward: UUID, now: datetime) -> Guardianship | None:
        return next((row for row in self.wards_of(guardian, now=now) if row.ward_id == ward), None)

    def _take_back(self, row: GuardianConsent, now: datetime) -> None:
        row.state, row.withdrawn_at = GuardianConsent.State.WITHDRAWN, now
        row.save(update_fields=["state", "withdrawn_at"])
        self._note("guardian.withdrew", row.ward_id, row.client_id)
        for channel in self._channels:
            channel.guardian_consent_ended(row.ward_id, row.client_id, now=now)

    def _of(self, ward: UUID, client_id: str) -> "QuerySet[GuardianConsent]":
        return GuardianConsent.objects.filter(ward_id__in=family(ward), client_id=client_id)

    def _record(self, event_type: str, row: Guardianship, *, operator: str = "") -> None:
        event = AuditEvent(
            type=event_type,
            outcome="success",
            operator=operator,
            subject=str(row.ward_id),
            detail={
                "guardianship": str(row.id),
                "guardian": str(row.guardian_id),
                "relation": row.relation,
                "evidence": str(row.evidence_id),
                "reason": row.end_reason,
            },
        )
        record(event, clock=self._clock)

    def _note(
        self, event_type: str, ward: UUID, client_id: str, *, actor: UUID | None = None
    ) -> None:
        event = AuditEvent(
            type=event_type,
            outcome="success",
            actor=str(actor) if actor else "",
            subject=str(ward),
            client_id=client_id,
        )
        record(event, clock=self._clock)
