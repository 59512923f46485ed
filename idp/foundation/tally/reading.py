"""Reading the counts of some hours, summed up in the database."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db.models import Sum

from idp.foundation.tally.models import SECONDS, HourlyCount


class Counted(NamedTuple):
    """A number, and what it counts; `hour` is None where hours were summed up."""

    name: str
    outcome: str
    client_id: str
    number: int
    hour: int | None = None


def hour_of(instant: datetime) -> int:
    """The hour an instant lies in, since the epoch."""
    return int(instant.timestamp()) // SECONDS


def read_counts(
    kind: str,
    since: datetime,
    *,
    clients: Collection[str] | None = None,
    names: Collection[str] = (),
    by_hour: bool = False,
    by_client: bool = False,
) -> list[Counted]:
    """The counts of one kind from the hour of `since` on; `clients` None: of everybody."""
    rows = HourlyCount.objects.filter(kind=kind, hour__gte=hour_of(since))
    if clients is not None:
        rows = rows.filter(client_id__in=sorted(clients))
    if names:
        rows = rows.filter(name__in=sorted(names))
    groups = ["name", "outcome", *(["client_id"] * by_client), *(["hour"] * by_hour)]
    return [
        Counted(
            name=row["name"],
            outcome=row["outcome"],
            client_id=row.get("client_id", ""),
            number=row["total"],
            hour=row.get("hour"),
        )
        for row in rows.values(*groups).order_by(*groups).annotate(total=Sum("number"))
    ]


def forget_counts(before: datetime) -> int:
    """Delete the counts of hours before an instant; how many rows that were."""
    return HourlyCount.objects.filter(hour__lt=hour_of(before)).delete()[0]
