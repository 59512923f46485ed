"""Grants, refresh tokens, and what was redeemed or revoked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="RedeemedCodeRow",
            fields=[
                ("code_hash", models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ("grant_id", models.UUIDField()),
                ("redeemed_at", models.BigIntegerField(null=True)),
                ("replayed_at", models.BigIntegerField(null=True)),
                ("expires_at", models.BigIntegerField(db_index=True)),
            ],
            options={
                "db_table": "tokens_redeemed_code",
            },
        ),
        migrations.CreateModel(
            name="RefreshTokenRow",
            fields=[
                (
                    "token_hash",
                    models.BinaryField(max_length=32, primary_key=True, serialize=False),
                ),
                ("grant_id", models.UUIDField()),
                ("issued_at", models.BigIntegerField()),
                ("expires_at", models.BigIntegerField(db_index=True)),
                ("used_at", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "tokens_refresh",
            },
        ),
        migrations.CreateModel(
            name="RevokedTokenRow",
            fields=[
                ("jti", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("expires_at", models.BigIntegerField(db_index=True)),
            ],
            options={
                "db_table": "tokens_revoked",
            },
        ),
        migrations.CreateModel(
            name="GrantRow",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("client_id", models.CharField(max_length=128)),
                ("person_id", models.UUIDField()),
                ("session_id", models.UUIDField(db_index=True, null=True)),
                ("consent_id", models.UUIDField(null=True)),
                ("sub", models.CharField(max_length=255)),
                ("sid", models.CharField(max_length=64)),
                ("scope", models.TextField()),
                ("userinfo_claims", models.TextField()),
                ("id_token_claims", models.TextField()),
                ("verified_claims", models.TextField(default="")),
                ("resources", models.TextField()),
                ("authenticated_at", models.BigIntegerField()),
                ("acr", models.CharField(max_length=64)),
                ("amr", models.CharField(max_length=128)),
                ("offline", models.BooleanField()),
                ("created_at", models.BigIntegerField()),
                ("expires_at", models.BigIntegerField(db_index=True)),
                ("revoked_at", models.BigIntegerField(null=True)),
                ("revoked_reason", models.CharField(default="", max_length=32)),
            ],
            options={
                "db_table": "tokens_grant",
                "indexes": [
                    models.Index(fields=["person_id", "client_id"], name="tokens_grant_of_person"),
                    models.Index(
                        condition=models.Q(("revoked_at__isnull", False)),
                        fields=["revoked_at"],
                        name="tokens_grant_revoked",
                    ),
                ],
            },
        ),
    ]
