"""How a change of the policies comes about: proposed by one, approved by another, undone by any.

An emergency change and a rollback need one person now and another one's review later. Who is
allowed to do either is the caller's to know; names given here are believed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.judge import take_turn
from idp.journey.access.city_policies import source_of
from idp.journey.access.lockout import Proof, locked_out
from idp.journey.access.versions import (
    APPROVED,
    EMERGENCY,
    ROLLED_BACK,
    Making,
    Version,
    bring_into_force,
    changed,
    difference,
    digest_of,
    find,
    in_force,
)
from idp.journey.models import PolicyProposalRow, PolicyReviewRow
from policies.facts import Facts
from policies.validation import Problem, validate_policies

REVIEW_WITHIN: Final = timedelta(hours=24)
OPEN: Final = "open"
_LONGEST_REASON: Final = 2_000

Administrators = Callable[[], Mapping[str, Facts]]
"""Those who could still mend a mistake: by name, the facts of their entering the console."""


class ChangeRefused(Exception):
    """A change cannot be made. `code` is stable; `problems` and `proof` say what to mend."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        problems: tuple[Problem, ...] = (),
        proof: tuple[Proof, ...] = (),
    ) -> None:
        told = [str(each) for each in (*problems, *proof)]
        super().__init__("\n".join([message, *told]))
        self.code = code
        self.problems = problems
        self.proof = proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody wants: texts by client or EVERYONE ("" takes one back), and why."""

    texts: Mapping[str, str]
    author: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A draft as it is kept. An approval names `diff_sha256`: it holds for this diff alone."""

    id: UUID
    base: int
    texts: Mapping[str, str]
    diff: str
    diff_sha256: str
    author: str
    reason: str
    created_at: datetime
    outcome: str = OPEN
    decided_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A version that awaits the second pair of eyes, or has had it."""

    version: int
    due_at: datetime
    reviewer: str = ""
    verdict: str = ""

    def is_overdue(self, now: datetime) -> bool:
        return not self.reviewer and self.due_at <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChanges:
    """Each change is one transaction with its audit event; those at once wait for one another."""

    administrators: Administrators
    clock: Clock

    def held(self) -> Version:
        """What is in force, and stays so until the surrounding transaction ends."""
        take_turn("policies")
        return in_force()

    def propose(self, draft: Draft) -> Proposal:
        """Keep a change for somebody else to approve.

        Raises:
            ChangeRefused: it is not valid, changes nothing, or locks every administrator out.
        """
        with transaction.atomic():
            base = in_force()
            self._require_acceptable(draft, base)
            diff = difference(base.texts, changed(base, draft.texts))
            row = PolicyProposalRow.objects.create(
                base=base.number,
                texts=dict(draft.texts),
                diff_sha256=digest_of(base.number, diff),
                author=draft.author,
                reason=draft.reason,
                created_at=self.clock.now(),
            )
            self._record("policies.proposed", draft.author, row, draft.reason)
        return _proposal(row)

    def approve(self, proposal_id: UUID, *, approver: str, diff_sha256: str) -> Version:
        """Bring a proposal into force.

        Raises:
            ChangeRefused: by its proposer, not of this very diff, out of date, or as `propose`.
        """
        with transaction.atomic():
            take_turn("policies")
            self._require_reviews_done()
            row = self._open_row(proposal_id)
            _require_two(row.author, approver)
            if row.diff_sha256 != diff_sha256:
                raise ChangeRefused("other_diff", "this is not the change you looked at")
            base = in_force()
            if base.number != row.base:
                message = f"version {base.number} came into force meanwhile: propose it anew"
                raise ChangeRefused("out_of_date", message)
            draft = Draft(texts=row.texts, author=row.author, reason=row.reason)
            self._require_acceptable(draft, base)
            self._decide(row, "approved", approver)
            how = Making(
                origin=APPROVED,
                author=row.author,
                reason=row.reason,
                approver=approver,
                proposal=row.id,
            )
            return bring_into_force(base, changed(base, row.texts), how, clock=self.clock)

    def close(self, proposal_id: UUID, *, by: str, reason: str) -> Proposal:
        """Take a proposal back (its author), or reject it (anybody else)."""
        with transaction.atomic():
            row = self._open_row(proposal_id)
            outcome = "withdrawn" if row.author == by else "rejected"
            self._decide(row, outcome, by)
            self._record(f"policies.{outcome}", by, row, reason)
        return _proposal(row)

    def emergency(self, draft: Draft) -> Version:
        """Bring a change into force at once and alone; it is reviewed within a day.

        Raises:
            ChangeRefused: an earlier one still awaits its review, or as `propose`.
        """
        with transaction.atomic():
            take_turn("policies")
            self._require_nothing_unreviewed()
            base = in_force()
            self._require_acceptable(draft, base)
            how = Making(origin=EMERGENCY, author=draft.author, reason=draft.reason)
            texts = changed(base, draft.texts)
            return self._alone(bring_into_force(base, texts, how, clock=self.clock))

    def rollback(self, number: int, *, by: str, reason: str) -> Version:
        """Bring an earlier version into force again, at once and alone; it is reviewed later.

        Raises:
            ChangeRefused: there is no such version, it is in force, or it is not valid any more.
        """
        with transaction.atomic():
            take_turn("policies")
            base, wanted = in_force(), find(number)
            if wanted is None:
                raise ChangeRefused("unknown_version", f"there is no version {number}")
            texts = dict.fromkeys(base.texts, "") | dict(wanted.texts)
            self._require_acceptable(Draft(texts=texts, author=by, reason=reason), base)
            how = Making(origin=ROLLED_BACK, author=by, reason=f"back to {number}: {reason}")
            return self._alone(bring_into_force(base, wanted.texts, how, clock=self.clock))

    def review(self, number: int, *, reviewer: str, verdict: str) -> Review:
        """Say that somebody else has looked at a version that one person put in force.

        Raises:
            ChangeRefused: it awaits no review, or the reviewer is its author.
        """
        with transaction.atomic():
            row = PolicyReviewRow.objects.select_for_update().filter(version=number).first()
            version = find(number)
            if row is None or row.reviewed_at is not None or version is None:
                raise ChangeRefused("nothing_to_review", f"version {number} awaits no review")
            _require_two(version.author, reviewer)
            _require_reason(verdict)
            row.reviewer, row.verdict, row.reviewed_at = reviewer, verdict, self.clock.now()
            row.save()
            event = AuditEvent(
                type="policies.reviewed",
                outcome="success",
                operator=reviewer,
                detail={"version": number, "verdict": verdict, "sha256": version.sha256},
            )
            record(event, clock=self.clock)
        return _review(row)

    def proposals(self, *, is_open: bool = True, limit: int = 50) -> tuple[Proposal, ...]:
        """The newest first."""
        rows = PolicyProposalRow.objects.order_by("-created_at")
        found = rows.filter(outcome=OPEN) if is_open else rows
        return tuple(_proposal(row) for row in found[:limit])

    def find(self, proposal_id: UUID) -> Proposal | None:
        """One proposal, whatever became of it."""
        row = PolicyProposalRow.objects.filter(id=proposal_id).first()
        return _proposal(row) if row else None

    def unreviewed(self) -> tuple[Review, ...]:
        """What awaits its review, the most urgent first."""
        rows = PolicyReviewRow.objects.filter(reviewed_at=None).order_by("due_at")
        return tuple(_review(row) for row in rows)

    def _require_acceptable(self, draft: Draft, base: Version) -> None:
        if not draft.author:
            raise ChangeRefused("nobody", "say who makes the change")
        _require_reason(draft.reason)
        after = changed(base, draft.texts)
        source = source_of(after)
        if source == base.source:
            raise ChangeRefused("no_change", "nothing would change")
        problems = validate_policies(source)
        if problems:
            raise ChangeRefused("invalid", "the policies have problems:", problems=problems)
        proof = locked_out(source, self.administrators())
        if proof:
            message = "no administrator could enter the console any more:"
            raise ChangeRefused("locks_out", message, proof=proof)

    def _require_nothing_unreviewed(self) -> None:
        waiting = self.unreviewed()
        if waiting:
            message = f"version {waiting[0].version} still awaits its review: that comes first"
            raise ChangeRefused("review_first", message)

    def _require_reviews_done(self) -> None:
        overdue = [each for each in self.unreviewed() if each.is_overdue(self.clock.now())]
        if overdue:
            message = f"the review of version {overdue[0].version} is overdue: that comes first"
            raise ChangeRefused("review_first", message)

    def _alone(self, version: Version) -> Version:
        """One person did it: another one will have to look."""
        due_at = self.clock.now() + REVIEW_WITHIN
        PolicyReviewRow.objects.create(version=version.number, due_at=due_at)
        return version

    def _open_row(self, proposal_id: UUID) -> PolicyProposalRow:
        row = PolicyProposalRow.objects.select_for_update().filter(id=proposal_id).first()
        if row is None:
            raise ChangeRefused("unknown_proposal", "there is no such proposal")
        if row.outcome != OPEN:
            raise ChangeRefused("decided", f"it was {row.outcome} by {row.decided_by} before")
        return row

    def _decide(self, row: PolicyProposalRow, outcome: str, by: str) -> None:
        row.outcome, row.decided_by, row.decided_at = outcome, by, self.clock.now()
        row.save(update_fields=["outcome", "decided_by", "decided_at"])

    def _record(self, event_type: str, by: str, row: PolicyProposalRow, reason: str) -> None:
        detail = {
            "proposal": str(row.id),
            "base": row.base,
            "diff_sha256": row.diff_sha256,
            "reason": reason,
        }
        event = AuditEvent(type=event_type, outcome="success", operator=by, detail=detail)
        record(event, clock=self.clock)


def _require_two(author: str, other: str) -> None:
    if not other or author.strip().casefold() == other.strip().casefold():
        raise ChangeRefused("same_person", "this takes a second person")


def _require_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > _LONGEST_REASON:
        raise ChangeRefused("no_reason", f"say why, in at most {_LONGEST_REASON} characters")


def _proposal(row: PolicyProposalRow) -> Proposal:
    base = find(row.base) or in_force()
    return Proposal(
        id=row.id,
        base=row.base,
        texts=row.texts,
        diff=difference(base.texts, changed(base, row.texts)),
        diff_sha256=row.diff_sha256,
        author=row.author,
        reason=row.reason,
        created_at=row.created_at,
        outcome=row.outcome,
        decided_by=row.decided_by,
    )


def _review(row: PolicyReviewRow) -> Review:
    return Review(
        version=row.version, due_at=row.due_at, reviewer=row.reviewer, verdict=row.verdict
    )
