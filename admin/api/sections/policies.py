"""Policies: what is in force, what came before, and changes that take two.

How a change comes about is the journey's; here proposer and approver are of different roles.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from ninja import Query
from pydantic import BaseModel, ConfigDict, Field

from admin.api.asked import Answer, Asked
from admin.api.problems import CONFLICT, INVALID, NOT_FOUND, Kind, Problem, Wrong
from idp.journey.access import versions
from idp.journey.access.changes import ChangeRefused, Draft
from idp.journey.access.changes import Proposal as KeptProposal
from idp.journey.access.changes import Review as KeptReview
from idp.journey.access.versions import Version as KeptVersion

_ABSENT: Final = frozenset({"unknown_version", "unknown_proposal"})
_WRONG: Final = {
    "invalid": "#/texts",
    "no_change": "#/texts",
    "locks_out": "#/texts",
    "no_reason": "#/reason",
    "other_diff": "#/diff_sha256",
}
_TEXTS: Final = "Cedar text by client_id; `*` is everyone's."
_LONGEST: Final = 2_000


class Version(BaseModel):
    """A version of all policies."""

    number: int = Field(description="0 is what the product ships.")
    texts: dict[str, str] = Field(description=_TEXTS)
    sha256: str
    at: datetime | None
    origin: str
    author: str
    approver: str
    reason: str


class Versions(BaseModel):
    """The versions, the newest first."""

    items: list[Version]


class Proposal(BaseModel):
    """A change that somebody asks for."""

    id: UUID
    base: int
    texts: dict[str, str] = Field(description=_TEXTS)
    diff: str
    diff_sha256: str
    author: str
    reason: str
    created_at: datetime
    outcome: str
    decided_by: str


class Proposals(BaseModel):
    """Proposals, the newest first."""

    items: list[Proposal]


class NewProposal(BaseModel):
    """A change to propose; an empty text takes a client's own back."""

    model_config = ConfigDict(extra="forbid", strict=True)

    texts: dict[str, str] = Field(min_length=1, description=_TEXTS)
    reason: str = Field(min_length=1, max_length=_LONGEST)


class Approval(BaseModel):
    """An approval holds for the one diff it names."""

    model_config = ConfigDict(extra="forbid", strict=True)

    diff_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Closing(BaseModel):
    """Why a proposal is closed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: str = Field(min_length=1, max_length=_LONGEST)


class Going(BaseModel):
    """Why something is done to a version."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: str = Field(min_length=1, max_length=_LONGEST)


class Review(BaseModel):
    """A version that one alone put in force, and who looked at it since."""

    version: int
    due_at: datetime
    reviewer: str
    verdict: str


class Reviews(BaseModel):
    """The reviews that are due, the most urgent first."""

    items: list[Review]


class ProposalFilter(BaseModel):
    """Which proposals."""

    open: bool = Field(True, description="Those that wait for somebody; false for all.")
    limit: int = Field(50, ge=1, le=200)


class VersionFilter(BaseModel):
    """How many versions."""

    limit: int = Field(50, ge=1, le=200)


def in_force(request: Asked) -> Answer:
    """Show the policies in force."""
    del request
    return Answer(body=_version(versions.in_force()))


def history(request: Asked, asked: Query[VersionFilter]) -> Answer:
    """List the versions that came into force."""
    del request
    found = versions.history(asked.limit)
    return Answer(body=Versions(items=[_version(each) for each in found]))


def version(request: Asked, number: int) -> Answer:
    """Show one version."""
    del request
    found = versions.find(number)
    if found is None:
        raise Problem(NOT_FOUND)
    return Answer(body=_version(found))


def emergency(request: Asked, given: NewProposal) -> Answer:
    """Bring a change into force at once and alone; another role reviews it within a day."""
    _require_in_force(request)
    draft = Draft(texts=given.texts, author=request.caller.operator, reason=given.reason)
    try:
        made = request.services.policies.emergency(draft)
    except ChangeRefused as refused:
        raise _problem(refused) from refused
    return Answer(status=201, body=_version(made))


def roll_back(request: Asked, number: int, given: Going) -> Answer:
    """Bring an earlier version into force again, at once; another role reviews it within a day."""
    _require_in_force(request)
    try:
        made = request.services.policies.rollback(
            number, by=request.caller.operator, reason=given.reason
        )
    except ChangeRefused as refused:
        raise _problem(refused, texts="") from refused
    return Answer(status=201, body=_version(made))


def reviews(request: Asked) -> Answer:
    """List the reviews that are due."""
    due = request.services.policies.unreviewed()
    return Answer(body=Reviews(items=[_review(each) for each in due]))


def review(request: Asked, number: int, given: Going) -> Answer:
    """Say that another role has looked at what one alone put in force."""
    try:
        done = request.services.policies.review(
            number, reviewer=request.caller.operator, verdict=given.reason
        )
    except ChangeRefused as refused:
        raise _problem(refused) from refused
    return Answer(body=_review(done))


def proposals(request: Asked, asked: Query[ProposalFilter]) -> Answer:
    """List proposals."""
    found = request.services.policies.proposals(is_open=asked.open, limit=asked.limit)
    return Answer(body=Proposals(items=[_proposal(each) for each in found]))


def propose(request: Asked, given: NewProposal) -> Answer:
    """Ask for a change; it comes into force once another role approves it."""
    draft = Draft(texts=given.texts, author=request.caller.operator, reason=given.reason)
    try:
        kept = request.services.policies.propose(draft)
    except ChangeRefused as refused:
        raise _problem(refused) from refused
    return Answer(status=201, body=_proposal(kept))


def approve(request: Asked, proposal_id: UUID, given: Approval) -> Answer:
    """Bring a proposal into force, having looked at its diff."""
    try:
        version = request.services.policies.approve(
            proposal_id, approver=request.caller.operator, diff_sha256=given.diff_sha256
        )
    except ChangeRefused as refused:
        raise _problem(refused) from refused
    return Answer(body=_version(version))


def close(request: Asked, proposal_id: UUID, given: Closing) -> Answer:
    """Take a proposal back, or reject somebody else's."""
    try:
        closed = request.services.policies.close(
            proposal_id, by=request.caller.operator, reason=given.reason
        )
    except ChangeRefused as refused:
        raise _problem(refused) from refused
    return Answer(body=_proposal(closed))


def _require_in_force(request: Asked) -> None:
    """With a condition: that the policies in force are those that were read, and stay them."""
    if request.if_match:
        request.require_unchanged(_version(request.services.policies.held()), is_needed=False)


def _problem(refused: ChangeRefused, *, texts: str = "#/texts") -> Problem:
    """`texts` is where the texts stand; "" where they are not the caller's: then it conflicts."""
    if refused.code in _ABSENT:
        return Problem(NOT_FOUND, str(refused))
    at = _WRONG.get(refused.code)
    at = texts if at == "#/texts" else at
    kind: Kind = INVALID if at else CONFLICT
    found = [str(each) for each in (*refused.problems, *refused.proof)]
    said = [Wrong(at, why) for why in found or [str(refused)]] if at else []
    words = " ".join([f"{refused.code}: {refused}", *found])
    return Problem(kind, "" if at else words, errors=said)


def _version(kept: KeptVersion) -> Version:
    return Version(
        number=kept.number,
        texts=dict(kept.texts),
        sha256=kept.sha256,
        at=kept.at,
        origin=kept.origin,
        author=kept.author,
        approver=kept.approver,
        reason=kept.reason,
    )


def _review(kept: KeptReview) -> Review:
    return Review(
        version=kept.version, due_at=kept.due_at, reviewer=kept.reviewer, verdict=kept.verdict
    )


def _proposal(kept: KeptProposal) -> Proposal:
    return Proposal(
        id=kept.id,
        base=kept.base,
        texts=dict(kept.texts),
        diff=kept.diff,
        diff_sha256=kept.diff_sha256,
        author=kept.author,
        reason=kept.reason,
        created_at=kept.created_at,
        outcome=kept.outcome,
        decided_by=kept.decided_by,
    )
