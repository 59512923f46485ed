"""Sessions, who takes part in them, known devices and login notices."""

import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("subjects", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="LoginNoticeRow",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="login_notice",
                        serialize=False,
                        to="subjects.person",
                    ),
                ),
                ("is_wanted", models.BooleanField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "db_table": "sessions_login_notice",
            },
        ),
        migrations.CreateModel(
            name="KnownDeviceRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tag", models.CharField(max_length=64, unique=True)),
                ("device", models.CharField(max_length=32)),
                ("networks", models.JSONField(default=list)),
                ("sealed", models.BinaryField()),
                ("first_seen_at", models.DateTimeField()),
                ("last_month", models.DateField()),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="known_devices",
                        to="subjects.person",
                    ),
                ),
            ],
            options={
                "db_table": "sessions_known_device",
            },
        ),
        migrations.CreateModel(
            name="ParticipantRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("session_id", models.UUIDField()),
                ("client_id", models.CharField(max_length=200)),
                ("sid", models.CharField(max_length=64)),
                ("sub", models.CharField(max_length=255)),
                ("joined_at", models.DateTimeField()),
            ],
            options={
                "db_table": "sessions_participant",
                "indexes": [
                    models.Index(fields=["client_id", "sub"], name="sessions_participant_of_sub")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("session_id", "client_id"), name="sessions_participant_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SessionRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("secret_hash", models.CharField(max_length=64, unique=True)),
                ("started_at", models.DateTimeField()),
                ("authenticated_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("identity_level", models.PositiveSmallIntegerField()),
                ("authentication_level", models.PositiveSmallIntegerField()),
                ("amr", models.JSONField(default=list)),
                ("channel", models.CharField(default="web", max_length=20)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("end_reason", models.CharField(blank=True, max_length=40)),
                ("signals", models.JSONField(null=True)),
                ("device_known", models.BooleanField(null=True)),
                ("own_level", models.PositiveSmallIntegerField(null=True)),
                ("device", models.CharField(db_default="", default="", max_length=32)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sessions",
                        to="subjects.person",
                    ),
                ),
            ],
            options={
                "db_table": "sessions_session",
            },
        ),
    ]
