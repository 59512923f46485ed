"""The rows of this room: policies, how they came into force, and what was decided by them.

Journeys themselves live in the store.
"""

import uuid

from django.db import models


class PolicyRow(models.Model):
    """Cedar text in force for one client, or for everyone (`client_id` is then "*")."""

    client_id = models.CharField(max_length=128, primary_key=True)
    text = models.TextField()
    updated_at = models.DateTimeField()

    class Meta:
        """Its table."""

        db_table = "journey_policy"


class PolicyVersionRow(models.Model):
    """One version of all policies, as it came into force; never changed, never deleted.

    `texts` maps a client, or "*", to its Cedar text; `origin` says how it came about.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    origin = models.CharField(max_length=16)
    texts = models.JSONField()
    sha256 = models.CharField(max_length=64)
    diff_sha256 = models.CharField(max_length=64)
    proposal = models.UUIDField(null=True)
    author = models.CharField(max_length=128)
    approver = models.CharField(max_length=128, default="")
    reason = models.TextField()

    class Meta:
        """Its table."""

        db_table = "journey_policy_version"


class PolicyProposalRow(models.Model):
    """A change somebody asks for: which texts, against which version, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    base = models.BigIntegerField()
    texts = models.JSONField()
    diff_sha256 = models.CharField(max_length=64)
    author = models.CharField(max_length=128)
    reason = models.TextField()
    created_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, default="open")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=128, default="")

    class Meta:
        """Its table."""

        db_table = "journey_policy_proposal"


class PolicyReviewRow(models.Model):
    """A version that one person put in force alone, and who has looked at it since."""

    version = models.BigIntegerField(primary_key=True)
    due_at = models.DateTimeField()
    reviewer = models.CharField(max_length=128, default="")
    reviewed_at = models.DateTimeField(null=True)
    verdict = models.TextField(default="")

    class Meta:
        """Its table."""

        db_table = "journey_policy_review"


class DecisionRow(models.Model):
    """One decision: when (microseconds), about which client, its outcome and its packed facts.

    `outcome` counts in the order of `policies.replay.OUTCOMES`; written by plain SQL (`history`).
    """

    id = models.BigAutoField(primary_key=True)
    at = models.BigIntegerField(db_index=True)
    client_id = models.CharField(max_length=128)
    outcome = models.PositiveSmallIntegerField()
    said = models.CharField(max_length=64)
    facts = models.BinaryField()

    class Meta:
        """Its table."""

        db_table = "journey_decision"
