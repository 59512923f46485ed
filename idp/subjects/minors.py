"""Who is under 14, and until when; their guardians are `guardianship`'s."""

from datetime import date, datetime, time
from typing import Final
from uuid import UUID

from idp.foundation.clock import SHANGHAI
from idp.subjects.families import family
from idp.subjects.models import Minor

CHILDHOOD: Final = 14
"""Years; PIPL 31."""


def birthday(born_on: date, age: int) -> datetime:
    """The instant at which somebody reaches an age: the day begins in Asia/Shanghai.

    Who was born on a leap day reaches it on March 1.
    """
    try:
        day = born_on.replace(year=born_on.year + age)
    except ValueError:
        day = date(born_on.year + age, 3, 1)
    return datetime.combine(day, time.min, tzinfo=SHANGHAI)


def note_birth(person_id: UUID, born_on: date, *, now: datetime) -> None:
    """Remember of somebody proven to be under 14 when that ends; called with the document."""
    until = birthday(born_on, CHILDHOOD)
    if until > now:
        Minor.objects.update_or_create(person_id=person_id, defaults={"until": until})


def minor_until(person_id: UUID) -> datetime | None:
    """Until when somebody is under 14, read over all their folders; None for everybody else."""
    rows = Minor.objects.filter(person_id__in=family(person_id)).order_by("-until")
    return rows.values_list("until", flat=True).first()
