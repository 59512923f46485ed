"""The desk of connectors: how each of a deployment's stands, and what the city says of it.

Owns the view of all sections together, and who may believe which number: what was asked, how it
went and what it cost is counted by the hour on every node; that one rests is said by any node.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from connectors.counting import DailyUses
from connectors.health import Asked
from connectors.plan import Terms
from idp.channels.connector_terms import (
    DELIVERY,
    VERIFICATION,
    VISITS,
    ChangedBy,
    Override,
    override_of,
    put_override,
)
from idp.foundation.clock import SHANGHAI, Clock
from idp.foundation.storage import ShortLivedStore, StoreUnavailable
from idp.foundation.tally import Tally, read_counts

State = Literal["on", "off", "resting", "used_up", "ailing"]
SECTIONS: Final = (VERIFICATION, VISITS, DELIVERY)
ASKED: Final = "asked"
ANSWERED: Final = "answered"
FAILED: Final = "failed"
OUTCOME: Final = "outcome"
WAIT: Final = "wait"
COST: Final = "cost"
BOUNDS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0)
"""Waits are counted as not longer than one of these (seconds), or as longer than all."""
ENOUGH: Final = 5
AILING_BELOW: Final = 0.5
_LONGEST_REST: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A connector as it was built: its section, its terms, and what it is."""

    section: str
    terms: Terms
    method: str
    authority: str

    @property
    def key(self) -> str:
        """What it is counted as: names are unique within a section."""
        return key_of(self.section, self.terms.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fared:
    """How a connector fared over some hours, on every node together.

    `p95` is the least bound that 95 of 100 waits kept within, in seconds; None where nobody waited,
    or longer than the last bound (`is_beyond`). `cost` is in fen.
    """

    answered: int = 0
    failed: int = 0
    cost: int = 0
    p95: float | None = None
    is_beyond: bool = False

    @property
    def asked(self) -> int:
        return self.answered + self.failed

    @property
    def success_rate(self) -> float | None:
        """The part that was answered; None where nobody asked."""
        return self.answered / self.asked if self.asked else None

    @property
    def is_ailing(self) -> bool:
        """Whether it failed so often that somebody should look."""
        return self.asked >= ENOUGH and (self.success_rate or 0.0) < AILING_BELOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One connector, now: what the file says, what the city says, what holds, and how it fares."""

    placed: Placed
    override: Override
    terms: Terms
    is_resting: bool
    used_today: int
    lately: Fared
    today: Fared
    month_cost: int

    @property
    def is_used_up(self) -> bool:
        return self.terms.per_day is not None and self.used_today >= self.terms.per_day

    @property
    def state(self) -> State:
        """The one word for it, the gravest first."""
        if not self.terms.is_on:
            return "off"
        if self.is_resting:
            return "resting"
        if self.is_used_up:
            return "used_up"
        return "ailing" if self.lately.is_ailing else "on"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorDesk:
    """Reads how connectors stand, and changes what is said of them."""

    placed: Sequence[Placed]
    store: ShortLivedStore
    clock: Clock
    _by_key: dict[str, Placed] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Find them by name."""
        self._by_key.update({each.key: each for each in self.placed})

    def find(self, section: str, name: str) -> Placed | None:
        return self._by_key.get(key_of(section, name))

    def listed(self, *, now: datetime) -> list[Standing]:
        """Every connector, by section in the order in which they are asked."""
        figures = fared_since(now - timedelta(hours=1))
        today = fared_since(midnight_of(now))
        month = {
            each.name: each.number
            for each in read_counts(COST, midnight_of(now).replace(day=1), by_hour=False)
        }
        standings = [
            self._standing(each, figures, today, month.get(each.key, 0), now=now)
            for each in self.placed
        ]
        return sorted(
            standings,
            key=lambda each: (
                SECTIONS.index(each.placed.section),
                each.terms.order,
                each.terms.name,
            ),
        )

    def standing(self, placed: Placed, *, now: datetime) -> Standing:
        """How one of them stands."""
        return next(each for each in self.listed(now=now) if each.placed is placed)

    def change(self, placed: Placed, override: Override, by: ChangedBy) -> None:
        """Let the city's word hold, on every node within a second.

        Raises:
            ChangedMeanwhile: somebody said something else since it was read.
        """
        put_override(placed.section, placed.terms.name, override, clock=self.clock, by=by)

    def _standing(
        self,
        placed: Placed,
        lately: Mapping[str, Fared],
        today: Mapping[str, Fared],
        month_cost: int,
        *,
        now: datetime,
    ) -> Standing:
        override = override_of(placed.section, placed.terms.name) or Override()
        terms = override.over(placed.terms)
        so_far = today.get(placed.key, Fared())
        counted = DailyUses(counters=self.store).used(terms.name, most=terms.per_day, now=now)
        return Standing(
            placed=placed,
            override=override,
            terms=terms,
            is_resting=self.store.get(resting_key(placed.key)) is not None,
            used_today=counted if terms.per_day is not None else so_far.asked,
            lately=lately.get(placed.key, Fared()),
            today=so_far,
            month_cost=month_cost,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorWatch:
    """Counts every time a connector is asked, and says that it rests, for all nodes to see."""

    section: str
    tally: Tally
    store: ShortLivedStore

    def __call__(self, asked: Asked) -> None:
        key = key_of(self.section, asked.name)
        self.tally.count(ASKED, key, ANSWERED if asked.is_answered else FAILED)
        self.tally.count(OUTCOME, key, asked.outcome)
        self.tally.count(WAIT, key, _bucket(asked.seconds))
        if asked.cost:
            self.tally.count(COST, key, number=asked.cost)
        if asked.rests_for > 0:
            seconds = min(_LONGEST_REST, max(1, round(asked.rests_for)))
            with suppress(StoreUnavailable):  # a mark on a page, and no more
                self.store.put(resting_key(key), b"1", ttl=seconds)


def key_of(section: str, name: str) -> str:
    return f"{section}/{name}"


def resting_key(key: str) -> str:
    """Where a node says that it does not ask a connector for a while."""
    return f"connector:resting:{key}"


def midnight_of(now: datetime) -> datetime:
    """When today began where quotas and bills begin anew."""
    return now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)


def fared_since(since: datetime) -> dict[str, Fared]:
    """How every connector fared from the hour of an instant on, by its key."""
    asked: dict[str, dict[str, int]] = {}
    waits: dict[str, dict[str, int]] = {}
    for kind, into in ((ASKED, asked), (WAIT, waits)):
        for each in read_counts(kind, since):
            into.setdefault(each.name, {})[each.outcome] = each.number
    costs = {each.name: each.number for each in read_counts(COST, since)}
    return {
        key: Fared(
            answered=found.get(ANSWERED, 0),
            failed=found.get(FAILED, 0),
            cost=costs.get(key, 0),
            p95=_p95(waits.get(key, {})),
            is_beyond=_is_beyond(waits.get(key, {})),
        )
        for key, found in asked.items()
    }


def _bucket(seconds: float) -> str:
    return next((str(bound) for bound in BOUNDS if seconds <= bound), "more")


def _p95(waits: Mapping[str, int]) -> float | None:
    total, seen = sum(waits.values()), 0
    for bound in BOUNDS:
        seen += waits.get(str(bound), 0)
        if total and seen * 100 >= total * 95:
            return bound
    return BOUNDS[-1] if total else None


def _is_beyond(waits: Mapping[str, int]) -> bool:
    return waits.get("more", 0) * 100 > sum(waits.values()) * 5
