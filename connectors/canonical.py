"""A claim in the form in which authorities are asked, or the finding that it cannot be true.

Owns the first step that every adapter takes; what else a method needs is the adapter's to check.
"""

from dataclasses import replace

from connectors.documents.document import InvalidDocumentNumber
from connectors.documents.names import InvalidName, normalise_name
from connectors.documents.registry import DOCUMENT_TYPES
from connectors.evidence import IdentityClaim


def canonical(claim: IdentityClaim, *, document_types: frozenset[str]) -> IdentityClaim | None:
    """The claim in canonical form, or None when the authority need not be asked to know.

    A birth date is filled in from the number that tells it; one that contradicts it is no claim.
    """
    if claim.document_type not in document_types:
        return None
    try:
        read = DOCUMENT_TYPES[claim.document_type].parse(claim.document_number)
        name = normalise_name(claim.name)
    except (InvalidDocumentNumber, InvalidName):
        return None
    if read.birth_date and claim.birth_date and read.birth_date != claim.birth_date:
        return None
    return replace(
        claim,
        document_number=read.number,
        name=name,
        birth_date=read.birth_date or claim.birth_date,
    )
