"""The audit tables, which only grow: events with their place in the chain, and checkpoints."""

from django.db import models
from django.db.models import Q


class AuditRow(models.Model):
    """One event, hashed as it stands.

    ``at`` is microseconds since the epoch, ``detail`` canonical JSON.

    ``seq``, ``previous``, ``digest`` and ``algorithm`` are NULL until the one writer chains the
    row.
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
        indexes = [
            models.Index(name="audit_unchained", fields=["id"], condition=Q(seq=None)),
            models.Index(name="audit_subject", fields=["subject", "id"]),
            models.Index(name="audit_client", fields=["client_id", "id"]),
            # What an administrator narrows the trail by may be rare among millions of events.
            models.Index(name="audit_type", fields=["type", "id"]),
            models.Index(name="audit_operator", fields=["operator", "id"]),
            models.Index(name="audit_device", fields=["device", "id"]),
        ]


class AuditCheckpoint(models.Model):
    """A signed statement that the chain had this digest at this place."""

    id = models.BigAutoField(primary_key=True)
    seq = models.BigIntegerField(unique=True)
    at = models.BigIntegerField()
    token = models.TextField()
