"""The foreign permanent resident identity card, in both forms in force: 2017 and 2023.

Owns their reading. The two numbers are two documents of one person: never convert one into the
other.
"""

import re

from connectors.check_digits import icao_731, mod_11_2
from connectors.documents.countries import country_by_numeric, is_country
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
from connectors.documents.regions import PROVINCES, region_remarks

_CARD_2017 = re.compile(r"[A-Z]{3}[0-9]{12}", re.ASCII)
_CARD_2023 = re.compile(r"9[0-9]{16}[0-9X]", re.ASCII)


def parse_permanent_resident_card(text: str) -> DocumentNumber:
    """Read either number: 15 characters (2017) or the 18 of the "five-star" card (2023).

    Raises:
        InvalidDocumentNumber: it is neither.
    """
    number = clean(text)
    return _read_2023(number) if len(number) == 18 else _read_2017(number)


def _read_2017(number: str) -> DocumentNumber:
    require_pattern(number, _CARD_2017, lengths=frozenset({15, 18}))
    _require_province(number[3:5])
    # The year has two digits, so a century would be a guess: only the day's existence is
    # checked, in a century where 29 February exists for every year divisible by four.
    read_date(f"20{number[7:13]}")
    if number[14] != icao_731(number[:14]):
        raise InvalidDocumentNumber(Fault.CHECK_DIGIT)
    country = number[:3]
    unknown = () if is_country(country) else (Remark.COUNTRY_UNKNOWN,)
    return DocumentNumber(
        number=number,
        short_birth_date=number[7:13],
        sex=sex_by_parity(number[13]),
        region=number[3:7],
        nationality=country,
        version="2017",
        # A third party's rule, not from an official text: 7-3-1 over the first fourteen.
        remarks=(Remark.RULE_UNOFFICIAL, *unknown, *region_remarks(number[3:7])),
    )


def _read_2023(number: str) -> DocumentNumber:
    require_pattern(number, _CARD_2023, lengths=frozenset({18}))
    _require_province(number[1:3])
    birth_date = read_date(number[6:14])
    if number[17] != mod_11_2(number[:17]):
        raise InvalidDocumentNumber(Fault.CHECK_DIGIT)
    country = country_by_numeric(number[3:6])
    return DocumentNumber(
        number=number,
        birth_date=birth_date,
        sex=sex_by_parity(number[16]),
        region=number[1:3],
        nationality=country,
        version="2023",
        remarks=() if country else (Remark.COUNTRY_UNKNOWN,),
    )


def _require_province(prefix: str) -> None:
    if prefix not in PROVINCES:
        raise InvalidDocumentNumber(Fault.REGION)
