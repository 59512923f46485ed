"""Which processes serve, and which configuration each has caught up with.

A change is in force once every process that still holds a lease acknowledged it; one that fell
silent has lost its lease by then, and grants nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import models

from idp.foundation.clock import microseconds

SAID_EVERY: Final = 3.0
"""Seconds between two signs of life; a change is acknowledged at once."""
FORGOTTEN_AFTER: Final = timedelta(days=1)


class ServingNode(models.Model):
    """One serving process: its last sign of life (microseconds) and the stamp it decides by."""

    id = models.CharField(max_length=128, primary_key=True)
    version = models.BigIntegerField()
    seen_at = models.BigIntegerField()

    class Meta:
        """Its table."""

        db_table = "foundation_serving_node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How far a version of the configuration has come."""

    caught_up: tuple[str, ...]
    behind: tuple[str, ...]

    @property
    def is_everywhere(self) -> bool:
        return not self.behind


def acknowledge(node: str, version: int, *, now: datetime) -> None:
    """Say that this node lives and decides by `version`; forget those long gone."""
    at = microseconds(now)
    if not ServingNode.objects.filter(id=node).update(version=version, seen_at=at):
        ServingNode.objects.bulk_create(
            [ServingNode(id=node, version=version, seen_at=at)], ignore_conflicts=True
        )
        gone = microseconds(now - FORGOTTEN_AFTER)
        ServingNode.objects.filter(seen_at__lt=gone).delete()


def leave(node: str) -> None:
    """Say that this node serves no more, so that nobody waits for it."""
    ServingNode.objects.filter(id=node).delete()


def spread_of(version: int, *, now: datetime, lease: float) -> Spread:
    """Who decides by `version`, and who, still holding a lease of so many seconds, does not."""
    since = microseconds(now - timedelta(seconds=lease + SAID_EVERY))
    rows = list(ServingNode.objects.filter(seen_at__gte=since).order_by("id"))
    return Spread(
        caught_up=tuple(row.id for row in rows if row.version >= version),
        behind=tuple(row.id for row in rows if row.version < version),
    )
