"""The tables of grants and tokens: the schema only, for the hot path speaks SQL (see `ledger`).

Every `_at` column is whole microseconds since the epoch; tokens and codes stand here as the
SHA-256 of their value. Lists are space-separated text, as on the wire.
"""

from django.db import models

HASH_BYTES = 32


class GrantRow(models.Model):
    """What a person gave a client: every token names its grant, and dies with it.

    `offline` grants outlive their session (`offline_access`); the others end with it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    client_id = models.CharField(max_length=128)
    person_id = models.UUIDField()
    session_id = models.UUIDField(null=True, db_index=True)
    consent_id = models.UUIDField(null=True)
    sub = models.CharField(max_length=255)
    sid = models.CharField(max_length=64)
    scope = models.TextField()
    userinfo_claims = models.TextField()
    id_token_claims = models.TextField()
    verified_claims = models.TextField(default="")
    resources = models.TextField()
    authenticated_at = models.BigIntegerField()
    acr = models.CharField(max_length=64)
    amr = models.CharField(max_length=128)
    offline = models.BooleanField()
    created_at = models.BigIntegerField()
    expires_at = models.BigIntegerField(db_index=True)
    revoked_at = models.BigIntegerField(null=True)
    revoked_reason = models.CharField(max_length=32, default="")

    class Meta:
        db_table = "tokens_grant"
        # Few, for every redemption writes them all: by person (and client), by session, and what
        # was revoked, which is told again after a fail-over of the store.
        indexes = [
            models.Index(fields=["person_id", "client_id"], name="tokens_grant_of_person"),
            models.Index(
                fields=["revoked_at"],
                name="tokens_grant_revoked",
                condition=models.Q(revoked_at__isnull=False),
            ),
        ]


class RedeemedCodeRow(models.Model):
    """The judge of single use, for authorization codes and device codes alike.

    A replay that overtakes the redemption leaves `replayed_at`, so that the grant begins revoked.
    """

    code_hash = models.BinaryField(max_length=HASH_BYTES, primary_key=True)
    grant_id = models.UUIDField()
    redeemed_at = models.BigIntegerField(null=True)
    replayed_at = models.BigIntegerField(null=True)
    expires_at = models.BigIntegerField(db_index=True)

    class Meta:
        db_table = "tokens_redeemed_code"


class RefreshTokenRow(models.Model):
    """One refresh token of a grant's chain; `used_at` is its compare-and-set.

    It is revoked with its grant, never alone (RFC 7009 §2.1).
    """

    token_hash = models.BinaryField(max_length=HASH_BYTES, primary_key=True)
    grant_id = models.UUIDField()
    issued_at = models.BigIntegerField()
    expires_at = models.BigIntegerField(db_index=True)
    used_at = models.BigIntegerField(null=True)

    class Meta:
        db_table = "tokens_refresh"


class RevokedTokenRow(models.Model):
    """One access token revoked on its own, remembered until it would have expired."""

    jti = models.CharField(max_length=64, primary_key=True)
    expires_at = models.BigIntegerField(db_index=True)

    class Meta:
        db_table = "tokens_revoked"
