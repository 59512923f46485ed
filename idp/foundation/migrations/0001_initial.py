"""Store, keys, sealing, the audit and the outbox, serving nodes and hourly counts."""

from django.db import migrations, models

from idp.foundation.append_only import AppendOnly, protect

CONTENT = (
    "id",
    "at",
    "type",
    "outcome",
    "actor",
    "operator",
    "device",
    "channel",
    "client_id",
    "subject",
    "detail",
)


class Migration(migrations.Migration):
    initial = True
    replaces = [  # what databases made before the first release have applied
        ("foundation", "0001_storage_keys_and_sealing"),
        ("foundation", "0002_audit_and_outbox"),
        ("foundation", "0003_audit_only_grows"),
        ("foundation", "0004_serving_nodes"),
        ("foundation", "0005_hourly_counts"),
        ("foundation", "0006_audit_narrowed"),
    ]

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditCheckpoint",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField(unique=True)),
                ("at", models.BigIntegerField()),
                ("token", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="ConfigurationStamp",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("version", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Judge",
            fields=[
                ("name", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("turns", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="ServingNode",
            fields=[
                ("id", models.CharField(max_length=128, primary_key=True, serialize=False)),
                ("version", models.BigIntegerField()),
                ("seen_at", models.BigIntegerField()),
            ],
            options={
                "db_table": "foundation_serving_node",
            },
        ),
        migrations.CreateModel(
            name="TallyMark",
            fields=[
                ("name", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "foundation_tally_mark",
            },
        ),
        migrations.CreateModel(
            name="AuditRow",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.BigIntegerField()),
                ("type", models.TextField()),
                ("outcome", models.TextField()),
                ("actor", models.TextField()),
                ("operator", models.TextField()),
                ("device", models.TextField()),
                ("channel", models.TextField()),
                ("client_id", models.TextField()),
                ("subject", models.TextField()),
                ("detail", models.TextField()),
                ("seq", models.BigIntegerField(null=True, unique=True)),
                ("previous", models.CharField(max_length=64, null=True)),
                ("digest", models.CharField(max_length=64, null=True)),
                ("algorithm", models.CharField(max_length=8, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("seq", None)), fields=["id"], name="audit_unchained"
                    ),
                    models.Index(fields=["subject", "id"], name="audit_subject"),
                    models.Index(fields=["client_id", "id"], name="audit_client"),
                    models.Index(fields=["type", "id"], name="audit_type"),
                    models.Index(fields=["operator", "id"], name="audit_operator"),
                    models.Index(fields=["device", "id"], name="audit_device"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DataKey",
            fields=[
                ("owner", models.UUIDField(primary_key=True, serialize=False)),
                ("sealed_key", models.BinaryField()),
                ("created_at", models.DateTimeField()),
                ("destroyed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("destroyed_at", None), ("sealed_key", b""), _connector="OR"
                        ),
                        name="data_key_is_empty_once_destroyed",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HourlyCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hour", models.IntegerField()),
                ("kind", models.CharField(max_length=16)),
                ("name", models.CharField(max_length=96)),
                ("outcome", models.CharField(max_length=48)),
                ("client_id", models.CharField(max_length=255)),
                ("number", models.BigIntegerField()),
            ],
            options={
                "db_table": "foundation_hourly_count",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "hour", "name", "outcome", "client_id"),
                        name="foundation_one_count_an_hour",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OutboxMessage",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=64)),
                ("key", models.TextField()),
                ("payload", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("dead", "Dead")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("attempts", models.IntegerField(default=0)),
                ("enqueued_at", models.BigIntegerField()),
                ("due_at", models.BigIntegerField()),
                ("claim", models.CharField(default="", max_length=32)),
                ("last_error", models.TextField(default="")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["due_at"],
                        name="outbox_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state", "waiting"), models.Q(("key", ""), _negated=True)
                        ),
                        fields=("kind", "key"),
                        name="outbox_key_waits_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SigningKeyRow",
            fields=[
                ("kid", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("purpose", models.CharField(default="token", max_length=16)),
                ("alg", models.CharField(max_length=8)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("next", "Next"),
                            ("active", "Active"),
                            ("retiring", "Retiring"),
                            ("retired", "Retired"),
                        ],
                        max_length=8,
                    ),
                ),
                ("sealed_private", models.BinaryField()),
                ("public_jwk", models.JSONField()),
                ("created_at", models.DateTimeField()),
                ("activated_at", models.DateTimeField(null=True)),
                ("retire_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["next", "active"])),
                        fields=("purpose", "alg", "state"),
                        name="one_signing_key_in_each_waiting_or_active_place",
                    )
                ],
            },
        ),
        # Events are completed once, by the chain; checkpoints never change. Neither is deleted.
        protect(AppendOnly(table="foundation_auditrow", frozen=CONTENT, completed_by="seq")),
        protect(
            AppendOnly(table="foundation_auditcheckpoint", frozen=("id", "seq", "at", "token"))
        ),
    ]
