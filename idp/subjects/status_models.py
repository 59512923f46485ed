"""The table of what became of accounts: frozen, without capacity, dead, and back again.

It only grows. A person's present status stands in their own row; `statuses` writes both.
"""

from django.db import models


class StatusChange(models.Model):
    """One change of a person's status: why, who said so, and by which evidence.

    `actor` is an identifier (a person's, an operator's, an authority's name); `reference` the
    number of a case or of a register's entry, never a person's.
    """

    person = models.ForeignKey(
        "subjects.Person", on_delete=models.PROTECT, related_name="status_changes"
    )
    previous = models.CharField(max_length=16)
    status = models.CharField(max_length=16)
    reason = models.CharField(max_length=40)
    actor_kind = models.CharField(max_length=16)
    actor = models.CharField(max_length=80)
    reference = models.CharField(max_length=80, blank=True, default="")
    evidence = models.ForeignKey(
        "subjects.Evidence", on_delete=models.PROTECT, null=True, blank=True
    )
    at = models.DateTimeField()

    class Meta:
        """Its table."""

        db_table = "subjects_status_change"
