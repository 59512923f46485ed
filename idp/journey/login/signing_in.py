"""What a proven factor leads to: a session begins or is renewed, always with a new secret."""

from contextlib import nullcontext
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from idp.foundation.audit import AuditEvent
from idp.journey.login.devices import KnownDevices
from idp.journey.login.factors import aal_of, amr_of, factors_in
from idp.journey.steps import Advance, Turn
from idp.sessions.directory import SessionEnded, Sessions
from idp.sessions.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningIn:
    """Turns a proven factor into a session."""

    sessions: Sessions
    devices: KnownDevices

    def prove(self, turn: Turn, person_id: UUID, factor: str) -> Advance:
        """The person proved a factor: sign them in, or strengthen the session they have."""
        current = turn.standing.session
        is_another = current is not None and current.person_id != person_id
        # A session ends and another begins, or neither; one that only begins is a transaction.
        with transaction.atomic() if is_another else nullcontext():
            session, secret, factors = self._session(turn, person_id, factor)
        self.devices.remember(turn.browser.device_secret, person_id)
        return Advance(
            changes={
                "session_secret": secret,
                "authenticated_at": turn.now,
                "factors": factors,
                "login_challenge": "",
                "login_phone": "",
                "login_person": "",
                "login_identifier": "",
                "login_is_other": False,
            },
            session=session,
        )

    def _session(
        self, turn: Turn, person_id: UUID, factor: str
    ) -> tuple[Session, str, tuple[str, ...]]:
        """The session, its secret, and the factors this person proved in this journey."""

        def tell(session: Session) -> tuple[AuditEvent, ...]:
            return (_succeeded(turn, session, factor),)

        current = turn.standing.session
        if current is not None and current.person_id != person_id:
            # A shared computer: the one before must not be left signed in underneath, and what
            # they proved must not count for the one who comes.
            self.sessions.end(current.id, reason="account_switched", now=turn.now)
            current = None
        if current is not None:
            proven = frozenset({*turn.progress.factors, factor})
            held = factors_in(current.amr) if turn.needed.reason == "second_factor" else frozenset()
            aal, amr = aal_of(proven | held), amr_of(proven | held)
            try:
                renewed, secret = self.sessions.renew(
                    current, aal=aal, amr=amr, now=turn.now, tell=tell
                )
            except SessionEnded:
                pass  # signed out elsewhere while the page was open: begin anew
            else:
                return renewed, secret, tuple(sorted(proven))
        session, secret = self.sessions.start(
            person_id=person_id,
            aal=aal_of(frozenset({factor})),
            amr=(factor,),
            channel=turn.request.channel,
            now=turn.now,
            tell=tell,
        )
        return session, secret, (factor,)


def _succeeded(turn: Turn, session: Session, factor: str) -> AuditEvent:
    return AuditEvent(
        type="login.succeeded",
        outcome="success",
        subject=str(session.person_id),
        client_id=turn.client.client_id,
        channel=turn.request.channel,
        detail={"factor": factor, "session": str(session.id)},
    )
