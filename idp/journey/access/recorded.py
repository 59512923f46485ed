"""Recorded decisions as people read them: found by client, outcome, channel and time, page by page.

Policies behind a decision are not kept with each: they follow from its facts and the version of
that moment, so they are found by deciding once more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from idp.foundation.clock import from_microseconds, microseconds
from idp.journey.access.versions import SHIPPED, Version, find
from idp.journey.models import DecisionRow, PolicyVersionRow
from policies.decision import OUTCOMES, Decision, Forbid, Outcome, StepUp, kind_of
from policies.engine import Engine
from policies.facts import Facts

MOST_COUNTED: Final = 10_000
"""Beyond so many nobody leafs: they filter, and nobody waits for a count of a city's year."""
ORDERS: Final = {
    "at": ("id",),
    "-at": ("-id",),
    "client": ("client_id", "id"),
    "-client": ("-client_id", "-id"),
}
"""By number is by time, but for the second in which processes write what they decided."""
_WRITTEN_LATE: Final = 50_000
"""How many numbers may lie between decisions of one moment."""
_NOT_PERMITTED: Final = RawSQL("outcome > 0", (), output_field=BooleanField())
"""Written out, so that SQLite, too, sees that its partial index fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which decisions; `clients` restricts everything to those, None does not."""

    client_id: str = ""
    outcome: str = ""
    channel: str = ""
    since: datetime | None = None
    until: datetime | None = None
    clients: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A decision that was made. `said` is a refusal's reason or a step-up's acr.

    `facts` is None where they cannot be read any more.
    """

    id: int
    at: datetime
    client_id: str
    outcome: Outcome
    said: str
    facts: Facts | None

    @property
    def channel(self) -> str:
        return self.facts.request.channel if self.facts else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """The version that decided, and the decision with the policies behind it."""

    version: Version
    decision: Decision


class RecordedDecisions:
    """Reads; what is recorded nobody changes."""

    def page(
        self, wanted: Wanted, *, order: str = "-at", offset: int = 0, size: int = 25
    ) -> list[Made]:
        """Those wanted, in an order of ORDERS."""
        rows = _rows(wanted).order_by(*ORDERS.get(order, ORDERS["-at"]))
        return [_made(row) for row in rows[offset : offset + size]]

    def count(self, wanted: Wanted) -> int:
        """How many there are, at most MOST_COUNTED and one."""
        found: int = _rows(wanted)[: MOST_COUNTED + 1].count()
        return found

    def find(self, number: int, *, clients: frozenset[str] | None = None) -> Made | None:
        row = _rows(Wanted(clients=clients)).filter(id=number).first()
        return _made(row) if row else None

    def grounds_of(self, made: Made) -> Grounds | None:
        """By which version it was decided, and why; None where no version decides so.

        A process may have decided by the version before for as long as its lease lasted.
        """
        if made.facts is None:
            return None
        for version in _versions_around(made.at):
            try:
                decision = Engine(version.source).decide(made.facts)
            except ValueError:
                continue
            if kind_of(decision) == made.outcome and said_by(decision)[:64] == made.said:
                return Grounds(version=version, decision=decision)
        return None


def said_by(decision: Decision) -> str:
    """The word a decision is recorded with."""
    if isinstance(decision, Forbid):
        return decision.reason
    return decision.acr if isinstance(decision, StepUp) else ""


def _versions_around(at: datetime) -> Iterator[Version]:
    """The version in force at an instant, the one before, the one after."""
    numbers = PolicyVersionRow.objects.order_by("-id").values_list("id", flat=True)
    before = list(numbers.filter(at__lte=at)[:2])
    after = list(numbers.filter(at__gt=at).order_by("id")[:1])
    if len(before) < 2:
        before.append(SHIPPED)
    for number in (*before, *after):
        if (version := find(number)) is not None:
            yield version


def _rows(wanted: Wanted) -> Any:
    rows = DecisionRow.objects.all()
    if wanted.clients is not None:
        rows = rows.filter(client_id__in=sorted(wanted.clients))
    if wanted.client_id:
        rows = rows.filter(client_id=wanted.client_id)
    if wanted.outcome:
        number = OUTCOMES.index(wanted.outcome) if wanted.outcome in OUTCOMES else -1
        rows = rows.filter(outcome=number)
        if number > 0:
            rows = rows.filter(_NOT_PERMITTED)
    if wanted.channel:
        rows = rows.filter(channel=wanted.channel)
    if wanted.since is not None:
        first = _number_at(wanted.since)
        rows = rows.filter(at__gte=microseconds(wanted.since), id__gte=first - _WRITTEN_LATE)
    if wanted.until is not None:
        rows = rows.filter(at__lt=microseconds(wanted.until))
        if last := _number_at(wanted.until):
            rows = rows.filter(id__lt=last + _WRITTEN_LATE)
    return rows


def _number_at(instant: datetime) -> int:
    """The number of the first decision since an instant, 0 for none: found without reading much."""
    later = DecisionRow.objects.filter(at__gte=microseconds(instant)).order_by("at", "id")
    return later.values_list("id", flat=True).first() or 0


def _made(row: DecisionRow) -> Made:
    try:
        facts = Facts.unpacked(bytes(row.facts))
    except (ValueError, TypeError, LookupError):
        facts = None
    return Made(
        id=row.id,
        at=from_microseconds(row.at),
        client_id=row.client_id,
        outcome=OUTCOMES[row.outcome],
        said=row.said,
        facts=facts,
    )
