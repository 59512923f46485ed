"""Duplicates are merged by a pointer, and can be undone."""

import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('subjects', '0009_status_changes'),
    ]

    operations = [
        migrations.CreateModel(
            name='DocumentMention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('document_type', models.CharField(max_length=40)),
                ('blind_index', models.BinaryField(max_length=64)),
                ('source', models.CharField(max_length=20)),
                ('at', models.DateTimeField()),
            ],
            options={
                'db_table': 'subjects_document_mention',
            },
        ),
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('rule', models.CharField(max_length=40)),
                ('actor_kind', models.CharField(max_length=16)),
                ('actor', models.CharField(max_length=80)),
                ('reference', models.CharField(blank=True, default='', max_length=80)),
                ('state', models.CharField(choices=[('done', 'Done'), ('undone', 'Undone'), ('final', 'Final')], default='done', max_length=8)),
                ('told', models.JSONField(default=list)),
                ('merged_at', models.DateTimeField()),
                ('undoable_until', models.DateTimeField()),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'db_table': 'subjects_merge',
            },
        ),
        migrations.CreateModel(
            name='SubjectAlias',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject_type', models.CharField(max_length=8)),
                ('sector', models.CharField(blank=True, max_length=255)),
                ('known_as', models.UUIDField()),
            ],
            options={
                'db_table': 'subjects_alias',
            },
        ),
        migrations.AlterField(
            model_name='person',
            name='merged_into',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='folders', to='subjects.person'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(fields=['document_type', 'blind_index'], name='subjects_document_ever'),
        ),
        migrations.AddField(
            model_name='documentmention',
            name='evidence',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='subjects.evidence'),
        ),
        migrations.AddField(
            model_name='documentmention',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='document_mentions', to='subjects.person'),
        ),
        migrations.AddField(
            model_name='merge',
            name='retired',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merges', to='subjects.person'),
        ),
        migrations.AddField(
            model_name='merge',
            name='survivor',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merges_survived', to='subjects.person'),
        ),
        migrations.AddField(
            model_name='subjectalias',
            name='merge',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='aliases', to='subjects.merge'),
        ),
        migrations.AddField(
            model_name='subjectalias',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subject_aliases', to='subjects.person'),
        ),
        migrations.AddIndex(
            model_name='documentmention',
            index=models.Index(fields=['document_type', 'blind_index'], name='subjects_mention_by_document'),
        ),
        migrations.AddIndex(
            model_name='merge',
            index=models.Index(condition=models.Q(('state', 'done')), fields=['undoable_until'], name='subjects_merge_due'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'undone'), _negated=True), fields=('retired',), name='subjects_merge_once'),
        ),
        migrations.AddConstraint(
            model_name='subjectalias',
            constraint=models.UniqueConstraint(fields=('person', 'subject_type', 'sector'), name='subjects_alias_once'),
        ),
    ]
