"""The table of data keys: one for each person, sealed under the root key."""

from django.db import models


class DataKey(models.Model):
    """A person's own key; destroying it makes all that person's sealed data unreadable for good."""

    owner = models.UUIDField(primary_key=True)
    sealed_key = models.BinaryField()
    created_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="data_key_is_empty_once_destroyed",
                condition=models.Q(destroyed_at=None) | models.Q(sealed_key=b""),
            )
        ]
