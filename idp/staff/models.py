"""The tables of staff. Names stand sealed; who somebody is, is found by a blind index.

An account's role, its user name and whose it is never change (a trigger sees to it): another role
is another account, made after the first is closed.
"""

import uuid

from django.db import models
from django.db.models import Q

from idp.staff.alerts.models import AlertRow

__all__ = ["AlertRow"]


class StaffDepartment(models.Model):
    """A department of the city, by the name that clients and accounts bear; it never changes.

    `external_id` is what the system that keeps the city's staff calls it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=128, unique=True)
    external_id = models.CharField(max_length=128, blank=True, default="")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        """Its table."""

        db_table = "staff_department"


class StaffAccount(models.Model):
    """One account of one member of staff, in one role.

    `person_index` is the blind index of the member's staff number. `directory_id` names the entry
    of an outside directory that checks the password; without one the hash stands here.
    `department` is the one whose clients a department administrator sees, `works_in` where a
    member of any role works. `sealed_external_id` is what the system that keeps the city's staff
    calls them, found by its blind index. A suspended account keeps all it has, and opens nothing.
    """

    class Role(models.TextChoices):
        """As `idp.staff.roles`."""

        SYSTEM = "system"
        SECURITY = "security"
        AUDIT = "audit"
        DEPARTMENT = "department"
        SUPERVISOR = "supervisor"

    class Status(models.TextChoices):
        """Whether it may be used; the invited have yet to come, what is closed stays closed."""

        INVITED = "invited"
        ACTIVE = "active"
        CLOSED = "closed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=16, choices=Role)
    department = models.CharField(max_length=128, blank=True, default="")
    status = models.CharField(max_length=16, choices=Status, default=Status.ACTIVE)
    person_index = models.BinaryField(max_length=32)
    sealed_name = models.BinaryField()
    directory_id = models.CharField(max_length=255, null=True, unique=True)  # noqa: DJ001 - unique where there is one
    password_hash = models.CharField(max_length=200, blank=True, default="")
    failures = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    last_signed_in_at = models.DateTimeField(null=True)
    suspended_at = models.DateTimeField(null=True)
    works_in = models.ForeignKey(
        StaffDepartment, on_delete=models.PROTECT, null=True, related_name="staff"
    )
    sealed_external_id = models.BinaryField(null=True)
    external_index = models.BinaryField(max_length=32, null=True, db_index=True)
    sealed_number = models.BinaryField(null=True)
    updated_at = models.DateTimeField(null=True)

    class Meta:
        """Its table."""

        db_table = "staff_account"
        constraints = [
            models.CheckConstraint(
                name="staff_account_has_one_known_role",
                condition=Q(role__in=["system", "security", "audit", "department", "supervisor"]),
            ),
            models.CheckConstraint(
                name="staff_account_is_bound_to_a_department_by_its_role",
                condition=(Q(role="department") & ~Q(department=""))
                | (~Q(role="department") & Q(department="")),
            ),
            models.UniqueConstraint(
                name="staff_account_one_for_each_member",
                fields=["person_index"],
                condition=~Q(status="closed"),
            ),
        ]


class StaffNumber(models.Model):
    """A staff number that an account's member has or had, as a blind index.

    Numbers are corrected, and kept: none of them ever belongs to two open accounts.
    """

    index = models.BinaryField(max_length=32)
    account = models.ForeignKey(StaffAccount, on_delete=models.PROTECT, related_name="numbers")
    is_open = models.BooleanField(default=True)

    class Meta:
        """Its table."""

        db_table = "staff_number"
        constraints = [
            models.UniqueConstraint(
                name="staff_number_of_one_open_account",
                fields=["index"],
                condition=Q(is_open=True),
            ),
        ]


class StaffAuthenticator(models.Model):
    """A second factor: a passkey, a certificate, or the secret of an app's codes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(
        StaffAccount, on_delete=models.PROTECT, related_name="authenticators"
    )
    kind = models.CharField(max_length=20)
    handle = models.BinaryField(max_length=32, null=True)
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

        db_table = "staff_authenticator"
        constraints = [
            models.UniqueConstraint(fields=["kind", "handle"], name="staff_authenticator_once"),
            models.CheckConstraint(
                name="staff_authenticator_is_of_a_known_kind",
                condition=Q(kind__in=["passkey", "totp", "certificate"]),
            ),
        ]

    @property
    def person_id(self) -> uuid.UUID:
        """Whose it is, as the services of the kinds of authenticators ask."""
        return self.account_id


class StaffEnrolment(models.Model):
    """A one-time link: to a new account in a role, or to new second factors of an old one.

    `id` becomes the new account's. Only the hash of the link's token is kept.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    role = models.CharField(max_length=16, choices=StaffAccount.Role)
    department = models.CharField(max_length=128, blank=True, default="")
    account = models.ForeignKey(
        StaffAccount, on_delete=models.PROTECT, null=True, related_name="enrolments"
    )
    made_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        """Its table."""

        db_table = "staff_enrolment"


class StaffSession(models.Model):
    """One signed-in browser in the console. Only the hash of the cookie's secret is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    secret_hash = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey(StaffAccount, on_delete=models.PROTECT, related_name="sessions")
    started_at = models.DateTimeField()
    authenticated_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    second_factor = models.CharField(max_length=20)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        """Its table."""

        db_table = "staff_session"
