"""A grant remembers how verified claims were asked for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tokens", "0001_initial")]
    operations = [
        migrations.AddField("grantrow", "verified_claims", models.TextField(default="")),
    ]
