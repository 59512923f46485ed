"""Which clients know a person: those that were given something within a grant's life."""

from datetime import datetime
from uuid import UUID

from idp.foundation.clock import microseconds
from idp.tokens.models import GrantRow


def clients_that_know(person_id: UUID, *, now: datetime) -> dict[str, str]:
    """Each with the `sub` of its newest grant: what it knows the person by.

    A grant that ended with its session counts: the client still keeps its account.
    """
    grants = GrantRow.objects.filter(person_id=person_id, expires_at__gt=microseconds(now))
    rows = grants.order_by("created_at").values_list("client_id", "sub")
    return dict(rows)
