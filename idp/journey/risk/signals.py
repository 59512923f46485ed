"""What the signals of risk weigh, and how they are told to the person who is asked for more.

Which signals there are stands in the policies' vocabulary. A level is their sum: no single doubt
makes a sign-in risky, except those that mean we cannot know.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from policies.vocabulary import SIGNALS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NEW_DEVICE: Final = "new_device"
OTHER_DEVICE: Final = "other_device"
UNMEASURED: Final = "unmeasured"
LOW: Final = "low"
MEDIUM: Final = 2
HIGH: Final = 4
WEIGHTS: Final[Mapping[str, int]] = {
    NEW_DEVICE: 2,
    "new_network": 1,
    OTHER_DEVICE: HIGH,
    "night": 1,
    "many_sign_ins": 2,
    "failed_attempts": 2,
    "crowded_device": 2,
    "phone_changed": 2,
    "email_changed": 2,
    "weaker_method": 1,
    "mass_registration": 2,
    UNMEASURED: HIGH,
}
_WORDS: Final[Mapping[str, "StrOrPromise"]] = {
    NEW_DEVICE: _("You are signing in on a new device."),
    "new_network": _("You are signing in from a network you have not used before."),
    OTHER_DEVICE: _("This browser is not the one you signed in with."),
    "night": _("It is the middle of the night."),
    "many_sign_ins": _("Your account was signed in to very often within the hour."),
    "failed_attempts": _("There were several failed attempts to sign in to your account."),
    "crowded_device": _("Many different people signed in on this device today."),
    "phone_changed": _("The mobile number of your account was changed a short while ago."),
    "email_changed": _(
        "The e-mail address of your account was added or changed a short while ago."
    ),
    "weaker_method": _("You usually have a stronger way to sign in than the one you used."),
    "mass_registration": _("Very many accounts were opened from the same place."),
    UNMEASURED: _("We could not check whether this sign-in is an ordinary one."),
}


def level_of(signals: Iterable[str]) -> str:
    """`low`, `medium` or `high`."""
    total = sum(WEIGHTS.get(each, 0) for each in signals)
    if total >= HIGH:
        return "high"
    return "medium" if total >= MEDIUM else LOW


def in_words(signals: Iterable[str]) -> tuple["StrOrPromise", ...]:
    """One sentence for each, in the order of the vocabulary."""
    seen = frozenset(signals)
    return tuple(_WORDS[each] for each in SIGNALS if each in seen)
