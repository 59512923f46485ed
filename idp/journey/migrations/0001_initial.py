"""Versions of policies, drafts, decisions and replays."""

import uuid
from django.db import migrations, models

from idp.foundation.append_only import AppendOnly, protect

VERSION = (
    "id",
    "at",
    "origin",
    "texts",
    "sha256",
    "diff_sha256",
    "proposal",
    "author",
    "approver",
    "reason",
)


class Migration(migrations.Migration):
    initial = True
    replaces = [  # what databases made before the first release have applied
        ("journey", "0001_policies"),
        ("journey", "0002_policy_versions_and_decisions"),
        ("journey", "0003_policy_drafts_and_replays"),
    ]

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="PolicyDraftRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("owner", models.CharField(max_length=128)),
                ("base", models.BigIntegerField()),
                ("text", models.TextField()),
                ("revision", models.IntegerField(default=1)),
                ("author", models.CharField(max_length=128)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "db_table": "journey_policy_draft",
            },
        ),
        migrations.CreateModel(
            name="PolicyProposalRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("base", models.BigIntegerField()),
                ("texts", models.JSONField()),
                ("diff_sha256", models.CharField(max_length=64)),
                ("author", models.CharField(max_length=128)),
                ("reason", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("outcome", models.CharField(default="open", max_length=16)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.CharField(default="", max_length=128)),
            ],
            options={
                "db_table": "journey_policy_proposal",
            },
        ),
        migrations.CreateModel(
            name="PolicyReplayRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("candidate", models.CharField(max_length=160)),
                ("texts", models.JSONField()),
                ("days", models.IntegerField()),
                ("author", models.CharField(max_length=128)),
                ("created_at", models.DateTimeField()),
                ("state", models.CharField(default="waiting", max_length=16)),
                ("done", models.BigIntegerField(default=0)),
                ("total", models.BigIntegerField(default=0)),
                ("found", models.JSONField(default=dict)),
                ("claim", models.CharField(default="", max_length=32)),
                ("beat_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "journey_policy_replay",
            },
        ),
        migrations.CreateModel(
            name="PolicyReviewRow",
            fields=[
                ("version", models.BigIntegerField(primary_key=True, serialize=False)),
                ("due_at", models.DateTimeField()),
                ("reviewer", models.CharField(default="", max_length=128)),
                ("reviewed_at", models.DateTimeField(null=True)),
                ("verdict", models.TextField(default="")),
            ],
            options={
                "db_table": "journey_policy_review",
            },
        ),
        migrations.CreateModel(
            name="PolicyRow",
            fields=[
                ("client_id", models.CharField(max_length=128, primary_key=True, serialize=False)),
                ("text", models.TextField()),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "db_table": "journey_policy",
            },
        ),
        migrations.CreateModel(
            name="PolicyVersionRow",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("origin", models.CharField(max_length=16)),
                ("texts", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                ("diff_sha256", models.CharField(max_length=64)),
                ("proposal", models.UUIDField(null=True)),
                ("author", models.CharField(max_length=128)),
                ("approver", models.CharField(default="", max_length=128)),
                ("reason", models.TextField()),
            ],
            options={
                "db_table": "journey_policy_version",
            },
        ),
        migrations.CreateModel(
            name="DecisionRow",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.BigIntegerField(db_index=True)),
                ("client_id", models.CharField(max_length=128)),
                ("channel", models.CharField(db_default="", max_length=32)),
                ("outcome", models.PositiveSmallIntegerField()),
                ("said", models.CharField(max_length=64)),
                ("facts", models.BinaryField()),
            ],
            options={
                "db_table": "journey_decision",
                "indexes": [
                    models.Index(fields=["client_id", "id"], name="decision_by_client"),
                    models.Index(fields=["channel", "id"], name="decision_by_channel"),
                    models.Index(
                        condition=models.Q(("outcome__gt", 0)),
                        fields=["outcome", "id"],
                        name="decision_not_permitted",
                    ),
                ],
            },
        ),
        # What was once in force can be read for ever.
        protect(AppendOnly(table="journey_policy_version", frozen=VERSION)),
    ]
