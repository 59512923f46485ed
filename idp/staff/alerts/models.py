"""The table of alerts; the note of who saw to one stands here, never in the trail."""

import uuid

from django.db import models
from django.db.models import Q


class AlertRow(models.Model):
    """One alert: the events of one kind about one thing, until somebody acknowledged it.

    `event` is the number of the first event in the trail, `times` how many there were by `last_at`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    type = models.CharField(max_length=64)
    severity = models.CharField(max_length=8)
    client_id = models.CharField(max_length=255)
    subject = models.CharField(max_length=64)
    about = models.CharField(max_length=120)
    event = models.BigIntegerField()
    times = models.IntegerField(default=1)
    raised_at = models.DateTimeField()
    last_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=64, blank=True, default="")
    verdict = models.CharField(max_length=16, blank=True, default="")
    reference = models.CharField(max_length=40, blank=True, default="")
    note = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        """Its table."""

        db_table = "staff_alert"
        indexes = (
            models.Index(fields=["-last_at"], name="staff_alert_last"),
            models.Index(
                fields=["type"], name="staff_alert_open", condition=Q(acknowledged_at=None)
            ),
        )
