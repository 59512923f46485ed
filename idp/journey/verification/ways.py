"""The ways on which a person can prove who they are, and which of them is best for this one.

Owns what a way is, and the order of several, decided from values alone. Each way owns its pages and
whom it asks; which ways there are is `idp.journey.verification.assembly`'s.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol
from uuid import UUID

from connectors.documents.registry import (
    PASSPORT,
    RESIDENT_ID_CARD,
    TRAVEL_PERMIT_HM,
    TRAVEL_PERMIT_TW,
)
from idp.journey.steps import Reply, Turn
from idp.journey.verification.pages import OtherWay

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


_BY_COUNTRY: Final = (
    ("+86", RESIDENT_ID_CARD),
    ("+852", TRAVEL_PERMIT_HM),
    ("+853", TRAVEL_PERMIT_HM),
    ("+886", TRAVEL_PERMIT_TW),
)
"""What somebody with such a number most likely holds; with any other, a passport."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Who is to prove what, and with what: all that ways are compared by.

    Attributes:
        held: the identity level that stands.
        needed: the level that this journey asks for.
        documents: the types of the person's live documents, the newest first.
        methods: by which this person proved themselves before.
        phone: the proven number, E.164; "" for none.
        origin: the number that tells where the person is from: it may be one that no text message
            reaches, typed before an address was; "" for none.
        channel: how the person came: `web`, `kiosk`, `window`, …
        sitting: at which of our places, if at one; its browser's secret.
        language: the page's.
    """

    person_id: UUID
    held: int
    needed: int
    now: datetime
    documents: tuple[str, ...] = ()
    methods: frozenset[str] = frozenset()
    phone: str = field(default="", repr=False)
    origin: str = field(default="", repr=False)
    channel: str = "web"
    sitting: str = field(default="", repr=False)
    language: str = "zh-hans"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How a way suits a situation.

    Attributes:
        reaches: the level it leads to.
        beside: the level that must be held already for that; a way that gives it goes before.
        is_well: False while whoever answers rests after failures, or is used up.
        belongs_here: it is made for this channel, as a reader is for a kiosk.
        is_familiar: the person went it before.
        takes_preparation: not everybody can go it: it takes an app, or an application long ago.
        order: the deployment's, lower first.
        cost: of one check, in fen.
        typed: how many fields are filled in.
    """

    reaches: int
    beside: int = 0
    is_well: bool = True
    belongs_here: bool = False
    is_familiar: bool = False
    takes_preparation: bool = False
    order: int = 100
    cost: int = 0
    typed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a way is given with each request: the situation, and the other ways to list."""

    situation: Situation
    others: tuple[OtherWay, ...] = ()


class Way(Protocol):
    """One way: a small piece with pages of its own, in the tuple that the assembly makes.

    While it is chosen, `show` and `submit` answer the step's requests. Progress is kept in the
    fields of `idp.journey.record` named `verification_…`; `verification_setback` holds what became
    of the last try, as an outcome's name.
    """

    @property
    def name(self) -> str:
        """What `method` posts to choose it."""
        ...

    @property
    def label(self) -> "StrOrPromise":
        """What it is called among others, in plain words."""
        ...

    @property
    def detail(self) -> "StrOrPromise":
        """What it takes, in a sentence."""
        ...

    def fit(self, situation: Situation) -> Fit | None:
        """How it suits; None where it leads this person nowhere."""
        ...

    def begin(self, turn: Turn, scene: Scene) -> Reply:
        """It was chosen by its button, or is to be tried again."""
        ...

    def show(self, turn: Turn, scene: Scene) -> Reply:
        """Its page now."""
        ...

    def submit(self, turn: Turn, scene: Scene) -> Reply:
        """What the person's answer on its page leads to."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """A way beside how it suits."""

    way: Way
    fit: Fit


def fits_of(ways: Iterable[Way], situation: Situation) -> tuple[Fitting, ...]:
    """The ways that suit, in no order; asked of each once in a request."""
    fits = ((way, way.fit(situation)) for way in ways)
    return tuple(Fitting(way=way, fit=fit) for way, fit in fits if fit is not None)


def best_first(fits: Iterable[Fitting], situation: Situation) -> tuple[Fitting, ...]:
    """Those that bring this person further now, the best first.

    First whoever leads to what is needed, if need be with another way after it; of these whoever is
    well, made for this place, familiar, first in the deployment's order, open to everybody, cheap,
    and quick to fill in.
    """
    found = [each for each in fits if each.fit.reaches > situation.held]
    startable = [each for each in found if each.fit.beside <= situation.held]
    return tuple(sorted(startable, key=lambda each: _rank(each.fit, found, situation)))


def _rank(fit: Fit, found: list[Fitting], situation: Situation) -> tuple[object, ...]:
    held = situation.held
    after = [each.fit.reaches for each in found if held < each.fit.beside <= fit.reaches]
    leads_to = min(max((fit.reaches, *after)), situation.needed)
    return (
        -leads_to,
        not fit.is_well,
        not fit.belongs_here,
        not fit.is_familiar,
        fit.order,
        fit.takes_preparation,
        fit.cost,
        fit.typed,
    )


def likely_document(situation: Situation) -> str:
    """What somebody of whom no document is known holds, as their number's country tells.

    Of whom no number is known the language tells: an address says nothing of a country.
    """
    number = situation.origin or situation.phone
    by_country = (kind for prefix, kind in _BY_COUNTRY if number.startswith(prefix))
    is_from_afar = number or situation.language == "en"
    return next(by_country, PASSPORT if is_from_afar else RESIDENT_ID_CARD)


def as_other(fitting: Fitting, *, trouble: "StrOrPromise") -> OtherWay:
    """A way as the page lists it; one that fares badly says so in the words of `trouble`."""
    way, fit = fitting.way, fitting.fit
    return OtherWay(label=way.label, detail=way.detail if fit.is_well else trouble, value=way.name)
