from django.db import migrations

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
    """Events are completed once, by the chain; checkpoints never change. Neither is ever deleted."""

    dependencies = [("foundation", "0002_audit_and_outbox")]

    operations = [
        protect(AppendOnly(table="foundation_auditrow", frozen=CONTENT, completed_by="seq")),
        protect(AppendOnly(table="foundation_auditcheckpoint", frozen=("id", "seq", "at", "token"))),
    ]
