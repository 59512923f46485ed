"""The rows of this room: policies, how they come into force, and what was decided by them.

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
    channel = models.CharField(max_length=32, db_default="")
    outcome = models.PositiveSmallIntegerField()
    said = models.CharField(max_length=64)
    facts = models.BinaryField()

    class Meta:
        """Its table; the indexes are for those who look for some among very many."""

        db_table = "journey_decision"
        indexes = (
            models.Index(name="decision_by_client", fields=("client_id", "id")),
            models.Index(name="decision_by_channel", fields=("channel", "id")),
            models.Index(
                name="decision_not_permitted",
                fields=("outcome", "id"),
                condition=models.Q(outcome__gt=0),
            ),
        )


class PolicyDraftRow(models.Model):
    """A text somebody is working on: whose it is (a client, or "*"), and how often it was saved."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.CharField(max_length=128)
    base = models.BigIntegerField()
    text = models.TextField()
    revision = models.IntegerField(default=1)
    author = models.CharField(max_length=128)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        """Its table."""

        db_table = "journey_policy_draft"


class PolicyReplayRow(models.Model):
    """A replay that somebody ordered: of which texts, how far it has come, what it found.

    `texts` are whole, as a version's; `found` holds totals and the largest effects; `claim` names
    the worker that has it, alive at `beat_at`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    candidate = models.CharField(max_length=160)
    texts = models.JSONField()
    days = models.IntegerField()
    author = models.CharField(max_length=128)
    created_at = models.DateTimeField()
    state = models.CharField(max_length=16, default="waiting")
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    found = models.JSONField(default=dict)
    claim = models.CharField(max_length=32, default="")
    beat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """Its table."""

        db_table = "journey_policy_replay"
