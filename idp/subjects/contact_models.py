"""The table of contacts: where notices about a person go beside their own phone and address."""

import uuid

from django.db import models
from django.db.models import Q


class Contact(models.Model):
    """A phone or address that is told of a person's notices, and is nothing else to anybody.

    One number may be the contact of several people (a family). `place` counts them: it is unique
    within a number, so that of two who come at once for the last place one is refused.
    """

    class Kind(models.TextChoices):
        """What it is."""

        PHONE = "phone"
        EMAIL = "email"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey("subjects.Person", on_delete=models.PROTECT, related_name="contacts")
    kind = models.CharField(max_length=16, choices=Kind)
    blind_index = models.BinaryField(max_length=64)
    place = models.PositiveSmallIntegerField()
    sealed_value = models.BinaryField()
    set_by = models.ForeignKey(
        "subjects.Person", on_delete=models.PROTECT, null=True, related_name="contacts_set"
    )
    added_at = models.DateTimeField()
    proven_at = models.DateTimeField()

    class Meta:
        """Its table."""

        db_table = "subjects_contact"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "blind_index"], name="subjects_contact_once"
            ),
            models.UniqueConstraint(
                fields=["kind", "blind_index", "place"], name="subjects_contact_place"
            ),
            models.CheckConstraint(
                condition=Q(place__gte=1), name="subjects_contact_place_counts_from_one"
            ),
        ]
