"""Two accounts of one person: what a merge would do, merged, and parted again within thirty days.

Who is who is decided by the declared ties; whoever says that they saw the originals answers for it.
"""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from admin.api.asked import CHANNEL, Answer, Asked
from admin.api.problems import CONFLICT, INVALID, NOT_FOUND, Problem, Wrong
from admin.joining import Pair, wish_of
from admin.reasons import REFERENCE, Reason
from idp.subjects.merging import MergeRefused, Wish
from idp.subjects.models import Merge as MergeRow
from idp.subjects.statuses import Actor, ActorKind

_REFERENCE: Final = f"^{REFERENCE.pattern}$"


class Told(BaseModel):
    """A client that knows both, and the `sub` that is retired for it."""

    client_id: str
    sub: str


class MergePlan(BaseModel):
    """What a merge would do."""

    survivor: UUID = Field(description="Whoever is proven higher, else the older account.")
    retired: UUID
    rule: str = Field(description="What ties the two; empty where nothing does.")
    is_possible: bool
    problems: list[str] = Field(description="Why it cannot be done.")
    told: list[Told] = Field(description="Clients that are told of the retired `sub`.")


class Merge(BaseModel):
    """A merge, and until when it can be undone."""

    merge_id: UUID
    survivor: UUID
    retired: UUID
    rule: str
    state: Literal["done", "undone", "final"]
    reference: str
    by: str
    told: list[Told]
    merged_at: datetime
    undoable_until: datetime
    settled_at: datetime | None


class Merges(BaseModel):
    """The merges that somebody was part of, the latest first."""

    items: list[Merge]


class Wanted(BaseModel):
    """The account that is held for the same person's."""

    model_config = ConfigDict(extra="forbid", strict=True)

    identifier: str = Field(
        min_length=1, max_length=200, description="A whole value, as in a search."
    )
    saw_originals: bool = Field(False, description="An operator compared both documents.")


class NewMerge(BaseModel):
    """With whom, why, and in which case."""

    model_config = ConfigDict(extra="forbid")

    other: UUID = Field(description="The other person_id, as the plan told it.")
    saw_originals: bool = Field(False, description="An operator compared both documents.")
    reason: Literal["duplicate", "asked", "order"]
    reference: str = Field(pattern=_REFERENCE, description="The number of the case.")


class Parting(BaseModel):
    """Why two are parted again, and in which case."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: Literal["mistake", "asked", "order"]
    reference: str = Field(pattern=_REFERENCE, description="The number of the case.")


def plan(request: Asked, person_id: UUID, given: Wanted) -> Answer:
    """Tell what merging two accounts would do; nothing is changed, the search is recorded."""
    _require_person(request, person_id)
    other = request.services.city.casebook.find(given.identifier)
    is_found, purpose = other is not None, {"for": "merge"}
    request.tell("person.searched", subject=other or "", found=is_found, **purpose)
    if other is None or other == person_id:
        raise Problem(INVALID, errors=[Wrong("#/identifier", "nobody else is found by it")])
    pair = Pair(one=person_id, other=other, saw_originals=given.saw_originals)
    wish = _wish(request, pair, None)
    found = request.services.city.merging.plan(wish, now=request.services.clock.now())
    return Answer(
        body=MergePlan(
            survivor=found.survivor,
            retired=found.retired,
            rule=found.rule or "",
            is_possible=not found.problems,
            problems=list(found.problems),
            told=_told(found.told),
        )
    )


def merge(request: Asked, person_id: UUID, given: NewMerge) -> Answer:
    """Merge two accounts; both holders are told, and for thirty days it can be undone."""
    _require_person(request, person_id)
    now = request.services.clock.now()
    is_known = request.services.city.casebook.open(given.other, now=now) is not None
    if not is_known or given.other == person_id:
        raise Problem(INVALID, errors=[Wrong("#/other", "there is nobody else of that id")])
    pair = Pair(one=person_id, other=given.other, saw_originals=given.saw_originals)
    wish = _wish(request, pair, Reason(code=given.reason, reference=given.reference))
    try:
        done = request.services.city.merging.merge(wish, now=now)
    except MergeRefused as refused:
        raise Problem(CONFLICT, str(refused)) from refused
    body = _shown(_found(done.id))
    return Answer(
        status=201, body=body, subject=str(done.survivor), location=f"/api/v1/merges/{done.id}"
    )


def of_person(request: Asked, person_id: UUID) -> Answer:
    """List the merges that a person was part of."""
    _require_person(request, person_id)
    found = request.services.city.merging.of(person_id)
    return Answer(body=Merges(items=[_shown(each) for each in found]))


def show(request: Asked, merge_id: UUID) -> Answer:
    """Show one merge."""
    del request
    return Answer(body=_shown(_found(merge_id)))


def undo(request: Asked, merge_id: UUID, given: Parting) -> Answer:
    """Part two people again; everything in the retired folder is theirs as it was."""
    found, now = _found(merge_id), request.services.clock.now()
    reason = Reason(code=given.reason, reference=given.reference)
    try:
        request.services.city.merging.undo(
            merge_id, _actor(request), reference=reason.in_words(), now=now
        )
    except (MergeRefused, MergeRow.DoesNotExist) as refused:
        raise Problem(CONFLICT, str(refused)) from refused
    return Answer(body=_shown(_found(merge_id)), subject=str(found.survivor_id))


def _wish(request: Asked, pair: Pair, reason: Reason | None) -> Wish:
    now = request.services.clock.now()
    return wish_of(request.services.city.merging, pair, _actor(request), reason=reason, now=now)


def _require_person(request: Asked, person_id: UUID) -> None:
    now = request.services.clock.now()
    if request.services.city.casebook.open(person_id, now=now) is None:
        raise Problem(NOT_FOUND)


def _actor(request: Asked) -> Actor:
    return Actor(kind=ActorKind.OPERATOR, id=request.caller.operator, channel=CHANNEL)


def _found(merge_id: UUID) -> MergeRow:
    found = MergeRow.objects.filter(id=merge_id).first()
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def _told(pairs: tuple[tuple[str, str], ...]) -> list[Told]:
    return [Told(client_id=client_id, sub=sub) for client_id, sub in pairs]


def _shown(row: MergeRow) -> Merge:
    return Merge(
        merge_id=row.id,
        survivor=row.survivor_id,
        retired=row.retired_id,
        rule=row.rule,
        state=MergeRow.State(row.state).value,  # type: ignore[arg-type]  # one of the three
        reference=row.reference,
        by=row.actor,
        told=_told(tuple((client_id, sub) for client_id, sub in row.told)),
        merged_at=row.merged_at,
        undoable_until=row.undoable_until,
        settled_at=row.settled_at,
    )
