"""The audit tables: events with their place in the chain, and signed checkpoints. Both only grow (see migrations)."""

from django.db import models
from django.db.models import Q


class AuditRow(models.Model):
    """One event. ``at`` is microseconds since the epoch, ``detail`` canonical JSON: both are hashed as they stand.

    ``seq``, ``previous``, ``digest`` and ``algorithm`` are NULL until the one writer chains the row.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.BigIntegerField()
    type = models.TextField()
    outcome = models.TextField()
    actor = models.TextField()
    operator = models.TextField()
    device = models.TextField()
    channel = models.TextField()
    client_id = models.TextField()
    subject = models.TextField()
    detail = models.TextField()
    seq = models.BigIntegerField(null=True, unique=True)
    previous = models.CharField(max_length=64, null=True)  # noqa: DJ001 - NULL means not chained yet
    digest = models.CharField(max_length=64, null=True)  # noqa: DJ001 - the same
    algorithm = models.CharField(max_length=8, null=True)  # noqa: DJ001 - the same

    class Meta:
        app_label = "foundation"
        indexes = [
            models.Index(name="audit_unchained", fields=["id"], condition=Q(seq=None)),
            models.Index(name="audit_subject", fields=["subject", "id"]),
            models.Index(name="audit_client", fields=["client_id", "id"]),
        ]


class AuditCheckpoint(models.Model):
    """A signed statement that the chain had this digest at this place."""

    id = models.BigAutoField(primary_key=True)
    seq = models.BigIntegerField(unique=True)
    at = models.BigIntegerField()
    token = models.TextField()

    class Meta:
        app_label = "foundation"
