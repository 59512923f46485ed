"""What a window alone can prove: when it comes to that, and the page that says so.

Owns neither the window's devices nor what their word is worth, which are the channels' and rules'.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from connectors.documents.registry import (
    PERMANENT_RESIDENT_CARD,
    RESIDENCE_PERMIT_HMT,
    RESIDENT_ID_CARD,
)
from idp.journey.pages import Page, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from idp.journey.steps import Turn
    from idp.journey.verification.ways import Fitting, Situation

WINDOW_LEVEL: Final = 4
CHIPPED: Final = frozenset({RESIDENT_ID_CARD, RESIDENCE_PERMIT_HMT, PERMANENT_RESIDENT_CARD})
"""What a window's reader reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowPage(Page):
    """What only a service window can prove: what to bring, where to go, how the errand goes on.

    Looks again by itself, for the window's word counts at once. Posts `action=check` to look now,
    `action=return` to go back.
    """

    template: ClassVar[str] = "journey/verification/window.html"
    step: ClassVar[str] = "verification"
    stage: ClassVar[Stage | None] = Stage.VERIFICATION

    refresh_url: str
    refresh_seconds: int = 10
    is_readable: bool = True
    """False for a document whose chip no reader of ours reads: then no window is promised."""
    is_at_kiosk: bool = False
    """Whether the person stands at a machine of ours, whose page does not go along."""
    can_skip: bool = False
    """Whether the service takes less, too."""


def window_page(turn: Turn, situation: Situation, fits: Iterable[Fitting]) -> WindowPage | None:
    """The page, where nothing on offer leads to what is needed but a window; else None.

    Not before a document is known: the window's word is found by it, whoever brings it there.
    """
    mandatory = turn.standing.mandatory.ial
    most = max((each.fit.reaches for each in fits), default=0)
    is_first = situation.held < mandatory <= most
    if situation.needed < WINDOW_LEVEL or most >= situation.needed or is_first:
        return None
    if not situation.documents:
        return None
    return WindowPage(
        **turn.frame,
        refresh_url=turn.frame["journey_action"],
        is_readable=bool(CHIPPED & set(situation.documents)),
        is_at_kiosk=situation.channel != "web",
        can_skip=situation.held >= mandatory,
    )
