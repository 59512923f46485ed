from django.db import migrations

from idp.foundation.append_only import AppendOnly, protect


class Migration(migrations.Migration):
    """Whose an account is, its name and its role never change, and no account is ever deleted."""

    dependencies = [("staff", "0001_staff_accounts"), ("foundation", "0003_audit_only_grows")]

    operations = [
        protect(
            AppendOnly(
                table="staff_account",
                frozen=("id", "username", "role", "department", "person_index", "created_at"),
            )
        ),
    ]
