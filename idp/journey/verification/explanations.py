"""Why a higher identity level is asked for, in words: unusual signs, or the rules of the service.

What client or request ask by themselves is said by the pages; here stands what came on top of it.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from idp.journey.risk.signals import in_words
from idp.journey.standing import required_of
from idp.journey.steps import Standing, Turn

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

UNUSUAL: Final = _(
    "This sign-in is unlike your others. Prove who you are, so that nobody acts as you."
)
BY_RULES: Final = _("The rules of this service ask for more certainty this time about who you are.")


def explained(turn: Turn) -> Turn:
    """The turn whose pages say why more is asked; untouched where nothing came on top."""
    reason = _reason(turn.standing)
    if reason is None:
        return turn
    because = in_words(turn.standing.identity_risk)
    return replace(turn, frame={**turn.frame, "reason": reason, "because": because})


def _reason(standing: Standing) -> "StrOrPromise | None":
    if standing.identity_risk:
        return UNUSUAL
    alone = max(standing.client.minimum_level.ial, required_of(standing.request).ial)
    return BY_RULES if standing.mandatory.ial > alone else None
