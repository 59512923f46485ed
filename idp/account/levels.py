"""A person's level in words: why it stands, until when, and what the next one takes.

Owns the words alone; which level follows from what is the subjects room's table of rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from idp.foundation.clock import today_in_shanghai
from idp.subjects import level_rules
from idp.subjects.levels import Explanation, Proof, Way

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_BECAUSE: Final[dict[str, StrOrPromise]] = {
    level_rules.SMS_CODE: _("Your phone number, by a text message"),
    level_rules.EMAIL_CODE: _("Your e-mail address, by a code sent there"),
    level_rules.POPULATION: _("Name and number, by the population library"),
    level_rules.OPERATOR: _("Name, number and phone, by your mobile operator"),
    level_rules.BANK_CARD: _("Name, number and bank card, by your bank"),
    level_rules.CTID: _("Your document, by CTID"),
    level_rules.IMMIGRATION: _("Your document, by the immigration administration"),
    level_rules.NETWORK_IDENTITY: _("Your national network identity"),
    level_rules.FACE_AT_AUTHORITY: _("Your face, compared with the authority's photograph"),
    level_rules.FACE_LOCAL: _("Your face, compared at one of our machines"),
    level_rules.FACE_PROMPTED: _("Your face, compared at one of our machines"),
    level_rules.CARD_READER: _("The chip of your document, read at one of our readers"),
    level_rules.ENTERPRISE_CA: _("Your certificate"),
    level_rules.UPSTREAM: _("A partner that knows you"),
    level_rules.IMPORTED: _("The platform you used before this one"),
}
_WAYS: Final[dict[str, StrOrPromise]] = {
    "face-prompted-chip": _("have your face compared with your card's chip at one of our machines"),
    "phone": _("prove your phone number by a text message"),
    "email": _("prove your e-mail address by a code sent there"),
    "population": _("have name and number checked against the population library"),
    "operator": _("have name, number and phone checked by your mobile operator"),
    "bank-card": _("have name, number and bank card checked by your bank"),
    "ctid": _("have your document checked by CTID"),
    "immigration": _("have your document checked by the immigration administration"),
    "chip": _("lay your document on one of our readers"),
    "border-chip": _("lay your document on one of our readers"),
    "network-identity": _("use your national network identity"),
    "network-identity-linked": _("use your national network identity"),
    "ctid-portrait": _("have your face compared with the authority's photograph"),
    "border-portrait": _("have your face compared with the authority's photograph"),
    "face-at-authority": _("have your face compared with the authority's photograph"),
    "face-local-chip": _("have your face compared at one of our machines"),
    "face-local-authority": _("have your face compared at one of our machines"),
    "upstream": _("sign in at a partner that knows you"),
    "window": _("show your document at a service window"),
    "border-window": _("show your document at a service window"),
    "certificate": _("use your certificate on a USB key"),
}
_ANOTHER_CHECK: Final = _("Another check")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonShown:
    """One piece of evidence the level rests on, and its day in Asia/Shanghai."""

    words: StrOrPromise
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelShown:
    """What the page says of a level. `last_day` counts whole; None where no end is known."""

    level: int
    last_day: date | None = None
    because: tuple[ReasonShown, ...] = ()
    next_level: int = 0
    """0 where there is none higher."""
    ways: tuple[StrOrPromise, ...] = ()
    """The ways to it that are on offer here; empty where none is."""


def level_shown(explanation: Explanation) -> LevelShown:
    """An explanation in words, in the language of the page."""
    current = explanation.current
    ways = [_way(way) for way in explanation.ways if way.is_offered]
    return LevelShown(
        level=current.level,
        last_day=_last_day(explanation),
        because=tuple(_reason(proof) for proof in current.because),
        next_level=explanation.next_level,
        ways=tuple(dict.fromkeys(ways)),
    )


def reason_words(method: str) -> StrOrPromise:
    """A method of the level rules in words; one that no table knows is just another check."""
    return _BECAUSE.get(method, _ANOTHER_CHECK)


def _last_day(explanation: Explanation) -> date | None:
    until = explanation.current.until
    return today_in_shanghai(until - timedelta(microseconds=1)) if until else None


def _reason(proof: Proof) -> ReasonShown:
    return ReasonShown(words=reason_words(proof.method), day=today_in_shanghai(proof.checked_at))


def _way(way: Way) -> StrOrPromise:
    return _WAYS[way.rule.id]
