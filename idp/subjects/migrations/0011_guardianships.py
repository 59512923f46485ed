"""Children under 14, their guardians, and what these agreed to."""

import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('subjects', '0010_merges'),
    ]

    operations = [
        migrations.CreateModel(
            name='Minor',
            fields=[
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='subjects.person')),
                ('until', models.DateTimeField()),
            ],
            options={
                'db_table': 'subjects_minor',
            },
        ),
        migrations.CreateModel(
            name='Guardianship',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('relation', models.CharField(max_length=20)),
                ('state', models.CharField(choices=[('live', 'Live'), ('ended', 'Ended')], default='live', max_length=8)),
                ('began_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.CharField(blank=True, default='', max_length=40)),
                ('evidence', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='subjects.evidence')),
                ('guardian', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='wards', to='subjects.person')),
                ('ward', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='guardianships', to='subjects.person')),
            ],
            options={
                'db_table': 'subjects_guardianship',
            },
        ),
        migrations.CreateModel(
            name='GuardianConsent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('client_id', models.CharField(max_length=200)),
                ('state', models.CharField(choices=[('asked', 'Asked'), ('given', 'Given'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='asked', max_length=10)),
                ('asked_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('ward', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='guardian_consents', to='subjects.person')),
                ('guardianship', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='subjects.guardianship')),
            ],
            options={
                'db_table': 'subjects_guardian_consent',
            },
        ),
        migrations.AddIndex(
            model_name='guardianship',
            index=models.Index(condition=models.Q(('state', 'live')), fields=['ends_at'], name='subjects_guardianship_due'),
        ),
        migrations.AddConstraint(
            model_name='guardianship',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'live')), fields=('ward', 'guardian'), name='subjects_guardianship_once'),
        ),
        migrations.AddConstraint(
            model_name='guardianconsent',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('asked', 'given'))), fields=('ward', 'client_id'), name='subjects_guardian_consent_one_live'),
        ),
    ]
