"""The tables of what clients were told of people, and of accounts that wait for their deletion."""

from django.db import models


class Disclosure(models.Model):
    """What a client was told of a person in one day of Asia/Shanghai: names, never values.

    Written by raw SQL (`disclosures`); `_at` columns are microseconds since the epoch, `claims` is
    space-separated, `digest` is that of basis and claims.
    """

    person_id = models.UUIDField()
    client_id = models.CharField(max_length=200)
    day = models.CharField(max_length=10)
    digest = models.CharField(max_length=32)
    claims = models.TextField()
    basis = models.CharField(max_length=20)
    times = models.IntegerField()
    first_at = models.BigIntegerField()
    last_at = models.BigIntegerField()

    class Meta:
        """Its table."""

        db_table = "subjects_disclosure"
        constraints = [
            models.UniqueConstraint(
                fields=["person_id", "client_id", "day", "digest"],
                name="subjects_disclosure_once_a_day",
            )
        ]
        indexes = [models.Index(fields=["last_at"], name="subjects_disclosure_age")]


class DeletionRequest(models.Model):
    """A person's wish to be deleted, held so that they, or whoever is robbed, can take it back."""

    person = models.OneToOneField(
        "subjects.Person", on_delete=models.PROTECT, primary_key=True, related_name="deletion"
    )
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        """Its table."""

        db_table = "subjects_deletion_request"
        indexes = [models.Index(fields=["due_at"], name="subjects_deletion_due")]
