"""Numbers of Hong Kong, Macau and Taiwan's own cards: kept as evidence, never enough alone.

Owns their reading. None of these authorities can be asked, so a right check digit proves only
that the number was copied well.
"""

import re
from typing import Final

from connectors.check_digits import hkid, taiwan_id
from connectors.documents.document import (
    DocumentNumber,
    Fault,
    InvalidDocumentNumber,
    Sex,
    clean,
    require_pattern,
)

_HKID = re.compile(r"[A-Z]{1,2}[0-9]{6}[0-9A]", re.ASCII)
_MACAU = re.compile(r"[157][0-9]{7}", re.ASCII)
_TAIWAN_CITIZEN = re.compile(r"[A-Z][12][0-9]{8}", re.ASCII)
_TAIWAN_RESIDENT = re.compile(r"[A-Z][89][0-9]{8}", re.ASCII)
_TAIWAN_SEX: Final = {"1": Sex.MALE, "2": Sex.FEMALE, "8": Sex.MALE, "9": Sex.FEMALE}


def parse_hkid(text: str) -> DocumentNumber:
    """Read a Hong Kong identity card number: `A123456(3)`, brackets or not.

    Raises:
        InvalidDocumentNumber: it cannot be one.
    """
    number = require_pattern(clean(text), _HKID, lengths=frozenset({8, 9}))
    if number[-1] != hkid(number[:-1]):
        raise InvalidDocumentNumber(Fault.CHECK_DIGIT)
    return DocumentNumber(number=number)


def parse_macau_bir(text: str) -> DocumentNumber:
    """Read a Macau identity card number 澳门居民身份证 of eight digits; no check.

    Raises:
        InvalidDocumentNumber: it cannot be one.
    """
    return DocumentNumber(number=require_pattern(clean(text), _MACAU, lengths=frozenset({8})))


def parse_taiwan_id(text: str) -> DocumentNumber:
    """Read a Taiwan identity card number 中華民國國民身分證統一編號.

    Raises:
        InvalidDocumentNumber: it cannot be one.
    """
    return _read_taiwan(clean(text), _TAIWAN_CITIZEN)


def parse_taiwan_arc(text: str) -> DocumentNumber:
    """Read the number of a Taiwan resident certificate 居留證, in the form of 2021.

    Raises:
        InvalidDocumentNumber: it cannot be one.
    """
    return _read_taiwan(clean(text), _TAIWAN_RESIDENT)


def _read_taiwan(number: str, pattern: re.Pattern[str]) -> DocumentNumber:
    require_pattern(number, pattern, lengths=frozenset({10}))
    if number[9] != taiwan_id(number[:9]):
        raise InvalidDocumentNumber(Fault.CHECK_DIGIT)
    return DocumentNumber(number=number, sex=_TAIWAN_SEX[number[1]])
