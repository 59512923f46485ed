"""The desk of partners: begins a login at a partner's pages, and redeems what came back.

Adapters of partners block, so they run on threads of the waits' loop, never on a page's. Owns what
an answer comes to; who that is here, and what follows, is `partners`'.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from connectors.contract import RedirectLogin, RedirectStart, UpstreamIdentity
from connectors.errors import ConnectorError, OutboundAnswerRejected, OutboundError
from idp.foundation.clock import Clock
from idp.journey.away import Absences, Phase, Underway
from idp.journey.mistakes import Mistake
from idp.journey.returns import STATE, Place, Returns
from idp.journey.waits import Waits

Answer = TypeVar("Answer")
STEP: Final = "login"
SUBJECT: Final = "subject"
PHONE: Final = "phone"
_CANCELLED: Final = frozenset({"access_denied", "login_required", "interaction_required"})
"""RFC 6749 §4.1.2.1 and OpenID Connect Core 1.0 §3.1.2.6: the person did not go on there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A partner as this deployment knows it; `names` are by the page's language, "" for any."""

    name: str
    adapter: RedirectLogin
    names: Mapping[str, str] = field(default_factory=dict)

    def shown(self, language: str) -> str:
        """What people call it."""
        return self.names.get(language) or self.names.get("") or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerDesk:
    """Has partners asked; the outcome of an errand is empty, or the name of a `Mistake`."""

    partners: Mapping[str, Partner]
    absences: Absences
    returns: Returns
    waits: Waits
    clock: Clock

    def open(self, journey_id: str, errand: str, partner: Partner) -> None:
        """Begin a login, and wait a moment for the address to go to."""
        self.absences.write(journey_id, errand, Underway(phase=Phase.OPENING))
        now = self.clock.now()

        def begin() -> RedirectStart | Mistake:
            return _asked(lambda: partner.adapter.start(self.returns.address, now=now))

        self.waits.ask(
            lambda: asyncio.to_thread(begin),
            lambda answer: self._opened(journey_id, errand, answer),
        )

    def close(
        self, journey_id: str, errand: str, partner: Partner, brought: Mapping[str, str]
    ) -> None:
        """Redeem what a browser brought, and wait a moment for it."""
        kept = self.look(journey_id, errand).kept
        self.absences.write(journey_id, errand, Underway(phase=Phase.CLOSING))
        now = self.clock.now()

        def finish() -> UpstreamIdentity | Mistake:
            return _asked(lambda: partner.adapter.finish(brought, kept=kept, now=now))

        self.waits.ask(
            lambda: asyncio.to_thread(finish),
            lambda answer: self._closed(journey_id, errand, answer),
        )

    def look(self, journey_id: str, errand: str) -> Underway:
        """How a login stands; one that nobody remembers is the partner's failure."""
        found = self.absences.look(journey_id, errand)
        return found or Underway(phase=Phase.DONE, outcome=Mistake.PARTNER_DOWN)

    def _opened(self, journey_id: str, errand: str, answer: RedirectStart | Mistake) -> None:
        if isinstance(answer, Mistake):
            self.absences.write(journey_id, errand, Underway(phase=Phase.DONE, outcome=answer))
            return
        place = Place(journey_id=journey_id, step=STEP, errand=errand)
        self.returns.expect(answer.kept[STATE], place)
        opened = Underway(phase=Phase.OPEN, url=answer.url, kept=answer.kept)
        self.absences.write(journey_id, errand, opened)

    def _closed(self, journey_id: str, errand: str, answer: UpstreamIdentity | Mistake) -> None:
        if isinstance(answer, Mistake):
            done = Underway(phase=Phase.DONE, outcome=answer)
        else:
            found = {SUBJECT: answer.subject, PHONE: answer.claims.get("phone_number", "")}
            done = Underway(phase=Phase.DONE, found=found)
        self.absences.write(journey_id, errand, done)


def _asked(question: Callable[[], Answer]) -> Answer | Mistake:
    """What a partner answers; else what to tell the person: down, cancelled, not to be believed."""
    try:
        return question()
    except OutboundAnswerRejected as problem:
        is_theirs = problem.status is not None and problem.status >= 500
        return Mistake.PARTNER_DOWN if is_theirs else Mistake.PARTNER_REFUSED
    except OutboundError:
        return Mistake.PARTNER_DOWN
    except ConnectorError as problem:
        is_cancelled = problem.debug in _CANCELLED
        return Mistake.PARTNER_CANCELLED if is_cancelled else Mistake.PARTNER_REFUSED
