"""Staff: who has an account in which role; names are masked, and accounts are made by people."""

from datetime import datetime
from uuid import UUID

from ninja import Query
from pydantic import BaseModel, Field

from admin.api.asked import Answer, Asked
from admin.api.paging import Cursor, Page
from admin.api.problems import NOT_FOUND, Problem
from connectors.documents.names import mask_name
from idp.staff.accounts import Member as KeptMember


class Member(BaseModel):
    """A member of staff in their one role."""

    id: UUID
    username: str
    name: str = Field(description="Masked.")
    role: str
    department: str
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
    found = request.services.staff.get(account_id)
    if found is None:
        raise Problem(NOT_FOUND)
    return Answer(body=_member(request, found))


def _member(request: Asked, kept: KeptMember) -> Member:
    return Member(
        id=kept.id,
        username=kept.username,
        name=mask_name(kept.name),
        role=kept.role,
        department=kept.department,
        is_closed=kept.is_closed,
        is_locked=request.services.staff.is_locked(kept, request.services.clock.now()),
        created_at=kept.created_at,
        last_signed_in_at=kept.last_signed_in_at,
    )
