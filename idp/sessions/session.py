"""The SSO session as other rooms see it: one frozen value, and the interface of its directory."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from idp.foundation.audit import AuditEvent
from idp.subjects.levels import Proof
from idp.subjects.subject_identifiers import KnownAs
from policies.levels import Level

SIGNED_OUT: Final = "none"
"""The state of a browser in which nobody is signed in: said, for an absent one means unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was noticed when somebody signed in; None where nobody looked.

    `signals` are words of the policies' vocabulary, `own_aal` is what the person's authenticators
    reach, `device` a keyed hash of person and browser ("" for a browser that everybody shares).
    """

    signals: tuple[str, ...] | None = None
    device_known: bool | None = None
    own_aal: int | None = None
    device: str = field(default="", repr=False)


NOTHING_SEEN: Final = Seen()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A person's one session across portals. Instants are aware UTC.

    `level` is what this session reached: the person's identity level when last computed and the
    authentication level of `amr`; `methods` are why the identity level is held, `proven_at` the
    instant of the oldest evidence of it, `population` the kind of person by its document ("" for
    none). `consented` maps are read beside it (see SessionDirectory.open).
    """

    id: UUID
    person_id: UUID
    person_status: str
    authenticated_at: datetime
    expires_at: datetime
    level: Level
    amr: tuple[str, ...]
    channel: str = "web"
    display_name: str = field(default="", repr=False)
    aliases: tuple[KnownAs, ...] = ()
    """Where the person goes on being known by another `sub`, after a merge."""
    minor_until: datetime | None = None
    """Until when the person is under 14; None for everybody else."""
    methods: tuple[str, ...] = ()
    proven_at: datetime | None = None
    population: str = ""
    seen: Seen = NOTHING_SEEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """A session looked at anew, and what stands proven of its person at that moment."""

    session: Session
    proofs: tuple[Proof, ...] = ()


Tell = Callable[[Session], Iterable[AuditEvent]]


def _nothing_more(_: Session) -> Iterable[AuditEvent]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One sign-in beside what it proved: what was noticed, and what else is recorded of it."""

    seen: Seen = NOTHING_SEEN
    tell: Tell = _nothing_more


PLAIN_SIGN_IN: Final = SignIn()


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A client that took part in a session: what its logout needs."""

    client_id: str
    sid: str
    sub: str


class LogoutChannel(Protocol):
    """What a door registers with the sessions room, to be told that participants are logged out."""

    def announce(
        self, session: Session, participants: tuple[Participant, ...], *, now: datetime
    ) -> None:
        """Called inside the transaction that ends the session: enqueue, do not deliver."""


class SessionDirectory(Protocol):
    def open(
        self, secret: str, *, now: datetime, client_id: str = ""
    ) -> tuple[Session | None, bytes | None]:
        """The live session behind a cookie, and the cached consent for `client_id`: one store trip.

        On a store miss the database answers (sessions live there), and the store is filled again.
        """

    def start(
        self, *, person_id: UUID, aal: int, amr: tuple[str, ...], channel: str, now: datetime
    ) -> tuple[Session, str]:
        """A fresh session and its new secret: a login always changes it (session fixation)."""

    def renew(
        self, session: Session, *, aal: int, amr: tuple[str, ...], now: datetime
    ) -> tuple[Session, str]:
        """After re-authentication or step-up: the same id, a new instant and a new secret."""

    def participants(self, session_id: UUID) -> tuple[Participant, ...]: ...

    def end(self, session_id: UUID, *, reason: str, now: datetime) -> tuple[Participant, ...]:
        """End it in one transaction: row, cache, bound grants, and every LogoutChannel told."""


class SessionEnded(Exception):
    """The session ended while something was being done in it."""
