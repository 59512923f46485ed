"""What a proven factor leads to: a session begins or is renewed, always with a new secret."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction

from idp.foundation.audit import AuditEvent
from idp.journey.login.closed import ClosedAccounts
from idp.journey.login.devices import KnownDevices
from idp.journey.risk.gathering import Assessment, Coming, RiskDesk
from idp.journey.steps import Advance, Turn
from idp.sessions.directory import Sessions
from idp.sessions.session import Session, SessionEnded, SignIn
from idp.subjects.authenticators.kinds import Kind
from idp.subjects.authenticators.levels import aal_of, amr_of
from idp.subjects.partner_links import PartnerLinks
from idp.subjects.people import NotAdmitted, People

SECOND_FACTOR: Final = "second_factor"
NAMED_PROOF: Final = "named_proof"
"""The policies name the way by which somebody signed in is to prove themselves once more."""
ADD_AUTHENTICATOR: Final = "add_authenticator"
ADDS_TO_SESSION: Final = frozenset({SECOND_FACTOR, NAMED_PROOF, ADD_AUTHENTICATOR, "offer"})
"""Reasons of the login step for which what the session holds stays proven."""


_DONE: Final[Mapping[str, object]] = {
    "login_challenge": "",
    "login_phone": "",
    "login_email": "",
    "login_person": "",
    "login_identifier": "",
    "login_is_other": False,
    "login_way": "",
    "login_dormant": "",
    "login_name": "",
    "login_number": "",
    "login_closed": "",
    "login_closed_by": "",
    "login_trouble": "",
    "login_face": (),
    "login_face_said": "",
    "login_upstream": (),
    "login_partner_said": "",
}
"""What the pages of signing in kept until somebody was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningIn:
    """Turns a proven factor into a session."""

    sessions: Sessions
    devices: KnownDevices
    people: People
    closed: ClosedAccounts
    links: PartnerLinks
    risk: RiskDesk

    def prove(self, turn: Turn, proven: UUID, factor: str, amr: frozenset[str]) -> Advance:
        """The person proved something: sign them in, or strengthen the session they have.

        `factor` is a kind of authenticator, or what else it was, for the audit. On an account that
        is frozen or closed nobody is signed in. What somebody merged into another proves signs that
        other in.
        """
        try:
            person_id = self.people.admit(proven)
        except NotAdmitted as closed:
            return self.closed.refuse(turn, closed, factor)
        current = turn.standing.session
        is_another = current is not None and current.person_id != person_id
        # A session ends and another begins, or neither; one that only begins is a transaction.
        with transaction.atomic() if is_another else nullcontext():
            session, secret, factors, assessed = self._session(turn, person_id, factor, amr)
        self.risk.remember(assessed)
        if not turn.request.sitting:  # a kiosk's browser is everybody's: it remembers nobody
            self.devices.remember(turn.browser.device_secret, person_id)
        self._link(turn, person_id, factor)
        return Advance(
            changes={
                **_DONE,
                "session_secret": secret,
                "authenticated_at": turn.now,
                "factors": factors,
            },
            session=session,
        )

    def _link(self, turn: Turn, person_id: UUID, factor: str) -> None:
        """Let the partner from whom the person came open this account from now on.

        Only where the number that the partner names was proven here just now: whoever else left
        their login open in this browser must not come to open it.
        """
        if not turn.progress.login_upstream or factor != Kind.SMS:
            return
        provider, subject, phone = turn.progress.login_upstream
        if phone == turn.progress.login_phone:
            self.links.link(person_id, provider, subject, now=turn.now)

    def _session(
        self, turn: Turn, person_id: UUID, factor: str, amr: frozenset[str]
    ) -> tuple[Session, str, tuple[str, ...], Assessment]:
        """The session, its secret, the factors this person proved in this journey, the risk."""
        current = turn.standing.session
        if current is not None and current.person_id != person_id:
            # A shared computer: the one before must not be left signed in underneath, and what
            # they proved must not count for the one who comes.
            self.sessions.end(current.id, reason="account_switched", now=turn.now)
            current = None
        if current is not None:
            proven = amr | frozenset(turn.progress.factors)
            is_adding = turn.needed.reason in ADDS_TO_SESSION
            total = proven | frozenset(current.amr) if is_adding else proven
            assessed = self._assessed(turn, person_id, total, is_beginning=False)
            try:
                renewed, secret = self.sessions.renew(
                    current,
                    aal=aal_of(total),
                    amr=amr_of(total),
                    now=turn.now,
                    sign_in=_sign_in(turn, assessed, factor),
                )
            except SessionEnded:
                pass  # signed out elsewhere while the page was open: begin anew
            else:
                return renewed, secret, tuple(sorted(proven)), assessed
        assessed = self._assessed(turn, person_id, amr)
        session, secret = self.sessions.start(
            person_id=person_id,
            aal=aal_of(amr),
            amr=amr_of(amr),
            channel=turn.request.channel,
            now=turn.now,
            sign_in=_sign_in(turn, assessed, factor),
        )
        return session, secret, tuple(sorted(amr)), assessed

    def _assessed(
        self, turn: Turn, person_id: UUID, amr: frozenset[str], *, is_beginning: bool = True
    ) -> Assessment:
        coming = Coming(
            person_id=person_id,
            browser=turn.browser,
            amr=amr,
            now=turn.now,
            is_shared=bool(turn.request.sitting),
            is_beginning=is_beginning,
        )
        return self.risk.assess(coming)


def _sign_in(turn: Turn, assessed: Assessment, factor: str) -> SignIn:
    """What of it goes into the session, and what is recorded with it."""

    def tell(session: Session) -> tuple[AuditEvent, ...]:
        return (_succeeded(turn, session, factor, assessed),)

    return SignIn(seen=assessed.seen, tell=tell)


def _succeeded(turn: Turn, session: Session, factor: str, assessed: Assessment) -> AuditEvent:
    return AuditEvent(
        type="login.succeeded",
        outcome="success",
        subject=str(session.person_id),
        client_id=turn.client.client_id,
        channel=turn.request.channel,
        detail={"factor": str(factor), "session": str(session.id), **assessed.told},
    )
