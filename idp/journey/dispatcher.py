"""The single place where it is decided what a journey does next.

Steps say what is outstanding, in order; the first one wins. Doors enter here, and are told here
how a journey ended; pages and forms are the turns'.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from idp.journey.access.decisions import DecisionLog
from idp.journey.access.duties import Duties, owed
from idp.journey.consent.ledger import ConsentLedger
from idp.journey.cookies import Cookies
from idp.journey.journeys import Journeys
from idp.journey.login.face_desk import FaceDesks
from idp.journey.news import News
from idp.journey.outcome import Continue, Door, DoorAnswer, Granted, JourneyOutcome, Refused
from idp.journey.readings.desk import ReadingDesk
from idp.journey.record import Journey, Progress
from idp.journey.request import Browser, JourneyRequest
from idp.journey.returns import Returns
from idp.journey.standing import ClientGone, StandingReader, required_of
from idp.journey.steps import Needed, Standing, Step
from idp.tokens.masking import granted_masked

ENTERED: Final = "entered"
PASSED: Final = "passed"
STOPPED: Final = "stopped"
Watch = Callable[[str, str, str], None]
"""Told of a step's name, what became of it, and the client; by the thread that answers."""


def unwatched(_step: str, _what: str, _client_id: str) -> None:
    """Nobody counts."""


_OUT_OF_REACH: Final = Refused(
    error="unmet_authentication_requirements",
    description="The requested authentication context cannot be reached here.",
)
_CLIENT_GONE: Final = Refused(
    error="unauthorized_client", description="The client is not registered any more."
)
_DESCRIPTIONS: Final[Mapping[str, str]] = {
    "login_required": "The person has to sign in.",
    "account_selection_required": "The person has to choose an account.",
    "interaction_required": "The person has to do something.",
    "consent_required": "The person has to consent.",
    "access_denied": "The person may not enter this client.",
    "unmet_authentication_requirements": _OUT_OF_REACH.description,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatcher:
    """Implements `Hall`. `doors` are filled by the composition root; `steps` are in order.

    `watch` is told when a journey enters a step, passes it, or is stopped there; of those that
    people leave nobody is told.
    """

    steps: tuple[Step, ...]
    doors: Mapping[str, Door]
    standings: StandingReader
    journeys: Journeys
    ledger: ConsentLedger
    decisions: DecisionLog
    returns: Returns
    readings: ReadingDesk
    faces: FaceDesks
    duties: Duties
    cookies: Cookies
    issuer: str
    news: News
    watch: Watch = unwatched

    def enter(
        self, request: JourneyRequest, browser: Browser, *, now: datetime
    ) -> JourneyOutcome | Continue:
        """Answer at once, without the database, where nothing is outstanding; else begin."""
        if not self.standings.reachable.satisfies(required_of(request)):
            return _OUT_OF_REACH
        request = self.readings.seated(request, browser)
        try:
            standing = self.standings.read(request, Progress(), browser, now=now)
        except ClientGone:
            return _CLIENT_GONE
        found = self.first_outstanding(standing, now=now)
        if found is None:
            return self.granted(standing, now=now)
        step, needed = found
        self.decisions.note(standing, now=now)
        if "none" in request.prompt:
            return Refused(
                error=needed.oauth_error,
                description=_DESCRIPTIONS[needed.oauth_error],
                session_id=standing.session.id if standing.session else None,
            )
        return self._begin(request, browser, step, now)

    def first_outstanding(self, standing: Standing, *, now: datetime) -> tuple[Step, Needed] | None:
        """The first step that still needs something, and what."""
        for step in self.steps:
            needed = step.outstanding(standing, now=now)
            if needed is not None:
                return step, needed
        return None

    def granted(self, standing: Standing, *, now: datetime) -> Granted:
        """The outcome of a journey with nothing outstanding, its obligations fulfilled."""
        session = standing.session
        if session is None:
            raise AssertionError("the login step lets nobody through without a session")
        released, given = self.ledger.released(standing)
        masked = owed(standing).masked_claims
        self.decisions.note(standing, now=now)
        self.duties.fulfil(standing, now=now)
        return Granted(
            person_id=session.person_id,
            session_id=session.id,
            authenticated_at=session.authenticated_at,
            level=session.level,
            amr=session.amr,
            scope=tuple(name for name in standing.request.scope if name in released.scope),
            userinfo_claims=granted_masked(sorted(released.userinfo_claims), masked),
            id_token_claims=granted_masked(sorted(released.id_token_claims), masked),
            consent_id=given.id if given else None,
            aliases=session.aliases,
        )

    def conclude(self, journey: Journey, outcome: JourneyOutcome, *, now: datetime) -> DoorAnswer:
        """Tell the door that began the journey how it ended."""
        door = self.doors[journey.request.door]
        return door.conclude(journey.request.continuation, outcome, now=now)

    def address(self, journey: Journey, step: str) -> str:
        """The address of a step's page, good for this journey in this browser only."""
        prefix = urlsplit(self.issuer).path
        return f"{prefix}/journey/{journey.id}/{step}?t={self.journeys.token(journey, step)}"

    def _begin(
        self, request: JourneyRequest, browser: Browser, step: Step, now: datetime
    ) -> Continue:
        device = browser.device_secret
        new_cookies: tuple[str, ...] = ()
        if len(device) != 43:
            device = secrets.token_urlsafe(32)
            new_cookies = (self.cookies.set(self.cookies.device, device),)
        journey = self.journeys.begin(request, device, now=now)
        self.watch(step.name, ENTERED, request.client_id)
        return Continue(location=self.address(journey, step.name), set_cookies=new_cookies)
