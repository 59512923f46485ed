"""What every way shows when it did not end with a match, and nothing can be put right there."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from connectors.outcomes import Outcome
from idp.journey.access.step import support_code
from idp.journey.steps import Turn
from idp.journey.verification.attempts import seconds_until_tomorrow
from idp.journey.verification.desk import HELD_BY_ANOTHER, NO_ATTEMPTS_LEFT
from idp.journey.verification.pages import OtherWay, Setback, SetbackPage

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CANCELLED: Final = "CANCELLED"
NOT_OURS: Final = "NOT_OURS"
ANOTHER_PERSON: Final = "ANOTHER_PERSON"
NOT_ENROLLED: Final = "NOT_ENROLLED"
SUSPENDED: Final = "SUSPENDED"
"""What comes of a visit beside `connectors.outcomes`: what to do then is another thing."""

_SETBACKS: Final[Mapping[str, Setback]] = {
    NO_ATTEMPTS_LEFT: Setback.NO_ATTEMPTS_LEFT,
    HELD_BY_ANOTHER: Setback.HELD_BY_ANOTHER,
    CANCELLED: Setback.CANCELLED,
    NOT_OURS: Setback.NOT_OURS,
    ANOTHER_PERSON: Setback.ANOTHER_PERSON,
    NOT_ENROLLED: Setback.NOT_ENROLLED,
    SUSPENDED: Setback.SUSPENDED,
    Outcome.NOT_FOUND: Setback.NOT_FOUND,
    Outcome.INCONCLUSIVE: Setback.INCONCLUSIVE,
    Outcome.NO_PHOTO: Setback.INCONCLUSIVE,
    Outcome.LOW_QUALITY: Setback.INCONCLUSIVE,
    Outcome.RATE_LIMITED: Setback.RATE_LIMITED,
    Outcome.PROVIDER_ERROR: Setback.AUTHORITY_DOWN,
    Outcome.TIMEOUT: Setback.AUTHORITY_DOWN,
}


def setback_of(outcome: str) -> Setback | None:
    """The setback that an outcome is; None for a match, and for what is put right on the page."""
    return _SETBACKS.get(outcome)


def setback_page(
    turn: Turn,
    setback: Setback,
    others: tuple[OtherWay, ...],
    *,
    authority: "StrOrPromise" = "",
) -> SetbackPage:
    """What happened, and every way on."""
    is_used_up = setback is Setback.NO_ATTEMPTS_LEFT
    return SetbackPage(
        **turn.frame,
        setback=setback,
        authority=authority,
        wait_seconds=seconds_until_tomorrow(turn.now) if is_used_up else 0,
        support_code=support_code(turn.journey.id),
        other_ways=others,
    )
