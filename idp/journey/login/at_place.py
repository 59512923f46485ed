"""Signing in at a kiosk: the card on the reader and its holder's face, no phone, nothing typed.

Card and face together are two factors (NIST SP 800-63B-4 §3.2.3): the card alone, which may be lost
or stolen, signs nobody in, but where a member of staff compared it with its holder. Whoever has no
account yet gets one.
"""

from dataclasses import dataclass
from typing import Final

from idp.channels.sittings import Sitting
from idp.journey.login.signing_in import SigningIn
from idp.journey.readings.card import Card, FaceSaid
from idp.journey.readings.desk import ReadingDesk
from idp.journey.readings.flow import CLEARED, PlaceFlow
from idp.journey.readings.pages import BY_PHONE, LOGIN_PAGES
from idp.journey.steps import Advance, Reply, Turn
from idp.journey.verification.pages import WINDOW
from idp.subjects.authenticators.kinds import CARD_AND_FACE, CARD_AT_WINDOW

FACTOR: Final = "id_card"
_OTHERS: Final = (BY_PHONE, WINDOW)
_REASONS: Final = frozenset({"login", "reauthenticate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AtPlace:
    """The login step's pages at a place."""

    desk: ReadingDesk
    signing_in: SigningIn

    def sitting(self, turn: Turn) -> Sitting | None:
        """Where somebody may sign in by their card now; None for everybody else."""
        if not turn.request.sitting or turn.needed.reason not in _REASONS:
            return None
        if turn.progress.login_closed:
            return None
        sitting = self.desk.sitting(turn.request)
        is_open = sitting and (sitting.operator or self.desk.compares_faces(at=sitting))
        return sitting if is_open else None

    def show(self, turn: Turn) -> Reply | None:
        """The page at a place; None where the ordinary pages are wanted."""
        sitting = self.sitting(turn)
        if sitting is None or turn.progress.place_is_left:
            return None
        return self._flow.show(turn, sitting, _OTHERS)

    def submit(self, turn: Turn) -> Reply | None:
        """What was pressed at a place; None where it was pressed on an ordinary page."""
        sitting = self.sitting(turn)
        if sitting is None:
            return None
        if turn.typed.get("action") == "id_card":
            return Advance(changes={**CLEARED, "place_is_left": False, "login_challenge": ""})
        if turn.progress.place_is_left:
            return None
        if turn.typed.get("method") == BY_PHONE.value:
            return Advance(changes={**CLEARED, "place_is_left": True})
        return self._flow.submit(turn, sitting, _OTHERS)

    @property
    def _flow(self) -> PlaceFlow:
        return PlaceFlow(desk=self.desk, pages=LOGIN_PAGES, finish=self._sign_in)

    def _sign_in(self, turn: Turn, card: Card, face: FaceSaid | None) -> Reply:
        if face is None and not card.is_attended:
            raise AssertionError("a card alone signs nobody in")
        person_id = self.desk.admit(
            card,
            face,
            agreed_at=turn.progress.place_agreed_at or turn.now,
            client_id=turn.client.client_id,
            now=turn.now,
        )
        proven = self.signing_in.prove(
            turn, person_id, FACTOR, CARD_AND_FACE if face else CARD_AT_WINDOW
        )
        return Advance(changes={**proven.changes, **CLEARED}, session=proven.session)
