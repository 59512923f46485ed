"""The tables of imports: where people came from, how far an import came, and their old ids."""

import uuid

from django.db import models


class ImportSource(models.Model):
    """A platform people come from, as the city declared it; `settings` are `source.Source`'s."""

    name = models.CharField(primary_key=True, max_length=64)
    settings = models.JSONField(default=dict)
    changed_at = models.DateTimeField()

    class Meta:
        """Its table."""

        app_label = "subjects"
        db_table = "subjects_import_source"


class ImportRun(models.Model):
    """One import of one file. `line` is its checkpoint: all lines up to it are in the database.

    Written in the transaction of each batch, so that whatever ends the process loses nothing and
    does nothing twice. `is_clean`: no row of the file was refused, so that it need not be read
    again from its beginning. `clients` are the client_ids an import of clients made.
    """

    class State(models.TextChoices):
        """How far it came."""

        RUNNING = "running"
        DONE = "done"
        UNDOING = "undoing"
        UNDONE = "undone"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(max_length=64)
    file_sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=State, default=State.RUNNING)
    line = models.PositiveBigIntegerField(default=0)
    is_clean = models.BooleanField(default=True)
    counts = models.JSONField(default=dict)
    clients = models.JSONField(default=list)
    started_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        """Its table."""

        app_label = "subjects"
        db_table = "subjects_import_run"
        constraints = [
            models.UniqueConstraint(
                fields=["source"],
                condition=models.Q(state__in=("running", "undoing")),
                name="subjects_import_one_at_work",
            )
        ]


class Alias(models.Model):
    """What a source calls a person: found by its blind index, released to its own clients.

    `is_origin`: the import made this person, rather than linking one there was.
    """

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey("subjects.Person", on_delete=models.PROTECT, related_name="aliases")
    source = models.CharField(max_length=64)
    blind_index = models.BinaryField(max_length=64)
    sealed_value = models.BinaryField()
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="aliases")
    is_origin = models.BooleanField()

    class Meta:
        """Its table."""

        app_label = "subjects"
        db_table = "subjects_import_alias"
        constraints = [
            models.UniqueConstraint(
                fields=["source", "blind_index"], name="subjects_alias_once_in_a_source"
            )
        ]
