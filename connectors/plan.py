"""Which connector to ask, and which then: the order of several, decided from values alone.

Owns the choice. Asking, counting and remembering is `connectors.inquiry`'s.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from connectors.contract import IdentityVerification, Offer
from connectors.evidence import IdentityClaim, Particular
from connectors.health import Health


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a deployment says of one connector.

    Attributes:
        name: what it is called, in records and on the console; the kind, unless there are two.
        order: lower ones are asked first.
        is_on: whether it is asked at all.
        per_day: how many checks a day (Asia/Shanghai) may cost; None for any number.
        cost: of one check, in fen.
    """

    name: str
    order: int = 100
    is_on: bool = True
    per_day: int | None = None
    cost: int = 0


def as_built(terms: Terms) -> Terms:
    """The terms a connector was built with, where nobody says otherwise while it runs."""
    return terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A connector as it stands now: its terms, what it can do, how it fares, what is left."""

    terms: Terms
    adapter: IdentityVerification
    health: Health = field(default_factory=Health)
    used_today: int = 0

    @property
    def is_used_up(self) -> bool:
        """Whether its checks of today are spent."""
        return self.terms.per_day is not None and self.used_today >= self.terms.per_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be proven: a level, with a document, by somebody who has these particulars."""

    level: int
    document_type: str
    has: frozenset[Particular] = frozenset()

    @classmethod
    def of(cls, claim: IdentityClaim, *, level: int) -> Self:
        """What `claim` is to prove."""
        return cls(level=level, document_type=claim.document_type, has=claim.particulars)


class PassedOver(StrEnum):
    """Why a connector is not asked, from what lasts longest to what passes by itself."""

    OFF = "off"
    DOCUMENT = "document"
    LEVEL = "level"
    PARTICULARS = "particulars"
    USED_UP = "used_up"
    RESTING = "resting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A connector to ask, and for what."""

    candidate: Candidate
    offer: Offer

    @property
    def name(self) -> str:
        """The connector's name."""
        return self.candidate.terms.name


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationPlan:
    """Whom to ask, best first, all reaching the level; and why the others are passed over."""

    options: tuple[Option, ...]
    passed_over: Mapping[str, PassedOver]


def plan_for(wanted: Wanted, candidates: Iterable[Candidate]) -> VerificationPlan:
    """The order in which to ask for `wanted`.

    First whoever is well, in the order the deployment set; then the cheaper, then the one that
    takes least from the person, then the faster.
    """
    options: list[Option] = []
    passed_over: dict[str, PassedOver] = {}
    for candidate in candidates:
        found = _offer_for(wanted, candidate)
        if isinstance(found, PassedOver):
            passed_over[candidate.terms.name] = found
        else:
            options.append(Option(candidate=candidate, offer=found))
    options.sort(key=_rank)
    return VerificationPlan(options=tuple(options), passed_over=passed_over)


def particulars_asked(
    wanted: Wanted, candidates: Iterable[Candidate], *, may_ask: frozenset[Particular]
) -> frozenset[Particular] | None:
    """What to ask of somebody beside number and name, so that the best connector can be asked.

    None when nobody can reach the level with what is there and `may_ask`. Whoever rests or is used
    up counts: a page does not change its questions with the weather.
    """
    could_have = Wanted(
        level=wanted.level, document_type=wanted.document_type, has=wanted.has | may_ask
    )
    options = [
        Option(candidate=candidate, offer=offer)
        for candidate in candidates
        if candidate.terms.is_on and (offer := _best_offer(could_have, candidate.adapter))
    ]
    if not options:
        return None
    return min(options, key=_rank).offer.needs - wanted.has


def _offer_for(wanted: Wanted, candidate: Candidate) -> Offer | PassedOver:
    adapter = candidate.adapter
    if not candidate.terms.is_on:
        return PassedOver.OFF
    if wanted.document_type not in adapter.document_types:
        return PassedOver.DOCUMENT
    offer = _best_offer(wanted, adapter)
    if offer is None:
        has_level = any(
            wanted.document_type in each.document_types and each.level >= wanted.level
            for each in adapter.offers
        )
        return PassedOver.PARTICULARS if has_level else PassedOver.LEVEL
    if candidate.is_used_up:
        return PassedOver.USED_UP
    return PassedOver.RESTING if candidate.health.rests_for > 0 else offer


def _best_offer(wanted: Wanted, adapter: IdentityVerification) -> Offer | None:
    """The offer that reaches the level and takes least: no face is sent where a name suffices."""
    reaching = [
        offer
        for offer in adapter.offers
        if wanted.document_type in offer.document_types
        and offer.level >= wanted.level
        and offer.needs <= wanted.has
    ]
    return min(reaching, key=lambda offer: (offer.level, len(offer.needs)), default=None)


def _rank(option: Option) -> tuple[bool, int, int, int, float, str]:
    terms, health = option.candidate.terms, option.candidate.health
    return (
        health.is_ailing,
        terms.order,
        terms.cost,
        len(option.offer.needs),
        health.seconds or 0.0,
        terms.name,
    )
