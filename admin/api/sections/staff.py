"""Staff: who has an account in which role, and how it stands; names are masked.

Accounts are made by people, and by the city's system of staff: no link to one passes through here.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from ninja import Query
from pydantic import BaseModel, Field

from admin.api.asked import CHANNEL, Answer, Asked
from admin.api.paging import Cursor, Page
from admin.api.problems import CONFLICT, NOT_FOUND, Problem
from connectors.documents.names import mask_name
from idp.staff.accounts import By
from idp.staff.accounts import Member as KeptMember
from idp.staff.standing import LastOfItsRole


class Member(BaseModel):
    """A member of staff in their one role."""

    id: UUID
    username: str
    name: str = Field(description="Masked.")
    role: str
    department: str
    state: str = Field(description="`invited`, `active`, `suspended` or `closed`.")
    is_closed: bool
    is_locked: bool
    created_at: datetime | None
    last_signed_in_at: datetime | None


class Staff(BaseModel):
    """A page of staff, by user name."""

    items: list[Member]
    next_cursor: Cursor


def listed(request: Asked, asked: Query[Page]) -> Answer:
    """List the accounts of staff."""
    found = sorted(request.services.staff.listed(), key=lambda each: each.username)
    shown, cursor = asked.of(found, lambda each: each.username)
    items = [_member(request, each) for each in shown]
    return Answer(body=Staff(items=items, next_cursor=cursor))


def show(request: Asked, account_id: UUID) -> Answer:
    """Show one account."""
    return Answer(body=_found(request, account_id))


def unlock(request: Asked, account_id: UUID) -> Answer:
    """Forget an account's wrong tries, so that its member may try again."""
    return _changed(request, account_id, request.services.standing.unlock, "it is not locked")


def suspend(request: Asked, account_id: UUID) -> Answer:
    """Shut an account until it is reinstated: its sessions end with it."""
    return _changed(
        request, account_id, request.services.standing.suspend, "it is suspended, or was closed"
    )


def reinstate(request: Asked, account_id: UUID) -> Answer:
    """Open a suspended account again, with the second factor it had."""
    return _changed(request, account_id, request.services.standing.reinstate, "it is not suspended")


def close(request: Asked, account_id: UUID) -> Answer:
    """Close an account for good: its sessions end with it, its user name is never given again."""
    return _changed(request, account_id, request.services.standing.close, "it was closed before")


def _changed(request: Asked, account_id: UUID, change: Callable[..., bool], why_not: str) -> Answer:
    request.require_unchanged(_found(request, account_id), is_needed=False)
    by = By(operator=request.caller.operator, channel=CHANNEL)
    try:
        is_done = change(account_id, by=by)
    except LastOfItsRole as problem:
        raise Problem(CONFLICT, "it is the last administrator of its role: it stays") from problem
    if not is_done:
        raise Problem(CONFLICT, why_not)
    return Answer(body=_found(request, account_id))


def _found(request: Asked, account_id: UUID) -> Member:
    found = request.services.staff.get(account_id)
    if found is None:
        raise Problem(NOT_FOUND)
    return _member(request, found)


def _member(request: Asked, kept: KeptMember) -> Member:
    return Member(
        id=kept.id,
        username=kept.username,
        name=mask_name(kept.name),
        role=kept.role,
        department=kept.department,
        state=kept.state,
        is_closed=kept.is_closed,
        is_locked=request.services.staff.is_locked(kept, request.services.clock.now()),
        created_at=kept.created_at,
        last_signed_in_at=kept.last_signed_in_at,
    )
