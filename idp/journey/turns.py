"""One request of a journey, from what the browser sent to what it is answered; no HTTP in here.

Every request looks anew at where the person stands, so a second tab, the back button, a stale
page or a double click all end at the step that is outstanding now.
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from idp.clients.client import Client
from idp.journey.dispatcher import ENTERED, PASSED, STOPPED, Dispatcher
from idp.journey.kept import IN_FLIGHT, Kept, Overtaken
from idp.journey.logos import logo_address
from idp.journey.mistakes import Mistake, form_error
from idp.journey.notices import Trouble
from idp.journey.outcome import DoorAnswer, JourneyOutcome, Refused
from idp.journey.pages import ClientShown, Page, Stage
from idp.journey.record import Concluded, Journey
from idp.journey.request import Browser
from idp.journey.standing import ClientGone, foreseen_level
from idp.journey.steps import EXPECTED_OTHER, Advance, Needed, Standing, Step, Turn, Typed
from idp.sessions.session import Session
from policies.levels import LOWEST

REPEATABLE_FOR: Final = timedelta(seconds=5)
"""How long after its end a journey gives the same answer again: a double click, not a replay."""

_PAUSE: Final = timedelta(milliseconds=50)
_LOOKS: Final = IN_FLIGHT // _PAUSE

_OTHER_PERSON: Final = Refused(
    error="login_required", description="Another person is signed in than the one expected."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What the browser sent, parsed once. `is_switch` says that language or view was changed."""

    journey_id: str
    step: str
    token: str
    browser: Browser
    language: str
    now: datetime
    is_post: bool = False
    is_switch: bool = False
    typed: Typed = field(default_factory=Typed)
    step_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page is the answer; its last form may lead to `return_origin`."""

    page: Page
    return_origin: str
    session_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """The journey goes on at another of its addresses."""

    location: str
    session_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """The journey has ended: the browser goes where the door says."""

    answer: DoorAnswer
    client: ClientShown | None
    session_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Astray:
    """No step can answer: what happened, and the client's own start to begin again from."""

    trouble: Trouble
    client: ClientShown | None = None
    return_url: str = ""


Answered = Shown | Onward | Left | Astray


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Answers requests of journeys; of several at once that would change one, one does."""

    dispatcher: Dispatcher

    def answer(self, sent: Submission, kept: Kept | None) -> Answered:
        """Answer one request, of the journey as the caller found it."""
        try:
            try:
                return self._answer(sent, kept)
            except Overtaken:
                return self._after_another(sent)
        except Overtaken:
            return Astray(trouble=Trouble.UNAVAILABLE)
        except ClientGone:
            return Astray(trouble=Trouble.CLIENT_UNKNOWN)

    def pause_before_news(self, sent: Submission, kept: Kept | None) -> int:
        """In how many seconds the page that this browser shows asks again; 0: it has news now.

        What a waiting page's script asks every few seconds: a fraction of what the page costs.
        """
        journeys = self.dispatcher.journeys
        if kept is None or kept.journey.concluded is not None:
            return 0
        is_shown = journeys.is_bound_to(
            kept.journey, sent.browser.device_secret
        ) and journeys.is_token(kept.journey, sent.step, sent.token)
        return self.dispatcher.news.pause(kept.journey, now=sent.now) if is_shown else 0

    def come_back(self, sent: Submission) -> Answered:
        """A browser comes back from other people's page: to the step that sent it there.

        What it brought is laid down for that step, if this is the browser that left; the address it
        then goes on to says nothing of it.
        """
        returns, journeys = self.dispatcher.returns, self.dispatcher.journeys
        place = returns.awaited(sent.typed.get("state"))
        kept = journeys.find(place.journey_id) if place else None
        if place is None or kept is None:
            client_id = journeys.client_of(place.journey_id) if place else ""
            return self._astray(Trouble.STEP_EXPIRED, client_id, sent)
        journey = kept.journey
        if not journeys.is_bound_to(journey, sent.browser.device_secret):
            return self._astray(Trouble.BROWSER_CHANGED, journey.request.client_id, sent)
        returns.bring(place, sent.typed.values)
        return Onward(location=self.dispatcher.address(journey, place.step))

    def _after_another(self, sent: Submission) -> Answered:
        """Somebody else acted on the step: show what is outstanding once they are done.

        A click's twin is waited for a moment, so that the browser, which shows the last answer,
        shows the step the first one led to. A request whose process ended is not waited for.
        """
        journeys = self.dispatcher.journeys
        for _ in range(_LOOKS):
            kept = journeys.find(sent.journey_id)
            if kept is None or not kept.is_being_answered(sent.now):
                with suppress(Overtaken):
                    return self._answer(sent, kept)
            time.sleep(_PAUSE.total_seconds())
            sent = replace(sent, now=sent.now + _PAUSE)
        return self._answer(sent, journeys.find(sent.journey_id))

    def _answer(self, sent: Submission, kept: Kept | None) -> Answered:
        journeys = self.dispatcher.journeys
        if kept is None:
            client_id = journeys.client_of(sent.journey_id)
            return self._astray(Trouble.STEP_EXPIRED, client_id, sent)
        journey = kept.journey
        client_id = journey.request.client_id
        if not journeys.is_bound_to(journey, sent.browser.device_secret):
            return self._astray(Trouble.BROWSER_CHANGED, client_id, sent)
        if journey.concluded is not None:
            if sent.now - journey.concluded.at <= REPEATABLE_FOR:
                return self._left(journey, journey.concluded.answer, sent)
            return self._astray(Trouble.STEP_FINISHED, client_id, sent)
        return self._go_on(kept, sent)

    def _go_on(self, kept: Kept, sent: Submission) -> Answered:
        journey = kept.journey
        standing = self._standing(journey, sent)
        found = self.dispatcher.first_outstanding(standing, now=sent.now)
        if found is None:
            return self._conclude(
                kept, journey, self.dispatcher.granted(standing, now=sent.now), sent
            )
        step, needed = found
        is_here = self.dispatcher.journeys.is_token(journey, sent.step, sent.token)
        if step.name != sent.step or not is_here:
            return self._onward(journey, step, sent)
        mistake = None
        if sent.is_post and not sent.is_switch:
            kept, sent, mistake = self._taken(kept, step, sent)
        turn = self._turn(kept, standing, step, needed, sent)
        if kept.is_mine:
            reply = step.submit(turn)
        else:
            reply = step.show(replace(turn, errors=(form_error(mistake),)) if mistake else turn)
        if isinstance(reply, Page):
            if kept.is_mine:
                self.dispatcher.journeys.release(kept)
            return Shown(
                page=reply,
                return_origin=journey.request.return_origin,
                session_secret=self._new_secret(journey, sent),
            )
        if isinstance(reply, Advance):
            return self._advance(kept, step, reply, sent)
        self._watch(step, STOPPED, journey)
        return self._conclude(kept, journey, reply, sent)

    def _watch(self, step: Step, what: str, journey: Journey) -> None:
        self.dispatcher.watch(step.name, what, journey.request.client_id)

    def _taken(
        self, kept: Kept, step: Step, sent: Submission
    ) -> tuple[Kept, Submission, Mistake | None]:
        """The record with this form's turn taken; else what is shown instead, and why.

        A form that is older than the last turn changes nothing.
        """
        form = self.dispatcher.journeys.read_form(kept.journey, step.name, sent.step_token)
        if form is None:
            return kept, sent, Mistake.PAGE_OUT_OF_DATE
        if kept.is_being_answered(sent.now):
            raise Overtaken
        if form.version != kept.version:
            return kept, replace(sent, typed=Typed()), None
        if form.turn != kept.turn:
            return kept, sent, Mistake.ANSWERED_BEFORE
        return self.dispatcher.journeys.claim(kept, now=sent.now), sent, None

    def _advance(self, kept: Kept, step: Step, reply: Advance, sent: Submission) -> Answered:
        passed = tuple(dict.fromkeys((*kept.journey.progress.passed, step.name)))
        journey = kept.journey.advanced(**reply.changes, passed=passed)
        standing = self._standing(journey, sent, begun=reply.session)
        found = self.dispatcher.first_outstanding(standing, now=sent.now)
        if found is None:
            left = self._conclude(
                kept, journey, self.dispatcher.granted(standing, now=sent.now), sent
            )
            reply.then()
            self._watch(step, PASSED, journey)
            return left
        if found[1].reason == EXPECTED_OTHER and "authenticated_at" in reply.changes:
            # OpenID Connect Core 1.0 §3.1.2.1: whoever is signed in "as a result of the request"
            # and is not the one meant "MUST return an error, such as login_required".
            return self._conclude(kept, journey, _OTHER_PERSON, sent)
        self.dispatcher.journeys.keep(kept, journey)
        reply.then()
        if found[0].name != step.name:
            self._watch(step, PASSED, journey)
            self._watch(found[0], ENTERED, journey)
        if found[0].name != step.name or standing.risk_reasons:
            self.dispatcher.decisions.note(standing, now=sent.now)
        return self._onward(journey, found[0], sent)

    def _conclude(
        self, kept: Kept, journey: Journey, outcome: JourneyOutcome, sent: Submission
    ) -> Answered:
        """Tell the door, once: the outcome of a journey may be a right it hands out."""
        if kept.is_being_answered(sent.now):
            raise Overtaken
        if not kept.is_mine:
            kept = self.dispatcher.journeys.claim(kept, now=sent.now)
        answer = self.dispatcher.conclude(journey, outcome, now=sent.now)
        ended = replace(journey, concluded=Concluded(answer=answer, at=sent.now))
        self.dispatcher.journeys.keep(kept, ended)
        return self._left(ended, answer, sent)

    def _standing(
        self, journey: Journey, sent: Submission, begun: Session | None = None
    ) -> Standing:
        return self.dispatcher.standings.read(
            journey.request, journey.progress, sent.browser, now=sent.now, begun=begun
        )

    def _turn(
        self, kept: Kept, standing: Standing, step: Step, needed: Needed, sent: Submission
    ) -> Turn:
        journey = kept.journey
        frame: Mapping[str, Any] = {
            "journey_action": self.dispatcher.address(journey, step.name),
            "step_token": self.dispatcher.journeys.form_token(kept, step.name),
            "client": self._shown(standing.client, sent),
            "stages": self._stages(journey, standing, step),
        }
        return Turn(
            journey=journey,
            standing=standing,
            needed=needed,
            browser=sent.browser,
            language=sent.language,
            now=sent.now,
            frame=frame,
            typed=sent.typed if sent.is_post else Typed(),
        )

    def _stages(self, journey: Journey, standing: Standing, step: Step) -> tuple[Stage, ...]:
        """What was passed, what is now, and what can be foreseen; the same all the way.

        Who signs in here counts the verification, though it may turn out to be done already.
        """
        ahead = {step.name, *journey.progress.passed}
        session, ledger = standing.session, self.dispatcher.ledger
        held = session.level.ial if session and "login" not in ahead else LOWEST.ial
        if foreseen_level(standing).ial > held:
            ahead.add("verification")
        is_asked = not standing.client.skips_consent and not ledger.wanted(standing).is_nothing
        if is_asked and (session is None or ledger.covering(standing) is None):
            ahead.add("consent")
        return tuple(stage for stage in Stage if stage.value in ahead)

    def _onward(self, journey: Journey, step: Step, sent: Submission) -> Onward:
        return Onward(
            location=self.dispatcher.address(journey, step.name),
            session_secret=self._new_secret(journey, sent),
        )

    def _left(self, journey: Journey, answer: DoorAnswer, sent: Submission) -> Left:
        client = self.dispatcher.standings.clients.get(journey.request.client_id)
        return Left(
            answer=answer,
            client=self._shown(client, sent) if client else None,
            session_secret=self._new_secret(journey, sent),
        )

    def _shown(self, client: Client, sent: Submission) -> ClientShown:
        return client_shown(client, sent.language, prefix=urlsplit(self.dispatcher.issuer).path)

    def _new_secret(self, journey: Journey, sent: Submission) -> str:
        """The journey's session secret, where the browser does not show it yet."""
        mine = journey.progress.session_secret
        return mine if mine and mine != sent.browser.session_secret else ""

    def _astray(self, trouble: Trouble, client_id: str, sent: Submission) -> Astray:
        client = self.dispatcher.standings.clients.get(client_id) if client_id else None
        if client is None:
            return Astray(trouble=trouble)
        return Astray(
            trouble=trouble,
            client=self._shown(client, sent),
            return_url=_start_of(client, self.dispatcher.issuer),
        )


def client_shown(client: Client, language: str, *, prefix: str = "") -> ClientShown:
    """The client in the page's language, and the address one will be sent back to.

    `prefix` is the path of the issuer, before every address of ours.

    RFC 7591 §5: registered names are self-asserted; where the browser goes is not.
    """
    addresses = (*sorted(client.redirect_uris), client.client_uri)
    hosts = (urlsplit(address).hostname for address in addresses)
    return ClientShown(
        name=client.name_in(language),
        address=next((host for host in hosts if host), ""),
        logo_url=logo_address(client, prefix),
        policy_url=client.policy_in(language),
        terms_url=client.terms_in(language),
    )


def _start_of(client: Client, issuer: str) -> str:
    """Where the client begins a login: OpenID Connect Core 1.0 §4 makes `iss` REQUIRED there."""
    if not client.initiate_login_uri:
        return client.client_uri
    joint = "&" if urlsplit(client.initiate_login_uri).query else "?"
    return f"{client.initiate_login_uri}{joint}{urlencode({'iss': issuer})}"
