
import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('subjects', '0012_network_numbers_and_partners'),
    ]

    operations = [
        migrations.CreateModel(
            name='PurposeConsent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('purpose', models.CharField(max_length=40)),
                ('notice_version', models.CharField(max_length=40)),
                ('given_at', models.DateTimeField()),
                ('replaced_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='purpose_consents', to='subjects.person')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at', None), ('replaced_at', None)), fields=('person', 'purpose'), name='subjects_purpose_consent_one_live')],
            },
        ),
    ]
