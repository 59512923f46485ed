"""The rows of this room: the policies in force. Journeys themselves live in the store."""

from django.db import models


class PolicyRow(models.Model):
    """Cedar text for one client, or for everyone (`client_id` is then "*")."""

    client_id = models.CharField(max_length=128, primary_key=True)
    text = models.TextField()
    updated_at = models.DateTimeField()

    class Meta:
        """Its table."""

        db_table = "journey_policy"
