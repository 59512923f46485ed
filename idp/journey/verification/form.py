"""What was typed on the identity page, read into a claim, or the first thing to put right.

Owns the forgiving reading of the form. What is asked at all is the step's.
"""

import re
import unicodedata
from datetime import date
from typing import Final

from connectors.documents.document import Fault, InvalidDocumentNumber
from connectors.documents.names import InvalidName, normalise_name
from connectors.documents.registry import DOCUMENT_TYPES, RESIDENT_ID_CARD
from connectors.evidence import IdentityClaim
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError
from idp.journey.steps import Typed

_NUMBER_LENGTH: Final = 18
_EARLIEST: Final = date(1890, 1, 1)
# Year, month and day with anything between, or eight digits: 1994-08-23, 1994年8月23日, 19940823.
_DATE: Final = re.compile(r"([0-9]{4})[^0-9]{1,3}([0-9]{1,2})[^0-9]{1,3}([0-9]{1,2})[^0-9]{0,2}")
_EIGHT_DIGITS: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


def read_claim(
    typed: Typed, document_type: str, *, asks_birth_date: bool, today: date
) -> IdentityClaim | FormError:
    """The claim in canonical form; a birth date only where it is asked for."""
    number = typed.get("document_number")
    try:
        name = normalise_name(typed.get("name"))
        read = DOCUMENT_TYPES[document_type].normalise(number)
    except InvalidName:
        return form_error(Mistake.NAME_MISSING)
    except InvalidDocumentNumber as problem:
        return _number_error(problem.fault, number, document_type)
    born = read_birth_date(typed.get("birth_date"), today=today) if asks_birth_date else None
    if isinstance(born, FormError):
        return born
    return IdentityClaim(
        document_type=document_type, document_number=read, name=name, birth_date=born
    )


def read_birth_date(text: str, *, today: date) -> date | FormError:
    """The day of birth that was typed, however it was written."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return form_error(Mistake.BIRTH_DATE_MISSING)
    found = _DATE.fullmatch(plain) or _EIGHT_DIGITS.fullmatch(plain)
    if found is None:
        return form_error(Mistake.BIRTH_DATE_UNREADABLE)
    try:
        born = date(*(int(part) for part in found.groups()))
    except ValueError:
        return form_error(Mistake.BIRTH_DATE_UNREADABLE)
    return born if _EARLIEST <= born <= today else form_error(Mistake.BIRTH_DATE_UNREADABLE)


def _number_error(fault: Fault, number: str, document_type: str) -> FormError:
    if fault is Fault.EMPTY:
        return form_error(Mistake.DOCUMENT_NUMBER_MISSING)
    if fault is Fault.LENGTH and document_type == RESIDENT_ID_CARD:
        length = len("".join(number.split()))
        return form_error(Mistake.DOCUMENT_NUMBER_LENGTH, length=length, expected=_NUMBER_LENGTH)
    return form_error(Mistake.DOCUMENT_NUMBER_UNREADABLE)
