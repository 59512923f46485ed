"""Finding accounts in the database: conditions on columns, orders, and pages.

Names stand sealed and are no columns; an external id and a staff number are found whole, by their
blind indexes.
"""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Collate

from idp.foundation.sealing import BlindIndex
from idp.staff.models import StaffAccount, StaffNumber
from idp.staff.numbers import NotAccepted, StaffNumbers
from idp.staff.roles import Role

CHANGED: Final = "changed"
"""The instant of the last change, as conditions and orders name it."""
_TEXTS: Final = frozenset({"username", "role"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which accounts, in what order (a column or `CHANGED`, then user names), and how many."""

    where: Q = field(default_factory=Q)
    order: str = "username"
    is_descending: bool = False
    first: int = 0
    last: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexes:
    """Conditions on what stands sealed."""

    numbers: StaffNumbers

    def external_id(self, value: str) -> Q:
        """Whom the system of staff calls exactly so."""
        return Q(external_index=external_index(self.numbers.index, value))

    def staff_number(self, value: str) -> Q | None:
        """Who has or had a number; None for what can be none."""
        try:
            index = self.numbers.index_of(value)
        except NotAccepted:
            return None
        return Q(id__in=StaffNumber.objects.filter(index=index).values("account_id"))


def external_index(index: BlindIndex, external_id: str) -> bytes:
    """Its blind index: case counts, the form of an accent does not."""
    return index.of("staff.external_id", unicodedata.normalize("NFC", external_id))


def open_rows(roles: Collection[Role]) -> QuerySet[StaffAccount]:
    """The open accounts in these roles."""
    rows = StaffAccount.objects.exclude(status=StaffAccount.Status.CLOSED)
    rows = rows.filter(role__in=[role.value for role in roles])
    return rows.annotate(**{CHANGED: Coalesce("updated_at", "created_at")})


def ordered(rows: QuerySet[StaffAccount], search: Search) -> QuerySet[StaffAccount]:
    """Those of a search, its page of them."""
    way = _way(search.order)
    order = way.desc() if search.is_descending else way.asc()
    found = rows.filter(search.where).order_by(order, _way("username").asc())
    return found[search.first : search.last]


def _way(column: str) -> F | Collate:
    """Texts by their code points, as everything else here compares them."""
    if column not in _TEXTS:
        return F(column)
    return Collate(column, "C" if connection.vendor == "postgresql" else "BINARY")
