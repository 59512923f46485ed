"""The outbox's table: what must reach somebody outside because a transaction committed."""

from django.db import models
from django.db.models import Q


class OutboxState(models.TextChoices):
    """A message's life; ``dead`` awaits a person."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"


class OutboxMessage(models.Model):
    """One delivery. Instants are microseconds since the epoch, ``payload`` is JSON text."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=64)
    key = models.TextField()
    payload = models.TextField()
    state = models.CharField(max_length=8, choices=OutboxState.choices, default=OutboxState.WAITING)
    attempts = models.IntegerField(default=0)
    enqueued_at = models.BigIntegerField()
    due_at = models.BigIntegerField()
    claim = models.CharField(max_length=32, default="")
    last_error = models.TextField(default="")

    class Meta:
        indexes = [
            models.Index(name="outbox_due", fields=["due_at"], condition=Q(state="waiting")),
        ]
        constraints = [
            models.UniqueConstraint(
                name="outbox_key_waits_once",
                fields=["kind", "key"],
                condition=Q(state="waiting") & ~Q(key=""),
            )
        ]
