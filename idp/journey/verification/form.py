"""What was typed on the identity page, read into a claim, or the first thing to put right.

Owns the forgiving reading of the form. What is asked at all is the way's.
"""

import re
import unicodedata
from datetime import date
from typing import Final

from connectors.check_digits import luhn_is_right
from connectors.documents.document import Fault, InvalidDocumentNumber
from connectors.documents.names import InvalidName, normalise_name
from connectors.documents.registry import DOCUMENT_TYPES, RESIDENT_ID_CARD
from connectors.evidence import IdentityClaim, Particular
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError
from idp.journey.steps import Typed

_NUMBER_LENGTH: Final = 18
_EARLIEST: Final = date(1890, 1, 1)
# Year, month and day with anything between, or eight digits: 1994-08-23, 1994年8月23日, 19940823.
_DATE: Final = re.compile(r"([0-9]{4})[^0-9]{1,3}([0-9]{1,2})[^0-9]{1,3}([0-9]{1,2})[^0-9]{0,2}")
_CARD: Final = re.compile(r"[0-9]{13,19}", re.ASCII)
_EIGHT_DIGITS: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


def read_claim(
    typed: Typed, document_type: str, *, asked: frozenset[Particular], today: date
) -> IdentityClaim | FormError:
    """The claim in canonical form; of a birth date and a bank card, those that are asked for."""
    number = typed.get("document_number")
    try:
        name = normalise_name(typed.get("name"))
        read = DOCUMENT_TYPES[document_type].normalise(number)
    except InvalidName:
        return form_error(Mistake.NAME_MISSING)
    except InvalidDocumentNumber as problem:
        return _number_error(problem.fault, number, document_type)
    asks_day, asks_card = Particular.BIRTH_DATE in asked, Particular.BANK_CARD in asked
    born = read_birth_date(typed.get("birth_date"), today=today) if asks_day else None
    if isinstance(born, FormError):
        return born
    card = read_bank_card(typed.get("bank_card")) if asks_card else None
    if isinstance(card, FormError):
        return card
    return IdentityClaim(
        document_type=document_type,
        document_number=read,
        name=name,
        birth_date=born,
        bank_card=card,
    )


def read_bank_card(text: str) -> str | FormError:
    """The digits of a bank card (ISO/IEC 7812), however they were grouped."""
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text))
    if not digits:
        return form_error(Mistake.BANK_CARD_MISSING)
    if not _CARD.fullmatch(digits) or not luhn_is_right(digits):
        return form_error(Mistake.BANK_CARD_UNREADABLE)
    return digits


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
