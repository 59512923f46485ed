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


def _problem(refused: ChangeRefused) -> Problem:
    if refused.code in _ABSENT:
        return Problem(NOT_FOUND, str(refused))
    at = _WRONG.get(refused.code)
    kind: Kind = INVALID if at else CONFLICT
    found = [str(each) for each in (*refused.problems, *refused.proof)]
    said = [Wrong(at, why) for why in found or [str(refused)]] if at else []
    return Problem(kind, f"{refused.code}: {refused}" if not at else "", errors=said)


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
