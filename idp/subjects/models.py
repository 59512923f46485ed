"""The tables of people: who they are, how they are found, what proves it and what they agreed to.

Personal data stands only in sealed columns; it is found by blind indexes. Services in this room
write them; other rooms ask the services.
"""

import uuid

from django.db import models
from django.db.models import Q

from idp.subjects.contact_models import Contact
from idp.subjects.guardian_models import GuardianConsent, Guardianship, Minor
from idp.subjects.imports.models import Alias, ImportRun, ImportSource
from idp.subjects.merge_models import DocumentMention, Merge, SubjectAlias
from idp.subjects.record_models import DeletionRequest, Disclosure
from idp.subjects.status_models import StatusChange

__all__ = [
    "Alias",
    "Authenticator",
    "Consent",
    "Contact",
    "DeletionRequest",
    "Disclosure",
    "Document",
    "DocumentMention",
    "Evidence",
    "GuardianConsent",
    "Guardianship",
    "Identifier",
    "ImportRun",
    "ImportSource",
    "LevelRow",
    "Merge",
    "Minor",
    "Person",
    "PhoneChange",
    "SelfDescription",
    "StatusChange",
    "SubjectAlias",
]


class Person(models.Model):
    """One natural person, whatever their documents. Holds no personal data of its own."""

    class Status(models.TextChoices):
        """Whether the account may be used."""

        ACTIVE = "active"
        FROZEN = "frozen"
        INCAPABLE = "incapable"
        DECEASED = "deceased"
        MERGED = "merged"
        DELETED = "deleted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    status = models.CharField(max_length=16, choices=Status, default=Status.ACTIVE)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="folders"
    )


class Identifier(models.Model):
    """Something a person can be found by. Unique per kind, by its blind index."""

    class Kind(models.TextChoices):
        """What the identifier is."""

        PHONE = "phone"
        USERNAME = "username"
        EMAIL = "email"
        NETWORK_NUMBER = "network_number"
        PARTNER = "partner"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="identifiers")
    kind = models.CharField(max_length=16, choices=Kind)
    blind_index = models.BinaryField(max_length=64)
    sealed_value = models.BinaryField()
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Its table."""

        constraints = [
            models.UniqueConstraint(fields=["kind", "blind_index"], name="subjects_identifier_once")
        ]


class Authenticator(models.Model):
    """Something a person proves themselves with; one row each, a set of recovery codes included.

    `hash` keeps a password (argon2id), `sealed_secret` what else must be kept; `handle` is the
    SHA-256 of a passkey's credential id. `counter` only grows: a passkey's signatures, the last
    time step of a code generator, the recovery codes used, how often a face was compared.
    """

    class Kind(models.TextChoices):
        """What it is; `idp.subjects.authenticators.kinds` declares what it proves."""

        PASSWORD = "password"  # noqa: S105 - the name of a kind
        SMS = "sms"
        EMAIL = "email"
        PASSKEY = "passkey"
        TOTP = "totp"
        FACE = "face"
        RECOVERY_CODE = "recovery_code"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="authenticators")
    kind = models.CharField(max_length=20, choices=Kind)
    handle = models.BinaryField(max_length=32, null=True)
    hash = models.CharField(max_length=200, blank=True)
    sealed_label = models.BinaryField(default=b"")
    sealed_secret = models.BinaryField(default=b"")
    counter = models.BigIntegerField(default=0)
    drift = models.SmallIntegerField(default=0)
    aaguid = models.UUIDField(null=True)
    is_backup_eligible = models.BooleanField(default=False)
    is_backed_up = models.BooleanField(default=False)
    is_hardware_bound = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        """Its table."""

        indexes = [
            models.Index(
                fields=["id"], name="subjects_password_pending", condition=Q(hash="pending")
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "handle"], name="subjects_authenticator_handle_once"
            ),
            models.UniqueConstraint(
                fields=["person", "kind"],
                condition=~Q(kind="passkey"),
                name="subjects_authenticator_one_of_a_kind",
            ),
        ]


class PhoneChange(models.Model):
    """A person's wish to sign in with another number, held so that the old one can object.

    The new number is kept as its blind index alone: it is typed again when the change is done.
    """

    class State(models.TextChoices):
        """What became of it."""

        WAITING = "waiting"
        DONE = "done"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="phone_changes")
    blind_index = models.BinaryField(max_length=64)
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        """Its table."""

        db_table = "subjects_phone_change"
        indexes = [models.Index(fields=["blind_index"], name="subjects_phone_change_by")]
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(state="waiting"),
                name="subjects_phone_change_one_waits",
            )
        ]


class SelfDescription(models.Model):
    """What a person says of themselves, sealed as one JSON object."""

    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="description")
    sealed_values = models.BinaryField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "subjects_self_description"


class Document(models.Model):
    """An identity document of a person. A live document belongs to one person only.

    What it was before a renewal stays as a `REPLACED` row that names the row it became.
    """

    class State(models.TextChoices):
        """Whether the document counts."""

        LIVE = "live"
        REPLACED = "replaced"
        REVOKED = "revoked"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="documents")
    document_type = models.CharField(max_length=40)
    blind_index = models.BinaryField(max_length=64)
    sealed_number = models.BinaryField()
    sealed_name = models.BinaryField()
    issuer = models.CharField(max_length=3, blank=True, default="")
    version = models.CharField(max_length=8, blank=True, default="")
    issue_count = models.CharField(max_length=8, blank=True, default="")
    valid_until = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=16, choices=State, default=State.LIVE)
    created_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)
    replaced_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True)

    class Meta:
        """Its table."""

        constraints = [
            models.UniqueConstraint(
                fields=["document_type", "blind_index"],
                condition=Q(state="live"),
                name="subjects_document_one_live",
            )
        ]
        indexes = [
            models.Index(fields=["document_type", "blind_index"], name="subjects_document_ever")
        ]


class Evidence(models.Model):
    """One link of a person's chain of evidence. Written once; later rows supersede or revoke it.

    `hash` covers every other column as stored (sealed ones as ciphertext) and `prev_hash`, so the
    chain still verifies after the person's data key is destroyed; `hash_version` says by which
    list of columns. From version 3 on it covers `values_digest`, the SHA-256 of the sealed values,
    in their place: these may be emptied when they have served. `device` and `operator` name an
    enrolled device and a member of staff, `circumstances` are level rules' conditions.
    `identity_level` is the most that the authority's answer may be worth; what it is worth is
    computed by the rules.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="evidence")
    sequence = models.PositiveIntegerField()
    document = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, blank=True)
    method = models.CharField(max_length=40)
    authority = models.CharField(max_length=80)
    checked_at = models.DateTimeField()
    outcome = models.CharField(max_length=20)
    provider_code = models.CharField(max_length=80, blank=True)
    provider_reference = models.CharField(max_length=120, blank=True)
    device = models.CharField(max_length=80, blank=True, default="")
    operator = models.CharField(max_length=80, blank=True, default="")
    circumstances = models.JSONField(default=list)
    matched_claims = models.JSONField(default=list)
    sealed_values = models.BinaryField(default=b"")
    values_digest = models.BinaryField(max_length=32, default=b"")
    identity_level = models.PositiveSmallIntegerField()
    expires_at = models.DateTimeField(null=True, blank=True)
    supersedes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True)
    prev_hash = models.BinaryField(max_length=32)
    hash_version = models.PositiveSmallIntegerField(default=1)
    hash = models.BinaryField(max_length=32)

    class Meta:
        """Its table."""

        constraints = [
            models.UniqueConstraint(
                fields=["person", "sequence"], name="subjects_evidence_sequence"
            )
        ]


class LevelRow(models.Model):
    """The level that was last computed for a person, so that its end is noticed when it comes.

    Nobody decides by it: levels are computed from the chain. `level` is None until the first time.
    """

    person = models.OneToOneField(Person, on_delete=models.PROTECT, primary_key=True)
    level = models.PositiveSmallIntegerField(null=True)
    until = models.DateTimeField(null=True)

    class Meta:
        """Its table."""

        db_table = "subjects_level"
        indexes = [
            models.Index(
                fields=["until"], name="subjects_level_ends", condition=Q(until__isnull=False)
            )
        ]


class Consent(models.Model):
    """What a person let a client know, and what they were asked. One live row per pair.

    `offered_*` hold all they were asked, so that an unticked claim is remembered as declined and
    not asked for again at every login.
    """

    class Basis(models.TextChoices):
        """The legal ground (PIPL 13)."""

        CONSENT = "consent"
        STATUTORY_DUTY = "statutory_duty"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="consents")
    client_id = models.CharField(max_length=200)
    scope = models.JSONField(default=list)
    userinfo_claims = models.JSONField(default=list)
    id_token_claims = models.JSONField(default=list)
    offered_scope = models.JSONField(default=list)
    offered_userinfo_claims = models.JSONField(default=list)
    offered_id_token_claims = models.JSONField(default=list)
    notice_version = models.CharField(max_length=40, blank=True)
    basis = models.CharField(max_length=20, choices=Basis, default=Basis.CONSENT)
    granted_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Its table."""

        constraints = [
            models.UniqueConstraint(
                fields=["person", "client_id"],
                condition=Q(withdrawn_at=None) & Q(replaced_at=None),
                name="subjects_consent_one_live",
            )
        ]


class PurposeConsent(models.Model):
    """What a person let us do for one purpose of its own, such as comparing their face."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="purpose_consents")
    purpose = models.CharField(max_length=40)
    notice_version = models.CharField(max_length=40)
    given_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Its table."""

        constraints = [
            models.UniqueConstraint(
                fields=["person", "purpose"],
                condition=Q(withdrawn_at=None) & Q(replaced_at=None),
                name="subjects_purpose_consent_one_live",
            )
        ]
