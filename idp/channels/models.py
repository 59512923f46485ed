"""The tables of devices: what is enrolled with which key, and the invitations to enrol.

No personal data stands here. `devices` writes them; other rooms ask it.
"""

import uuid

from django.db import models


class DeviceRow(models.Model):
    """One enrolled device, found by its key's thumbprint. Revoked ones stay, to be known.

    `counter` only grows: it is the judge of replayed readings.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key_id = models.CharField(max_length=64, unique=True)
    public_jwk = models.JSONField()
    kind = models.CharField(max_length=32)
    place = models.CharField(max_length=64)
    label = models.CharField(max_length=120)
    is_attended = models.BooleanField(default=False)
    counter = models.BigIntegerField(default=0)
    enrolled_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField(max_length=200, blank=True)

    class Meta:
        """Its table."""

        db_table = "channels_device"


class InvitationRow(models.Model):
    """A one-time code with which one device of this description may enrol."""

    code_sha256 = models.BinaryField(max_length=32, unique=True)
    kind = models.CharField(max_length=32)
    place = models.CharField(max_length=64)
    label = models.CharField(max_length=120)
    is_attended = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Its table."""

        db_table = "channels_invitation"


class ConnectorTermsRow(models.Model):
    """What the city says of one connector, beside the connectors file; null leaves its word."""

    section = models.CharField(max_length=32)
    name = models.CharField(max_length=64)
    switch = models.BooleanField(null=True)
    order = models.IntegerField(null=True)
    cost = models.PositiveIntegerField(null=True)
    per_day = models.PositiveIntegerField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        """Its table."""

        db_table = "channels_connector_terms"
        constraints = (
            models.UniqueConstraint(fields=["section", "name"], name="one_word_a_connector"),
        )
