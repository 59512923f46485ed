"""Passports: Chinese ones in their three forms, and every other country's.

Owns their reading. A passport's number changes at each renewal, and two countries may give out
the same one; what ties a person's passports together is evidence, not the number.
"""

import re
from types import MappingProxyType
from typing import Final

from connectors.documents.countries import as_alpha3, is_country
from connectors.documents.document import (
    DocumentNumber,
    Fault,
    InvalidDocumentNumber,
    PassportNumber,
    Remark,
    clean,
    require_pattern,
)

_CHINESE: Final = MappingProxyType(
    {
        "2017": re.compile(r"E[A-HJ-NP-Z][0-9]{7}", re.ASCII),
        "2012": re.compile(r"E[0-9]{8}", re.ASCII),
        "1997": re.compile(r"G[0-9]{8}", re.ASCII),
    }
)
# ICAO Doc 9303-4: at most nine characters in the zone; longer numbers are found on the page.
_ANY = re.compile(r"(?=.*[0-9])[0-9A-Z]+", re.ASCII)
_LENGTHS = frozenset(range(5, 21))
# What a passport of a country looks like today. Older and special ones differ, and forms change:
# another form is worth a second look, never a refusal.
_USUAL: Final = MappingProxyType(
    {
        "AUS": re.compile(r"[A-Z]{1,2}[0-9]{7}", re.ASCII),
        "CAN": re.compile(r"[A-Z]{2}[0-9]{6}|[A-Z][0-9]{6}[A-Z]{2}", re.ASCII),
        "DEU": re.compile(r"[CFGHJK][0-9CFGHJKLMNPRTVWXYZ]{8}", re.ASCII),
        "FRA": re.compile(r"[0-9]{2}[A-Z]{2}[0-9]{5}", re.ASCII),
        "GBR": re.compile(r"[0-9]{9}", re.ASCII),
        "IDN": re.compile(r"[A-Z][0-9]{7}|[A-Z]{2}[0-9]{6,7}", re.ASCII),
        "IND": re.compile(r"[A-Z][0-9]{7}|[A-Z]{2}[0-9]{6}", re.ASCII),
        "ITA": re.compile(r"[A-Z]{2}[0-9]{7}|[A-Z]{2}[0-9]{5}[A-Z]{2}", re.ASCII),
        "JPN": re.compile(r"[A-Z]{2}[0-9]{7}", re.ASCII),
        "KAZ": re.compile(r"N[0-9]{8}", re.ASCII),
        "KOR": re.compile(r"[A-Z][0-9]{8}|[A-Z][0-9]{3}[A-Z][0-9]{4}", re.ASCII),
        "MYS": re.compile(r"[AHK][0-9]{8}", re.ASCII),
        "NLD": re.compile(r"[A-NP-Z]{2}[0-9A-NP-Z]{6}[0-9]", re.ASCII),
        "PHL": re.compile(r"[A-Z][0-9]{7}[A-Z]|[A-Z]{2}[0-9]{7}", re.ASCII),
        "RUS": re.compile(r"[0-9]{9}", re.ASCII),
        "SGP": re.compile(r"[EK][0-9]{7}[A-Z]", re.ASCII),
        "THA": re.compile(r"[A-Z]{1,2}[0-9]{6,7}", re.ASCII),
        "USA": re.compile(r"[0-9]{9}|[A-Z][0-9]{8}", re.ASCII),
        "VNM": re.compile(r"[A-Z][0-9]{7,8}", re.ASCII),
    }
)


def parse_chinese_passport(text: str) -> DocumentNumber:
    """Read a Chinese passport number: E or G and eight digits, or E, a letter and seven.

    Raises:
        InvalidDocumentNumber: it cannot be one.
    """
    number = clean(text)
    for version, pattern in _CHINESE.items():
        if pattern.fullmatch(number):
            return DocumentNumber(number=number, nationality="CHN", version=version)
    fault = Fault.CHARACTERS if len(number) == 9 else Fault.LENGTH
    raise InvalidDocumentNumber(fault)


def parse_passport(text: str, country: str = "") -> PassportNumber:
    """Read a foreign passport number: letters and digits, five to twenty, at least one digit.

    `country` is the issuer's code as the passport writes it (ICAO Doc 9303-3 §5), where it is
    known. It decides the key, and whether the number looks as usual: it never refuses one.

    Raises:
        InvalidDocumentNumber: it cannot be one.
    """
    number = require_pattern(clean(text), _ANY, lengths=_LENGTHS)
    issuer = country.strip().upper().rstrip("<")
    if not issuer:
        return PassportNumber(number=number)
    remarks = [] if is_country(issuer) else [Remark.COUNTRY_UNKNOWN]
    issuer = as_alpha3(issuer)
    usual = _USUAL.get(issuer)
    if usual is not None and usual.fullmatch(number) is None:
        remarks.append(Remark.FORM_UNUSUAL)
    return PassportNumber(number=number, nationality=issuer, remarks=tuple(remarks))
