"""The 18-digit citizen number of GB 11643-1999, printed on cards of several types.

Owns its reading: region, birth date, sex and check digit. Which cards carry it, and with which
region prefixes, is said by the functions for each type.
"""

import re
from dataclasses import replace

from connectors.check_digits import mod_11_2
from connectors.documents.document import (
    DocumentNumber,
    Fault,
    InvalidDocumentNumber,
    Remark,
    clean,
    read_date,
    require_pattern,
    sex_by_parity,
)
from connectors.documents.regions import PERMIT_REGIONS, PROVINCES, region_remarks

_CITIZEN_NUMBER = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
_FIRST_GENERATION = re.compile(r"[0-9]{15}", re.ASCII)


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
    number = require_pattern(clean(text), _FIRST_GENERATION, lengths=frozenset({15}))
    body = f"{number[:6]}19{number[6:]}"
    read = _parse_resident(body + mod_11_2(body))
    return replace(read, remarks=(Remark.FIRST_GENERATION, *read.remarks))


def parse_residence_permit_hmt(text: str) -> DocumentNumber:
    """Read a residence permit number of a Hong Kong, Macau or Taiwan resident 港澳台居民居住证.

    Raises:
        InvalidDocumentNumber: it cannot be one.
    """
    number = clean(text)
    if len(number) == 18 and number[:6] not in PERMIT_REGIONS:
        raise InvalidDocumentNumber(Fault.REGION)
    return _read(number)


def _parse_resident(number: str) -> DocumentNumber:
    read = _read(number)
    if number[:2] not in PROVINCES:
        raise InvalidDocumentNumber(Fault.REGION)
    return replace(read, remarks=region_remarks(read.region))


def _read(number: str) -> DocumentNumber:
    require_pattern(number, _CITIZEN_NUMBER, lengths=frozenset({18}))
    birth_date = read_date(number[6:14])
    if number[17] != mod_11_2(number[:17]):
        raise InvalidDocumentNumber(Fault.CHECK_DIGIT)
    return DocumentNumber(
        number=number,
        birth_date=birth_date,
        sex=sex_by_parity(number[16]),
        region=number[:6],
        nationality="CHN",
    )
