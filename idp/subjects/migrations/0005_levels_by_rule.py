"""Evidence says more of how it came about, and a level's end is noticed."""

import django.db.models.deletion
from django.db import migrations, models

from idp.foundation.append_only import AppendOnly, protect

EVIDENCE = (
    "id",
    "person_id",
    "sequence",
    "document_id",
    "method",
    "authority",
    "checked_at",
    "outcome",
    "provider_code",
    "provider_reference",
    "device",
    "operator",
    "circumstances",
    "matched_claims",
    "sealed_values",
    "identity_level",
    "expires_at",
    "supersedes_id",
    "prev_hash",
    "hash_version",
    "hash",
)

# Everybody is due for a first look, which tells nobody.
EVERYBODY_IS_DUE = """
INSERT INTO subjects_level (person_id, level, until)
SELECT id, NULL, created_at FROM subjects_person
"""


class Migration(migrations.Migration):
    dependencies = [("subjects", "0004_documents_have_history")]
    operations = [
        migrations.AddField(
            "evidence", "device", models.CharField(blank=True, default="", max_length=80)
        ),
        migrations.AddField(
            "evidence", "operator", models.CharField(blank=True, default="", max_length=80)
        ),
        migrations.AddField("evidence", "circumstances", models.JSONField(default=list)),
        migrations.AddField(
            "evidence", "hash_version", models.PositiveSmallIntegerField(default=1)
        ),
        # SQLite rebuilt the table, and its triggers went with the old one.
        protect(AppendOnly(table="subjects_evidence", frozen=EVIDENCE)),
        migrations.CreateModel(
            name="LevelRow",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="subjects.person",
                    ),
                ),
                ("level", models.PositiveSmallIntegerField(null=True)),
                ("until", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "subjects_level",
                "indexes": [
                    models.Index(
                        condition=models.Q(("until__isnull", False)),
                        fields=["until"],
                        name="subjects_level_ends",
                    )
                ],
            },
        ),
        migrations.RunSQL(EVERYBODY_IS_DUE, migrations.RunSQL.noop),
    ]
