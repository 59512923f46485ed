"""The rows behind the client snapshot: the registrar writes them, the directory reads them."""

from django.db import models


class ClientRow(models.Model):
    """One registered client: its metadata as accepted, and its secrets hashed or sealed.

    `origin` is "declared" (applied from a file), "dynamic" (RFC 7591) or "onboarded". `settings`
    holds what only the city decides (level, classification, legal basis), never the client itself.
    """

    client_id = models.CharField(max_length=128, primary_key=True)
    status = models.CharField(max_length=16, default="active")
    origin = models.CharField(max_length=16)
    metadata = models.JSONField()
    settings = models.JSONField(default=dict)
    secret_sha256 = models.BinaryField(default=b"")
    sealed_secret = models.BinaryField(default=b"")
    registration_token_sha256 = models.BinaryField(default=b"")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        app_label = "clients"
