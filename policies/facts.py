"""What a decision may look at, as frozen values; the Cedar schema beside it names the same facts.

A fact that may be unknown is None and is then left out of the request, so that a policy has to
ask `has` first: the validator insists on it. Facts turn into plain records and back, so that a
draft of the policies can be replayed against the past.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from policies.levels import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectFacts:
    """The person as this session knows them; `person_id` is "" while nobody is recognised.

    `status` is "active", "frozen" or any other word of the person's record; `is_minor` is None
    until a birth date has been verified.
    """

    person_id: str
    ial: int
    aal: int
    status: str
    is_minor: bool | None = None

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

    def __post_init__(self) -> None:
        _require_scale(ial=self.minimum_ial, aal=self.minimum_aal)

    @property
    def minimum(self) -> Level:
        return Level(ial=self.minimum_ial, aal=self.minimum_aal)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """The circumstances of this one request.

    `hour` is 0–23 in Asia/Shanghai, `now_epoch` seconds since 1970 UTC, `session_age_s` seconds
    since the session's last authentication; the requested level is what this request requires
    (0: nothing), not what it would merely like.
    """

    channel: str
    hour: int
    now_epoch: int
    session_age_s: int
    requested_ial: int = 0
    requested_aal: int = 0
    device_known: bool | None = None
    network: str | None = None

    def __post_init__(self) -> None:
        _require_scale(ial=self.requested_ial, aal=self.requested_aal)

    @property
    def requested(self) -> Level:
        return Level(ial=self.requested_ial, aal=self.requested_aal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything one decision is made from."""

    subject: SubjectFacts
    client: ClientFacts
    request: RequestFacts

    def at_level(self, level: Level) -> Self:
        """The same facts, had the session this level."""
        return replace(self, subject=replace(self.subject, ial=level.ial, aal=level.aal))

    def record(self) -> dict[str, Any]:
        """A plain record that JSON can carry; `from_record` reads it back."""
        record = asdict(self)
        record["client"]["allowed_channels"] = sorted(self.client.allowed_channels)
        return record

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """The facts of `record`; KeyError, TypeError or ValueError where it is not one."""
        client = record["client"]
        channels = frozenset(client["allowed_channels"])
        return cls(
            subject=SubjectFacts(**record["subject"]),
            client=ClientFacts(**{**client, "allowed_channels": channels}),
            request=RequestFacts(**record["request"]),
        )


def _require_scale(*, ial: int, aal: int) -> None:
    """Refuse levels off the scale here, so that no decision can ask for one."""
    if not (0 <= ial <= 4 and 0 <= aal <= 3):
        raise ValueError(f"no such assurance level: ial {ial}, aal {aal}")
