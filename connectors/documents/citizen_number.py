"""The 18-digit citizen number of GB 11643-1999, printed on cards of several types.

Owns its reading: region, birth date, sex and check digit. Which cards carry it, and with which
region prefixes, is said by the functions for each type.
"""

import re
from datetime import date

from connectors.check_digits import mod_11_2
from connectors.documents.document import (
    DocumentNumber,
    Fault,
    InvalidDocumentNumber,
    Sex,
    clean,
    read_date,
    require_pattern,
)

_CITIZEN_NUMBER = re.compile(r"[0-9]{17}[0-9X]|[0-9]{15}", re.ASCII)
_LENGTHS = frozenset({15, 18})

# GB/T 2260 province prefixes. Below them nothing is refused: the code on a card never changes,
# so an abolished county is still right on the card of a person born there.
_PROVINCES = frozenset(
    {"11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37"}
    | {"41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54"}
    | {"61", "62", "63", "64", "65", "71"}
)
_RESIDENCE_PERMIT_REGIONS = frozenset({"810000", "820000", "830000"})


def parse_resident_id_card(text: str) -> DocumentNumber:
    """Read a mainland resident identity card number 居民身份证号码 of 18 characters.

    Raises:
        InvalidDocumentNumber: it cannot be one; 15 digits are refused (see `upgrade_15`).
    """
    number = clean(text)
    if len(number) == 15:
        raise InvalidDocumentNumber(Fault.LENGTH)
    return _parse_resident(number)


def upgrade_15(text: str) -> DocumentNumber:
    """Read a first-generation number of 15 digits as the 18 it became, to find legacy data.

    Raises:
        InvalidDocumentNumber: it cannot be one.
    """
    number = clean(text)
    if len(number) != 15:
        raise InvalidDocumentNumber(Fault.LENGTH)
    require_pattern(number, _CITIZEN_NUMBER, lengths=_LENGTHS)
    body = f"{number[:6]}19{number[6:]}"
    return _parse_resident(body + mod_11_2(body))


def parse_residence_permit_hmt(text: str) -> DocumentNumber:
    """Read a residence permit number of a Hong Kong, Macau or Taiwan resident 港澳台居民居住证.

    Raises:
        InvalidDocumentNumber: it cannot be one.
    """
    number = clean(text)
    if len(number) == 18 and number[:6] not in _RESIDENCE_PERMIT_REGIONS:
        raise InvalidDocumentNumber(Fault.REGION)
    return _read(number)


def _parse_resident(number: str) -> DocumentNumber:
    read = _read(number)
    if number[:2] not in _PROVINCES:
        raise InvalidDocumentNumber(Fault.REGION)
    return read


def _read(number: str) -> DocumentNumber:
    require_pattern(number, _CITIZEN_NUMBER, lengths=frozenset({18}))
    birth_date: date = read_date(number[6:14])
    if number[17] != mod_11_2(number[:17]):
        raise InvalidDocumentNumber(Fault.CHECK_DIGIT)
    return DocumentNumber(
        number=number,
        birth_date=birth_date,
        sex=Sex.MALE if int(number[16]) % 2 else Sex.FEMALE,
    )
