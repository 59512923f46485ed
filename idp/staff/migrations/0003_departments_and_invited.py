import django.db.models.deletion
import uuid
from django.db import migrations, models

from idp.foundation.append_only import AppendOnly, protect


class Migration(migrations.Migration):
    """Departments, the invited and the suspended; the rebuilt tables are protected again."""

    dependencies = [
        ('staff', '0002_roles_are_for_life'),
    ]

    operations = [
        migrations.CreateModel(
            name='StaffDepartment',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=128, unique=True)),
                ('external_id', models.CharField(blank=True, default='', max_length=128)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'staff_department',
            },
        ),
        migrations.AddField(
            model_name='staffaccount',
            name='sealed_external_id',
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name='staffaccount',
            name='sealed_number',
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name='staffaccount',
            name='suspended_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='staffaccount',
            name='updated_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='staffaccount',
            name='status',
            field=models.CharField(choices=[('invited', 'Invited'), ('active', 'Active'), ('closed', 'Closed')], default='active', max_length=16),
        ),
        migrations.AddField(
            model_name='staffaccount',
            name='works_in',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='staff', to='staff.staffdepartment'),
        ),
        migrations.CreateModel(
            name='StaffNumber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('index', models.BinaryField(max_length=32)),
                ('is_open', models.BooleanField(default=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='numbers', to='staff.staffaccount')),
            ],
            options={
                'db_table': 'staff_number',
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_open', True)), fields=('index',), name='staff_number_of_one_open_account')],
            },
        ),
        protect(
            AppendOnly(
                table="staff_account",
                frozen=("id", "username", "role", "department", "person_index", "created_at"),
            )
        ),
    ]
