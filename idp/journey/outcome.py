"""What the hall answers: a frozen outcome for the door, or a place to send the browser first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from idp.journey.request import Browser, JourneyRequest
from idp.subjects.subject_identifiers import KnownAs
from policies.levels import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """The person came through: who, in which session, how, and what they let the client know.

    `claims` are the names the person (or the law) released, in each target; a declined claim is
    absent. `aliases`: where the person goes on being known by another `sub`.
    """

    person_id: UUID
    session_id: UUID
    authenticated_at: datetime
    level: Level
    amr: tuple[str, ...]
    scope: tuple[str, ...]
    userinfo_claims: tuple[str, ...] = ()
    id_token_claims: tuple[str, ...] = ()
    consent_id: UUID | None = None
    aliases: tuple[KnownAs, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The journey ended without: the registered error code and words safe for the client.

    `session_id` is the session a silent request found, if it found one.
    """

    error: str
    description: str
    session_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Continue:
    """A person has something to do: send the browser to `location` with these Set-Cookie values."""

    location: str
    set_cookies: tuple[str, ...] = ()


JourneyOutcome = Granted | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorAnswer:
    """How a door sends the browser on: by redirect, or by a form posted to `url` with `fields`."""

    url: str
    fields: tuple[tuple[str, str], ...] | None = None


class Door(Protocol):
    """What the hall calls when a journey that a door began has ended."""

    def conclude(
        self, continuation: bytes, outcome: JourneyOutcome, *, now: datetime
    ) -> DoorAnswer: ...


class Hall(Protocol):
    """What a door calls: answers at once where nothing is outstanding, else starts a journey."""

    def enter(
        self, request: JourneyRequest, browser: Browser, *, now: datetime
    ) -> JourneyOutcome | Continue: ...
