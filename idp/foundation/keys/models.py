"""The table of signing keys; private parts are sealed, and erased when a key is retired."""

from django.db import models
from django.db.models import Q


class KeyState(models.TextChoices):
    """A key's life: published, signing, published only, gone."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRING = "retiring"
    RETIRED = "retired"


class SigningKeyRow(models.Model):
    """One signing key of one algorithm; ``purpose`` keeps tokens' keys and audit's keys apart."""

    kid = models.CharField(primary_key=True, max_length=64)
    purpose = models.CharField(max_length=16, default="token")
    alg = models.CharField(max_length=8)
    state = models.CharField(max_length=8, choices=KeyState.choices)
    sealed_private = models.BinaryField()
    public_jwk = models.JSONField()
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)
    retire_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_signing_key_in_each_waiting_or_active_place",
                fields=["purpose", "alg", "state"],
                condition=Q(state__in=["next", "active"]),
            )
        ]
