"""People: found by a whole value, always masked; frozen and opened again with a reason.

Nobody can leaf through people here, and nobody sees behind the mask: that needs a person at the
console.
"""

from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from admin.api.asked import CHANNEL, Answer, Asked
from admin.api.problems import CONFLICT, NOT_FOUND, Problem
from admin.reasons import REFERENCE
from idp.subjects.casebook import Case
from idp.subjects.statuses import Actor, ActorKind, Cause, StatusRefused
from idp.subjects.statuses import Reason as StatusReason

_REFERENCE: Final = f"^{REFERENCE.pattern}$"


class Identifier(BaseModel):
    """What the person signs in with, masked."""

    kind: str
    value: str


class Document(BaseModel):
    """A document, its number and name masked."""

    document_type: str
    number: str
    name: str
    state: str
    valid_until: date | None


class StatusChange(BaseModel):
    """What became of the account once."""

    at: datetime
    before: str
    after: str
    reason: str
    by: str
    reference: str


class Person(BaseModel):
    """A person as staff see one: masked."""

    person_id: UUID
    status: str
    name: str
    identity_level: int
    created_at: datetime
    identifiers: list[Identifier]
    documents: list[Document]
    history: list[StatusChange] = Field(description="Of the status, the latest first.")


class People(BaseModel):
    """Whoever was found: nobody, or one."""

    items: list[Person]


class Search(BaseModel):
    """A whole value: phone number, e-mail address, user name, document number or id."""

    model_config = ConfigDict(extra="forbid", strict=True)

    identifier: str = Field(min_length=1, max_length=200)


class Freezing(BaseModel):
    """Why an account is frozen, and in which case."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: Literal["misuse", "ordered"]
    reference: str = Field(pattern=_REFERENCE, description="The number of the case.")


class Opening(BaseModel):
    """Why a frozen account is opened again, and in which case."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: Literal["released"]
    reference: str = Field(pattern=_REFERENCE, description="The number of the case.")


def search(request: Asked, given: Search) -> Answer:
    """Find a person by a whole value; the search is recorded."""
    person_id = request.services.city.casebook.find(given.identifier)
    is_found = person_id is not None
    request.tell("person.searched", subject=person_id or "", found=is_found)
    return Answer(body=People(items=[_person(request, person_id)] if person_id else []))


def show(request: Asked, person_id: UUID) -> Answer:
    """Show a person, masked."""
    return Answer(body=_person(request, person_id))


def freeze(request: Asked, person_id: UUID, given: Freezing) -> Answer:
    """Freeze an account: sessions and grants end, and the person is told."""
    return _changed(request, person_id, given)


def reopen(request: Asked, person_id: UUID, given: Opening) -> Answer:
    """Let a frozen account be used again; the person is told."""
    return _changed(request, person_id, given)


def _changed(request: Asked, person_id: UUID, given: Freezing | Opening) -> Answer:
    request.require_unchanged(_person(request, person_id), is_needed=False)
    cause = Cause(
        reason=StatusReason(given.reason),
        by=Actor(kind=ActorKind.OPERATOR, id=request.caller.operator, channel=CHANNEL),
        reference=given.reference,
    )
    try:
        request.services.city.statuses.change(person_id, cause, now=request.services.clock.now())
    except StatusRefused as problem:
        raise Problem(CONFLICT, str(problem)) from problem
    return Answer(body=_person(request, person_id), subject=str(person_id))


def _person(request: Asked, person_id: UUID) -> Person:
    case = request.services.city.casebook.open(person_id, now=request.services.clock.now())
    if case is None:
        raise Problem(NOT_FOUND)
    return _shown(request, case)


def _shown(request: Asked, case: Case) -> Person:
    return Person(
        person_id=case.person_id,
        status=case.status,
        name=case.name,
        identity_level=case.level,
        created_at=case.created_at,
        identifiers=[Identifier(kind=kind, value=value) for kind, value in case.identifiers],
        documents=[
            Document(
                document_type=each.document_type,
                number=each.number,
                name=each.name,
                state=each.state,
                valid_until=each.valid_until,
            )
            for each in case.documents
        ],
        history=[
            StatusChange(
                at=each.at,
                before=each.previous,
                after=each.status,
                reason=each.cause.reason,
                by=each.cause.by.kind,
                reference=each.cause.reference,
            )
            for each in request.services.city.statuses.history(case.person_id)
        ],
    )
