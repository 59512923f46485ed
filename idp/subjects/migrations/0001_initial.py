"""People, documents, evidence and all that hangs on them."""

import django.db.models.deletion
import uuid
from django.db import migrations, models

from idp.foundation.append_only import AppendOnly, protect

EVIDENCE = (
    "id",
    "person_id",
    "sequence",
    "document_id",
    "method",
    "authority",
    "checked_at",
    "outcome",
    "provider_code",
    "provider_reference",
    "device",
    "operator",
    "circumstances",
    "matched_claims",
    "values_digest",
    "identity_level",
    "expires_at",
    "supersedes_id",
    "prev_hash",
    "hash_version",
    "hash",
)
STATUS_CHANGE = (
    "id",
    "person_id",
    "previous",
    "status",
    "reason",
    "actor_kind",
    "actor",
    "reference",
    "evidence_id",
    "at",
)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Person",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("active", "Active"),
                            ("frozen", "Frozen"),
                            ("incapable", "Incapable"),
                            ("deceased", "Deceased"),
                            ("merged", "Merged"),
                            ("deleted", "Deleted"),
                        ],
                        default="active",
                        max_length=16,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="folders",
                        to="subjects.person",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ImportSource",
            fields=[
                ("name", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("settings", models.JSONField(default=dict)),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "db_table": "subjects_import_source",
            },
        ),
        migrations.CreateModel(
            name="Minor",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="subjects.person",
                    ),
                ),
                ("until", models.DateTimeField()),
            ],
            options={
                "db_table": "subjects_minor",
            },
        ),
        migrations.CreateModel(
            name="Disclosure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("person_id", models.UUIDField()),
                ("client_id", models.CharField(max_length=200)),
                ("day", models.CharField(max_length=10)),
                ("digest", models.CharField(max_length=32)),
                ("claims", models.TextField()),
                ("basis", models.CharField(max_length=20)),
                ("times", models.IntegerField()),
                ("first_at", models.BigIntegerField()),
                ("last_at", models.BigIntegerField()),
            ],
            options={
                "db_table": "subjects_disclosure",
                "indexes": [models.Index(fields=["last_at"], name="subjects_disclosure_age")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person_id", "client_id", "day", "digest"),
                        name="subjects_disclosure_once_a_day",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("document_type", models.CharField(max_length=40)),
                ("blind_index", models.BinaryField(max_length=64)),
                ("sealed_number", models.BinaryField()),
                ("sealed_name", models.BinaryField()),
                ("issuer", models.CharField(blank=True, default="", max_length=3)),
                ("version", models.CharField(blank=True, default="", max_length=8)),
                ("issue_count", models.CharField(blank=True, default="", max_length=8)),
                ("valid_until", models.DateField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("live", "Live"),
                            ("replaced", "Replaced"),
                            ("revoked", "Revoked"),
                        ],
                        default="live",
                        max_length=16,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("replaced_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="subjects.person",
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="subjects.document",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("sequence", models.PositiveIntegerField()),
                ("method", models.CharField(max_length=40)),
                ("authority", models.CharField(max_length=80)),
                ("checked_at", models.DateTimeField()),
                ("outcome", models.CharField(max_length=20)),
                ("provider_code", models.CharField(blank=True, max_length=80)),
                ("provider_reference", models.CharField(blank=True, max_length=120)),
                ("device", models.CharField(blank=True, default="", max_length=80)),
                ("operator", models.CharField(blank=True, default="", max_length=80)),
                ("circumstances", models.JSONField(default=list)),
                ("matched_claims", models.JSONField(default=list)),
                ("sealed_values", models.BinaryField(default=b"")),
                ("values_digest", models.BinaryField(default=b"", max_length=32)),
                ("identity_level", models.PositiveSmallIntegerField()),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("prev_hash", models.BinaryField(max_length=32)),
                ("hash_version", models.PositiveSmallIntegerField(default=1)),
                ("hash", models.BinaryField(max_length=32)),
                (
                    "document",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="subjects.document",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="subjects.person",
                    ),
                ),
                (
                    "supersedes",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="subjects.evidence",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DocumentMention",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("document_type", models.CharField(max_length=40)),
                ("blind_index", models.BinaryField(max_length=64)),
                ("source", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="document_mentions",
                        to="subjects.person",
                    ),
                ),
                (
                    "evidence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="subjects.evidence"
                    ),
                ),
            ],
            options={
                "db_table": "subjects_document_mention",
            },
        ),
        migrations.CreateModel(
            name="Guardianship",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("relation", models.CharField(max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[("live", "Live"), ("ended", "Ended")], default="live", max_length=8
                    ),
                ),
                ("began_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("end_reason", models.CharField(blank=True, default="", max_length=40)),
                (
                    "evidence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="subjects.evidence"
                    ),
                ),
                (
                    "guardian",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="wards",
                        to="subjects.person",
                    ),
                ),
                (
                    "ward",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guardianships",
                        to="subjects.person",
                    ),
                ),
            ],
            options={
                "db_table": "subjects_guardianship",
            },
        ),
        migrations.CreateModel(
            name="GuardianConsent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("client_id", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Asked"),
                            ("given", "Given"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ward",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guardian_consents",
                        to="subjects.person",
                    ),
                ),
                (
                    "guardianship",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="subjects.guardianship",
                    ),
                ),
            ],
            options={
                "db_table": "subjects_guardian_consent",
            },
        ),
        migrations.CreateModel(
            name="Identifier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("phone", "Phone"),
                            ("username", "Username"),
                            ("email", "Email"),
                            ("network_number", "Network Number"),
                            ("partner", "Partner"),
                        ],
                        max_length=16,
                    ),
                ),
                ("blind_index", models.BinaryField(max_length=64)),
                ("sealed_value", models.BinaryField()),
                ("verified_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identifiers",
                        to="subjects.person",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("source", models.CharField(max_length=64)),
                ("file_sha256", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("done", "Done"),
                            ("undoing", "Undoing"),
                            ("undone", "Undone"),
                        ],
                        default="running",
                        max_length=16,
                    ),
                ),
                ("line", models.PositiveBigIntegerField(default=0)),
                ("is_clean", models.BooleanField(default=True)),
                ("counts", models.JSONField(default=dict)),
                ("clients", models.JSONField(default=list)),
                ("started_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "db_table": "subjects_import_run",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("running", "undoing"))),
                        fields=("source",),
                        name="subjects_import_one_at_work",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Alias",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("source", models.CharField(max_length=64)),
                ("blind_index", models.BinaryField(max_length=64)),
                ("sealed_value", models.BinaryField()),
                ("is_origin", models.BooleanField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="aliases",
                        to="subjects.person",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="aliases",
                        to="subjects.importrun",
                    ),
                ),
            ],
            options={
                "db_table": "subjects_import_alias",
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("rule", models.CharField(max_length=40)),
                ("actor_kind", models.CharField(max_length=16)),
                ("actor", models.CharField(max_length=80)),
                ("reference", models.CharField(blank=True, default="", max_length=80)),
                (
                    "state",
                    models.CharField(
                        choices=[("done", "Done"), ("undone", "Undone"), ("final", "Final")],
                        default="done",
                        max_length=8,
                    ),
                ),
                ("told", models.JSONField(default=list)),
                ("merged_at", models.DateTimeField()),
                ("undoable_until", models.DateTimeField()),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "retired",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges",
                        to="subjects.person",
                    ),
                ),
                (
                    "survivor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges_survived",
                        to="subjects.person",
                    ),
                ),
            ],
            options={
                "db_table": "subjects_merge",
            },
        ),
        migrations.CreateModel(
            name="PhoneChange",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("blind_index", models.BinaryField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("done", "Done"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="waiting",
                        max_length=16,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="phone_changes",
                        to="subjects.person",
                    ),
                ),
            ],
            options={
                "db_table": "subjects_phone_change",
            },
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("phone", "Phone"), ("email", "Email")], max_length=16
                    ),
                ),
                ("blind_index", models.BinaryField(max_length=64)),
                ("place", models.PositiveSmallIntegerField()),
                ("sealed_value", models.BinaryField()),
                ("added_at", models.DateTimeField()),
                ("proven_at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
                        to="subjects.person",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts_set",
                        to="subjects.person",
                    ),
                ),
            ],
            options={
                "db_table": "subjects_contact",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "kind", "blind_index"), name="subjects_contact_once"
                    ),
                    models.UniqueConstraint(
                        fields=("kind", "blind_index", "place"), name="subjects_contact_place"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("place__gte", 1)),
                        name="subjects_contact_place_counts_from_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PurposeConsent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("purpose", models.CharField(max_length=40)),
                ("notice_version", models.CharField(max_length=40)),
                ("given_at", models.DateTimeField()),
                ("replaced_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="purpose_consents",
                        to="subjects.person",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SelfDescription",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sealed_values", models.BinaryField()),
                ("changed_at", models.DateTimeField()),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="description",
                        to="subjects.person",
                    ),
                ),
            ],
            options={
                "db_table": "subjects_self_description",
            },
        ),
        migrations.CreateModel(
            name="StatusChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("previous", models.CharField(max_length=16)),
                ("status", models.CharField(max_length=16)),
                ("reason", models.CharField(max_length=40)),
                ("actor_kind", models.CharField(max_length=16)),
                ("actor", models.CharField(max_length=80)),
                ("reference", models.CharField(blank=True, default="", max_length=80)),
                ("at", models.DateTimeField()),
                (
                    "evidence",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="subjects.evidence",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="status_changes",
                        to="subjects.person",
                    ),
                ),
            ],
            options={
                "db_table": "subjects_status_change",
            },
        ),
        migrations.CreateModel(
            name="SubjectAlias",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject_type", models.CharField(max_length=8)),
                ("sector", models.CharField(blank=True, max_length=255)),
                ("known_as", models.UUIDField()),
                (
                    "merge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="aliases",
                        to="subjects.merge",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subject_aliases",
                        to="subjects.person",
                    ),
                ),
            ],
            options={
                "db_table": "subjects_alias",
            },
        ),
        migrations.CreateModel(
            name="DeletionRequest",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="deletion",
                        serialize=False,
                        to="subjects.person",
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
            ],
            options={
                "db_table": "subjects_deletion_request",
                "indexes": [models.Index(fields=["due_at"], name="subjects_deletion_due")],
            },
        ),
        migrations.CreateModel(
            name="LevelRow",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="subjects.person",
                    ),
                ),
                ("level", models.PositiveSmallIntegerField(null=True)),
                ("until", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "subjects_level",
                "indexes": [
                    models.Index(
                        condition=models.Q(("until__isnull", False)),
                        fields=["until"],
                        name="subjects_level_ends",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("client_id", models.CharField(max_length=200)),
                ("scope", models.JSONField(default=list)),
                ("userinfo_claims", models.JSONField(default=list)),
                ("id_token_claims", models.JSONField(default=list)),
                ("offered_scope", models.JSONField(default=list)),
                ("offered_userinfo_claims", models.JSONField(default=list)),
                ("offered_id_token_claims", models.JSONField(default=list)),
                ("notice_version", models.CharField(blank=True, max_length=40)),
                (
                    "basis",
                    models.CharField(
                        choices=[("consent", "Consent"), ("statutory_duty", "Statutory Duty")],
                        default="consent",
                        max_length=20,
                    ),
                ),
                ("granted_at", models.DateTimeField()),
                ("replaced_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to="subjects.person",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None), ("replaced_at", None)),
                        fields=("person", "client_id"),
                        name="subjects_consent_one_live",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Authenticator",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("password", "Password"),
                            ("sms", "Sms"),
                            ("email", "Email"),
                            ("passkey", "Passkey"),
                            ("totp", "Totp"),
                            ("face", "Face"),
                            ("recovery_code", "Recovery Code"),
                        ],
                        max_length=20,
                    ),
                ),
                ("handle", models.BinaryField(max_length=32, null=True)),
                ("hash", models.CharField(blank=True, max_length=200)),
                ("sealed_label", models.BinaryField(default=b"")),
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
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="authenticators",
                        to="subjects.person",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("hash", "pending")),
                        fields=["id"],
                        name="subjects_password_pending",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "handle"), name="subjects_authenticator_handle_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "passkey"), _negated=True),
                        fields=("person", "kind"),
                        name="subjects_authenticator_one_of_a_kind",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(
                fields=["document_type", "blind_index"], name="subjects_document_ever"
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "live")),
                fields=("document_type", "blind_index"),
                name="subjects_document_one_live",
            ),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.UniqueConstraint(
                fields=("person", "sequence"), name="subjects_evidence_sequence"
            ),
        ),
        migrations.AddIndex(
            model_name="documentmention",
            index=models.Index(
                fields=["document_type", "blind_index"], name="subjects_mention_by_document"
            ),
        ),
        migrations.AddIndex(
            model_name="guardianship",
            index=models.Index(
                condition=models.Q(("state", "live")),
                fields=["ends_at"],
                name="subjects_guardianship_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="guardianship",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "live")),
                fields=("ward", "guardian"),
                name="subjects_guardianship_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="guardianconsent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("asked", "given"))),
                fields=("ward", "client_id"),
                name="subjects_guardian_consent_one_live",
            ),
        ),
        migrations.AddConstraint(
            model_name="identifier",
            constraint=models.UniqueConstraint(
                fields=("kind", "blind_index"), name="subjects_identifier_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="alias",
            constraint=models.UniqueConstraint(
                fields=("source", "blind_index"), name="subjects_alias_once_in_a_source"
            ),
        ),
        migrations.AddIndex(
            model_name="merge",
            index=models.Index(
                condition=models.Q(("state", "done")),
                fields=["undoable_until"],
                name="subjects_merge_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "undone"), _negated=True),
                fields=("retired",),
                name="subjects_merge_once",
            ),
        ),
        migrations.AddIndex(
            model_name="phonechange",
            index=models.Index(fields=["blind_index"], name="subjects_phone_change_by"),
        ),
        migrations.AddConstraint(
            model_name="phonechange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")),
                fields=("person",),
                name="subjects_phone_change_one_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="purposeconsent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None), ("replaced_at", None)),
                fields=("person", "purpose"),
                name="subjects_purpose_consent_one_live",
            ),
        ),
        migrations.AddConstraint(
            model_name="subjectalias",
            constraint=models.UniqueConstraint(
                fields=("person", "subject_type", "sector"), name="subjects_alias_once"
            ),
        ),
        # Values of evidence may be emptied once they have served: links cover their digest.
        protect(AppendOnly(table="subjects_evidence", frozen=EVIDENCE, emptied=("sealed_values",))),
        protect(AppendOnly(table="subjects_status_change", frozen=STATUS_CHANGE)),
    ]
