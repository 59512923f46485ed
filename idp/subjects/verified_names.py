"""The name by which a person is called: that of their live document, read and masked."""

from typing import Final
from uuid import UUID

from connectors.documents.names import mask_name
from idp.subjects.families import family
from idp.subjects.fields import PersonalFields
from idp.subjects.identifiers import TypedIdentifier, mask_identifier
from idp.subjects.models import Document, Identifier

_TOLD: Final = (Identifier.Kind.PHONE.value, Identifier.Kind.EMAIL.value)


def verified_name(fields: PersonalFields, person_id: UUID) -> str:
    """The holder's name on the person's live document; "" before any is verified."""
    document = (
        Document.objects.filter(person_id__in=family(person_id), state=Document.State.LIVE)
        .order_by("-created_at")
        .first()
    )
    if document is None:
        return ""
    return fields.of(document.person_id).unseal("document.name", document.sealed_name)


def masked_name(fields: PersonalFields, person_id: UUID) -> str:
    """Who it is to somebody who knows them: the name, else the phone or address, masked.

    "" for somebody of whom there is none of these.
    """
    if name := verified_name(fields, person_id):
        return mask_name(name)
    rows = Identifier.objects.filter(person_id__in=family(person_id), kind__in=_TOLD)
    row = rows.order_by("-kind", "id").first()  # a phone before an address
    if row is None:
        return ""
    value = fields.of(row.person_id).unseal(f"identifier.{row.kind}", row.sealed_value)
    return mask_identifier(TypedIdentifier(kind=row.kind, value=value))
