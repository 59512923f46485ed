"""The tables of counts: one row for each thing and hour, and how far the trail was counted."""

from typing import Final

from django.db import models

COUNT_TABLE: Final = "foundation_hourly_count"
SECONDS: Final = 3_600


class HourlyCount(models.Model):
    """How often something happened in one hour (hours since the epoch).

    `kind` says what is counted, `name` and `outcome` which of it; `client_id` may be empty.
    """

    hour = models.IntegerField()
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=96)
    outcome = models.CharField(max_length=48)
    client_id = models.CharField(max_length=255)
    number = models.BigIntegerField()

    class Meta:
        """Its table."""

        db_table = COUNT_TABLE
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "hour", "name", "outcome", "client_id"],
                name="foundation_one_count_an_hour",
            ),
        )


class TallyMark(models.Model):
    """The place in the audit chain up to which events were counted by one reader."""

    name = models.CharField(primary_key=True, max_length=32)
    seq = models.BigIntegerField(default=0)

    class Meta:
        """Its table."""

        db_table = "foundation_tally_mark"
