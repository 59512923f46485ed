"""What a step is: one thing that may be outstanding, its page, and what an answer to it does.

Steps return to the dispatcher, never to one another. Below these values nobody sees an
HttpRequest.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from idp.clients.client import Client
from idp.journey.languages import html_language
from idp.journey.outcome import Refused
from idp.journey.pages import FormError, Page
from idp.journey.record import Journey, Progress
from idp.journey.request import Browser, JourneyRequest
from idp.sessions.session import Session
from idp.subjects.consents import Given
from idp.subjects.levels import Proof
from policies.decision import Decision
from policies.facts import Facts
from policies.levels import LOWEST, Level

EXPECTED_OTHER: Final = "expected_other"
"""The reason of a Needed: somebody else is signed in than the request means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a person stands on the way of one request: all that the steps judge by.

    `mandatory` is what client and policies insist on, `needed` also what the request would like;
    `decision` and its `facts` are None while nobody is recognised. `is_reachable` is False when no
    step could lead to `mandatory`; `risk_reasons` are the signals of risk for which more is asked,
    and `identity_risk` those of them for which a higher identity level is. `proofs` are what stands
    proven of the person, None where nobody had to look.
    """

    request: JourneyRequest
    client: Client
    session: Session | None = None
    session_secret: str = field(default="", repr=False)
    subject: str = ""
    consent: Given | None = None
    progress: Progress = field(default_factory=Progress)
    facts: Facts | None = None
    decision: Decision | None = None
    needed: Level = LOWEST
    mandatory: Level = LOWEST
    is_reachable: bool = True
    risk_reasons: tuple[str, ...] = ()
    identity_risk: tuple[str, ...] = ()
    proofs: tuple[Proof, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """Something is outstanding: why, and what a client hears that allowed no page."""

    reason: str
    oauth_error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a form brought. `claims` are the ticked ones; values are stripped of outer space.

    `photograph` is the file that came along, None for none, and `frames` are those of the page that
    opens a camera, in its order; whoever looks at them keeps nothing of them.
    """

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    claims: tuple[str, ...] = ()
    photograph: bytes | None = field(default=None, repr=False)
    frames: tuple[bytes, ...] = field(default=(), repr=False)

    def get(self, name: str) -> str:
        return self.values.get(name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One request of a journey, given to the step whose turn it is.

    `frame` are the fields every page of this turn carries; `is_redisplay` says that the page is
    shown again with what was typed, after a switch of language or view.
    """

    journey: Journey
    standing: Standing
    needed: Needed
    browser: Browser
    language: str
    now: datetime
    frame: Mapping[str, Any] = field(default_factory=dict)
    typed: Typed = field(default_factory=Typed)
    errors: tuple[FormError, ...] = ()

    @property
    def request(self) -> JourneyRequest:
        return self.standing.request

    @property
    def client(self) -> Client:
        return self.standing.client

    @property
    def progress(self) -> Progress:
        return self.journey.progress

    @property
    def news_url(self) -> str:
        """Where the script of this turn's page asks whether there is anything new."""
        return str(self.frame["journey_action"]).replace("?", "/news?", 1)

    @property
    def html_language(self) -> str:
        """The page's language as a BCP 47 tag, for messages that are sent of this turn."""
        return html_language(self.language)


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """The journey came further: these fields of `Progress` change; the dispatcher looks anew.

    `then` is done once that is kept: what must not happen for a request that was overtaken.
    `session` is the one just begun or renewed, whose secret is among the changes.
    """

    changes: Mapping[str, object] = field(default_factory=dict)
    session: Session | None = None
    then: Callable[[], object] = field(default=_nothing, repr=False)


Reply = Page | Advance | Refused


class Step(Protocol):
    """One step; the dispatcher asks them in order."""

    @property
    def name(self) -> str: ...

    def outstanding(self, standing: Standing, *, now: datetime) -> Needed | None:
        """What this step still needs, or None."""
        ...

    def show(self, turn: Turn) -> Reply:
        """The step's page now."""
        ...

    def submit(self, turn: Turn) -> Reply:
        """What the person's answer leads to."""
        ...
