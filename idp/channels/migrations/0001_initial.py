"""Devices and the terms of connectors."""

import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    replaces = [  # what databases made before the first release have applied
        ("channels", "0001_devices"),
        ("channels", "0002_connector_terms"),
        ("channels", "0003_suspended_devices"),
    ]

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="DeviceRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key_id", models.CharField(max_length=64, unique=True)),
                ("public_jwk", models.JSONField()),
                ("kind", models.CharField(max_length=32)),
                ("place", models.CharField(max_length=64)),
                ("label", models.CharField(max_length=120)),
                ("is_attended", models.BooleanField(default=False)),
                ("counter", models.BigIntegerField(default=0)),
                ("enrolled_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField(blank=True, null=True)),
                ("suspended_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_because", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "db_table": "channels_device",
            },
        ),
        migrations.CreateModel(
            name="InvitationRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code_sha256", models.BinaryField(max_length=32, unique=True)),
                ("kind", models.CharField(max_length=32)),
                ("place", models.CharField(max_length=64)),
                ("label", models.CharField(max_length=120)),
                ("is_attended", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": "channels_invitation",
            },
        ),
        migrations.CreateModel(
            name="ConnectorTermsRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("section", models.CharField(max_length=32)),
                ("name", models.CharField(max_length=64)),
                ("switch", models.BooleanField(null=True)),
                ("order", models.IntegerField(null=True)),
                ("cost", models.PositiveIntegerField(null=True)),
                ("per_day", models.PositiveIntegerField(null=True)),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "db_table": "channels_connector_terms",
                "constraints": [
                    models.UniqueConstraint(fields=("section", "name"), name="one_word_a_connector")
                ],
            },
        ),
    ]
