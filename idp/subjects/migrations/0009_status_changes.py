"""What became of accounts is kept, and only grows."""

import django.db.models.deletion
from django.db import migrations, models

from idp.foundation.append_only import AppendOnly, protect

STATUSES = [
    ("active", "Active"),
    ("frozen", "Frozen"),
    ("incapable", "Incapable"),
    ("deceased", "Deceased"),
    ("merged", "Merged"),
    ("deleted", "Deleted"),
]
FROZEN = (
    "id",
    "person_id",
    "previous",
    "status",
    "reason",
    "actor_kind",
    "actor",
    "reference",
    "evidence_id",
    "at",
)


class Migration(migrations.Migration):
    dependencies = [("subjects", "0008_phone_changes")]

    operations = [
        migrations.AlterField(
            model_name="person",
            name="status",
            field=models.CharField(choices=STATUSES, default="active", max_length=16),
        ),
        migrations.CreateModel(
            name="StatusChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("previous", models.CharField(max_length=16)),
                ("status", models.CharField(max_length=16)),
                ("reason", models.CharField(max_length=40)),
                ("actor_kind", models.CharField(max_length=16)),
                ("actor", models.CharField(max_length=80)),
                ("reference", models.CharField(blank=True, default="", max_length=80)),
                ("at", models.DateTimeField()),
                (
                    "evidence",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="subjects.evidence",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="status_changes",
                        to="subjects.person",
                    ),
                ),
            ],
            options={"db_table": "subjects_status_change"},
        ),
        protect(AppendOnly(table="subjects_status_change", frozen=FROZEN)),
    ]
