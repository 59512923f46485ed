"""The tables of children and their guardians: until when, who, by which evidence, for what.

The end of childhood stands in clear, for a timer has to find it; no other day of birth does.
"""

import uuid

from django.db import models
from django.db.models import Q


class Minor(models.Model):
    """Somebody under 14 (PIPL 31), until the instant of their birthday in Asia/Shanghai."""

    person = models.OneToOneField("subjects.Person", on_delete=models.PROTECT, primary_key=True)
    until = models.DateTimeField()

    class Meta:
        """Its table."""

        db_table = "subjects_minor"


class Guardianship(models.Model):
    """A guardian of a child, with the evidence of it; ends by itself when the child turns 14."""

    class State(models.TextChoices):
        """Whether it stands."""

        LIVE = "live"
        ENDED = "ended"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ward = models.ForeignKey(
        "subjects.Person", on_delete=models.PROTECT, related_name="guardianships"
    )
    guardian = models.ForeignKey("subjects.Person", on_delete=models.PROTECT, related_name="wards")
    relation = models.CharField(max_length=20)
    evidence = models.ForeignKey("subjects.Evidence", on_delete=models.PROTECT)
    state = models.CharField(max_length=8, choices=State, default=State.LIVE)
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        """Its table."""

        db_table = "subjects_guardianship"
        constraints = [
            models.UniqueConstraint(
                fields=["ward", "guardian"],
                condition=Q(state="live"),
                name="subjects_guardianship_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["ends_at"], name="subjects_guardianship_due", condition=Q(state="live")
            )
        ]


class GuardianConsent(models.Model):
    """What a guardian was asked for a child: whether they may use a service, and the answer."""

    class State(models.TextChoices):
        """What became of the question."""

        ASKED = "asked"
        GIVEN = "given"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ward = models.ForeignKey(
        "subjects.Person", on_delete=models.PROTECT, related_name="guardian_consents"
    )
    client_id = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    guardianship = models.ForeignKey(
        Guardianship, on_delete=models.PROTECT, null=True, blank=True, related_name="answers"
    )
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Its table."""

        db_table = "subjects_guardian_consent"
        constraints = [
            models.UniqueConstraint(
                fields=["ward", "client_id"],
                condition=Q(state__in=("asked", "given")),
                name="subjects_guardian_consent_one_live",
            )
        ]
