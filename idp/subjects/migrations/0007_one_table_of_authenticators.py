"""Passwords and proven phones become rows of the one table of authenticators.

A phone counts as used at the upgrade: when it was used before is not known.
"""

from django.db import migrations
from django.db.models.functions import Now


def take_over(apps, schema_editor):
    authenticators = apps.get_model("subjects", "Authenticator").objects
    for kept in apps.get_model("subjects", "PasswordCredential").objects.iterator():
        authenticators.create(
            person_id=kept.person_id,
            kind="password",
            hash=kept.hash,
            created_at=kept.changed_at,
        )
    phones = apps.get_model("subjects", "Identifier").objects.filter(kind="phone")
    for phone in phones.exclude(verified_at=None).order_by("id").iterator():
        authenticators.get_or_create(
            person_id=phone.person_id,
            kind="sms",
            defaults={"created_at": phone.verified_at, "last_used_at": Now()},
        )


def give_back(apps, schema_editor):
    passwords = apps.get_model("subjects", "PasswordCredential").objects
    for row in apps.get_model("subjects", "Authenticator").objects.filter(kind="password"):
        passwords.create(person_id=row.person_id, hash=row.hash, changed_at=row.created_at)


class Migration(migrations.Migration):
    dependencies = [("subjects", "0006_authenticators")]
    operations = [
        migrations.RunPython(take_over, give_back),
        migrations.DeleteModel(name="PasswordCredential"),
    ]
