"""Reading where a person stands: their session, what is asked of them, what the policies say."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

from idp.clients.client import Client, ClientDirectory
from idp.foundation.clock import SHANGHAI
from idp.journey.record import Progress
from idp.journey.request import Browser, JourneyRequest
from idp.journey.risk.signals import NEW_DEVICE, OTHER_DEVICE, level_of
from idp.journey.steps import Standing
from idp.sessions.directory import Sessions
from idp.sessions.known_devices import DeviceBook
from idp.sessions.session import Seen, Session, SessionEnded
from idp.subjects.consents import Given
from idp.subjects.levels import Proof
from idp.subjects.subject_identifiers import SubjectIdentifiers, known_as
from policies.decision import Decision, Forbid, StepUp
from policies.facts import ClientFacts, Facts, RequestFacts, SubjectFacts
from policies.levels import LOWEST, Level
from policies.vocabulary import SIGNALS

Decide = Callable[[Facts], Decision]


class ClientGone(Exception):
    """The journey's client is not registered any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingReader:
    """`reach` tells the highest level that the steps of this installation can lead to now."""

    clients: ClientDirectory
    sessions: Sessions
    subjects: SubjectIdentifiers
    decide: Decide
    devices: DeviceBook
    reach: Callable[[], Level]

    @property
    def reachable(self) -> Level:
        """What can be reached at this moment."""
        return self.reach()

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
        client = self._client(request)
        found, consent, secret = self._open(request, progress, browser, now, begun)
        if found is None:
            return self._unrecognised(request, client, progress)
        judged = self._judged(request, client, found, browser, now)
        session, (risk, identity_risk) = judged.session, self._risk_reasons(judged)
        return Standing(
            request=request,
            client=client,
            session=session,
            session_secret=secret,
            subject=self._subject(session, client) if request.expected_subject else "",
            consent=Given.decode(consent) if consent else None,
            progress=progress,
            facts=judged.facts,
            decision=judged.decision,
            needed=self._needed(request, judged.mandatory),
            mandatory=judged.mandatory,
            is_reachable=self.reachable.satisfies(judged.mandatory),
            risk_reasons=risk,
            identity_risk=identity_risk,
            proofs=judged.proofs,
        )

    def _client(self, request: JourneyRequest) -> Client:
        client = self.clients.get(request.client_id)
        if client is None:
            raise ClientGone
        return client

    def _judged(
        self,
        request: JourneyRequest,
        client: Client,
        session: Session,
        browser: Browser,
        now: datetime,
    ) -> "_Judged":
        """What the policies say of the session, looked at anew where its level does not do."""
        judged = self._decided(request, client, session, browser, now)
        is_level_enough = self._needed(request, judged.mandatory).ial <= session.level.ial
        if is_level_enough and not isinstance(judged.decision, Forbid):
            return judged
        # Verified elsewhere since: at a window, in another tab, on another device.
        try:
            fresh = self.sessions.refresh_identity(session, now=now)
        except SessionEnded:
            return judged
        if fresh.session is not session:
            judged = self._decided(request, client, fresh.session, browser, now)
        return judged._replace(proofs=fresh.proofs)

    def _decided(
        self,
        request: JourneyRequest,
        client: Client,
        session: Session,
        browser: Browser,
        now: datetime,
    ) -> "_Judged":
        facts = facts_of(request, client, session, now)
        seen = self._seen_now(session, browser)
        signals = None if seen.signals is None else frozenset(seen.signals)
        circumstances = replace(
            facts.request,
            network=network_of(browser.remote_address),
            device_known=seen.device_known,
            risk=signals,
            risk_level=None if signals is None else level_of(signals),
        )
        facts = replace(facts, request=circumstances)
        return _Judged(session, facts, self.decide(facts))

    def _seen_now(self, session: Session, browser: Browser) -> Seen:
        """What was seen at the sign-in; a session shown by another browser was carried away."""
        seen = session.seen
        if not seen.device:
            return seen
        if seen.device == self.devices.device_of(session.person_id, browser.device_secret):
            return seen
        signals = (*(seen.signals or ()), OTHER_DEVICE)
        return replace(seen, device_known=False, signals=signals)

    def _risk_reasons(self, judged: "_Judged") -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The signals, where without them less would be asked: only then they are the reason.

        And once more where without them a lower identity level would do.
        """
        facts, decision = judged.facts, judged.decision
        signals = facts.request.risk or frozenset()
        is_doubted = signals or facts.request.device_known is False
        if not isinstance(decision, StepUp) or not is_doubted:
            return (), ()
        calm = replace(facts.request, risk=frozenset(), risk_level="low", device_known=True)
        otherwise = judged._replace(decision=self.decide(replace(facts, request=calm)))
        if otherwise.decision == decision:
            return (), ()
        reasons = tuple(each for each in SIGNALS if each in signals) or (NEW_DEVICE,)
        is_identity = otherwise.mandatory.ial < judged.mandatory.ial
        return reasons, reasons if is_identity else ()

    def _open(
        self,
        request: JourneyRequest,
        progress: Progress,
        browser: Browser,
        now: datetime,
        begun: Session | None,
    ) -> tuple[Session | None, bytes | None, str]:
        """The session of this journey, else the browser's: its cookie may have got lost."""
        if begun is not None:
            return begun, None, progress.session_secret
        for secret in dict.fromkeys((progress.session_secret, browser.session_secret)):
            if secret:
                session, consent = self.sessions.open(secret, now=now, client_id=request.client_id)
                if session is not None:
                    return session, consent, secret
        return None, None, ""

    def _unrecognised(
        self, request: JourneyRequest, client: Client, progress: Progress
    ) -> Standing:
        mandatory = required_of(request).raised_to(client.minimum_level)
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

    def _subject(self, session: Session, client: Client) -> str:
        person_id = known_as(session.person_id, session.aliases, client.subject_place)
        return self.subjects.sub(
            person_id, subject_type=client.subject_type, sector=client.subject_sector
        )


class _Judged(NamedTuple):
    session: Session
    facts: Facts
    decision: Decision
    proofs: tuple[Proof, ...] | None = None

    @property
    def mandatory(self) -> Level:
        """The level the policies insist on; nothing proven is enough for the person's own space."""
        if isinstance(self.decision, StepUp):
            return self.decision.level
        return Level(ial=min(LOWEST.ial, self.facts.client.minimum_ial), aal=LOWEST.aal)


def foreseen_level(standing: Standing) -> Level:
    """The level this way leads to, though the person may have it already."""
    needed = standing.needed.raised_to(required_of(standing.request))
    return needed.raised_to(standing.client.minimum_level)


def required_of(request: JourneyRequest) -> Level:
    """The level a request insists on."""
    return request.required if request.required and request.required_is_essential else LOWEST


def facts_of(
    request: JourneyRequest,
    client: Client,
    session: Session,
    now: datetime,
) -> Facts:
    """What the policies may look at, without what the browser shows."""
    insisted = request.required if request.required_is_essential else None
    here = now.astimezone(SHANGHAI)
    return Facts(
        subject=subject_facts(session, now),
        client=client_facts(client, request.channel),
        request=RequestFacts(
            channel=request.channel,
            hour=here.hour,
            weekday=here.isoweekday(),
            now_epoch=int(now.timestamp()),
            session_age_s=max(0, int((now - session.authenticated_at).total_seconds())),
            requested_ial=insisted.ial if insisted else 0,
            requested_aal=insisted.aal if insisted else 0,
            device=request.device or None,
        ),
    )


def subject_facts(session: Session, now: datetime) -> SubjectFacts:
    """The person, as their session knows them."""
    age = None if session.proven_at is None else max(0, (now - session.proven_at).days)
    return SubjectFacts(
        person_id=str(session.person_id),
        ial=session.level.ial,
        aal=session.level.aal,
        status=session.person_status,
        is_minor=True if session.minor_until is not None and session.minor_until > now else None,
        population=session.population or None,
        methods=frozenset(session.methods) if session.methods else None,
        evidence_age_days=age,
        authenticators=frozenset(session.amr),
        own_aal=session.seen.own_aal,
    )


def client_facts(client: Client, channel: str) -> ClientFacts:
    """The client as registered, entered by a channel."""
    return ClientFacts(
        client_id=client.client_id,
        classification=client.classification,
        channel=channel,
        minimum_ial=client.minimum_level.ial,
        minimum_aal=client.minimum_level.aal,
        allowed_channels=client.channels,
        status=client.status,
        department=client.department,
    )


def network_of(address: str) -> str | None:
    """The network an address belongs to, None for what is none: never the address itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        return str(ip_network((found, 64), strict=False))
    return address.rpartition(".")[0]
