"""What a source called a person, for clients registered as that source's successors."""

from uuid import UUID

from idp.subjects.families import family
from idp.subjects.fields import PersonalFields
from idp.subjects.imports.models import Alias


class Aliases:
    """Reads old ids; imports alone write them."""

    def __init__(self, *, fields: PersonalFields) -> None:
        self._fields = fields

    def of(self, person_id: UUID, source: str) -> str:
        """The person's old id in a source, the first of several; "" where there is none.

        One that an account had which was merged into theirs is theirs, too.
        """
        of_them = Alias.objects.filter(person_id__in=family(person_id), source=source)
        row = of_them.order_by("id").first()
        if row is None:
            return ""
        return self._fields.of(row.person_id).unseal("alias", row.sealed_value)
