"""What people say of themselves: claims no authority vouches for, sealed like everything personal.

Verified claims never come from here; see `claims` for which claim is read where.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import orjson
from django.db import transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.subjects.fields import PersonalFields
from idp.subjects.models import SelfDescription
from idp.subjects.rows import read_description

SELF_ASSERTED: Final = (
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "profile",
    "picture",
    "website",
    "zoneinfo",
    "locale",
    "address",
)
"""OpenID Connect Core 1.0 §5.1; `address` is an object (§5.1.1)."""
_PURPOSE: Final = "person.self-description"


class UnknownSelfDescription(ValueError):
    """A claim people cannot state of themselves."""


class Profiles:
    """Reads and writes self-descriptions; a change is one transaction with its audit event."""

    def __init__(self, *, fields: PersonalFields, clock: Clock) -> None:
        self._fields = fields
        self._clock = clock

    def read(self, person_id: UUID) -> dict[str, object]:
        """What the person says of themselves; empty where nothing was said."""
        sealed = read_description(person_id)
        if sealed is None:
            return {}
        values: dict[str, object] = orjson.loads(
            self._fields.of(person_id).unseal(_PURPOSE, sealed)
        )
        return values

    def write(self, person_id: UUID, values: Mapping[str, object]) -> None:
        """Replace the whole description.

        Raises:
            UnknownSelfDescription: a claim that is not self-asserted; nothing was written.
        """
        if unknown := sorted(values.keys() - set(SELF_ASSERTED)):
            raise UnknownSelfDescription(", ".join(unknown))
        sealed = self._fields.of(person_id).seal(_PURPOSE, orjson.dumps(dict(values)).decode())
        with transaction.atomic():
            SelfDescription.objects.update_or_create(
                person_id=person_id,
                defaults={"sealed_values": sealed, "changed_at": self._clock.now()},
            )
            record(
                AuditEvent(
                    type="person.described",
                    outcome="success",
                    subject=str(person_id),
                    detail={"claims": sorted(values)},
                ),
                clock=self._clock,
            )
