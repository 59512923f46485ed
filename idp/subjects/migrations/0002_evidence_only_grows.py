"""Evidence is never edited: the database itself refuses."""

from django.db import migrations

from idp.foundation.append_only import AppendOnly, protect


class Migration(migrations.Migration):
    dependencies = [("subjects", "0001_initial"), ("foundation", "0003_audit_only_grows")]
    operations = [
        protect(
            AppendOnly(
                table="subjects_evidence",
                frozen=(
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
                    "matched_claims",
                    "sealed_values",
                    "identity_level",
                    "expires_at",
                    "supersedes_id",
                    "prev_hash",
                    "hash",
                ),
            )
        )
    ]
