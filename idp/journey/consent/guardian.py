"""A child under 14 uses a service with a guardian's consent (PIPL 31): asked for, and waited for.

The guardian answers in their own space, signed in as themselves. The city's own space asks for
none: a child may see what is kept of them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from idp.journey.consent.pages import GuardianPage
from idp.journey.steps import Advance, Reply, Standing, Turn
from idp.sessions.session import Session
from idp.subjects.guardianship import Guardianships
from idp.subjects.people import People

GUARDIAN: Final = "guardian"
_OWN: Final = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardianQuestion:
    """The part of the consent step that is somebody else's to answer."""

    guardianships: Guardianships
    people: People

    def is_open(self, standing: Standing, *, now: datetime) -> bool:
        """Whether a guardian's word is missing; nobody but children costs a look."""
        session, client = standing.session, standing.client
        if session is None or not _is_minor(session, now) or client.classification == _OWN:
            return False
        return not self.guardianships.is_agreed(session.person_id, client.client_id)

    def show(self, turn: Turn) -> Reply:
        session = _session(turn)
        guardians = self.guardianships.guardians_of(session.person_id, now=turn.now)
        is_asked = self.guardianships.is_asked(session.person_id, turn.client.client_id)
        names = (self.people.standing(each, now=turn.now).masked_name for each in guardians)
        return GuardianPage(
            **turn.frame,
            guardians=tuple(names),
            is_asked=is_asked,
            refresh_url=turn.frame["journey_action"] if is_asked else "",
        )

    def submit(self, turn: Turn) -> Reply:
        if turn.typed.get("action") == "ask":
            self.guardianships.ask(
                _session(turn).person_id,
                turn.client.client_id,
                now=turn.now,
                language=turn.html_language,
            )
            return Advance()
        return self.show(turn)


def _is_minor(session: Session, now: datetime) -> bool:
    return session.minor_until is not None and now < session.minor_until


def _session(turn: Turn) -> Session:
    if turn.standing.session is None:
        raise AssertionError("nobody is asked for before they signed in")
    return turn.standing.session
