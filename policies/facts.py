"""What a decision may look at, as frozen values; `vocabulary` names the same facts for policies.

A fact that may be unknown is None and is then left out of the request, so that a policy has to
ask `has` first: the validator insists on it. Facts turn into plain records and back, so that a
draft of the policies can be replayed against the past.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any, Final, Self

import orjson

from policies.levels import Level

Properties = tuple[tuple[str, tuple[str, ...]], ...]
"""Names with their values, as an asking system gave them, in the order of the names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectFacts:
    """The person as this session knows them; `person_id` is "" while nobody is recognised.

    `status` is "active", "frozen" or any other word of the person's record; `is_minor` is None
    until a birth date has been verified; `evidence_age_days` counts whole days since the oldest
    evidence the level rests on; `own_aal` is what the person's authenticators reach together.
    Nothing gathers `organization_role` and no policy is offered it before there are organizations:
    it keeps its place in records, which go by position.
    """

    person_id: str
    ial: int
    aal: int
    status: str
    is_minor: bool | None = None
    population: str | None = None
    methods: frozenset[str] | None = None
    evidence_age_days: int | None = None
    authenticators: frozenset[str] | None = None
    organization_role: str | None = None
    own_aal: int | None = None

    def __post_init__(self) -> None:
        _require_scale(ial=self.ial, aal=self.aal)

    @property
    def level(self) -> Level:
        return Level(ial=self.ial, aal=self.aal)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFacts:
    """The client as registered; a minimum of 0 asks nothing on that side."""

    client_id: str
    classification: str
    channel: str
    minimum_ial: int
    minimum_aal: int
    allowed_channels: frozenset[str]
    status: str
    department: str = ""

    def __post_init__(self) -> None:
        _require_scale(ial=self.minimum_ial, aal=self.minimum_aal)

    @property
    def minimum(self) -> Level:
        return Level(ial=self.minimum_ial, aal=self.minimum_aal)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """The circumstances of this one request.

    `hour` is 0–23 and `weekday` 1 (Monday) to 7 in Asia/Shanghai, `now_epoch` seconds since 1970
    UTC, `session_age_s` seconds since the session's last authentication; the requested level is
    what this request requires (0: nothing), not what it would merely like. Device and
    risk are as they were found at the session's last sign-in.
    """

    channel: str
    hour: int
    now_epoch: int
    session_age_s: int
    weekday: int = 1
    requested_ial: int = 0
    requested_aal: int = 0
    device_known: bool | None = None
    device: str | None = None
    network: str | None = None
    risk: frozenset[str] | None = None
    risk_level: str | None = None

    def __post_init__(self) -> None:
        _require_scale(ial=self.requested_ial, aal=self.requested_aal)

    @property
    def requested(self) -> Level:
        return Level(ial=self.requested_ial, aal=self.requested_aal)


@dataclass(frozen=True, slots=True, kw_only=True)
class UseFacts:
    """What is to be done inside a client's system, as that system describes it.

    `operation` is the word for it, `item_type` and `item_id` name what it is done to; the
    properties are of the person, of the item, and of the operation with its context.
    """

    operation: str
    item_type: str
    item_id: str
    subject: Properties = ()
    item: Properties = ()
    circumstances: Properties = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything one decision is made from; `use` is None where a person signs in to a client."""

    subject: SubjectFacts
    client: ClientFacts
    request: RequestFacts
    use: UseFacts | None = None

    def at_level(self, level: Level) -> Self:
        """The same facts, had the session this level."""
        return replace(self, subject=replace(self.subject, ial=level.ial, aal=level.aal))

    def record(self) -> dict[str, Any]:
        """A plain record that JSON can carry, without what is unknown; `from_record` reads it."""
        groups = {"subject": self.subject, "client": self.client, "request": self.request}
        record = {name: _plain(group) for name, group in groups.items()}
        return record if self.use is None else {**record, "use": _plain(self.use)}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The facts of `record`; KeyError, TypeError or ValueError where it is not one."""
        use = record.get("use")
        return cls(
            subject=SubjectFacts(**_with_sets(record["subject"], _SUBJECT_SETS)),
            client=ClientFacts(**_with_sets(record["client"], _CLIENT_SETS)),
            request=RequestFacts(**_with_sets(record["request"], _REQUEST_SETS)),
            use=None if use is None else _read_use(use),
        )

    def packed(self) -> bytes:
        """The same by position, a third of the size: `unpacked` reads it, and any earlier one."""
        groups = [_packed(self.subject), _packed(self.client), _packed(self.request)]
        if self.use is not None:
            groups.append(_packed(self.use))
        return orjson.dumps(groups, default=sorted)

    @classmethod
    def unpacked(cls, raw: bytes) -> Self:
        """The facts that `packed` wrote; ValueError, TypeError or LookupError for anything else."""
        found: Self = _unpacked(cls, orjson.loads(raw))
        return found


_REMEMBERED_CLIENTS: Final = 4096
_SUBJECT: Final = tuple(field.name for field in fields(SubjectFacts))
_CLIENT: Final = tuple(field.name for field in fields(ClientFacts))
_REQUEST: Final = tuple(field.name for field in fields(RequestFacts))
_USE: Final = tuple(field.name for field in fields(UseFacts))
_NAMES: Final[Mapping[type, tuple[str, ...]]] = {
    SubjectFacts: _SUBJECT,
    ClientFacts: _CLIENT,
    RequestFacts: _REQUEST,
    UseFacts: _USE,
}
_SUBJECT_SETS: Final = frozenset({"methods", "authenticators"})
_CLIENT_SETS: Final = frozenset({"allowed_channels"})
_REQUEST_SETS: Final = frozenset({"risk"})


def _plain(group: Any) -> dict[str, Any]:
    values = ((name, getattr(group, name)) for name in _NAMES[type(group)])
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in values
        if value is not None
    }


def _packed(group: Any) -> list[Any]:
    """Positions, without the unknown at the end; a set is written as a list by `orjson`."""
    values = [getattr(group, name) for name in _NAMES[type(group)]]
    while values[-1] is None:
        values.pop()
    return values


def _unpacked(cls: type[Any], groups: list[list[Any]]) -> Any:
    return cls(
        subject=SubjectFacts(**_named(_SUBJECT, groups[0], _SUBJECT_SETS)),
        client=_client_of(*map(_hashable, groups[1])),
        request=RequestFacts(**_named(_REQUEST, groups[2], _REQUEST_SETS)),
        use=_read_use(dict(zip(_USE, groups[3], strict=False))) if len(groups) > 3 else None,
    )


@lru_cache(maxsize=_REMEMBERED_CLIENTS)
def _client_of(*values: Any) -> ClientFacts:
    """The same client again and again: of a million decisions only some thousand differ here."""
    return ClientFacts(**_named(_CLIENT, list(values), _CLIENT_SETS))


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _named(names: tuple[str, ...], values: list[Any], sets: frozenset[str]) -> dict[str, Any]:
    return _with_sets(dict(zip(names, values, strict=False)), sets)


def _with_sets(record: Mapping[str, Any], sets: frozenset[str]) -> dict[str, Any]:
    found = dict(record)
    for name in sets:
        if found.get(name) is not None:
            found[name] = frozenset(found[name])
    return found


def _read_use(record: Mapping[str, Any]) -> UseFacts:
    lists = {
        name: _properties(record.get(name, ())) for name in ("subject", "item", "circumstances")
    }
    return UseFacts(**{**record, **lists})


def _properties(pairs: Iterable[Any]) -> Properties:
    return tuple((str(name), tuple(str(value) for value in values)) for name, values in pairs)


def _require_scale(*, ial: int, aal: int) -> None:
    """Refuse levels off the scale here, so that no decision can ask for one."""
    if not (0 <= ial <= 4 and 0 <= aal <= 3):
        raise ValueError(f"no such assurance level: ial {ial}, aal {aal}")
