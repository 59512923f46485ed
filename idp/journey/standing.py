"""Reading where a person stands: their session, what is asked of them, what the policies say."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.clients.client import Client, ClientDirectory
from idp.foundation.clock import SHANGHAI
from idp.journey.record import Progress
from idp.journey.request import Browser, JourneyRequest
from idp.journey.steps import Standing
from idp.sessions.directory import SessionEnded, Sessions
from idp.sessions.session import Session
from idp.subjects.consents import Given
from idp.subjects.subject_identifiers import SubjectIdentifiers, known_as
from policies.decision import Decision, StepUp
from policies.facts import ClientFacts, Facts, RequestFacts, SubjectFacts
from policies.levels import LOWEST, Level

Decide = Callable[[Facts], Decision]


class ClientGone(Exception):
    """The journey's client is not registered any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingReader:
    """`reachable` is the highest level that the steps of this installation can lead to."""

    clients: ClientDirectory
    sessions: Sessions
    subjects: SubjectIdentifiers
    decide: Decide
    reachable: Level

    def read(
        self,
        request: JourneyRequest,
        progress: Progress,
        browser: Browser,
        *,
        now: datetime,
        begun: Session | None = None,
    ) -> Standing:
        """Where the person of this browser stands. One store trip when nothing is outstanding.

        `begun` is the session of the progress's secret, where it was written a moment ago.

        Raises:
            ClientGone: the client was deleted meanwhile.
        """
        client = self.clients.get(request.client_id)
        if client is None:
            raise ClientGone
        found, consent, secret = begun, None, progress.session_secret
        if begun is None:
            found, consent, secret = self._open(request, progress, browser, now)
        if found is None:
            mandatory = required_of(request).raised_to(client.minimum_level)
            return self._standing(request, client, progress, mandatory)
        session, decision, mandatory = self._judged(request, client, found, now)
        return Standing(
            request=request,
            client=client,
            session=session,
            session_secret=secret,
            subject=self._subject(session, client) if request.expected_subject else "",
            consent=Given.decode(consent) if consent else None,
            progress=progress,
            decision=decision,
            needed=self._needed(request, mandatory),
            mandatory=mandatory,
            is_reachable=self.reachable.satisfies(mandatory),
        )

    def _judged(
        self, request: JourneyRequest, client: Client, session: Session, now: datetime
    ) -> tuple[Session, Decision, Level]:
        """What the policies say of the session, looked at anew where its level does not do."""
        decision = self.decide(facts_of(request, client, session, now))
        mandatory = _insisted(decision)
        if self._needed(request, mandatory).ial <= session.level.ial:
            return session, decision, mandatory
        # Verified elsewhere since: at a window, in another tab, on another device.
        fresh = self._refreshed(session, now)
        if fresh.level == session.level:
            return session, decision, mandatory
        decision = self.decide(facts_of(request, client, fresh, now))
        return fresh, decision, _insisted(decision)

    def _open(
        self, request: JourneyRequest, progress: Progress, browser: Browser, now: datetime
    ) -> tuple[Session | None, bytes | None, str]:
        """The session of this journey, else the browser's: its cookie may have got lost."""
        for secret in dict.fromkeys((progress.session_secret, browser.session_secret)):
            if secret:
                session, consent = self.sessions.open(secret, now=now, client_id=request.client_id)
                if session is not None:
                    return session, consent, secret
        return None, None, ""

    def _standing(
        self, request: JourneyRequest, client: Client, progress: Progress, mandatory: Level
    ) -> Standing:
        return Standing(
            request=request,
            client=client,
            progress=progress,
            needed=self._needed(request, mandatory),
            mandatory=mandatory,
            is_reachable=self.reachable.satisfies(mandatory),
        )

    def _needed(self, request: JourneyRequest, needed: Level) -> Level:
        """What is insisted on, and what the request would like as far as it can be had."""
        if request.required is None or request.required_is_essential:
            return needed
        wished = Level(
            ial=min(request.required.ial, self.reachable.ial),
            aal=min(request.required.aal, self.reachable.aal),
        )
        return needed.raised_to(wished)

    def _refreshed(self, session: Session, now: datetime) -> Session:
        try:
            return self.sessions.refresh_identity(session, now=now)
        except SessionEnded:
            return session

    def _subject(self, session: Session, client: Client) -> str:
        person_id = known_as(session.person_id, session.aliases, client.subject_place)
        return self.subjects.sub(
            person_id, subject_type=client.subject_type, sector=client.subject_sector
        )


def foreseen_level(standing: Standing) -> Level:
    """The level this way leads to, though the person may have it already."""
    needed = standing.needed.raised_to(required_of(standing.request))
    return needed.raised_to(standing.client.minimum_level)


def _insisted(decision: Decision) -> Level:
    return decision.level if isinstance(decision, StepUp) else LOWEST


def required_of(request: JourneyRequest) -> Level:
    """The level a request insists on."""
    return request.required if request.required and request.required_is_essential else LOWEST


def facts_of(request: JourneyRequest, client: Client, session: Session, now: datetime) -> Facts:
    """What the policies may look at."""
    insisted = request.required if request.required_is_essential else None
    return Facts(
        subject=SubjectFacts(
            person_id=str(session.person_id),
            ial=session.level.ial,
            aal=session.level.aal,
            status=session.person_status,
        ),
        client=ClientFacts(
            client_id=client.client_id,
            classification=client.classification,
            channel=request.channel,
            minimum_ial=client.minimum_level.ial,
            minimum_aal=client.minimum_level.aal,
            allowed_channels=client.channels,
            status=client.status,
        ),
        request=RequestFacts(
            channel=request.channel,
            hour=now.astimezone(SHANGHAI).hour,
            now_epoch=int(now.timestamp()),
            session_age_s=max(0, int((now - session.authenticated_at).total_seconds())),
            requested_ial=insisted.ial if insisted else 0,
            requested_aal=insisted.aal if insisted else 0,
        ),
    )
