"""Owns turns: what one process at a time may do (rotating keys, chaining audit) waits here.

One row for each kind of work; updating it first in a transaction makes everyone else wait, on
either database.
"""

from django.db import connection, models
from django.db.models import F


class Judge(models.Model):
    """A row whose lock is the turn."""

    name = models.CharField(primary_key=True, max_length=64)
    turns = models.BigIntegerField(default=0)


def take_turn(name: str) -> None:
    """Wait for the turn called ``name`` and hold it until the surrounding transaction ends."""
    if not connection.in_atomic_block:
        raise RuntimeError("a turn is held by a transaction: open one first")
    if not Judge.objects.filter(pk=name).update(turns=F("turns") + 1):
        Judge.objects.bulk_create([Judge(name=name)], ignore_conflicts=True)
        Judge.objects.filter(pk=name).update(turns=F("turns") + 1)
