"""Accounts of staff, their departments, authenticators and sessions; alerts."""

import django.db.models.deletion
import uuid
from django.db import migrations, models

from idp.foundation.append_only import AppendOnly, protect


class Migration(migrations.Migration):
    initial = True
    replaces = [  # what databases made before the first release have applied
        ("staff", "0001_staff_accounts"),
        ("staff", "0002_roles_are_for_life"),
        ("staff", "0003_departments_and_invited"),
        ("staff", "0004_departments_and_numbers"),
        ("staff", "0005_certificates"),
        ("staff", "0006_alerts"),
    ]

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="StaffDepartment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=128, unique=True)),
                ("external_id", models.CharField(blank=True, default="", max_length=128)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "db_table": "staff_department",
            },
        ),
        migrations.CreateModel(
            name="AlertRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("type", models.CharField(max_length=64)),
                ("severity", models.CharField(max_length=8)),
                ("client_id", models.CharField(max_length=255)),
                ("subject", models.CharField(max_length=64)),
                ("about", models.CharField(max_length=120)),
                ("event", models.BigIntegerField()),
                ("times", models.IntegerField(default=1)),
                ("raised_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                ("acknowledged_by", models.CharField(blank=True, default="", max_length=64)),
                ("verdict", models.CharField(blank=True, default="", max_length=16)),
                ("reference", models.CharField(blank=True, default="", max_length=40)),
                ("note", models.CharField(blank=True, default="", max_length=200)),
            ],
            options={
                "db_table": "staff_alert",
                "indexes": [
                    models.Index(fields=["-last_at"], name="staff_alert_last"),
                    models.Index(
                        condition=models.Q(("acknowledged_at", None)),
                        fields=["type"],
                        name="staff_alert_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StaffAccount",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("username", models.CharField(max_length=64, unique=True)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("system", "System"),
                            ("security", "Security"),
                            ("audit", "Audit"),
                            ("department", "Department"),
                            ("supervisor", "Supervisor"),
                        ],
                        max_length=16,
                    ),
                ),
                ("department", models.CharField(blank=True, default="", max_length=128)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("invited", "Invited"),
                            ("active", "Active"),
                            ("closed", "Closed"),
                        ],
                        default="active",
                        max_length=16,
                    ),
                ),
                ("person_index", models.BinaryField(max_length=32)),
                ("sealed_name", models.BinaryField()),
                ("directory_id", models.CharField(max_length=255, null=True, unique=True)),
                ("password_hash", models.CharField(blank=True, default="", max_length=200)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("locked_until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("last_signed_in_at", models.DateTimeField(null=True)),
                ("suspended_at", models.DateTimeField(null=True)),
                ("sealed_external_id", models.BinaryField(null=True)),
                ("external_index", models.BinaryField(db_index=True, max_length=32, null=True)),
                ("sealed_number", models.BinaryField(null=True)),
                ("updated_at", models.DateTimeField(null=True)),
                (
                    "works_in",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="staff",
                        to="staff.staffdepartment",
                    ),
                ),
            ],
            options={
                "db_table": "staff_account",
            },
        ),
        migrations.CreateModel(
            name="StaffEnrolment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("token_sha256", models.BinaryField(max_length=32, unique=True)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("system", "System"),
                            ("security", "Security"),
                            ("audit", "Audit"),
                            ("department", "Department"),
                            ("supervisor", "Supervisor"),
                        ],
                        max_length=16,
                    ),
                ),
                ("department", models.CharField(blank=True, default="", max_length=128)),
                ("made_by", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enrolments",
                        to="staff.staffaccount",
                    ),
                ),
            ],
            options={
                "db_table": "staff_enrolment",
            },
        ),
        migrations.CreateModel(
            name="StaffNumber",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("index", models.BinaryField(max_length=32)),
                ("is_open", models.BooleanField(default=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="numbers",
                        to="staff.staffaccount",
                    ),
                ),
            ],
            options={
                "db_table": "staff_number",
            },
        ),
        migrations.CreateModel(
            name="StaffSession",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("secret_hash", models.CharField(max_length=64, unique=True)),
                ("started_at", models.DateTimeField()),
                ("authenticated_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("second_factor", models.CharField(max_length=20)),
                ("ended_at", models.DateTimeField(null=True)),
                ("end_reason", models.CharField(blank=True, default="", max_length=40)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sessions",
                        to="staff.staffaccount",
                    ),
                ),
            ],
            options={
                "db_table": "staff_session",
            },
        ),
        migrations.CreateModel(
            name="StaffAuthenticator",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("handle", models.BinaryField(max_length=32, null=True)),
                ("sealed_secret", models.BinaryField(default=b"")),
                ("counter", models.BigIntegerField(default=0)),
                ("drift", models.SmallIntegerField(default=0)),
                ("aaguid", models.UUIDField(null=True)),
                ("is_backup_eligible", models.BooleanField(default=False)),
                ("is_backed_up", models.BooleanField(default=False)),
                ("is_hardware_bound", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="authenticators",
                        to="staff.staffaccount",
                    ),
                ),
            ],
            options={
                "db_table": "staff_authenticator",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "handle"), name="staff_authenticator_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["passkey", "totp", "certificate"])),
                        name="staff_authenticator_is_of_a_known_kind",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="staffaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("role__in", ["system", "security", "audit", "department", "supervisor"])
                ),
                name="staff_account_has_one_known_role",
            ),
        ),
        migrations.AddConstraint(
            model_name="staffaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("role", "department"), models.Q(("department", ""), _negated=True)),
                    models.Q(models.Q(("role", "department"), _negated=True), ("department", "")),
                    _connector="OR",
                ),
                name="staff_account_is_bound_to_a_department_by_its_role",
            ),
        ),
        migrations.AddConstraint(
            model_name="staffaccount",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "closed"), _negated=True),
                fields=("person_index",),
                name="staff_account_one_for_each_member",
            ),
        ),
        migrations.AddConstraint(
            model_name="staffnumber",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_open", True)),
                fields=("index",),
                name="staff_number_of_one_open_account",
            ),
        ),
        # Whose an account is, its name and its role never change, and none is ever deleted.
        protect(
            AppendOnly(
                table="staff_account",
                frozen=("id", "username", "role", "department", "person_index", "created_at"),
            )
        ),
    ]
