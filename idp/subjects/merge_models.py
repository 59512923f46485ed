"""The tables of duplicates: who was found to be whom, what was merged, and the `sub`s kept by it.

A merge moves no row: the retired person's folder stays as it is, and points at the survivor.
"""

import uuid

from django.db import models
from django.db.models import Q


class DocumentMention(models.Model):
    """Somebody was proven to hold a document that is not theirs here: a sign of a duplicate.

    Found by the document's blind index. `source` says how it came up: the person claimed it, or
    a document of theirs names it.
    """

    person = models.ForeignKey(
        "subjects.Person", on_delete=models.PROTECT, related_name="document_mentions"
    )
    document_type = models.CharField(max_length=40)
    blind_index = models.BinaryField(max_length=64)
    source = models.CharField(max_length=20)
    evidence = models.ForeignKey("subjects.Evidence", on_delete=models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        """Its table."""

        db_table = "subjects_document_mention"
        indexes = [
            models.Index(
                fields=["document_type", "blind_index"], name="subjects_mention_by_document"
            )
        ]


class Merge(models.Model):
    """Two people were one: `retired` became a folder of `survivor`; undone until `undoable_until`.

    `rule` is the declared tie, `told` the clients that were told of a retired `sub`, each with it.
    """

    class State(models.TextChoices):
        """What became of it."""

        DONE = "done"
        UNDONE = "undone"
        FINAL = "final"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survivor = models.ForeignKey(
        "subjects.Person", on_delete=models.PROTECT, related_name="merges_survived"
    )
    retired = models.ForeignKey("subjects.Person", on_delete=models.PROTECT, related_name="merges")
    rule = models.CharField(max_length=40)
    actor_kind = models.CharField(max_length=16)
    actor = models.CharField(max_length=80)
    reference = models.CharField(max_length=80, blank=True, default="")
    state = models.CharField(max_length=8, choices=State, default=State.DONE)
    told = models.JSONField(default=list)
    merged_at = models.DateTimeField()
    undoable_until = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Its table."""

        db_table = "subjects_merge"
        constraints = [
            models.UniqueConstraint(
                fields=["retired"], condition=~Q(state="undone"), name="subjects_merge_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["undoable_until"],
                name="subjects_merge_due",
                condition=Q(state="done"),
            )
        ]


class SubjectAlias(models.Model):
    """A sector goes on knowing a survivor by the `sub` of somebody who was merged into them."""

    merge = models.ForeignKey(Merge, on_delete=models.PROTECT, related_name="aliases")
    person = models.ForeignKey(
        "subjects.Person", on_delete=models.PROTECT, related_name="subject_aliases"
    )
    subject_type = models.CharField(max_length=8)
    sector = models.CharField(max_length=255, blank=True)
    known_as = models.UUIDField()

    class Meta:
        """Its table."""

        db_table = "subjects_alias"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "subject_type", "sector"], name="subjects_alias_once"
            )
        ]
