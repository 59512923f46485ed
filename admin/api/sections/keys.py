"""Signing keys: which there are and what each does, and the early change of one."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from admin.api.asked import CHANNEL, Answer, Asked
from admin.api.problems import invalid


class Key(BaseModel):
    """A signing key."""

    kid: str
    purpose: str
    alg: str
    state: str = Field(description="`next`, `active`, `retiring` or `retired`.")
    created_at: datetime
    activated_at: datetime | None
    retire_at: datetime | None


class Keys(BaseModel):
    """Every key, the newest of each purpose and algorithm first."""

    items: list[Key]


class Rotation(BaseModel):
    """Whose successor is wanted."""

    model_config = ConfigDict(extra="forbid", strict=True)

    alg: str = Field(min_length=1, max_length=16)


def listed(request: Asked) -> Answer:
    """List the signing keys."""
    return Answer(body=Keys(items=_keys(request)))


def rotate(request: Asked, given: Rotation) -> Answer:
    """Publish the successor of a key before its time; it signs once everybody can know it."""
    desk = request.services.city.keys
    try:
        kid = desk.announce(given.alg, operator=request.caller.operator, channel=CHANNEL)
    except KeyError as problem:
        raise invalid("#/alg", f"one of {', '.join(desk.algorithms)}") from problem
    return Answer(status=201, body=next(each for each in _keys(request) if each.kid == kid))


def _keys(request: Asked) -> list[Key]:
    return [
        Key(
            kid=each.kid,
            purpose=each.purpose,
            alg=each.alg,
            state=each.state,
            created_at=each.created_at,
            activated_at=each.activated_at,
            retire_at=each.retire_at,
        )
        for each in request.services.city.keys.listed()
    ]
