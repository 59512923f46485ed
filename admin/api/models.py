"""The row behind a request that may be repeated: what was answered to it, sealed."""

from django.db import models


class AnswerRow(models.Model):
    """The answer to a client's `Idempotency-Key`; `fingerprint` says to which request.

    Written in the transaction of the change it tells of, so that there is never one without the
    other; an empty `sealed_body` belongs to a request that is being answered.
    """

    client_id = models.CharField(max_length=128)
    key = models.CharField(max_length=128)
    fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    sealed_body = models.BinaryField(default=b"")
    at = models.DateTimeField(db_index=True)

    class Meta:
        """Its table."""

        db_table = "management_answer"
        constraints = [
            models.UniqueConstraint(fields=["client_id", "key"], name="management_answer_once")
        ]
