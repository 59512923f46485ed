"""Trying policies before they bite: what if, and replays of what was decided.

What is tried is a change of what is in force, a proposal, a version, or what is in force itself.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, Literal, TypeVar
from uuid import UUID

from ninja import Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from admin.api.asked import CHANNEL, Answer, Asked, own_clients
from admin.api.problems import CONFLICT, INVALID, NOT_FOUND, Problem, Wrong
from idp.journey.access import replays as kept
from idp.journey.access import versions
from idp.journey.access.changes import Proposal
from idp.journey.access.city_policies import source_of
from idp.journey.access.hypothetical import facts_from
from idp.journey.access.replays import LONGEST_DAYS, Order, TooManyReplays
from idp.journey.access.replays import Replay as KeptReplay
from policies.decision import Decision, Forbid, Permit, StepUp, kind_of
from policies.engine import Engine
from policies.replay import Effect as Found
from policies.validation import validate_policies
from policies.what_if import what_if as look_at

_T = TypeVar("_T")
_MOST_FACTS: Final = 40
_MOST_TEXTS: Final = 200
_LONGEST: Final = 200


class Candidate(BaseModel):
    """What is tried: one of the three, or what is in force where none is named."""

    model_config = ConfigDict(extra="forbid", strict=True)

    texts: dict[str, str] | None = Field(
        None,
        min_length=1,
        max_length=_MOST_TEXTS,
        description="A change of what is in force: Cedar text by client_id; `*` is everyone's.",
    )
    proposal_id: str | None = Field(None, max_length=36)
    version: int | None = Field(None, ge=0)

    @model_validator(mode="after")
    def names_one(self) -> "Candidate":
        """Refuse two at once."""
        named = (self.texts, self.proposal_id, self.version)
        if sum(each is not None for each in named) > 1:
            raise ValueError("name one of texts, proposal_id and version")
        return self


class Question(Candidate):
    """Whom to decide about: an ordinary sign-in to a client, with these facts changed."""

    client_id: str = Field("", max_length=128)
    facts: dict[str, str] = Field(
        default_factory=dict,
        max_length=_MOST_FACTS,
        description="As the vocabulary of policies names them: `subject.ial`, `request.channel`.",
    )


class Outcome(BaseModel):
    """A decision, and the policies behind it."""

    outcome: Literal["permit", "step_up", "forbid"]
    said: str = Field(description="The reason of a refusal, the acr of a step-up.")
    policies: list[str]
    obligations: dict[str, Any]


class Change(BaseModel):
    """One fact that would be otherwise, and the decision then."""

    fact: str
    values: list[str]
    decision: Outcome


class WhatIf(BaseModel):
    """The decision, what would change it, and the decision without each policy behind it."""

    decision: Outcome
    changes: list[Change]
    without: dict[str, Outcome]


class NewReplay(Candidate):
    """A replay to order."""

    days: int = Field(7, ge=1, le=LONGEST_DAYS, description="Decisions of so many days.")


class Effect(BaseModel):
    """Decisions that would come out otherwise, counted together."""

    client_id: str
    population: str
    channel: str
    before: str
    after: str
    means: Literal["newly_refused", "newly_stepped_up", "let_in"]
    decisions: int
    people: int
    policies: list[str]


class Replay(BaseModel):
    """A replay, as far as it has come."""

    id: UUID
    candidate: str
    days: int
    author: str
    created_at: datetime
    finished_at: datetime | None
    state: Literal["waiting", "running", "done", "cancelled", "failed"]
    done: int = Field(description="Decisions replayed so far.")
    total: int = Field(description="Decisions there are; 0 until it is known.")
    totals: dict[str, int] = Field(description="Decisions by what would come of them.")
    effects: list[Effect] = Field(description="The largest first, at most 500.")
    groups: int = Field(description="How many effects there are in all.")


class Replays(BaseModel):
    """Replays, the newest first."""

    items: list[Replay]


class ReplayFilter(BaseModel):
    """How many replays."""

    limit: int = Field(50, ge=1, le=200)


def what_if(request: Asked, given: Question) -> Answer:
    """Decide about somebody who may not exist; a department's client asks of its own clients."""
    own = own_clients(request)
    if own is not None and (given.client_id not in own or _is_named(given)):
        raise Problem(NOT_FOUND)
    engine = _engine(given, _texts(request, given))
    typed = [f"{fact}={value[:_LONGEST]}" for fact, value in given.facts.items()]
    try:
        facts = facts_from(typed, client_id=given.client_id, clock=request.services.clock)
    except ValueError as error:
        raise Problem(INVALID, errors=[Wrong("#/facts", str(error))]) from error
    found = look_at(engine.source, facts, engine=engine)
    changes = [
        Change(fact=each.fact, values=list(each.values), decision=outcome_of(each.decision))
        for each in found.changes
    ]
    return Answer(
        body=WhatIf(
            decision=outcome_of(found.decision),
            changes=changes,
            without={name: outcome_of(each) for name, each in found.without},
        )
    )


def order(request: Asked, given: NewReplay) -> Answer:
    """Have the decisions of the last days put to a candidate; the worker carries it out."""
    texts = _texts(request, given)
    _engine(given, texts)
    wanted = Order(
        candidate=_name(given),
        texts=texts,
        days=given.days,
        author=request.caller.operator,
        channel=CHANNEL,
    )
    try:
        ordered = request.services.replays.order(wanted)
    except TooManyReplays as error:
        raise Problem(CONFLICT, "as many replays as may wait or run at once do so") from error
    return Answer(status=202, body=_replay(ordered))


def listed(request: Asked, asked: Query[ReplayFilter]) -> Answer:
    """List replays."""
    found = request.services.replays.recent(limit=asked.limit)
    return Answer(body=Replays(items=[_replay(each) for each in found]))


def show(request: Asked, replay_id: UUID) -> Answer:
    """Show how far a replay has come, and what it found."""
    return Answer(body=_replay(_found(request, replay_id)))


def cancel(request: Asked, replay_id: UUID) -> Answer:
    """Stop a replay; what it has found so far stays."""
    found = _found(request, replay_id)
    if not request.services.replays.cancel(found.id, by=request.caller.operator, channel=CHANNEL):
        raise Problem(CONFLICT, "it has ended")
    return Answer(body=_replay(_found(request, replay_id)))


def _is_named(given: Candidate) -> bool:
    return (given.texts, given.proposal_id, given.version) != (None, None, None)


def _name(given: Candidate) -> str:
    """The candidate for people, as the console's addresses name it."""
    if given.texts is not None:
        digest = sha256(repr(sorted(given.texts.items())).encode()).hexdigest()
        return f"texts:{digest[:12]}"
    if given.proposal_id is not None:
        return f"proposal:{given.proposal_id}"
    return "in-force" if given.version is None else f"version:{given.version}"


def _texts(request: Asked, given: Candidate) -> Mapping[str, str]:
    """The whole texts to decide by."""
    if given.texts is not None:
        return versions.changed(versions.in_force(), given.texts)
    if given.version is not None:
        return _there(versions.find(given.version), "#/version").texts
    if given.proposal_id is None:
        return versions.in_force().texts
    proposal = _there(_proposal(request, given.proposal_id), "#/proposal_id")
    base = _there(versions.find(proposal.base), "#/proposal_id")
    return versions.changed(base, proposal.texts)


def _proposal(request: Asked, proposal_id: str) -> Proposal | None:
    try:
        return request.services.policies.find(UUID(proposal_id))
    except ValueError:
        return None


def _there(found: _T | None, pointer: str) -> _T:
    if found is None:
        raise Problem(INVALID, errors=[Wrong(pointer, "there is none")])
    return found


def _engine(given: Candidate, texts: Mapping[str, str]) -> Engine:
    source = source_of(dict(texts))
    problems = validate_policies(source)
    if problems:
        field = _name(given).partition(":")[0]
        pointer = {"proposal": "#/proposal_id", "version": "#/version"}.get(field, "#/texts")
        raise Problem(INVALID, errors=[Wrong(pointer, str(each)) for each in problems])
    return Engine(source)


def _found(request: Asked, replay_id: UUID) -> KeptReplay:
    found = request.services.replays.find(replay_id)
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def outcome_of(decided: Decision) -> Outcome:
    said = decided.reason if isinstance(decided, Forbid) else ""
    return Outcome(
        outcome=kind_of(decided),
        said=decided.acr if isinstance(decided, StepUp) else said,
        policies=list(decided.determining),
        obligations=decided.obligations.record() if isinstance(decided, Permit) else {},
    )


def _replay(found: KeptReplay) -> Replay:
    return Replay(
        id=found.id,
        candidate=found.candidate,
        days=found.days,
        author=found.author,
        created_at=found.created_at,
        finished_at=found.finished_at,
        state=found.state,  # type: ignore[arg-type]  # one of those that `kept` names
        done=found.done,
        total=found.total,
        totals={means: found.totals.get(means, 0) for means in kept.MEANINGS},
        effects=[_effect(each) for each in found.effects],
        groups=found.groups,
    )


def _effect(found: Found) -> Effect:
    group = found.group
    return Effect(
        client_id=group.client_id,
        population=group.population,
        channel=group.channel,
        before=group.before,
        after=group.after,
        means=found.means,  # type: ignore[arg-type]  # the same three words
        decisions=found.decisions,
        people=found.people,
        policies=list(found.policies),
    )
