from django.db import migrations, models


class Migration(migrations.Migration):
    """A certificate may be a second factor."""

    dependencies = [
        ('staff', '0004_departments_and_numbers'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='staffauthenticator',
            name='staff_authenticator_is_of_a_known_kind',
        ),
        migrations.AddConstraint(
            model_name='staffauthenticator',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['passkey', 'totp', 'certificate'])), name='staff_authenticator_is_of_a_known_kind'),
        ),
    ]
