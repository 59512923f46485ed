"""Values of evidence may be emptied once they have served: links cover their digest instead."""

from django.db import migrations, models

from idp.foundation.append_only import AppendOnly, protect

FROZEN = (
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
    "values_digest",
    "identity_level",
    "expires_at",
    "supersedes_id",
    "prev_hash",
    "hash_version",
    "hash",
)


class Migration(migrations.Migration):
    dependencies = [("subjects", "0015_disclosures_and_deletion")]
    operations = [
        migrations.AddField(
            model_name="evidence",
            name="values_digest",
            field=models.BinaryField(default=b"", max_length=32),
        ),
        protect(
            AppendOnly(table="subjects_evidence", frozen=FROZEN, emptied=("sealed_values",))
        ),
    ]
